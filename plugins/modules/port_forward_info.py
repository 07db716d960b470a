#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the port-forwards of this user."""

from __future__ import annotations

DOCUMENTATION = r"""
module: port_forward_info
short_description: Tell the port-forwards of this user
description:
  - Lists the forwards that the daemon of this user keeps, or those of one environment, with state, local port and figures.
  - Asks no cluster. The options that name one are taken for the sake of C(module_defaults), and left alone.
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
      - Only the forwards of this environment of O(workspace). Without this option all forwards are listed.
requirements:
  - psutil >= 6
seealso:
  - module: roro.kube.port_forward
"""

EXAMPLES = r"""
- name: Read the forwards of an environment
  roro.kube.port_forward_info:
    workspace: /srv/shop
    environment: dev
  register: shop

- name: Fail unless all are open
  ansible.builtin.assert:
    that: shop.forwards | rejectattr("state", "equalto", "Active") | length == 0
"""

RETURN = r"""
forwards:
  description: The forwards, as they are now.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Short name of the forward, as C(roro forward) lists it.
      type: str
      sample: 8afa7b72
    instance:
      description: The instance whose document asks for it, or an empty string.
      type: str
      sample: api
    name:
      description: Its name in the document, or an empty string.
      type: str
      sample: http
    target:
      description: What it leads to.
      type: str
      sample: service/api
    namespace:
      description: Namespace of the target.
      type: str
      sample: shop-dev
    port:
      description: Port of the target, a number or a name.
      type: raw
      sample: 80
    local_port:
      description: The local port, or V(null) while there is none.
      type: int
      sample: 8080
    addresses:
      description: Where it listens.
      type: list
      elements: str
      sample: ["127.0.0.1:8080", "[::1]:8080"]
    url:
      description: What to open in a browser.
      type: str
      sample: http://127.0.0.1:8080/docs
    state:
      description: V(Starting), V(Active), V(Reconnecting), V(Waiting), V(Conflict), V(Failed) or V(Stopped).
      type: str
      sample: Active
    reason:
      description: Machine-readable reason, empty when all is well.
      type: str
      sample: NoReadyPod
    message:
      description: The same for a person.
      type: str
    pod:
      description: The pod that new connections go to.
      type: str
      sample: api-7c88c75b8c-cf6zb
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
      description: The target, or V(null).
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
    run_module(AnsibleModule(**SPECS["port_forward_info"]), "port_forward_info")


if __name__ == "__main__":
    main()
