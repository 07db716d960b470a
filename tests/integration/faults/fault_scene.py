"""One workspace of ten small objects, brought up through the fault proxy, and what must be true of it afterwards."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Resource
from ansible_collections.roro.kube.plugins.module_utils._model import ReadinessRule
from ansible_collections.roro.kube.plugins.module_utils._objects import KubeObject, ref_of
from ansible_collections.roro.kube.plugins.module_utils._release import Revision, RunResult, history
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import read_record
from fault_proxy import Fault, FaultProxy

CONFIGS = tuple(f"c{number}" for number in range(8))
STORE = "store"


def service() -> KubeObject:
    """A Service that is ready when somebody gave it an address."""
    spec = {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False, "ports": [{"port": 80}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "front"}, "spec": spec}


def gauge(resource: Resource) -> KubeObject:
    """A custom resource that is ready when its controller says so."""
    return {"apiVersion": resource.api_version, "kind": resource.kind, "metadata": {"name": "level"}, "spec": {"size": 1}}


@contextmanager
def gauges_on(cluster: Cluster) -> Iterator[Resource]:
    """A custom resource with a status, in a group of its own."""
    group = f"g{uuid.uuid4().hex[:8]}.roro.test"
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    version = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "gauges", "singular": "gauge", "kind": "Gauge"}
    definitions = cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    name = f"gauges.{group}"
    definition = {
        "apiVersion": definitions.api_version,
        "kind": definitions.kind,
        "metadata": {"name": name},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }
    cluster.apply(definitions, definition)
    try:
        yield _served(cluster, f"{group}/v1", "Gauge")
    finally:
        cluster.delete(definitions, None, name)
        cluster.invalidate_discovery()


def _served(cluster: Cluster, api_version: str, kind: str) -> Resource:
    """Discovery learns of a new kind a moment after it was defined."""
    clock = threading.Event()
    for _ in range(200):
        cluster.invalidate_discovery()
        if (found := cluster.find_resource(api_version, kind)) is not None:
            return found
        clock.wait(0.05)
    raise AssertionError(f"{kind} in {api_version} is not served after 10 s")


class Attendant:
    """The controllers of a scene: gives the Service its address and the gauge its condition, as soon as `after` is set."""

    def __init__(self, cluster: Cluster, namespace: str, gauges: Resource) -> None:
        self.after = threading.Event()
        self._cluster, self._namespace, self._stop = cluster, namespace, threading.Event()
        condition = {"type": "Ready", "status": "True", "reason": "Filled", "lastTransitionTime": "2026-01-01T00:00:00Z"}
        self._begin(cluster.resource("v1", "Service"), {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}})
        self._begin(gauges, {"conditions": [condition]})

    def _begin(self, resource: Resource, status: dict[str, Any]) -> None:
        threading.Thread(target=self._attend, args=(resource, status), daemon=True).start()

    def _attend(self, resource: Resource, status: dict[str, Any]) -> None:
        for event in self._cluster.watch(resource, self._namespace, stop=self._stop):
            found = event.items if event.type == "RESYNC" else (event.object,) if event.type == "ADDED" else ()
            for obj in found:
                self.after.wait(30)
                path = f"{resource.path(self._namespace, obj['metadata']['name'])}/status"
                self._cluster.request("PATCH", path, body={"status": status}, content_type="application/merge-patch+json")

    def close(self) -> None:
        """No more of it."""
        self.after.set()
        self._stop.set()


@dataclass
class Scene:
    """world: on the clean path. cluster: through the proxy. again: another connection through it, with its own limits."""

    world: Any
    make: Any
    proxy: FaultProxy
    cluster: Cluster
    again: Callable[..., Cluster]
    attendant: Attendant
    gauges: Resource
    runs: int = 0

    def wanted(self, **data: str) -> Any:
        """The ten objects. data: of each ConfigMap."""
        rule = ReadinessRule(kind=f"{self.gauges.kind}.{self.gauges.group}", condition="Ready")
        owner = self.world.instance(STORE, readiness=(rule,), timeout=30.0)
        return self.world.desired(owner, *(self.make.config(name, **data) for name in CONFIGS), service(), gauge(self.gauges))

    def up(self, *, cluster: Cluster | None = None, after: Fault | None = None, **options: Any) -> RunResult:
        """Bring it up through the proxy. after: the controllers work only once that fault has happened."""
        self.attendant.after = after.hit if after else self.attendant.after
        if after is None:
            self.attendant.after.set()
        self.runs += 1
        result: RunResult = self.world.up(self.wanted(), cluster=cluster or self.cluster, **options)
        return result

    def message(self, result: RunResult) -> str:
        """What the run says of its one instance, which failed."""
        assert result.failed
        return f"{result.instances[0].message} {result.instances[0].hint}"

    def assert_whole(self, result: RunResult | None = None, *, revision: int = 1) -> None:
        """Everything is there exactly once, recorded as it is, unlocked, and a second `up` on the clean path changes nothing."""
        if result is not None:
            assert not result.failed, [item.message for item in result.instances]
        live = {ref_of(item).identity: item["metadata"]["uid"] for item in self.objects()}
        assert len(live) == len(CONFIGS) + 2
        made = self.proxy.creations()
        assert {name: count for name, count in made.items() if count > (self.runs if "/leases/" in name else 1)} == {}
        secret = self.world.get("v1", "Secret", f"roro.{STORE}")
        record = read_record(secret)
        assert (record.outcome, record.revision, record.deployed, record.message) == ("deployed", revision, revision, "")
        assert {item.ref.identity: item.uid for item in record.objects} == live
        assert [item.outcome for item in self.history() if item.revision == revision] == ["deployed"]
        assert self.world.get("coordination.k8s.io/v1", "Lease", f"roro.{STORE}") is None
        before = self.world.versions()
        assert not self.world.up(self.wanted()).changed
        assert self.world.versions() == before

    def history(self) -> list[Revision]:
        """The revisions that are kept."""
        return history(self.world.cluster, self.world.name, "dev", None, ())

    def objects(self) -> list[KubeObject]:
        """What is there of the ten."""
        kinds = (self.world.cluster.resource("v1", "ConfigMap"), self.world.cluster.resource("v1", "Service"), self.gauges)
        selector = f"roro.dev/workspace={self.world.name}"
        return [item for kind in kinds for item in self.world.cluster.list(kind, self.world.name, selector=selector).items]
