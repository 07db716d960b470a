"""Pods that a quota refused: who is told when there is room, and with which writes."""

from __future__ import annotations

import queue
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._release.execution.quota_room import ANNOTATION, QuotaRoom, gives_room
from ansible_collections.roro.kube.plugins.module_utils._release.workers import Workers

API = ("apps", "Deployment", "shop", "api")
MAKER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "api-1", "namespace": "shop", "uid": "u1"}}


def quota(hard: str = "1", used: str = "1", name: str = "q", what: str = "pods") -> dict[str, Any]:
    status = {"hard": {what: hard}, "used": {what: used}}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": name, "namespace": "shop"}, "status": status}


class Server:
    """A cluster whose quotas change as the test says. Writes arrive in `written`."""

    def __init__(self) -> None:
        self.changes: queue.SimpleQueue[WatchEvent | ApiError] = queue.SimpleQueue()
        self.written: queue.SimpleQueue[tuple[str, str | None, str, dict[str, Any]]] = queue.SimpleQueue()
        self.error: Exception | None = None

    def find_resource(self, api_version: str, kind: str) -> Any:
        return types.SimpleNamespace(kind=kind)

    def watch(self, resource: Any, namespace: str, **_: Any) -> Iterator[WatchEvent]:
        while True:
            event = self.changes.get()
            if isinstance(event, ApiError):
                raise event
            yield event

    def merge_patch(self, resource: Any, namespace: str | None, name: str, patch: dict[str, Any]) -> None:
        self.written.put((resource.kind, namespace, name, patch))
        if self.error is not None:
            raise self.error


class Scene:
    """refused: what the scheduler says of the one object that waits."""

    def __init__(self) -> None:
        self.server, self.workers, self.calls = Server(), Workers(2), queue.SimpleQueue[Callable[[], None]]()
        self.refused: dict[str, Any] | None = MAKER
        self.room = QuotaRoom(self.server, self.workers, self.calls.put, lambda identity: self.refused)  # type: ignore[arg-type]
        self.room.wait(API)
        self.says("RESYNC", quota())

    def says(self, word: str, *items: dict[str, Any]) -> None:
        event = WatchEvent("RESYNC", {}, items=items) if word == "RESYNC" else WatchEvent(word, items[0])  # type: ignore[arg-type]
        self.server.changes.put(event)


@pytest.fixture
def scene() -> Iterator[Scene]:
    found = Scene()
    yield found
    found.room.stop()
    found.workers.close()
    found.says("RESYNC")


def test_room_must_be_told_to_who_makes_the_pods_and_leave_nothing_behind(scene: Scene) -> None:
    scene.says("MODIFIED", quota(used="0"))
    scene.calls.get(timeout=10)()
    kind, namespace, name, first = scene.server.written.get(timeout=10)
    assert (kind, namespace, name) == ("ReplicaSet", "shop", "api-1")
    assert first["metadata"]["annotations"][ANNOTATION]
    assert scene.server.written.get(timeout=10)[3] == {"metadata": {"uid": "u1", "annotations": {ANNOTATION: None}}}
    assert scene.server.written.empty()


def test_pods_that_were_made_meanwhile_must_be_left_alone(scene: Scene) -> None:
    scene.refused = None
    scene.says("MODIFIED", quota(used="0"))
    scene.calls.get(timeout=10)()
    scene.refused = MAKER
    scene.says("MODIFIED", quota(used="1"))
    scene.says("MODIFIED", quota(used="0"))
    scene.calls.get(timeout=10)()
    assert scene.server.written.empty()


def test_a_right_that_is_missing_must_not_matter(scene: Scene) -> None:
    scene.server.error = ApiError("forbidden", status=403)
    scene.says("MODIFIED", quota(used="0"))
    scene.calls.get(timeout=10)()
    scene.server.written.get(timeout=10)
    scene.says("MODIFIED", quota(hard="2", used="0"))
    scene.calls.get(timeout=10)()
    assert scene.server.written.get(timeout=10)


def test_a_namespace_must_be_watched_once(scene: Scene) -> None:
    before = threading.active_count()
    scene.room.wait(("apps", "Deployment", "shop", "worker"))
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (quota(used="0"), True),
        (quota(hard="2"), True),
        (None, True),
        (quota(what="services"), True),
        (quota(), False),
        (quota(used="2"), False),
        (quota(hard="0"), False),
        (quota(hard="1000m", used="1"), False),
        (quota(hard="much"), True),
    ],
    ids=["fewer pods", "more allowed", "no quota", "not of pods", "same", "more pods", "less allowed", "written otherwise", "no number"],
)
def test_room_must_be_what_was_not_free_before(after: dict[str, Any] | None, expected: bool) -> None:
    assert gives_room(quota(), after) is expected


def test_a_quota_that_comes_must_give_no_room() -> None:
    assert not gives_room({}, quota(used="0"))
