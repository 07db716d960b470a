"""Objects that lost their labels are still the instance's: the record knows them by UID."""

from __future__ import annotations

from typing import Any

import pytest

OURS = ("roro.dev/workspace", "roro.dev/environment", "roro.dev/instance", "roro.dev/app")


def unlabel(world: Any, api_version: str, kind: str, name: str, keys: tuple[str, ...] = OURS) -> None:
    live = world.get(api_version, kind, name)
    live["metadata"]["labels"] = {key: value for key, value in live["metadata"]["labels"].items() if key not in keys}
    world.cluster.replace(world.cluster.resource(api_version, kind), live)


@pytest.mark.parametrize("keys", [OURS, OURS[:1]])
def test_an_object_without_its_labels_must_be_seen_and_go_with_down(world: Any, make: Any, keys: tuple[str, ...]) -> None:
    wanted = world.desired("api", make.config())
    world.up(wanted)
    unlabel(world, "v1", "ConfigMap", "settings", keys)
    assert [item.status for item in world.status(wanted)] == ["Running"]
    assert make.actions(world.down())["ConfigMap/settings"] == "delete"
    assert world.cluster.get(world.cluster.resource("v1", "Namespace"), None, world.name) is None


def test_an_object_without_its_labels_must_be_pruned(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("old"), make.config("new")))
    unlabel(world, "v1", "ConfigMap", "old")
    assert make.actions(world.up(world.desired("api", make.config("new"))))["ConfigMap/old"] == "delete"
    assert world.get("v1", "ConfigMap", "old") is None


@pytest.mark.parametrize("keys", [OURS, OURS[:1], OURS[2:3]])
def test_up_must_give_an_object_its_labels_back(world: Any, make: Any, keys: tuple[str, ...]) -> None:
    wanted = world.desired("api", make.config())
    world.up(wanted)
    unlabel(world, "v1", "ConfigMap", "settings", keys)
    assert make.outcome(world.up(wanted)) == {"api": "Running"}
    assert set(OURS) <= set(world.get("v1", "ConfigMap", "settings")["metadata"]["labels"])
    assert not world.up(wanted).changed


def test_an_object_that_another_took_the_name_of_must_stay(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("old"), make.config("new")))
    maps = world.cluster.resource("v1", "ConfigMap")
    world.cluster.delete(maps, world.name, "old")
    theirs = make.config("old", mine="no")
    world.cluster.create(maps, {**theirs, "metadata": {"name": "old", "namespace": world.name}})
    world.up(world.desired("api", make.config("new")))
    world.down()
    assert world.get("v1", "ConfigMap", "old")["data"] == {"mine": "no"}
