#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out the plan that reconciling has proposed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: approve
short_description: Carry out the plan that reconciling has proposed
description:
  - Carries out exactly the plan that M(roro.kube.reconcile) or C(roro reconcile) has recorded with V(propose), as C(roro approve) does.
    Where documents or cluster have changed since and it would be something else, nothing is written and the task fails.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.kube_auth
  - roro.kube.workspace
  - roro.kube.workspace.variables
  - roro.kube.workspace.run
attributes:
  check_mode:
    support: full
    details:
      - Sees that the plan is still what would be done.
  diff_mode:
    support: full
  idempotent:
    support: partial
    details:
      - Without O(plan), nothing is done where nothing is proposed. With O(plan), a second run fails, as there is no such plan any more.
options:
  plan:
    description:
      - Id of the plan, such as V(dev-3f9a1c). One that is not what is proposed now fails the task.
      - Without this option it is whatever is proposed in O(environment).
    type: str
seealso:
  - module: roro.kube.reconcile
"""

EXAMPLES = r"""
- name: Propose what brings the environment to its documents
  roro.kube.reconcile:
    workspace: /srv/shop
    environment: dev
    drift: propose
  register: shop

- name: Carry it out, after somebody has looked at it
  roro.kube.approve:
    workspace: /srv/shop
    environment: dev
    plan: "{{ shop.proposal.plan }}"
  when: shop.proposal
"""

RETURN = r"""
workspace:
  description: Name of the workspace.
  returned: when the cluster was asked
  type: str
  sample: shop
environment:
  description: Name of the environment.
  returned: when the cluster was asked
  type: str
  sample: dev
mode:
  description: What is done about differences in the environment as a whole.
  returned: when the cluster was asked
  type: str
  sample: report
commit:
  description: Commit of the workspace, empty where it has none.
  returned: when the cluster was asked
  type: str
  sample: 8d5afc1dbbf5f03cf3f6a2d6b7a4a8b0f2b0a4a1
findings:
  description: What the plan saw to, one item for each object.
  returned: when the cluster was asked
  type: list
  elements: dict
  contains:
    instance:
      description: The instance.
      type: str
      sample: api
    action:
      description: V(Create), V(Update), V(Delete) or V(PortForward).
      type: str
      sample: Update
    kind:
      description: Kind of the object, V(Forward) for a forward.
      type: str
      sample: ConfigMap
    namespace:
      description: Its namespace, empty where it has none.
      type: str
      sample: shop-dev
    name:
      description: Its name.
      type: str
      sample: settings
    cause:
      description: What differs, in words.
      type: str
      sample: data.mode differs
    manager:
      description: The field manager that made it differ, empty where nobody can tell.
      type: str
      sample: kubectl-edit
    corrected:
      description: Whether it was seen to, or would be in check mode.
      type: bool
      sample: true
instances:
  description: How each instance stands.
  returned: when the cluster was asked
  type: list
  elements: dict
  contains:
    instance:
      description: Id of the instance.
      type: str
      sample: api
    state:
      description: >-
        V(InSync), V(Drifted), V(Proposed), V(Correcting), V(Fighting), V(Suspended), V(Waiting) or V(Failed).
      type: str
      sample: InSync
    message:
      description: Why, for a person.
      type: str
    since:
      description: When it came to this state, RFC 3339.
      type: str
      sample: "2026-11-30T10:12:13+00:00"
proposal:
  description: The plan that waits for M(roro.kube.approve), or V(null).
  returned: when the cluster was asked
  type: dict
  contains:
    plan:
      description: Its id.
      type: str
      sample: dev-3f9a1c
    commit:
      description: Commit of the workspace that it was made at.
      type: str
      sample: 8d5afc1dbbf5f03cf3f6a2d6b7a4a8b0f2b0a4a1
    when:
      description: When it was made, RFC 3339.
      type: str
      sample: "2026-11-30T10:12:13+00:00"
    findings:
      description: What it would see to, as RV(findings).
      type: list
      elements: dict
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
      description: File with line and column, the instance or the object, or V(null).
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
    run_module(AnsibleModule(**SPECS["approve"]), "approve")


if __name__ == "__main__":
    main()
