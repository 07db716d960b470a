"""What watches tell late, twice or in another order must not bring back what is gone, nor replace what is newer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.execution.first_seen import FirstSeen
from ansible_collections.roro.kube.plugins.module_utils._release.execution.tracker import Tracker

REF = ObjectRef("v1", "ConfigMap", "shop", "settings")
PLACE = ("", "ConfigMap", "shop")


def config(version: int, uid: str = "one", name: str = "settings") -> dict[str, Any]:
    metadata = {"name": name, "namespace": "shop", "uid": uid, "resourceVersion": str(version)}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


class Silent:
    """A cluster that knows what time it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class World:
    """A tracker that follows one object; everything is taken at once."""

    def __init__(self) -> None:
        self.touched: list[Any] = []
        seen = FirstSeen(Silent())  # type: ignore[arg-type]
        self.tracker = Tracker(None, Observed(), "", lambda call: call(), self.touched.extend, lambda place, error: None, seen)  # type: ignore[arg-type]
        self.tracker.follow(REF, config(5))

    def hears(self, kind: str, *objects: dict[str, Any], labelled: bool = True, listed_at: str = "9") -> str | None:
        """resourceVersion of the object as it is known after this event."""
        event = WatchEvent("RESYNC", {}, objects, listed_at) if kind == "RESYNC" else WatchEvent(kind, objects[0])
        self.tracker._deliver(PLACE, labelled, event)
        found = self.tracker.object(REF.identity)
        return None if found is None else found["metadata"]["resourceVersion"]


def test_a_replay_of_what_was_before_our_write_must_not_count() -> None:
    world = World()
    assert world.hears("MODIFIED", config(4)) == "5"
    assert world.hears("MODIFIED", config(6)) == "6"


def test_what_was_deleted_must_not_come_back_by_an_event_that_comes_late() -> None:
    world = World()
    assert world.hears("DELETED", config(7)) is None
    assert REF.identity in world.touched
    assert world.hears("MODIFIED", config(6)) is None
    assert world.hears("ADDED", config(6)) is None


def test_an_object_made_anew_must_be_another() -> None:
    world = World()
    world.hears("DELETED", config(7))
    assert world.hears("ADDED", config(9, uid="two")) == "9"
    assert world.hears("DELETED", config(8)) == "9", "the end of the first is not the end of the second"


def test_what_is_missing_in_a_fresh_list_must_be_gone() -> None:
    world = World()
    assert world.hears("RESYNC", config(9, uid="other", name="other")) is None


@pytest.mark.parametrize("labelled", [True, False])
def test_what_was_made_after_a_list_must_outlive_its_late_answer(labelled: bool) -> None:
    world = World()
    assert world.hears("RESYNC", listed_at="4", labelled=labelled) == "5"
    assert world.hears("MODIFIED", config(6), labelled=labelled) == "6"
    assert world.hears("RESYNC", listed_at="7", labelled=labelled) is None


def test_what_is_there_in_a_fresh_list_must_stay() -> None:
    world = World()
    assert world.hears("RESYNC", config(8)) == "8"


def test_a_list_of_another_place_must_not_matter() -> None:
    world = World()
    event = WatchEvent("RESYNC", {}, ())
    world.tracker._deliver(("", "Secret", "shop"), False, event)
    world.tracker._deliver(("", "ConfigMap", "other"), False, event)
    assert world.tracker.object(REF.identity) is not None


def test_after_the_end_nothing_must_be_taken() -> None:
    world = World()
    world.tracker.stop()
    assert world.hears("DELETED", config(7)) == "5"
