"""What it costs in memory to follow 1,000 pods: whole, in part, as metadata alone, and for five users at once.

    python benchmarks/following.py --kubeconfig FILE [--pods N] [--rounds N] [--write]

The pods are made by API calls, gated so that nothing schedules them, with the status of a running pod. Each way is measured in a process of
its own, which has
followed an empty namespace before: what is told is what the pods add.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, Resource, connect
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Fields, Scope
from ansible_collections.roro.kube.plugins.module_utils._forward.choose import pod_facts
from ansible_collections.roro.kube.plugins.module_utils._logs.pods import POD_FIELDS
from page import write_table

PODS = Resource("", "v1", "Pod", "pods", True)
PATIENCE = 120.0
WAYS: dict[str, tuple[str, int, bool, Callable[..., Any] | None]] = {
    "whole": ("whole objects", 1, False, None),
    "five": ("whole objects, five users", 5, False, None),
    "logs": ("the fields that `logs -f` reads", 1, False, POD_FIELDS),
    "metadata": ("metadata alone, from the server", 1, True, None),
    "owners": ("labels and owners of that", 1, True, Fields("metadata.uid", "metadata.labels", "metadata.ownerReferences")),
    "facts": ("the facts that a forward chooses by", 1, False, pod_facts),
    "phase": ("`status.phase` alone", 1, False, Fields("status.phase")),
}
"""name -> (row, users, metadata_only, keep)."""


def main() -> None:
    """Measure, print, and write when asked."""
    asked = _arguments()
    if asked.way:
        print(json.dumps(_follow(asked)))
        return
    with connect(Connection(kubeconfig=str(asked.kubeconfig))) as cluster:
        namespaces = cluster.resource("v1", "Namespace")
        full, empty = (f"bench-{uuid.uuid4().hex[:8]}" for _ in range(2))
        for name in (full, empty):
            cluster.create(namespaces, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        try:
            owner = _owner(cluster, full)
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(lambda number: _make_pod(cluster, full, owner, number), range(asked.pods)))
            table = _measure(asked, full, empty)
        finally:
            for name in (full, empty):
                cluster.delete(namespaces, None, name)
    print(table)
    if asked.write:
        write_table("following", table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", "--audit", type=Path, help="accepted, not used")
    parser.add_argument("--pods", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--places", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _owner(cluster: Cluster, namespace: str) -> dict[str, Any]:
    """What stands for the ReplicaSet of all pods: one that is there, as the garbage collector takes pods whose owner is not, and of a kind
    whose controller does not count them."""
    name = "web-5d4f8c7b9"
    made = cluster.create(
        cluster.resource("v1", "ConfigMap"), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}
    )
    return {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": made["metadata"]["uid"], "controller": True}


def _make_pod(cluster: Cluster, namespace: str, owner: dict[str, Any], number: int) -> None:
    """As a Deployment makes it, with a sidecar."""
    name, labels = f"web-5d4f8c7b9-{number:05}", {"app": "web", "pod-template-hash": "5d4f8c7b9", "roro.dev/instance": "web"}
    metadata = {
        "name": name,
        "namespace": namespace,
        "labels": labels,
        "annotations": {"prometheus.io/scrape": "true"},
        "ownerReferences": [owner],
    }
    containers = [_container(name) for name in ("web", "proxy")]
    spec = {"containers": containers, "schedulingGates": [{"name": "roro.dev/bench"}], "volumes": [{"name": "tmp", "emptyDir": {}}]}
    cluster.create(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    path = f"{PODS.path(namespace, name)}/status"
    cluster.request("PATCH", path, body={"status": _running()}, content_type="application/merge-patch+json")


def _container(name: str) -> dict[str, Any]:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
    limits = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}}
    env = [{"name": f"SETTING_{number}", "value": f"value-{number}"} for number in range(10)]
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]
    told = {"name": name, "image": f"registry.example/{name}:1.2.3", "ports": [{"containerPort": 8080}], "env": env, "resources": limits}
    return {**told, "readinessProbe": probe, "livenessProbe": probe, "volumeMounts": mounts}


def _running() -> dict[str, Any]:
    at = "2026-01-01T00:00:00Z"
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    statuses = [
        {
            "name": name,
            "image": f"registry.example/{name}:1.2.3",
            "imageID": f"registry.example/{name}@sha256:{uuid.uuid4().hex * 2}",
            "containerID": f"containerd://{uuid.uuid4().hex * 2}",
            "ready": True,
            "started": True,
            "restartCount": 0,
            "state": {"running": {"startedAt": at}},
        }
        for name in ("web", "proxy")
    ]
    conditions = [{"type": kind, "status": "True", "lastTransitionTime": at} for kind in kinds]
    address = {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}], "hostIP": "192.0.2.1", "hostIPs": [{"ip": "192.0.2.1"}]}
    return {"phase": "Running", "startTime": at, "conditions": conditions, "containerStatuses": statuses, **address}


def _measure(asked: argparse.Namespace, full: str, empty: str) -> str:
    command = [sys.executable, __file__, "--kubeconfig", str(asked.kubeconfig), "--pods", str(asked.pods), "--places", full, empty]
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    for _ in range(asked.rounds):
        for way in WAYS:
            out = subprocess.run([*command, "--way", way], check=True, capture_output=True, text=True).stdout
            found[way].append(json.loads(out))
    whole = _median(found["whole"], "kept")
    lines = [
        f"{asked.pods:,} pods of two containers, {_rounds(asked.rounds)}, each way in a process of its own; per 1,000 pods.",
        "",
        "| what stays of a pod | memory | ratio to whole | most while reading | until all is known | requests |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for way, (row, *_) in WAYS.items():
        kept, most, seconds, requests = (_median(found[way], name) for name in ("kept", "most", "seconds", "requests"))
        each = 1000 / asked.pods / 1024
        lines.append(f"| {row} | {kept * each:.1f} MiB | {kept / whole:.2f} | {most * each:.1f} MiB | {seconds:.2f} s | {requests:.0f} |")
    return "\n".join(lines)


def _rounds(number: int) -> str:
    return "one round" if number == 1 else f"median of {number} rounds"


def _median(found: list[dict[str, float]], name: str) -> float:
    return statistics.median(item[name] for item in found)


def _follow(asked: argparse.Namespace) -> dict[str, float]:
    """kept, most: KiB more than before; seconds; requests."""
    _, users, metadata_only, keep = WAYS[asked.way]
    full, empty = asked.places
    with connect(Connection(kubeconfig=str(asked.kubeconfig))) as cluster:
        _join(cluster, Scope(PODS, empty, metadata_only=metadata_only), keep, 0)
        threading.Event().wait(0.5)  # its watch begins
        before, asked_before = _kilobytes("VmRSS"), cluster.requests.total
        began = time.monotonic()
        feeds = [_join(cluster, Scope(PODS, full, metadata_only=metadata_only), keep, asked.pods) for _ in range(users)]
        seconds = time.monotonic() - began
        threading.Event().wait(0.5)  # the watch begins
        gc.collect()
        kept, most = _kilobytes("VmRSS") - before, _kilobytes("VmHWM") - before
        assert len(feeds) == users
        return {"kept": kept, "most": most, "seconds": seconds, "requests": cluster.requests.total - asked_before}


def _join(cluster: Cluster, scope: Scope, keep: Callable[..., Any] | None, pods: int) -> Any:
    """A user who has heard of everything."""
    feed = cluster.followers.feed()
    follower = feed.follow(scope, keep)
    deadline = time.monotonic() + PATIENCE
    while not follower.state.synced:
        assert time.monotonic() < deadline, follower.state
        feed.take(1.0)
    feed.take()
    assert len(follower.objects()) == pods
    return feed


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    main()
