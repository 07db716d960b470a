#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings a workspace's clone and its Git server together."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sync
short_description: Bring a workspace and its Git server together
description:
  - Fetches, joins what both sides changed, and with O(push) sends own commits, as C(roro sync) does.
  - Documents of the workspace are joined key by key, so people who changed different keys never conflict; other files as Git merges them.
  - Everything is worked out before a file is touched. With a conflict nothing changes, and the task fails and names document, path, both
    values and both authors.
  - What is not committed is joined with what comes and stays uncommitted. A sync that was killed is taken up by the next.
  - Nothing that the repository brings is run, neither hooks nor filters.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.git_server
attributes:
  check_mode:
    support: full
    details:
      - The server is asked and its commits are fetched; no file, branch or own commit changes.
  diff_mode:
    support: full
    details:
      - Names the files that come and go, and how many commits are sent. Their contents are not shown, as they may be secret.
  idempotent:
    support: full
    details:
      - Until the server or the clone has something new.
options:
  workspace:
    description:
      - A folder of the clone, as a rule the one with C(workspace.json), or one below it.
      - A relative path starts where C(ansible-playbook) was started; on a managed host, in the directory of the task.
    type: path
    default: .
  branch:
    description:
      - Branch of the server. Without this option it is the one that the clone's branch follows, or the one of the same name.
    type: str
  strategy:
    description:
      - What is done where both sides have new commits.
      - V(rebase) puts own commits on top of the server's, V(merge) makes a merge commit, V(ours) and V(theirs) do so and settle each
        conflict for this clone or for the server, V(fail) refuses.
      - Without this option it is C(git.strategy) of the workspace document, or V(rebase).
    type: str
    choices: [merge, rebase, ours, theirs, fail]
  push:
    description:
      - Whether own commits are sent. Without this option it is C(git.push) of the workspace document, or no.
    type: bool
  commit_message:
    description:
      - First commit everything that is not committed, also files that Git does not know, under this message.
    type: str
  resolve:
    description:
      - Settles conflicts. Keys are files, or a file and a path in it, as a conflict names them; values are V(ours), this clone, or
        V(theirs), the server, whatever the strategy.
    type: dict
    default: {}
  follow_rewritten:
    description:
      - Go along where the server's branch lost commits that it had; own commits are put on top of the new history.
      - Without this option a rewritten history fails the task and nothing is touched.
    type: bool
    default: false
seealso:
  - module: roro.kube.clone
  - module: roro.kube.up
"""

EXAMPLES = r"""
- name: Bring the workspace to what the server has
  roro.kube.sync:
    workspace: /srv/shop
  register: shop

- name: Bring the environment up where something came
  roro.kube.up:
    workspace: /srv/shop
    environment: dev
  when: shop is changed

- name: Commit what a playbook wrote, and send it
  roro.kube.sync:
    workspace: /srv/shop
    commit_message: New image of the API
    push: true
    username: robot
    token: "{{ shop_git_token }}"

- name: Settle a conflict for the server's side
  roro.kube.sync:
    workspace: /srv/shop
    resolve:
      environments/dev/environment.json:$.variables.replicas: theirs

- name: Reach the server by SSH with a key of its own
  roro.kube.sync:
    workspace: /srv/shop
    key_file: /etc/shop/deploy_key
    accept_host: SHA256:ohD8VZEXGWo6Ez8GSEJQ9WpafgLFsOfLOtGGQCQo6Og
"""

RETURN = r"""
state:
  description: >-
    V(UpToDate); V(Pulled), their commits came and there were no own ones; V(Merged) or V(Rebased), both sides had some; V(Pushed);
    V(Ahead), own commits that were not sent; V(Conflict), nothing was touched. In check mode the state that there would be.
  returned: when the server was asked
  type: str
  sample: Pulled
branch:
  description: Branch of the clone.
  returned: when the server was asked
  type: str
  sample: main
upstream:
  description: Branch of the server.
  returned: when the server was asked
  type: str
  sample: main
before:
  description: Commit of the clone before.
  returned: when the server was asked
  type: str
  sample: 8d5afc1dbbf5f03cf3f6a2d6b7a4a8b0f2b0a4a1
after:
  description: Commit of the clone after. One that check mode makes has another name than the one to come.
  returned: when the server was asked
  type: str
  sample: 5b6a9f7ac1f4a5cf0d34ce8f1a1b7a55d9f7c3de
pulled:
  description: The server's new commits, the newest first.
  returned: when the server was asked
  type: list
  elements: dict
  contains:
    commit:
      description: Name of the commit.
      type: str
      sample: 5b6a9f7ac1f4a5cf0d34ce8f1a1b7a55d9f7c3de
    author:
      description: Who wrote it.
      type: str
      sample: Ada
    subject:
      description: First line of its message.
      type: str
      sample: Two replicas
    when:
      description: When it was committed, RFC 3339.
      type: str
      sample: "2026-11-30T10:12:13+01:00"
files:
  description: The files that came and went, by name.
  returned: when the server was asked
  type: list
  elements: dict
  contains:
    file:
      description: Its path below the root of the repository.
      type: str
      sample: environments/dev/environment.json
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
pushed:
  description: How many own commits were sent.
  returned: when the server was asked
  type: int
  sample: 0
ahead:
  description: How many own commits the server does not have.
  returned: when the server was asked
  type: int
  sample: 0
local:
  description: Files that are changed and not committed.
  returned: when the server was asked
  type: list
  elements: str
conflicts:
  description: What both sides changed, and not to the same. Values under names that say that they are secret are hidden.
  returned: when the server was asked
  type: list
  elements: dict
  contains:
    name:
      description: How O(resolve) names it.
      type: str
      sample: environments/dev/environment.json:$.variables.replicas
    file:
      description: The file.
      type: str
      sample: environments/dev/environment.json
    path:
      description: Where in the document, empty for a file as a whole.
      type: str
      sample: $.variables.replicas
    what:
      description: What happened.
      type: str
      sample: both sides changed it
    base:
      description: The value before, left out where there was none.
      type: raw
      sample: 1
    ours:
      description: The value of this clone, left out where it has none.
      type: raw
      sample: 3
    theirs:
      description: The value of the server, left out where it has none.
      type: raw
      sample: 2
    ours_by:
      description: Who changed it last here.
      type: str
      sample: Bob, Three replicas
    theirs_by:
      description: Who changed it last there.
      type: str
      sample: Ada, Two replicas
notices:
  description: What else a person should know, such as that a sync that was killed was taken up.
  returned: when the server was asked
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
      description: The file and path of a conflict, the server or the clone, or V(null).
      type: str
    hint:
      description: What to do about it, or V(null).
      type: str
reason:
  description: A word for what happened; C(docs/git.md) and C(docs/sync.md) have them all.
  returned: failure
  type: str
  sample: Conflict
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
    run_module(AnsibleModule(**SPECS["sync"]), "sync")


if __name__ == "__main__":
    main()
