#!/usr/bin/python
# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes and removes a Kubernetes cluster on the machine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: local_cluster
short_description: Make or remove a Kubernetes cluster on this machine
description:
  - Makes a real Kubernetes for development and tests, repairs one that was damaged, and removes one without a trace.
  - Uses kind, k3d or minikube where the command and a container engine are present, else the provider V(native), which runs
    Kubernetes itself as processes of a Linux machine and needs root.
  - The cluster has a kubeconfig of its own. The kubeconfig of the user is only touched with O(merge_kubeconfig).
author:
  - roro.kube contributors (@roro-dev)
version_added: 1.0.0
extends_documentation_fragment:
  - roro.kube.attributes
attributes:
  check_mode:
    support: full
    details:
      - Predicts from the records and processes on the machine; whether images would change is not looked at and counts as a change.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - With O(images), a provider other than V(native) does not tell whether they were there, and every run counts as a change.
options:
  name:
    description: Name of the cluster, a DNS label of at most 40 characters. Several clusters can run at once.
    type: str
    default: roro
  state:
    description: V(present) makes or repairs it, V(absent) removes it with everything it left on the machine.
    type: str
    choices: [present, absent]
    default: present
  provider:
    description: How to run it. V(auto) takes the first that works here.
    type: str
    choices: [auto, native, kind, k3d, minikube]
    default: auto
  simulated_nodes:
    description:
      - Number of nodes whose pods only seem to run, labelled C(roro.dev/simulated=true).
      - Beside a real node they are tainted with that key, so that only pods that tolerate it go there.
    type: int
    default: 0
  only_simulated:
    description: No real node. Needs neither root nor containers, and works only with the provider V(native).
    type: bool
    default: false
  merge_kubeconfig:
    description: Add the context to the kubeconfig of the user as well. It is taken out again with O(state=absent).
    type: bool
    default: false
  kubernetes_version:
    description:
      - Version of Kubernetes, such as V(1.34), or in full V(v1.34.4). By default that of the cluster; for a new one the provider chooses.
      - The provider V(native) builds V(1.34), its default, and V(1.37). All other versions have to be in full; it takes
        them from their release.
    type: str
  audit:
    description: Let the API server log every request at the level Metadata. Only with the provider V(native).
    type: bool
    default: false
  images:
    description:
      - Images to put into the nodes.
      - Archives as C(docker save) writes them, compressed or not, or names of images that the Docker or Podman of the machine has.
    type: list
    elements: path
    default: []
  files:
    description: Directory of the role's files on the machine, where the collection is not installed in its usual place.
    type: path
seealso:
  - module: roro.kube.up
"""

EXAMPLES = r"""
- name: Make a cluster
  roro.kube.local_cluster:
    name: dev
  register: cluster

- name: A hundred simulated nodes, without root
  roro.kube.local_cluster:
    name: scale
    simulated_nodes: 100
    only_simulated: true

- name: Remove it
  roro.kube.local_cluster:
    name: dev
    state: absent
"""

RETURN = r"""
name:
  description: Name of the cluster.
  returned: success
  type: str
provider:
  description: The provider that runs it.
  returned: when the cluster is there
  type: str
kubeconfig:
  description: Path of its own kubeconfig.
  returned: when the cluster is there
  type: str
context:
  description: Name of the context in it.
  returned: when the cluster is there
  type: str
server:
  description: Address of its API server.
  returned: when the cluster is there
  type: str
kubernetes_version:
  description: Its version of Kubernetes in full; empty in check mode where the provider chose it and the cluster does not run.
  returned: when the cluster is there
  type: str
  sample: v1.34.4
nodes:
  description: Names of its nodes.
  returned: O(state=present), not in check mode
  type: list
  elements: str
kubectl:
  description: Path of a kubectl of its version, or V(null).
  returned: O(state=present), not in check mode
  type: str
audit_log:
  description: Path of the audit log, or V(null).
  returned: when the cluster is there
  type: str
state:
  description: V(running), V(degraded) or V(stopped), as it is before the run.
  returned: in check mode, when the cluster is there
  type: str
parts:
  description: Which of its processes run.
  returned: in check mode, when the cluster is there
  type: dict
simulated_nodes:
  description: Number of simulated nodes.
  returned: in check mode, when the cluster is there
  type: int
problems:
  description: What is wrong, one item each.
  returned: failure
  type: list
  elements: dict
  contains:
    message:
      description: One sentence.
      type: str
    where:
      description: The log or file that tells more, or V(null).
      type: str
    hint:
      description: What to do about it, or V(null).
      type: str
exit_code:
  description: What the C(roro) command ends with. V(1) failed, V(2) invalid usage and nothing was touched, V(130) interrupted.
  returned: failure
  type: int
"""

import os

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.local_cluster import OPTIONS, run_local_cluster


def main() -> None:
    """Run on the host that the task points to; with a local connection the action plugin of the same name does the work."""
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    if module.params["files"]:
        os.environ["RORO_LOCAL_CLUSTER_FILES"] = module.params["files"]
    outcome = run_local_cluster(module.params, module.check_mode, lambda phase, message: None, module._verbosity)
    if outcome.pop("failed", False):
        module.fail_json(**outcome)
    module.exit_json(**outcome)


if __name__ == "__main__":
    main()
