#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opens local ports to what runs in a cluster, and closes them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: port_forward
short_description: Open local ports to what runs in a cluster, and close them
description:
  - Keeps port-forwards open in a daemon of the user, over restarts of pods, rollouts and the end of the playbook.
  - Works on the forwards that the documents of an environment ask for, or, with O(target), on one that is named here.
  - What the documents of an environment say of health checks goes along - V(started) lets the same daemon go on asking them, V(stopped)
    and V(absent) end that. In an execution environment, and with O(scope=job), there are none.
  - A forward is known by its cluster, namespace, target, port and addresses; one that is as asked for is left alone.
author:
  - roro.kube contributors (@roro-dev)
extends_documentation_fragment:
  - roro.kube.attributes
  - roro.kube.attributes.actiongroup_kube
  - roro.kube.attributes.forwards
  - roro.kube.kube_auth
  - roro.kube.workspace
options:
  state:
    description:
      - V(started) opens. V(stopped) closes, and the forward stays known with its local port. V(absent) closes and forgets.
      - V(started) also closes forwards that the environment's documents no longer have.
    type: str
    choices: [started, stopped, absent]
    default: started
  target:
    description:
      - What to forward to, such as V(service/api), V(deployment/api), V(statefulset/db) or V(pod/api-0).
      - Without this option the documents of O(workspace) say what to forward.
    type: str
  port:
    description:
      - The port of O(target), a number or a name. Needed with O(target). Only TCP can be forwarded.
    type: str
  namespace:
    description:
      - Namespace of O(target). Without this option it is that of the context, or V(default).
    type: str
  local_port:
    description:
      - The local port, a number, or V(auto) for any that is free.
      - Without this option it is the port that this forward had last time, or a free one.
    type: str
  bind:
    description:
      - Local addresses to listen on. Without this option they are V(127.0.0.1) and V(::1).
    type: list
    elements: str
    default: []
  open:
    description:
      - The path or address that C(roro open) shows.
    type: str
  scope:
    description:
      - V(lasting) stays open until it is closed. V(job) ends with the playbook.
      - Without this option it is V(lasting), and V(job) in an execution environment, which ends with the job itself. Asking for
        V(lasting) there is an error.
    type: str
    choices: [lasting, job]
  wait:
    description:
      - Whether to wait until the forwards are open to a ready pod.
    type: bool
    default: true
  timeout:
    description:
      - How long to wait, such as V(30s) or a number of seconds.
    type: str
    default: 30s
  required:
    description:
      - Whether a forward that is not open in time fails the task. Otherwise it is a warning, and the daemon goes on trying.
    type: bool
    default: true
requirements:
  - aiohttp >= 3.11
  - psutil >= 6
seealso:
  - module: roro.kube.port_forward_info
  - module: roro.kube.up
"""

EXAMPLES = r"""
- name: Open the forwards of an environment
  roro.kube.port_forward:
    workspace: /srv/shop
    environment: dev
  register: shop

- name: Ask the API through its forward
  ansible.builtin.uri:
    url: "{{ (shop.forwards | selectattr('instance', 'eq', 'api') | first).url }}/health"

- name: Reach a database while this playbook runs
  roro.kube.port_forward:
    context: kind-dev
    namespace: shop-dev
    target: statefulset/db
    port: 5432
    scope: job
  register: db

- name: Close it
  roro.kube.port_forward:
    context: kind-dev
    namespace: shop-dev
    target: statefulset/db
    port: 5432
    state: absent
"""

RETURN = r"""
forwards:
  description: The forwards that were asked for, as they are now. Empty for O(state=absent).
  returned: always
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
health:
  description: The health checks of the documents, as M(roro.kube.health_info) lists them; empty with O(target).
  returned: always
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
    run_module(AnsibleModule(**SPECS["port_forward"]), "port_forward")


if __name__ == "__main__":
    main()
