"""A record that cannot be read keeps no other instance from its work, and nothing of its own instance is touched without it."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._events import Notice

NOT_READABLE = base64.b64encode(b"written by a newer version").decode()


@pytest.fixture
def scene(world: Any, make: Any) -> Iterator[tuple[Any, Callable[..., list[Any]]]]:
    """Instances `api` and `db`, deployed, and the record of `db` damaged; it is repaired afterwards. With the instances as they would
    be now: `wanted(mode)`."""

    def wanted(mode: str) -> list[Any]:
        return [
            world.desired(world.instance("api", needs=["db"]), make.config("front", mode=mode)),
            world.desired("db", make.config("data", mode=mode)),
        ]

    world.up(*wanted("1"), world.desired("old", make.config("past")))
    whole = world.get("v1", "Secret", "roro.db")["data"]["record"]
    damage(world, NOT_READABLE)
    yield world, wanted
    if world.get("v1", "Secret", "roro.db") is not None:
        damage(world, whole)


def damage(world: Any, data: str) -> None:
    secret = world.get("v1", "Secret", "roro.db")
    world.cluster.replace(world.cluster.resource("v1", "Secret"), {**secret, "data": {"record": data}})


def of_db(world: Any) -> list[Any]:
    return [world.get("v1", kind, name) for kind, name in (("ConfigMap", "data"), ("Secret", "roro.db"))]


def test_up_must_bring_up_the_others_and_leave_the_instance_as_it_is(scene: Any, make: Any) -> None:
    world, wanted = scene
    before = of_db(world)
    result = world.up(*wanted("2"), complete=True)
    assert make.outcome(result) == {"api": "Running", "db": "Failed", "old": "NotDeployed"}
    assert result.failed
    blocked = next(item for item in result.instances if item.instance == "db")
    assert blocked.reason == "RecordUnreadable"
    assert f"Secret {world.name}/roro.db" in blocked.message
    assert "Delete it to start anew" in blocked.message
    assert world.get("v1", "ConfigMap", "front")["data"]["mode"] == "2"
    assert world.get("v1", "ConfigMap", "past") is None, "what left the environment is pruned all the same"
    assert of_db(world) == before
    assert sum("roro.db" in event.message for event in world.events if isinstance(event, Notice)) == 1


def test_an_environment_without_the_instance_must_not_prune_it(scene: Any, make: Any) -> None:
    world, wanted = scene
    before = of_db(world)
    result = world.up(wanted("2")[0], complete=True)
    assert make.outcome(result) == {"api": "Running", "old": "NotDeployed"}
    assert any(f"Secret {world.name}/roro.db" in notice for notice in result.notices)
    assert of_db(world) == before


def test_another_instance_must_not_take_its_objects(scene: Any, make: Any) -> None:
    world, _wanted = scene
    with pytest.raises(Exception, match="belongs to"):
        world.up(world.desired("api", make.config("front"), make.config("data")), complete=True)


def test_down_must_remove_the_others_and_keep_it_with_its_namespace(scene: Any, make: Any) -> None:
    world, _wanted = scene
    before = of_db(world)
    result = world.down(wait=False)
    assert result.failed
    assert make.outcome(result)["db"] == "Failed"
    assert world.get("v1", "ConfigMap", "front") is None
    assert of_db(world) == before


@pytest.mark.parametrize("work", ["up", "down"])
def test_asked_for_alone_it_must_be_refused(scene: Any, work: str) -> None:
    world, wanted = scene
    with pytest.raises(ReleaseError, match="the record cannot be read"):
        world.up(wanted("2")[1]) if work == "up" else world.down(["db"])


def test_status_must_say_what_is_wrong_and_show_the_others(scene: Any) -> None:
    world, wanted = scene
    found = {item.instance: item for item in world.status(*wanted("1"))}
    assert (found["api"].status, found["db"].status, found["db"].reason) == ("Running", "Failed", "RecordUnreadable")
    assert "Delete it to start anew" in found["db"].message


def test_a_forged_record_elsewhere_must_not_keep_an_instance_from_its_work(world: Any, make: Any, cluster: Cluster, unique: str) -> None:
    wanted = world.desired("api", make.config("front", mode="1"))
    world.up(wanted)
    real = world.get("v1", "Secret", "roro.api")
    elsewhere = f"{unique}-tenant"
    cluster.apply(cluster.resource("v1", "Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": elsewhere}})
    labels = {key: value for key, value in real["metadata"]["labels"].items() if key.startswith("roro.dev/")}
    forged = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "roro.api", "namespace": elsewhere, "labels": labels}}
    fresh = {**forged, "metadata": {**forged["metadata"], "name": "roro.new", "labels": {**labels, "roro.dev/instance": "new"}}}
    try:
        for secret in (forged, fresh):
            cluster.apply(cluster.resource("v1", "Secret"), {**secret, "data": {"record": NOT_READABLE}})
        result = world.up(world.desired("api", make.config("front", mode="2")), world.desired("new", make.config("more")), complete=True)
        assert make.outcome(result) == {"api": "Running", "new": "Running"}
        assert any(f"Secret {elsewhere}/roro.api" in notice for notice in result.notices)
    finally:
        cluster.delete(cluster.resource("v1", "Namespace"), None, elsewhere)
