"""How long planning takes, without a cluster: `python benchmarks/plan.py [--write]`.

Budgets, in processor time, the best of a few runs: 250 objects under 50 ms, 10,000 under 2 s. The objects are spread over instances
that depend on each other; every workload names a ConfigMap, a Secret and a ServiceAccount and has a Service.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Resource
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, InstanceDependency, ManifestSource, Position
from ansible_collections.roro.kube.plugins.module_utils._objects import ref_of
from ansible_collections.roro.kube.plugins.module_utils._release.data.desired import Desired
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.record import InstanceRecord, OwnedObject
from ansible_collections.roro.kube.plugins.module_utils._release.fields.compare import live_digest
from ansible_collections.roro.kube.plugins.module_utils._release.planning.planner import plan
from ansible_collections.roro.kube.plugins.module_utils._release.planning.wanted import prepare
from ansible_collections.roro.kube.plugins.module_utils._render import Manifest
from budget import keep
from page import write_table

BUDGETS = {250: 0.05, 10_000: 2.0}
"""Number of objects -> seconds."""
OBJECTS_PER_SET = 5
SETS_PER_INSTANCE = 10
KINDS = (("", "ConfigMap"), ("", "Secret"), ("", "ServiceAccount"), ("", "Service"), ("apps", "Deployment"))
ROOT = Path("/workspace")


def objects(number: int) -> list[dict[str, Any]]:
    """One set: a workload and all it names."""
    name = f"app-{number}"
    pod = {
        "serviceAccountName": name,
        "containers": [{"name": "main", "image": "app:1", "envFrom": [{"configMapRef": {"name": name}}, {"secretRef": {"name": name}}]}],
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": pod}
    metadata = {"name": name}
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"mode": "a", "text": "x" * 200}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": {"key": "value"}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata},
        {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"selector": {"app": name}, "ports": [{"port": 80}]}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": metadata,
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}}, "template": template},
        },
    ]


def workspace(count: int) -> list[Desired]:
    """`count` objects in instances of which each needs the one before."""
    sets = count // OBJECTS_PER_SET
    found: list[Desired] = []
    for first in range(0, sets, SETS_PER_INSTANCE):
        number = len(found)
        needs = (InstanceDependency(f"instance-{number - 1}", "healthy", True),) if number else ()
        instance = Instance(
            id=f"instance-{number}",
            app="app",
            suffix=str(number),
            environment="dev",
            workspace="bench",
            namespace="bench",
            folder=ROOT,
            manifests=ManifestSource("raw", ROOT, ()),
            variables={},
            depends_on=needs,
        )
        members = [obj for index in range(first, min(first + SETS_PER_INSTANCE, sets)) for obj in objects(index)]
        found.append(Desired(instance, tuple(Manifest(obj, Position(ROOT / "all.yaml", 1)) for obj in members), "digest"))
    return found


def cluster(desired: list[Desired], *, deployed: bool) -> Observed:
    """An empty cluster, or one that holds all of it as recorded."""
    served = {(group, kind): Resource(group, "v1", kind, kind.lower() + "s", True) for group, kind in KINDS}
    empty = Observed(namespaces={"bench": {}}, served=served)
    if not deployed:
        return empty
    live: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    owned: dict[str, list[OwnedObject]] = {}
    for wanted in prepare(desired, empty, Options()):
        held = json.loads(json.dumps(wanted.object))
        held["metadata"] |= {"uid": f"uid-{len(live)}", "resourceVersion": "1"}
        live[ref_of(held).identity] = held
        entry = OwnedObject(wanted.ref, held["metadata"]["uid"], wanted.applied, live_digest(held, wanted.object))
        owned.setdefault(wanted.instance.id, []).append(entry)
    records = {
        name: InstanceRecord(name, "app", "bench", revision=1, deployed=1, outcome="deployed", objects=tuple(entries))
        for name, entries in owned.items()
    }
    return Observed(objects=live, records=records, namespaces={"bench": {}}, served=served)


def best(desired: list[Desired], seen: Observed, runs: int) -> float:
    """Processor seconds of the fastest of `runs`."""
    times = []
    for _ in range(runs):
        began = time.process_time()
        plan(desired, seen, Options())
        times.append(time.process_time() - began)
    return min(times)


def main() -> None:
    """Measure each size and state, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    asked = parser.parse_args()
    lines, missed = ["| objects | in the cluster | planning | budget |", "|---:|---|---:|---:|"], []
    for count, budget in BUDGETS.items():
        desired = workspace(count)
        for deployed in (False, True):
            seconds = best(desired, cluster(desired, deployed=deployed), 5 if count < 1000 else 3)
            state = "all as recorded" if deployed else "nothing"
            lines.append(f"| {count:,} | {state} | {seconds * 1000:.0f} ms | {budget * 1000:.0f} ms |")
            if seconds > budget:
                missed.append(f"planning {count:,} objects, {state} in the cluster, takes {seconds:.3f} s, not {budget} s")
    table = "\n".join(lines)
    print(table)
    if asked.write:
        write_table("plan", table)
    keep(missed)


if __name__ == "__main__":
    main()
