"""An operator and the resources whose finalizer only it takes off: the operator goes last, on `down` and when it is pruned."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError

FINALIZER = "gauges.example.com/cleanup"


def definition(world: Any) -> Any:
    group = f"{world.name}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]
    names = {"kind": "Gauge", "plural": "gauges", "singular": "gauge"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": versions}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"gauges.{group}"},
        "spec": spec,
    }


def gauge(world: Any, name: str = "level") -> Any:
    return {
        "apiVersion": f"{world.name}.example.com/v1",
        "kind": "Gauge",
        "metadata": {"name": name, "finalizers": [FINALIZER]},
        "spec": {},
    }


def operator(world: Any, make: Any) -> list[Any]:
    """What an operator has: its Deployment, its account, its rights."""
    rule = {"apiGroups": [f"{world.name}.example.com"], "resources": ["gauges", "gauges/finalizers"], "verbs": ["get", "list", "update"]}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "operator"}, "rules": [rule]}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "operator"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operator"},
        "subjects": [{"kind": "ServiceAccount", "name": "operator"}],
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "operator"}}
    return [make.workload("operator", pod={"serviceAccountName": "operator"}), account, role, binding]


class Operator:
    """Does an operator's work from outside: takes the finalizer off what is being deleted, while Deployment and rights are there."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster, self._namespace = cluster, namespace
        self.ended = threading.Event()
        self.cleaned: list[str] = []
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.ended.set()
        self._thread.join(10)

    def _is_whole(self) -> bool:
        kinds = (("apps/v1", "Deployment"), ("rbac.authorization.k8s.io/v1", "Role"), ("rbac.authorization.k8s.io/v1", "RoleBinding"))
        found = [self._cluster.get(self._cluster.resource(*kind), self._namespace, "operator") for kind in kinds]
        return all(item is not None and "deletionTimestamp" not in item["metadata"] for item in found)

    def _work(self) -> None:
        while not self.ended.wait(0.1):
            kind = self._cluster.find_resource(f"{self._namespace}.example.com/v1", "Gauge")
            try:
                found = self._cluster.list(kind, self._namespace).items if kind else []
                for item in found:
                    if "deletionTimestamp" in item["metadata"] and item["metadata"].get("finalizers") and self._is_whole():
                        self._cluster.merge_patch(kind, self._namespace, item["metadata"]["name"], {"metadata": {"finalizers": None}})
                        self.cleaned.append(item["metadata"]["name"])
            except ApiError:
                continue


@pytest.fixture
def working(world: Any) -> Iterator[Operator]:
    """The operator's work is done until the test ends; then nothing is held any more."""
    found = Operator(world.cluster, world.name)
    yield found
    found.close()
    world.cluster.invalidate_discovery()
    kind = world.cluster.find_resource(f"{world.name}.example.com/v1", "Gauge")
    for item in world.cluster.list(kind, world.name).items if kind else ():
        world.cluster.merge_patch(kind, world.name, item["metadata"]["name"], {"metadata": {"finalizers": None}})


def kinds(result: Any) -> list[str]:
    return [f"{action.kind}/{action.name}" for instance in result.instances for action in instance.actions if action.action == "delete"]


def test_down_must_let_the_resource_go_while_its_operator_runs(world: Any, make: Any, working: Operator) -> None:
    assert not world.up(world.desired("api", *operator(world, make), definition(world), gauge(world))).failed
    result = world.down(volumes=True, timeout=60.0)
    assert not result.failed, result
    assert working.cleaned == ["level"]
    assert kinds(result)[:2] == ["Gauge/level", f"CustomResourceDefinition/gauges.{world.name}.example.com"]
    assert world.left() == []


def test_a_kind_that_went_with_down_must_be_made_again_by_who_still_knows_it(world: Any, make: Any) -> None:
    plain = {**gauge(world), "metadata": {"name": "level"}}
    wanted = world.desired("api", definition(world), plain)
    assert not world.up(wanted).failed
    kind = world.cluster.find_resource(f"{world.name}.example.com/v1", "Gauge")
    assert kind is not None
    world.cluster.delete(world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, f"gauges.{kind.group}")
    world.up(world.desired("api"), allow_empty=True)
    assert not world.up(wanted).failed
    assert not world.down(volumes=True).failed
    assert not world.up(wanted).failed
    assert not world.down(volumes=True).failed


def test_with_the_definition_must_go_what_others_made_before_the_operator(world: Any, make: Any, working: Operator) -> None:
    assert not world.up(world.desired("api", *operator(world, make), definition(world), gauge(world))).failed
    by_hand = gauge(world, "by-hand")
    by_hand["metadata"]["namespace"] = world.name
    world.cluster.create(world.cluster.resource(f"{world.name}.example.com/v1", "Gauge"), by_hand)
    result = world.down(volumes=True, timeout=60.0)
    assert not result.failed, result
    assert sorted(working.cleaned) == ["by-hand", "level"]


def test_down_of_instances_must_know_an_operator_by_its_rights(world: Any, make: Any, working: Operator) -> None:
    wanted = [
        world.desired("definitions", definition(world)),
        world.desired(world.instance("operator", needs=["definitions"]), *operator(world, make)),
        world.desired("shop", gauge(world), make.config()),
    ]
    assert not world.up(*wanted).failed
    result = world.down(timeout=60.0)
    assert not result.failed, result
    assert working.cleaned == ["level"]
    assert any("CustomResourceDefinition" in notice and "is kept" in notice for notice in result.notices)
    assert not world.down(volumes=True).failed


def test_prune_must_let_the_resource_go_while_its_operator_runs(world: Any, make: Any, working: Operator) -> None:
    stays = make.config("stays")
    assert not world.up(world.desired("api", *operator(world, make), definition(world), gauge(world), stays)).failed
    result = world.up(world.desired(world.instance("api", timeout=60.0), stays))
    assert not result.failed, result
    assert working.cleaned == ["level"]
    assert world.get("apps/v1", "Deployment", "operator") is None


def test_kept_must_be_said_only_of_what_is_there(world: Any, make: Any, working: Operator) -> None:
    assert not world.up(world.desired("api", *operator(world, make), definition(world), gauge(world))).failed
    definitions = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    world.cluster.delete(definitions, None, definition(world)["metadata"]["name"])
    result = world.down(timeout=60.0)
    assert not result.failed, result
    assert [notice for notice in result.notices if "is kept" in notice] == []
