#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the health checks of this user."""

from __future__ import annotations

DOCUMENTATION = r"""
module: health_info
short_description: Tell the health checks of this user
description:
  - Lists the health checks that the daemon of this user goes on asking, or those of one environment, with what they found last.
  - Asks no cluster and starts no daemon. The options that name a cluster are taken for the sake of C(module_defaults), and left alone.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.reads_only
  - roro.kube.kube_auth
  - roro.kube.workspace
options:
  environment:
    description:
      - Only the checks of this environment of O(workspace). Without this option all checks are listed.
requirements:
  - psutil >= 6
seealso:
  - module: roro.kube.port_forward
  - module: roro.kube.status_info
"""

EXAMPLES = r"""
- name: Read the health checks of an environment
  roro.kube.health_info:
    workspace: /srv/shop
    environment: dev
  register: shop

- name: Fail when one of them is unhealthy
  ansible.builtin.assert:
    that: shop.health | selectattr("state", "equalto", "Unhealthy") | length == 0
"""

RETURN = r"""
health:
  description: The checks, as they are now.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Short name of the check.
      type: str
      sample: 8afa7b72
    instance:
      description: The instance whose document asks for it.
      type: str
      sample: api
    name:
      description: Its name in the document.
      type: str
      sample: http
    kind:
      description: V(http), V(tcp) or V(exec).
      type: str
      sample: http
    target:
      description: Whose pods are asked.
      type: str
      sample: service/api
    namespace:
      description: Namespace of the target.
      type: str
      sample: shop-dev
    state:
      description: V(Starting), V(Healthy), V(Failing), V(Unhealthy), V(Unknown) or V(Stopped).
      type: str
      sample: Healthy
    reason:
      description: Machine-readable reason, empty when all is well.
      type: str
      sample: BadStatus
    message:
      description: What was got and what was expected, for a person.
      type: str
      sample: "GET http://api-7c88c75b8c-cf6zb:8000/health: status 500, expected 2xx"
    since:
      description: When the state began, RFC 3339.
      type: str
    checked:
      description: When somebody was last asked, RFC 3339, or an empty string.
      type: str
    failures:
      description: Failures in a row, of the pod that is worst.
      type: int
      sample: 0
    pods:
      description: How many pods are asked.
      type: int
      sample: 2
    restarts:
      description: How often the daemon restarted a workload because of it, since the daemon started.
      type: int
      sample: 0
    restarted:
      description: When it last did, RFC 3339, or an empty string.
      type: str
    restart:
      description: What became of the wish to restart, for a person; empty while it is healthy.
      type: str
      sample: restarted Deployment shop-dev/api
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
      description: The document or target, or V(null).
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
    run_module(AnsibleModule(**SPECS["health_info"]), "health_info")


if __name__ == "__main__":
    main()
