"""A workspace of its own for every test: brought up and down through the engine's front door, on the real cluster."""

from __future__ import annotations

import threading
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._events import Event, ignore
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, InstanceDependency, ManifestSource, Position
from ansible_collections.roro.kube.plugins.module_utils._release import (
    Desired,
    InstanceStatus,
    Options,
    RunResult,
    go_back,
    preview,
    release,
    remove,
    status,
    stop,
)
from ansible_collections.roro.kube.plugins.module_utils._render import Manifest

Obj = dict[str, Any]
IMAGE = "docker.io/library/roro-box:1"
ROOT = Path("/workspace")


def config(name: str = "settings", **data: str) -> Obj:
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def pod_spec(script: str, *, image: str = IMAGE, **spec: Any) -> Obj:
    """A pod that runs a shell script and stops at once when told to."""
    container = {
        "name": "main",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
    }
    return {"terminationGracePeriodSeconds": 0, "containers": [container], **spec}


def workload(name: str = "api", kind: str = "Deployment", script: str = "sleep 1000000", **spec: Any) -> Obj:
    """A Deployment or StatefulSet with one replica."""
    template = {"metadata": {"labels": {"app": name}}, "spec": pod_spec(script, **spec.pop("pod", {}))}
    body = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": body}


def job(name: str = "migrate", script: str = "true") -> Obj:
    """A Job that is not tried again."""
    template = {"spec": {**pod_spec(script), "restartPolicy": "Never"}}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"backoffLimit": 0, "template": template}}


@dataclass
class World:
    """One workspace on the cluster. name: of the workspace and of its namespace."""

    cluster: Cluster
    name: str
    events: list[Event] = field(default_factory=list)

    def instance(self, name: str, *, needs: Sequence[str | tuple[str, str, bool]] = (), **fields: Any) -> Instance:
        """An instance; needs: ids, or (id, condition, required)."""
        depends = tuple(InstanceDependency(item, "healthy", True) if isinstance(item, str) else InstanceDependency(*item) for item in needs)
        values: dict[str, Any] = {"namespace": self.name, "timeout": 90.0, **fields}
        return Instance(
            id=name,
            app=name,
            suffix="",
            environment="dev",
            workspace=self.name,
            folder=ROOT,
            manifests=ManifestSource("raw", ROOT, ()),
            variables={},
            depends_on=depends,
            **values,
        )

    def desired(self, owner: Instance | str, *objects: Obj) -> Desired:
        """One instance and its manifests."""
        owner = self.instance(owner) if isinstance(owner, str) else owner
        manifests = tuple(Manifest(obj, Position(ROOT / "all.yaml", line)) for line, obj in enumerate(objects, start=1))
        return Desired(owner, manifests, "inputs")

    def selection(self, desired: Sequence[Desired]) -> Any:
        """What the front door needs to know of a selection."""
        return types.SimpleNamespace(
            workspace=types.SimpleNamespace(name=self.name),
            environment=types.SimpleNamespace(name="dev"),
            instances=tuple(item.instance for item in desired),
        )

    def up(self, *desired: Desired, cluster: Cluster | None = None, cancel: threading.Event | None = None, **options: Any) -> RunResult:
        """Bring these up."""
        chosen = Options(**options)
        return release(cluster or self.cluster, self.selection(desired), desired, chosen, self.events.append, cancel or threading.Event())

    def preview(self, *desired: Desired, **options: Any) -> RunResult:
        """What `up` would do."""
        return preview(self.cluster, self.selection(desired), desired, Options(**options))

    def down(self, instances: Sequence[str] | None = None, **options: Any) -> RunResult:
        """Take these down."""
        return remove(self.cluster, self.name, "dev", instances, Options(**options), ignore, threading.Event(), homes=[self.name])

    def rollback(self, name: str, to: int | None = None) -> RunResult:
        """Bring an instance back."""
        owner = self.instance(name)
        selection = self.selection([Desired(owner, ())])
        return go_back(self.cluster, selection, [owner], to, Options(), ignore, threading.Event())

    def stop(self, name: str, **options: Any) -> RunResult:
        """Bring an instance to rest."""
        owner = self.instance(name)
        return stop(self.cluster, self.selection([Desired(owner, ())]), [owner], Options(**options), ignore, threading.Event())

    def status(self, *desired: Desired) -> list[InstanceStatus]:
        """How they are."""
        return status(self.cluster, self.name, "dev", self.selection(desired))

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Obj | None:
        """One object as it is."""
        return self.cluster.get(self.cluster.resource(api_version, kind), namespace or self.name, name)

    def versions(self) -> dict[str, str]:
        """resourceVersion of everything that `up` writes in the namespace, records included; not of what a controller puts there."""
        kinds = (("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "Service"), ("apps/v1", "Deployment"), ("batch/v1", "Job"))
        found = {}
        for api_version, kind in kinds:
            for item in self.cluster.list(self.cluster.resource(api_version, kind), self.name).items:
                found[f"{kind}/{item['metadata']['name']}"] = item["metadata"]["resourceVersion"]
        found.pop("ConfigMap/kube-root-ca.crt", None)
        return found

    def left(self) -> list[str]:
        """What is left on the cluster that carries this workspace's label."""
        found = []
        for api_version, kind in (
            ("v1", "Namespace"),
            ("v1", "Secret"),
            ("v1", "ConfigMap"),
            ("apps/v1", "Deployment"),
            ("v1", "PersistentVolumeClaim"),
        ):
            resource = self.cluster.resource(api_version, kind)
            items = self.cluster.list(resource, selector=f"roro.dev/workspace={self.name}").items
            found += [f"{kind}/{item['metadata']['name']}" for item in items]
        return found


def actions(result: RunResult) -> dict[str, str]:
    """`Kind/name` -> action of a whole run."""
    return {f"{item.kind}/{item.name}": item.action for instance in result.instances for item in instance.actions}


def outcome(result: RunResult) -> dict[str, str]:
    """Instance -> status."""
    return {item.instance: item.status for item in result.instances}


@pytest.fixture(scope="session")
def make() -> Any:
    """Builders of manifests, and readers of results."""
    names = (config, workload, job, pod_spec, actions, outcome)
    return types.SimpleNamespace(**{function.__name__: function for function in names}, replace=replace)


@pytest.fixture
def world(cluster: Cluster, unique: str) -> Iterator[World]:
    """A workspace of the test's own, gone afterwards."""
    found = World(cluster, unique)
    yield found
    found.down(volumes=True, wait=False)
    cluster.delete(cluster.resource("v1", "Namespace"), None, unique)
