"""Following must tell what is new once, over a new LIST, a watch that fails for good and a server that comes and goes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import stream
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ClusterError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._kube_events import EventReader, Following, ServerState, Whose
from ansible_collections.roro.kube.plugins.module_utils._kube_events import follow as follow_module

Make = Callable[..., dict[str, Any]]
Step = WatchEvent | ClusterError | None
GONE = ConnectionFailed("it went away")


class Server:
    """Lists nothing; each watch of a namespace does the next of its scripts: events, troubles (in a tuple) and failures."""

    def __init__(self, **scripts: list[list[Any]]) -> None:
        self.scripts, self.versions = scripts, list[str]()

    def list(self, resource: Any, namespace: str) -> Any:
        return SimpleNamespace(items=[], resource_version="5")

    def watch(
        self, resource: Any, namespace: str, *, resource_version: str, stop: threading.Event, trouble: Any, **_: Any
    ) -> Iterator[WatchEvent]:
        self.versions.append(resource_version)
        for step in self.scripts[namespace].pop(0) if self.scripts[namespace] else []:
            if isinstance(step, WatchEvent):
                yield step
            elif isinstance(step, tuple):
                trouble(step[0])
            else:
                raise step
        stop.wait(30)


def all_mine(references: Any) -> list[str | None]:
    return ["web" for _ in references]


def followed(server: Server, until: Callable[[list[Any]], bool], monkeypatch: Any) -> list[Any]:
    """What is told until that is true of it."""
    monkeypatch.setattr(follow_module, "_PAUSE", 0.01)
    monkeypatch.setattr(stream, "FIRST_PAUSE", 0.01)
    stop, found = threading.Event(), list[Any]()
    reader = EventReader(server, Whose(SimpleNamespace(instances_of_references=all_mine), {}))  # type: ignore[arg-type]
    guard = threading.Timer(30, stop.set)
    guard.start()
    for item in Following(server, reader, reader.read(list(server.scripts)), stop):  # type: ignore[arg-type]
        found.append(item if isinstance(item, ServerState) else (item.name, item.count))
        if until(found):
            stop.set()
    guard.cancel()
    assert until(found), found
    return found


def added(obj: dict[str, Any]) -> WatchEvent:
    return WatchEvent("ADDED", obj)


def test_a_watch_must_begin_where_the_list_ended_and_a_new_list_must_repeat_nothing(event: Make, monkeypatch: Any) -> None:
    one, two = event("Pod/a", count=2), event("Pod/b")
    bumped = {**one, "count": 3, "lastTimestamp": "2026-01-01T10:09:00Z"}
    script = [added(one), WatchEvent("RESYNC", {}, (one, two)), WatchEvent("BOOKMARK", {}), WatchEvent("MODIFIED", bumped)]
    server = Server(shop=[script])
    found = followed(server, lambda told: len(told) >= 3, monkeypatch)
    assert found == [("a", 2), ("b", 1), ("a", 3)]
    assert server.versions == ["5"]


def test_a_watch_that_fails_for_good_must_begin_anew_with_everything(event: Make, monkeypatch: Any) -> None:
    one, two = event("Pod/a"), event("Pod/b")
    server = Server(shop=[[added(one), GONE], [WatchEvent("RESYNC", {}, (one, two)), (None,)]])
    found = followed(server, lambda told: ServerState() in told, monkeypatch)
    assert found == [("a", 1), ServerState("it went away"), ("b", 1), ServerState()]
    assert server.versions == ["5", ""]


def test_an_event_that_is_deleted_must_be_no_news(event: Make, monkeypatch: Any) -> None:
    one = event("Pod/a", count=4)
    again = event("Pod/a", count=1, at="11:00:00")
    server = Server(shop=[[added(one), WatchEvent("DELETED", one), added(again)]])
    assert followed(server, lambda told: len(told) >= 2, monkeypatch) == [("a", 4), ("a", 5)]


def test_a_server_that_is_away_must_be_told_once_for_all_namespaces(event: Make, monkeypatch: Any) -> None:
    server = Server(shop=[[(GONE,), (GONE,), (None,), added(event("Pod/a"))]], other=[[(None,)]])
    found = followed(server, lambda told: ("a", 1) in told, monkeypatch)
    assert found == [ServerState("it went away"), ServerState(), ("a", 1)]


def test_a_right_that_is_taken_away_must_silence_that_namespace_alone(event: Make, monkeypatch: Any) -> None:
    server = Server(shop=[[ApiError("you may not", status=403)]], other=[[added(event("Pod/a"))]])
    found = followed(server, lambda told: len(told) >= 2, monkeypatch)
    assert {item if isinstance(item, tuple) else item.error for item in found} == {"you may not", ("a", 1)}


def test_a_defect_of_ours_must_end_a_follow_and_not_silence_it(monkeypatch: Any) -> None:
    server = Server(shop=[[ZeroDivisionError("a defect")]])
    with pytest.raises(ZeroDivisionError):
        followed(server, lambda told: False, monkeypatch)


def test_what_is_not_there_any_more_must_not_be_kept_for_ever(event: Make) -> None:
    """Also of events that are nobody's, or of instances that were not asked for: a follow lasts for days."""
    reader = EventReader(None, Whose(SimpleNamespace(instances_of_references=lambda refs: [None for _ in refs]), {}))  # type: ignore[arg-type]
    here, elsewhere = event("Pod/a"), event("Pod/b")
    elsewhere["involvedObject"]["namespace"] = "other"
    reader.take([*(event(f"Pod/old{number}") for number in range(follow_module.MOST_HELD)), here, elsewhere])
    reader.keep_only([here], "shop")
    assert len(reader._seen) == 2


def test_a_right_that_comes_back_must_be_used_from_where_it_went(event: Make, monkeypatch: Any) -> None:
    server = Server(shop=[[ApiError("you may not", status=403)], [(None,), added(event("Pod/a"))]])
    found = followed(server, lambda told: ("a", 1) in told, monkeypatch)
    assert found == [ServerState("you may not"), ServerState(), ("a", 1)]
    assert server.versions == ["5", "5"]
