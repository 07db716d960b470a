"""Objects near the limit of what etcd takes, and records that do not fit into one Secret."""

from __future__ import annotations

import random
import string
import threading
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError
from ansible_collections.roro.kube.plugins.module_utils._release import Options, go_back, history
from ansible_collections.roro.kube.plugins.module_utils._release.records import record_parts as parts
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import list_records

ALPHABET = string.ascii_letters + string.digits + "+/"


def noise(size: int, seed: int) -> str:
    """Text that hardly compresses."""
    return "".join(random.Random(seed).choices(ALPHABET, k=size))


def secrets(world: Any) -> list[str]:
    return sorted(item["metadata"]["name"] for item in world.cluster.list(world.cluster.resource("v1", "Secret"), world.name).items)


def test_an_object_of_900_kib_must_be_applied_recorded_and_rolled_back(world: Any, make: Any) -> None:
    first, second = make.config("big", text=noise(900 * 1024, 1)), make.config("big", text=noise(900 * 1024, 2))
    world.up(world.desired("api", first))
    live = world.get("v1", "ConfigMap", "big")
    assert "annotations" not in live["metadata"]
    assert not world.up(world.desired("api", first)).changed
    world.up(world.desired("api", second, make.config("more", text=noise(900 * 1024, 3))))
    assert [item.parts for item in history(world.cluster, world.name, "dev", None, [world.name])] == [1, 2]
    wanted = world.desired("api")
    selection, chosen = world.selection([wanted]), [wanted.instance]
    result = go_back(world.cluster, selection, chosen, None, Options(), world.events.append, threading.Event())
    assert not result.failed
    assert world.get("v1", "ConfigMap", "big")["data"] == first["data"]
    assert world.get("v1", "ConfigMap", "more") is None


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> int:
    """Parts so small that the record of a few objects needs several."""
    monkeypatch.setattr(parts, "PART_BYTES", 200)
    return 200


def test_a_record_that_does_not_fit_must_go_on_elsewhere_and_leave_nothing_behind(world: Any, make: Any, small: int) -> None:
    wanted = world.desired("api", *(make.config(f"c{number}", mode=str(number)) for number in range(12)))
    assert make.outcome(world.up(wanted)) == {"api": "Running"}
    found = [name for name in secrets(world) if name.startswith("roro.api.p")]
    assert len(found) >= 2
    records, _ = list_records(world.cluster, world.name, "dev")
    assert len(records["api"].objects) == 12
    assert not world.up(wanted).changed
    assert [name for name in secrets(world) if name.startswith("roro.api.p")] == found
    pruned = world.up(world.desired("api", make.config("c0", mode="0")))
    assert list(make.actions(pruned).values()).count("delete") == 11
    assert world.status(wanted)[0].total == 1
    world.down(wait=False)
    assert secrets(world) == []


def test_a_run_that_is_killed_between_the_parts_must_leave_the_old_record_whole(
    world: Any, make: Any, small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = world.desired("api", *(make.config(f"c{number}") for number in range(12)))
    world.up(wanted)
    before, _ = list_records(world.cluster, world.name, "dev")
    secret = world.get("v1", "Secret", "roro.api")
    wider = {**secret, "data": parts._data(bytes(random.Random(1).randbytes(1500)))}
    parts.write_parts(world.cluster, wider)
    after, _ = list_records(world.cluster, world.name, "dev")
    assert after == before
    world.up(world.desired("api", *(make.config(f"c{number}", mode="2") for number in range(12))))
    named = world.get("v1", "Secret", "roro.api")["metadata"]["annotations"][parts.ANNOTATION_PARTS].split(",")
    assert [name for name in secrets(world) if name.startswith("roro.api.p")] == sorted(named)


def test_a_part_that_is_missing_must_be_told_with_what_to_do(world: Any, make: Any, small: int) -> None:
    wanted = world.desired("api", *(make.config(f"c{number}") for number in range(12)))
    world.up(wanted)
    part = next(name for name in secrets(world) if name.startswith("roro.api.p"))
    world.cluster.delete(world.cluster.resource("v1", "Secret"), world.name, part)
    with pytest.raises(ReleaseError, match="the record is not complete") as caught:
        world.up(wanted)
    assert "Delete the record to start anew" in str(caught.value)
    world.cluster.delete(world.cluster.resource("v1", "Secret"), world.name, "roro.api")
    assert make.outcome(world.up(wanted)) == {"api": "Running"}
