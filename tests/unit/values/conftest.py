"""A cluster that is data, and short ways to ask it for values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import ObjectList, Resource, WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Followers
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, KindNotServed
from ansible_collections.roro.kube.plugins.module_utils._model import MISSING, ValueSource
from ansible_collections.roro.kube.plugins.module_utils._values import Wanted

Obj = dict[str, Any]
SERVED = {
    ("v1", "ConfigMap"): Resource("", "v1", "ConfigMap", "configmaps", True),
    ("v1", "Secret"): Resource("", "v1", "Secret", "secrets", True),
    ("v1", "Node"): Resource("", "v1", "Node", "nodes", False),
}


def obj(kind: str, name: str, namespace: str | None = "shop", labels: dict[str, str] | None = None, **fields: Any) -> Obj:
    metadata = {"name": name, "labels": labels or {}, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **fields}


def wanted(kind: str = "ConfigMap", name: str | None = "site", path: str = "$.data.x", **fields: Any) -> Wanted:
    """A value of the instance api; its resource is in the namespace shop."""
    namespace = fields.pop("namespace", "shop")
    source = {"selector": None, "default": MISSING, "api_version": "v1", **fields}
    api_version = source.pop("api_version")
    return Wanted("api", namespace, ValueSource("x", api_version, kind, name, source.pop("selector"), None, path, **source))


@dataclass
class FakeCluster:
    """Answers from `objects`; every request is noted. denied: (verb, plural) that are refused."""

    objects: list[Obj] = field(default_factory=list)
    denied: set[tuple[str, str]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    events: list[WatchEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.followers = Followers(lambda: self)

    def resource(self, api_version: str, kind: str) -> Resource:
        if (api_version, kind) not in SERVED:
            raise KindNotServed(f"the cluster does not serve {kind} ({api_version})", hint="Install it.")
        return SERVED[(api_version, kind)]

    def find_resource(self, api_version: str, kind: str) -> Resource | None:
        return SERVED.get((api_version, kind))

    def _check(self, verb: str, resource: Resource) -> None:
        if (verb, resource.plural) in self.denied:
            raise ApiError(f'user "dev" may not {verb} {resource.plural}', status=403, reason="Forbidden", hint="Ask for that right.")

    def get(self, resource: Resource, namespace: str | None, name: str) -> Obj | None:
        self.asked.append(f"get {resource.plural} {namespace} {name}")
        self._check("get", resource)
        return next((item for item in self._of(resource, namespace) if item["metadata"]["name"] == name), None)

    def list(self, resource: Resource, namespace: str | None = None, *, selector: str = "") -> ObjectList:
        self.asked.append(f"list {resource.plural} {namespace} {selector}".strip())
        self._check("list", resource)
        return ObjectList(self._of(resource, namespace), "1")

    def watch(self, resource: Resource, namespace: str | None = None, **options: Any) -> Iterator[WatchEvent]:
        self.asked.append(f"watch {resource.plural} {namespace} {options.get('field_selector', '')}".strip())
        self._check("watch", resource)
        keep = options.get("keep") or (lambda item: item)
        for event in self.events:
            yield WatchEvent(event.type, keep(event.object) if event.object else {}, tuple(map(keep, event.items)))
        options["stop"].wait(60)

    def _of(self, resource: Resource, namespace: str | None) -> list[Obj]:
        return [item for item in self.objects if item["kind"] == resource.kind and item["metadata"].get("namespace") == namespace]


@pytest.fixture
def fake() -> FakeCluster:
    return FakeCluster()
