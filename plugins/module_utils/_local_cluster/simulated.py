# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated nodes: kwok plays their kubelet, so that pods there become Ready, complete and go, without a container anywhere.

Stages: https://kwok.sigs.k8s.io/docs/user/stages-configuration/. Works beside any provider's real nodes, or alone.
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from .._state import write_private
from .api import Api, has_condition
from .downloads import ARCHITECTURES
from .layout import LOOPBACK, Layout
from .namespaces import plain_environment
from .parts import Part
from .paths import role_files
from .waiting import wait_until

SIMULATED_LABEL = "roro.dev/simulated"
SIMULATED_STORAGE = "roro.dev/simulated"
NODE_RESOURCES = {"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "1Ti"}
POD_CIDR = "10.32.0.0/12"
LEASE_SECONDS = 40


def node_manifest(number: int, tainted: bool) -> dict[str, Any]:
    """The node `simulated-<number>`. tainted: only pods that tolerate it go there; the cluster has a real node for the others."""
    name = f"simulated-{number:04d}"
    labels = {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": ARCHITECTURES.get(platform.machine(), "amd64"),
        "type": "kwok",
        SIMULATED_LABEL: "true",
    }
    spec = {"taints": [{"key": SIMULATED_LABEL, "value": "true", "effect": "NoSchedule"}]} if tainted else {}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {"capacity": NODE_RESOURCES, "allocatable": NODE_RESOURCES},
    }


def reconcile_nodes(api: Api, wanted: int, tainted: bool) -> bool:
    """Make exactly `wanted` simulated nodes; True when that changed something."""
    existing = {node["metadata"]["name"] for node in api.nodes(f"{SIMULATED_LABEL}=true")}
    manifests = {manifest["metadata"]["name"]: manifest for manifest in (node_manifest(number, tainted) for number in range(1, wanted + 1))}
    made = [api.create(manifest) for name, manifest in manifests.items() if name not in existing]
    gone = [api.delete({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}) for name in existing - manifests.keys()]
    return bool(made or gone)


def ready_nodes(api: Api) -> int:
    """How many simulated nodes are Ready."""
    return sum(has_condition(node, "Ready") for node in api.nodes(f"{SIMULATED_LABEL}=true"))


def kwok_part(layout: Layout, storage: bool) -> Part:
    """kwok, beside the API server. storage: it also binds PersistentVolumeClaims, in a cluster that has nobody else to do so."""
    return kwok_command(layout, layout.etc("kwok.kubeconfig"), layout.command("kwok", "kwok"), storage)


def kwok_command(layout: Layout, kubeconfig: str, command: str, storage: bool = False) -> Part:
    """kwok against any cluster. kubeconfig and command: paths as the process sees them."""
    path = layout.directory.etc / "kwok.yaml"
    names = ("nodes", "pods", "volumes") if storage else ("nodes", "pods")
    write_private(path, b"".join((role_files() / "simulated" / f"{name}.yaml").read_bytes() for name in names))
    words = (
        command,
        f"--config={layout.seen(path)}",
        f"--kubeconfig={kubeconfig}",
        f"--manage-nodes-with-label-selector={SIMULATED_LABEL}=true",
        f"--cidr={POD_CIDR}",
        f"--node-ip={layout.address}",
        f"--node-lease-duration-seconds={LEASE_SECONDS}",
        f"--server-address={LOOPBACK}:{layout.port('kwok')}",
    )
    # kwok reads ~/.kwok/kwok.yaml of whoever runs it unless its work directory is elsewhere.
    return Part("kwok", words, {**(plain_environment() if layout.network else {}), "KWOK_WORKDIR": layout.etc("kwok")}, (path,))


def wait_ready(api: Api, nodes: int, check: Callable[[], None]) -> bool:
    """Wait until that many simulated nodes are Ready; False when they are not in time. `check` may raise meanwhile."""
    return wait_until(lambda: ready_nodes(api) >= nodes, 60.0 + nodes / 10, check)
