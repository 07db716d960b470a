#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the containers of an environment's instances wrote."""

from __future__ import annotations

DOCUMENTATION = r"""
module: logs_info
short_description: Read what the containers of an environment's instances wrote
description:
  - Reads the logs of every container of every pod of the instances, also of init containers, and of instances that only the cluster knows,
    in the order of the times at which the lines were written.
  - What programs write into their logs is theirs. No secret is looked for and none is hidden, so that a secret in a log is in the result,
    and where the result goes. Set C(no_log) where that may be.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.reads_only
  - roro.kube.kube_auth
  - roro.kube.workspace
options:
  tail:
    description: How many of the last lines of each container are read.
    type: int
    default: 100
  max_bytes:
    description: How many bytes the result has at most, as JSON. The oldest lines are left out.
    type: int
    default: 1048576
  since:
    description: >-
      Only what was written since so long ago, such as V(10m), by the cluster's clock, or since a time as V(2026-01-31T12:00:00Z).
    type: str
  previous:
    description: Read the logs of the containers before their last restart.
    type: bool
    default: false
  containers:
    description: Only containers of these names; all when empty.
    type: list
    elements: str
    default: []
  grep:
    description: Only lines that this regular expression of Python finds. It is applied to the lines that O(tail) leaves.
    type: str
  invert:
    description: Only lines that O(grep) does not find.
    type: bool
    default: false
  structured:
    description: Parse lines of JSON, logfmt and klog, so that they have C(level), C(message) and C(fields).
    type: bool
    default: false
  level:
    description:
      - Only structured lines of this level or above, C(trace), C(debug), C(info), C(warn), C(error), C(fatal), or a number as pino
        writes it.
      - A line without a level goes the way of the line before it in the same container.
    type: str
seealso:
  - module: roro.kube.status_info
  - module: roro.kube.events_info
"""

EXAMPLES = r"""
- name: Read the errors of the last ten minutes
  roro.kube.logs_info:
    workspace: /srv/shop
    environment: dev
    since: 10m
    level: error
    structured: true
  register: shop

- name: Show them
  ansible.builtin.debug:
    msg: "{{ shop.lines | map(attribute='message') | list }}"

- name: Read what one instance said before it was restarted
  roro.kube.logs_info:
    workspace: /srv/shop
    environment: dev
    instances: [api]
    previous: true
    tail: 20
"""

RETURN = r"""
lines:
  description: In the order of time.
  returned: success
  type: list
  elements: dict
  contains:
    time:
      description: When it was written, RFC 3339 in UTC with nine digits of a second, or V(null) where the node does not say.
      type: str
      sample: "2026-01-31T12:00:00.123456789Z"
    instance:
      description: Id of the instance.
      type: str
      sample: api-blue
    namespace:
      description: Namespace of the pod.
      type: str
      sample: shop-dev
    pod:
      description: Name of the pod.
      type: str
      sample: api-5d9c7-x2x9z
    container:
      description: Name of the container.
      type: str
      sample: main
    line:
      description: The line as it was written.
      type: str
    level:
      description: V(trace), V(debug), V(info), V(warn), V(error) or V(fatal), or V(null); only of lines that were parsed.
      type: str
      sample: error
    message:
      description: The message; only of lines that were parsed.
      type: str
    fields:
      description: Everything else in the line; only of lines that were parsed.
      type: dict
truncated:
  description: Whether older lines were left out because of O(max_bytes).
  returned: success
  type: bool
pods:
  description: How many pods the instances have.
  returned: success
  type: int
complete:
  description: Whether all logs could be read; RV(notices) say which could not.
  returned: success
  type: bool
notices:
  description: What could not be read, and why a pod has no log.
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
    run_module(AnsibleModule(**SPECS["logs_info"]), "logs_info")


if __name__ == "__main__":
    main()
