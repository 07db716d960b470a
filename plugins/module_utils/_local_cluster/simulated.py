# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated nodes: kwok plays their kubelet, so that pods there become Ready, complete and go, without a container anywhere.

Stages: https://kwok.sigs.k8s.io/docs/user/stages-configuration/. Works beside any provider's real nodes, or alone.
"""

from __future__ import annotations

import time
from typing import Any

import yaml

from .._state import write_private
from .api import Api, has_condition
from .layout import LOOPBACK, Layout
from .namespaces import plain_environment
from .parts import Part

SIMULATED_LABEL = "roro.dev/simulated"
SIMULATED_STORAGE = "roro.dev/simulated"
NODE_RESOURCES = {"cpu": "64", "memory": "256Gi", "pods": "500", "ephemeral-storage": "1Ti"}
POD_CIDR = "10.32.0.0/12"
LEASE_SECONDS = 40


def node_manifest(number: int, tainted: bool) -> dict[str, Any]:
    """The node `simulated-<number>`. tainted: only pods that tolerate it go there; the cluster has a real node for the others."""
    name = f"simulated-{number:04d}"
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "type": "kwok", SIMULATED_LABEL: "true"}
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
    stages = [*NODE_STAGES, *POD_STAGES, *(VOLUME_STAGES if storage else [])]
    return kwok_command(layout, layout.etc("kwok.kubeconfig"), layout.command("kwok", "kwok"), stages)


def kwok_command(layout: Layout, kubeconfig: str, command: str, stages: list[dict[str, Any]]) -> Part:
    """kwok with these stages."""
    path = layout.directory.etc / "kwok.yaml"
    write_private(path, yaml.safe_dump_all(stages, sort_keys=False).encode())
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


def _stage(name: str, kind: str, selector: list[tuple[str, str, list[str]]], then: dict[str, Any], delay: int = 0) -> dict[str, Any]:
    expressions = [{"key": key, "operator": operator, **({"values": values} if values else {})} for key, operator, values in selector]
    spec: dict[str, Any] = {"resourceRef": {"apiGroup": "v1", "kind": kind}, "selector": {"matchExpressions": expressions}, **then}
    if delay:
        spec["delay"] = {"durationMilliseconds": delay, "jitterDurationMilliseconds": delay + 1000}
    return {"apiVersion": "kwok.x-k8s.io/v1alpha1", "kind": "Stage", "metadata": {"name": name}, "spec": spec}


READY = '.status.conditions.[] | select( .type == "Ready" ) | .status'
NOT_DELETED = (".metadata.deletionTimestamp", "DoesNotExist", [])

CONDITIONS = """\
conditions:
{{ $now := Now }}{{ $since := or .metadata.creationTimestamp $now }}{{ range NodeConditions }}
- {type: {{ .type | Quote }}, status: {{ .status | Quote }}, reason: {{ .reason | Quote }}, message: {{ .message | Quote }}, lastHeartbeatTime: {{ $now | Quote }}, lastTransitionTime: {{ $since | Quote }}}
{{ end }}
"""

NODE_READY = (
    CONDITIONS
    + """\
addresses:
- {type: InternalIP, address: {{ NodeIP | Quote }}}
- {type: Hostname, address: {{ .metadata.name | Quote }}}
nodeInfo: {architecture: amd64, operatingSystem: linux, kubeletVersion: {{ printf "kwok-%s" Version | Quote }}, containerRuntimeVersion: kwok://simulated, kubeProxyVersion: "", kernelVersion: "", osImage: simulated, machineID: "", systemUUID: "", bootID: ""}
phase: Running
"""
)

POD_READY = """\
{{ $now := Now }}
conditions:
{{ range (list "PodReadyToStartContainers" "Initialized" "Ready" "ContainersReady") }}
- {type: {{ . }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
{{ range .spec.readinessGates }}
- {type: {{ .conditionType | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }}}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
{{ if eq .restartPolicy "Always" }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
{{ else }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
{{ end }}
{{ with NodeIPsWith .spec.nodeName }}
hostIP: {{ index . 0 | Quote }}
{{ end }}
{{ with PodIPsWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) }}
podIP: {{ index . 0 | Quote }}
podIPs: [{ip: {{ index . 0 | Quote }}}]
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
"""

POD_COMPLETE = """\
{{ $now := Now }}
conditions:
- {type: Ready, status: "False", reason: PodCompleted, lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "False", reason: PodCompleted, lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: false, started: false, restartCount: 0, state: {terminated: {exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}}
{{ end }}
phase: Succeeded
"""

VOLUME = """\
apiVersion: v1
kind: PersistentVolume
metadata:
  name: pvc-{{ .metadata.uid }}
spec:
  accessModes: {{ .spec.accessModes | toJson }}
  capacity: {{ .spec.resources.requests | toJson }}
  persistentVolumeReclaimPolicy: Retain
  storageClassName: {{ .spec.storageClassName | Quote }}
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, namespace: {{ .metadata.namespace | Quote }}, name: {{ .metadata.name | Quote }}, uid: {{ .metadata.uid | Quote }}}
  hostPath: {path: /simulated}
"""

NODE_STAGES = [
    _stage("node-ready", "Node", [(READY, "NotIn", ["True"])], {"next": {"statusTemplate": NODE_READY}}),
    _stage(
        "node-heartbeat",
        "Node",
        [(".status.phase", "In", ["Running"]), (READY, "In", ["True"])],
        {"next": {"statusTemplate": CONDITIONS}},
        delay=240_000,
    ),
]
POD_STAGES = [
    _stage(
        "pod-ready", "Pod", [NOT_DELETED, (".status.phase", "In", ["Pending"]), (READY, "NotIn", ["True"])], {"next": {"statusTemplate": POD_READY}}
    ),
    _stage(
        "pod-complete",
        "Pod",
        [NOT_DELETED, (".status.phase", "In", ["Running"]), (".metadata.ownerReferences.[].kind", "In", ["Job"])],
        {"next": {"statusTemplate": POD_COMPLETE}},
    ),
    _stage("pod-delete", "Pod", [(".metadata.deletionTimestamp", "Exists", [])], {"next": {"delete": True}}),
]
VOLUME_STAGES = [
    _stage(
        "claim-volume",
        "PersistentVolumeClaim",
        [NOT_DELETED, (".spec.storageClassName", "In", ["standard"]), (".spec.volumeName", "DoesNotExist", [])],
        {"steps": [{"apply": {"template": VOLUME}}]},
    ),
    _stage(
        "volume-released",
        "PersistentVolume",
        [NOT_DELETED, (".spec.storageClassName", "In", ["standard"]), (".status.phase", "In", ["Released"])],
        {"next": {"delete": True}},
    ),
]


def seconds_to_ready(nodes: int) -> float:
    """How long to wait for so many nodes."""
    return 60.0 + nodes / 10


def wait_ready(api: Api, nodes: int, check: Any) -> bool:
    """Wait until that many simulated nodes are Ready; False when they are not in time. `check` may raise meanwhile."""
    deadline = time.monotonic() + seconds_to_ready(nodes)
    while ready_nodes(api) < nodes:
        check()
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True
