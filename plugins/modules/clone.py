#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gets a workspace from a Git server."""

from __future__ import annotations

DOCUMENTATION = r"""
module: clone
short_description: Get a workspace from a Git server
description:
  - Clones a repository over HTTPS or SSH, or from a folder of the same machine, as C(roro clone) does.
  - Where O(dest) is a clone of that repository already, it is left as it is; M(roro.kube.sync) brings it up to date. A folder with
    anything else in it fails the task.
  - It is made beside O(dest) and put in place when it is whole, so that what fails or is interrupted leaves nothing behind.
  - Submodules and files of Git LFS are not fetched; that there are some is a warning.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.git_server
attributes:
  check_mode:
    support: full
    details:
      - The server is asked whether it has the repository and the branch.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  url:
    description:
      - Address of the repository, such as V(https://git.example.com/team/shop.git), V(git@git.example.com:team/shop.git) or a folder.
      - A password in it is taken out, used by this task alone and kept nowhere; O(password) is the better place.
    type: str
    required: true
  dest:
    description:
      - The folder, which is made. A relative path starts where C(ansible-playbook) was started; on a managed host, in the directory of the
        task.
    type: path
    required: true
  branch:
    description:
      - A branch or tag, instead of the server's own choice. A clone that is there and has another one checked out fails the task.
    type: str
  depth:
    description:
      - Only so many commits of history.
    type: int
  filter:
    description:
      - Leave files of older commits on the server, as V(blob:none) or V(blob:limit=1m).
    type: str
seealso:
  - module: roro.kube.sync
  - module: roro.kube.up
"""

EXAMPLES = r"""
- name: Get the workspace
  roro.kube.clone:
    url: https://git.example.com/team/shop.git
    dest: /srv/shop
    token: "{{ shop_git_token }}"
  register: shop

- name: Say where its workspaces are
  ansible.builtin.debug:
    var: shop.workspaces

- name: Get a tag by SSH
  roro.kube.clone:
    url: git@git.example.com:team/shop.git
    dest: /srv/shop-2
    branch: v2
    depth: 1
    key_file: /etc/shop/deploy_key
"""

RETURN = r"""
dest:
  description: The folder, absolute.
  returned: success
  type: str
  sample: /srv/shop
url:
  description: Address of the repository, without a password.
  returned: success
  type: str
  sample: https://git.example.com/team/shop.git
branch:
  description: The branch that is checked out, empty where none is, as with a tag.
  returned: success
  type: str
  sample: main
commit:
  description: The commit that is checked out, empty where the repository has none yet.
  returned: success
  type: str
  sample: 8d5afc1dbbf5f03cf3f6a2d6b7a4a8b0f2b0a4a1
workspaces:
  description: Folders in it that have a workspace document, the shallowest first. Empty in check mode before there is a clone.
  returned: success
  type: list
  elements: str
  sample: [/srv/shop]
notices:
  description: What the clone does not have, such as the contents of submodules.
  returned: success
  type: list
  elements: str
problems:
  description: What is wrong, one item each; empty when nothing is.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: One sentence.
      type: str
    where:
      description: The server or the folder, or V(null).
      type: str
    hint:
      description: What to do about it, or V(null).
      type: str
reason:
  description: A word for what happened; C(docs/git.md) has them all.
  returned: failure
  type: str
  sample: AuthenticationFailed
exit_code:
  description: >-
    What the C(roro) command ends with. V(1) failed, V(2) invalid usage and nothing was touched, V(130) interrupted.
  returned: failure
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, run_module


def main() -> None:
    """Run on the host that the task points to; with a local connection the action plugin of the same name does the work."""
    run_module(AnsibleModule(**SPECS["clone"]), "clone")


if __name__ == "__main__":
    main()
