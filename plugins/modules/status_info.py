#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells how the instances of an environment are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status_info
short_description: Tell how the instances of an environment are
description:
  - Reads the records and objects of an environment and tells the status of each instance, with the reason where it is not running.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.reads_only
  - roro.kube.kube_auth
  - roro.kube.workspace
  - roro.kube.workspace.variables
  - roro.kube.workspace.result
seealso:
  - module: roro.kube.up
"""

EXAMPLES = r"""
- name: Read the status
  roro.kube.status_info:
    workspace: /srv/shop
    environment: dev
  register: shop

- name: Fail unless everything runs
  ansible.builtin.assert:
    that: shop.instances | rejectattr("status", "equalto", "Running") | length == 0
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
notices:
  description: What could not be looked at, such as namespaces without the right to list.
  returned: success
  type: list
  elements: str
instances:
  description: Those of the documents first, then those that only the cluster knows.
  returned: success
  type: list
  elements: dict
  contains:
    instance:
      description: Id of the instance.
      type: str
      sample: api-blue
    app:
      description: The app.
      type: str
      sample: api
    namespace:
      description: The instance's namespace.
      type: str
      sample: shop-dev
    status:
      description: V(NotDeployed), V(Deploying), V(Running), V(Failed) or V(Updating).
      type: str
      sample: Running
    reason:
      description: Machine-readable reason, empty when all is well.
      type: str
      sample: CrashLoopBackOff
    message:
      description: The same for a person, in one line.
      type: str
    details:
      description: Of an instance that failed, what stands behind the message, such as the object, the pod and the words of the cluster.
      type: list
      elements: str
      sample: ["Deployment shop-dev/api, pod api-7c9f-x2x4l, container main"]
    hint:
      description: Of an instance that failed, what to do about it, or empty.
      type: str
      sample: "See what it said: `roro logs dev api --previous`."
    revision:
      description: Number of the last revision that was begun.
      type: int
    deployed:
      description: Number of the last revision that became healthy.
      type: int
    updated:
      description: When that was recorded, RFC 3339 in UTC.
      type: str
    ready:
      description: How many of its objects are ready.
      type: int
    total:
      description: How many objects it has.
      type: int
    ready_pods:
      description: How many pods of its workloads are ready.
      type: int
    wanted_pods:
      description: How many pods its workloads want. V(null) where it has no workload.
      type: int
    objects:
      description: The state of each object, as far as O(result) says; those that failed in any case.
      type: list
      elements: dict
    origin:
      description: Where the workspace was that deployed it, its repository and folder, or directory and host.
      type: str
      sample: git.example/team/shop
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
    run_module(AnsibleModule(**SPECS["status_info"]), "status_info")


if __name__ == "__main__":
    main()
