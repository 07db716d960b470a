#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares an environment with its documents, and brings them together."""

from __future__ import annotations

DOCUMENTATION = r"""
module: reconcile
short_description: Compare an environment with its documents, and bring them together
description:
  - Looks once at what differs between the documents and the cluster, new documents as well as what somebody changed there, and reports it,
    proposes a plan, or corrects it, as C(roro reconcile) does. For as long as it runs, C(roro reconcile --watch) and the role
    C(roro.kube.controller) do.
  - What C(drift.ignore) of the documents names, what an autoscaler scales and fields of other managers are no differences. Suspended
    instances and those outside of a maintenance window are left alone.
  - That something differs does not fail the task; RV(findings) tell it. An instance that cannot be brought to what the documents say does.
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
      - Nothing is written and no plan is recorded; what would be corrected is told as corrected.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A plan that is recorded is no change.
options:
  drift:
    description:
      - V(report) only tells what differs. V(propose) records a plan that M(roro.kube.approve) carries out. V(correct) brings everything to
        what the documents say.
      - Without this option it is C(drift.mode) of the documents, or V(report).
    type: str
    choices: [correct, propose, report]
  port_forwards:
    description:
      - Whether the forwards of the documents are looked at, and opened where something is corrected. In an execution environment there are
        none.
    type: bool
    default: true
seealso:
  - module: roro.kube.approve
  - module: roro.kube.up
  - module: roro.kube.sync
"""

EXAMPLES = r"""
- name: What differs
  roro.kube.reconcile:
    workspace: /srv/shop
    environment: dev
    drift: report
  register: shop

- name: Tell it
  ansible.builtin.debug:
    msg: "{{ item.instance }}: {{ item.action }} {{ item.kind }} {{ item.name }}, {{ item.cause }}"
  loop: "{{ shop.findings }}"

- name: Bring it to what the documents say
  roro.kube.reconcile:
    workspace: /srv/shop
    environment: dev
    drift: correct
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
  description: What differs, one item for each object and forward.
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
    run_module(AnsibleModule(**SPECS["reconcile"]), "reconcile")


if __name__ == "__main__":
    main()
