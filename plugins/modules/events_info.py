#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells what the cluster's events say of the instances of an environment."""

from __future__ import annotations

DOCUMENTATION = r"""
module: events_info
short_description: Tell what the cluster's events say of the instances of an environment
description:
  - Reads the Events of the instances' objects and of everything below them, such as ReplicaSets, pods, Jobs and claims, also of those that
    are gone, as far as other events tell whose they were.
  - What says the same of the same object is one item with its count.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.reads_only
  - roro.kube.kube_auth
  - roro.kube.workspace
options:
  since:
    description: >-
      Only what was seen again since so long ago, such as V(10m), by the cluster's clock, or since a time as V(2026-01-31T12:00:00Z);
      everything that the cluster keeps when not given.
    type: str
  warnings:
    description: Only warnings.
    type: bool
    default: false
seealso:
  - module: roro.kube.status_info
"""

EXAMPLES = r"""
- name: Read the warnings of the last ten minutes
  roro.kube.events_info:
    workspace: /srv/shop
    environment: dev
    since: 10m
    warnings: true
  register: shop

- name: Show them
  ansible.builtin.debug:
    msg: "{{ shop.events | map(attribute='message') | list }}"
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
  description: What could not be looked at, such as namespaces without the right to list events.
  returned: success
  type: list
  elements: str
events:
  description: By when they were seen last, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    instance:
      description: Id of the instance.
      type: str
      sample: api-blue
    type:
      description: V(Normal) or V(Warning).
      type: str
      sample: Warning
    reason:
      description: Machine-readable reason.
      type: str
      sample: BackOff
    kind:
      description: Kind of the object that it is about.
      type: str
      sample: Pod
    namespace:
      description: Its namespace, empty for an object without one.
      type: str
    name:
      description: Its name.
      type: str
      sample: api-5d9c7-x2x9z
    message:
      description: What was said, on one line.
      type: str
    count:
      description: How often.
      type: int
    first:
      description: When first, RFC 3339 in UTC.
      type: str
    last:
      description: When last, RFC 3339 in UTC.
      type: str
    source:
      description: The component that said it.
      type: str
      sample: kubelet
    objects:
      description: Of how many objects the same was said, where that is told once; here always V(1).
      type: int
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
    run_module(AnsibleModule(**SPECS["events_info"]), "events_info")


if __name__ == "__main__":
    main()
