#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders the manifests of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: render
short_description: Render the manifests of an environment
description:
  - Renders the apps of an environment and returns the manifests, without a cluster.
  - Data of Secrets is hidden in the result. With O(dest) the manifests are written in full, for C(kubectl apply -f) or for review.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.kube_auth
  - roro.kube.workspace
  - roro.kube.workspace.variables
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The files in O(dest); data of Secrets is hidden.
  idempotent:
    support: full
options:
  dest:
    description:
      - Directory to write to, one file for each instance. It is made with mode V(0700) when it is missing; files have mode V(0600).
      - Files that an earlier render wrote for instances that are no longer there are removed when the whole environment is rendered.
    type: path
notes:
  - The options that name a cluster are taken so that C(module_defaults) of the group C(roro.kube.kube) fit; no cluster is asked.
seealso:
  - module: roro.kube.up
  - module: roro.kube.workspace_info
"""

EXAMPLES = r"""
- name: Write the manifests of an environment
  roro.kube.render:
    workspace: /srv/shop
    environment: dev
    dest: /srv/rendered/dev
"""

RETURN = r"""
workspace:
  description: Name of the workspace.
  returned: success
  type: str
  sample: shop
environment:
  description: Name of the environment.
  returned: success
  type: str
  sample: dev
instances:
  description: The instances in dependency order.
  returned: success
  type: list
  elements: dict
  contains:
    instance:
      description: Id of the instance.
      type: str
    app:
      description: The app.
      type: str
    namespace:
      description: The instance's namespace.
      type: str
    manifests:
      description: The rendered objects, with the data of Secrets hidden.
      type: list
      elements: dict
notices:
  description: What a person should know.
  returned: success
  type: list
  elements: str
files:
  description: The files of the instances.
  returned: when O(dest) is given
  type: list
  elements: str
removed:
  description: Files of an earlier render that were removed.
  returned: when O(dest) is given
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
      description: File with line and column, or the object, or V(null).
      type: str
    hint:
      description: What to do about it, or V(null).
      type: str
exit_code:
  description: >-
    What the C(roro) command ends with. V(1) failed, V(2) invalid usage or documents and nothing was touched, V(130) interrupted.
  returned: failure
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, run_module


def main() -> None:
    """Run on the host that the task points to; with a local connection the action plugin of the same name does the work."""
    run_module(AnsibleModule(**SPECS["render"]), "render")


if __name__ == "__main__":
    main()
