"""Objects that change their instance, their record's namespace or the version of their kind stay the same objects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import read_record


@pytest.fixture
def second(world: Any) -> Iterator[str]:
    """The name of another namespace for instances; it goes afterwards."""
    name = f"{world.name}-b"
    yield name
    world.cluster.delete(world.cluster.resource("v1", "Namespace"), None, name)


def uid(world: Any, name: str = "moving", namespace: str = "") -> str:
    return str(world.get("v1", "ConfigMap", name, namespace or None)["metadata"]["uid"])


def recorded(world: Any, instance: str, namespace: str = "") -> list[str]:
    secret = world.get("v1", "Secret", f"roro.{instance}", namespace or None)
    return [f"{item.ref.api_version} {item.ref.kind}/{item.ref.name}" for item in read_record(secret).objects]


def owner(world: Any) -> str:
    return str(world.get("v1", "ConfigMap", "moving")["metadata"]["labels"]["roro.dev/instance"])


def test_an_object_that_goes_to_another_instance_must_be_handed_over(world: Any, make: Any) -> None:
    world.up(world.desired("a", make.config("moving"), make.config("a")), world.desired("b", make.config("b")))
    before = uid(world)
    wanted = world.desired("a", make.config("a")), world.desired("b", make.config("b"), make.config("moving"))
    result = world.up(*wanted)
    assert make.actions(result) == {"ConfigMap/a": "unchanged", "ConfigMap/b": "unchanged", "ConfigMap/moving": "update"}
    assert (uid(world), owner(world)) == (before, "b")
    assert recorded(world, "a") == ["v1 ConfigMap/a"]
    assert sorted(recorded(world, "b")) == ["v1 ConfigMap/b", "v1 ConfigMap/moving"]
    assert not world.up(*wanted).changed
    world.down(["a"])
    assert uid(world) == before


def test_an_object_whose_handing_over_failed_must_be_forgotten_by_nobody(world: Any, make: Any) -> None:
    world.up(world.desired("a", make.config("moving", mode="1"), make.config("a")), world.desired("b", make.config("b")))
    maps = world.cluster.resource("v1", "ConfigMap")
    taken = {**make.config("moving", mode="2"), "metadata": {"name": "moving", "namespace": world.name}}
    world.cluster.apply(maps, taken, force=True, field_manager="somebody")
    failed = world.up(world.desired("a", make.config("a")), world.desired("b", make.config("b"), make.config("moving", mode="3")))
    assert {item.instance: item.reason for item in failed.instances}["b"] == "FieldConflict"
    assert make.actions(world.down(wait=False))["ConfigMap/moving"] == "delete"


def test_an_object_must_be_handed_over_between_instances_of_two_namespaces(world: Any, make: Any, second: str) -> None:
    fixed = make.config("moving")
    fixed["metadata"]["namespace"] = world.name
    b = world.instance("b", namespace=second)
    world.up(world.desired("a", fixed, make.config("a")), world.desired(b, make.config("b")))
    before = uid(world)
    wanted = world.desired("a", make.config("a")), world.desired(b, make.config("b"), fixed)
    assert make.actions(world.up(*wanted))["ConfigMap/moving"] == "update"
    assert (uid(world), owner(world)) == (before, "b")
    assert "v1 ConfigMap/moving" in recorded(world, "b", second)
    assert not world.up(*wanted).changed


def test_an_object_of_an_instance_that_left_must_be_handed_over(world: Any, make: Any) -> None:
    world.up(world.desired("a", make.config("moving"), make.config("a")), world.desired("b", make.config("b")))
    before = uid(world)
    wanted = world.desired("b", make.config("b"), make.config("moving"))
    assert make.actions(world.up(wanted)) == {"ConfigMap/b": "unchanged", "ConfigMap/moving": "update", "ConfigMap/a": "delete"}
    assert (uid(world), owner(world)) == (before, "b")
    assert world.get("v1", "Secret", "roro.a") is None


def test_an_instance_that_moves_to_another_namespace_must_keep_what_does_not_move_with_it(world: Any, make: Any, second: str) -> None:
    fixed = make.config("moving")
    fixed["metadata"]["namespace"] = world.name
    world.up(world.desired("a", fixed, make.config("own")))
    before = uid(world)
    wanted = world.desired(world.instance("a", namespace=second), fixed, make.config("own"))
    assert not world.up(wanted).failed
    assert uid(world) == before
    assert world.get("v1", "ConfigMap", "own") is None
    assert world.get("v1", "ConfigMap", "own", second) is not None
    assert world.get("v1", "Secret", "roro.a") is None
    assert len(recorded(world, "a", second)) == 2
    assert not world.up(wanted).changed


def scaler(version: str, **spec: Any) -> Any:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "nobody"}
    return {
        "apiVersion": f"autoscaling/{version}",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "moving"},
        "spec": {"scaleTargetRef": target, "maxReplicas": 3, **spec},
    }


def test_a_kind_that_goes_to_a_newer_version_must_stay_the_same_object(world: Any, make: Any) -> None:
    world.up(world.desired("a", scaler("v1", targetCPUUtilizationPercentage=50)), wait=False)
    before = world.get("autoscaling/v2", "HorizontalPodAutoscaler", "moving")["metadata"]["uid"]
    cpu = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}
    newer = world.desired("a", scaler("v2", metrics=[cpu]))
    assert "delete" not in make.actions(world.up(newer, wait=False)).values()
    live = world.get("autoscaling/v2", "HorizontalPodAutoscaler", "moving")
    assert live["metadata"]["uid"] == before
    assert live["spec"]["metrics"] == [cpu]
    assert recorded(world, "a") == ["autoscaling/v2 HorizontalPodAutoscaler/moving"]
    assert not world.up(newer, wait=False).changed
    assert make.actions(world.down(wait=False))["HorizontalPodAutoscaler/moving"] == "delete"


@pytest.fixture
def boxes(world: Any, make: Any, eventually: Any) -> Iterator[str]:
    """The group of a custom resource Box with two served versions."""
    group = f"{world.name}.example.com"
    schema = {
        "openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    }
    versions = [{"name": name, "served": True, "storage": name == "v1", "schema": schema} for name in ("v1alpha1", "v1")]
    names = {"kind": "Box", "plural": "boxes", "singular": "box"}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"boxes.{group}"},
        "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": versions},
    }
    definitions = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    world.cluster.create(definitions, definition)

    def served() -> bool:
        world.cluster.invalidate_discovery()
        return world.cluster.find_resource(f"{group}/v1alpha1", "Box") is not None

    eventually(served)
    yield group
    world.cluster.delete(definitions, None, f"boxes.{group}")
    world.cluster.invalidate_discovery()


def test_a_custom_resource_must_stay_the_same_object_in_any_served_version(world: Any, make: Any, boxes: str) -> None:
    def box(version: str, size: int) -> Any:
        return {"apiVersion": f"{boxes}/{version}", "kind": "Box", "metadata": {"name": "moving"}, "spec": {"size": size}}

    world.up(world.desired("a", box("v1alpha1", 1)), wait=False)
    before = world.get(f"{boxes}/v1", "Box", "moving")["metadata"]["uid"]
    for version, size in (("v1", 1), ("v1", 2), ("v1alpha1", 3)):
        wanted = world.desired("a", box(version, size))
        assert "delete" not in make.actions(world.up(wanted, wait=False)).values()
        live = world.get(f"{boxes}/v1", "Box", "moving")
        assert (live["metadata"]["uid"], live["spec"]) == (before, {"size": size})
        assert recorded(world, "a") == [f"{boxes}/{version} Box/moving"]
        assert not world.up(wanted, wait=False).changed
    assert make.actions(world.down(wait=False))["Box/moving"] == "delete"
