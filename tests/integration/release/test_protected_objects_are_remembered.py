"""What `roro.dev/prune: disabled` keeps is remembered until it is gone: after `down`, and after its instance left the workspace."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


def protected(make: Any, name: str = "kept") -> Any:
    obj = make.config(name)
    obj["metadata"]["annotations"] = {"roro.dev/prune": "disabled"}
    return obj


def unprotect(world: Any, name: str = "kept", namespace: str = "") -> None:
    maps = world.cluster.resource("v1", "ConfigMap")
    world.cluster.merge_patch(maps, namespace or world.name, name, {"metadata": {"annotations": {"roro.dev/prune": None}}})


def secrets(world: Any) -> list[str]:
    return sorted(item["metadata"]["name"] for item in world.cluster.list(world.cluster.resource("v1", "Secret"), world.name).items)


def test_down_must_remember_a_protected_object_and_a_later_down_take_it(world: Any, make: Any) -> None:
    wanted = world.desired("api", protected(make), make.config("gone"))
    world.up(wanted)
    first = world.down()
    told = f"ConfigMap {world.name}/kept of instance api is kept: protected by roro.dev/prune: disabled"
    assert told in first.notices
    assert secrets(world) == ["roro.api"]
    status = world.status(wanted)[0]
    assert (status.status, status.reason) == ("NotDeployed", "Kept")
    assert f"ConfigMap {world.name}/kept" in status.message
    again = world.down()
    assert told in again.notices
    assert not again.changed
    unprotect(world)
    assert make.actions(world.down(wait=False))["ConfigMap/kept"] == "delete"
    assert secrets(world) == []


def test_up_after_such_a_down_must_go_on_with_the_same_object(world: Any, make: Any) -> None:
    wanted = world.desired("api", protected(make), make.config("gone"))
    world.up(wanted)
    uid = world.get("v1", "ConfigMap", "kept")["metadata"]["uid"]
    world.down()
    assert make.outcome(world.up(wanted)) == {"api": "Running"}
    assert world.get("v1", "ConfigMap", "kept")["metadata"]["uid"] == uid
    assert [item.revision for item in world.status(wanted)] == [2]
    assert not world.up(wanted).changed
    unprotect(world)


def test_a_protected_object_of_an_instance_that_left_must_stay_remembered_until_it_is_gone(world: Any, make: Any) -> None:
    rest = world.desired("web", make.config("rest"))
    world.up(rest, world.desired("api", protected(make)))
    assert not world.up(rest).failed
    assert "roro.api" in secrets(world)
    assert not world.up(rest).changed
    unprotect(world)
    assert make.actions(world.up(rest))["ConfigMap/kept"] == "delete"
    assert "roro.api" not in secrets(world)


@pytest.fixture
def elsewhere(world: Any) -> Iterator[str]:
    """A namespace of somebody else."""
    name = f"{world.name}-far"
    namespaces = world.cluster.resource("v1", "Namespace")
    world.cluster.create(namespaces, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    world.cluster.delete(namespaces, None, name)


def test_the_namespace_of_a_record_that_still_remembers_must_stay(world: Any, make: Any, elsewhere: str) -> None:
    far = protected(make)
    far["metadata"]["namespace"] = elsewhere
    world.up(world.desired("api", far))
    assert f"Namespace {world.name} is kept: it holds the record of what is protected" in world.down().notices
    unprotect(world, namespace=elsewhere)
    assert make.actions(world.down(wait=False))["ConfigMap/kept"] == "delete"
    assert secrets(world) == []
