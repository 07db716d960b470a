"""What `ps --watch` shows must go on being true, whatever happens to a watch."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import ObjectList, Resource, WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Followers, stream
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._workflow import status_watch
from ansible_collections.roro.kube.plugins.module_utils._workflow.status_watch import StatusNews, StatusWatch

PODS = Resource("", "v1", "Pod", "pods", True)
WAIT = 30.0


class Server:
    """Each watch does the next of its plays: events, and an exception at its end; after the last one nothing happens."""

    def __init__(self, *plays: list[Any]) -> None:
        self.plays, self.versions = list(plays), list[str]()
        self.followers = Followers(lambda: self)

    def now(self) -> Any:
        return SimpleNamespace(isoformat=lambda: "now")

    def list(self, *_: Any, **__: Any) -> Any:
        return ObjectList([], str(len(self.versions) + 1))

    def watch(self, *_: Any, resource_version: str, keep: Any, stop: threading.Event, **__: Any) -> Iterator[WatchEvent]:
        self.versions.append(resource_version)
        for item in self.plays.pop(0) if self.plays else []:
            if isinstance(item, Exception):
                raise item
            yield WatchEvent(item.type, keep(item.object))
        stop.wait(WAIT)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Make a watch of a server. later: what is read after the first time, in place of instances, or why it cannot be read. The notice says
    how many watches began before."""
    for name in ("_DEBOUNCE", "_PAUSE", "_AGAIN", "_REFUSED"):
        monkeypatch.setattr(status_watch, name, 0.01)
    monkeypatch.setattr(stream, "FIRST_PAUSE", 0.01)
    stop, readings = threading.Event(), list[Any]()

    def read(cluster: Any, _workspace: str, _environment: str, _selection: Any, sink: Any, _names: Any) -> list[Any]:
        cluster.list(PODS, "shop")
        sink(SimpleNamespace(message=f"{len(cluster.versions)} watches"))
        found = readings.pop(0) if readings else "fine"
        if isinstance(found, Exception):
            raise found
        return [found]

    def make(server: Server, *later: Any) -> Iterator[StatusNews]:
        monkeypatch.setattr(status_watch, "release_status", read)
        selection: Any = SimpleNamespace(workspace=SimpleNamespace(name="shop"), environment=SimpleNamespace(name="dev"))
        made = StatusWatch(server, selection, stop)  # type: ignore[arg-type]
        readings.extend(later)
        guard = threading.Timer(WAIT, stop.set)
        guard.daemon = True
        guard.start()
        return iter(made)

    yield make
    stop.set()


def test_a_change_must_make_it_be_read_again(watched: Any) -> None:
    news = watched(Server([WatchEvent("MODIFIED", {})]), "changed")
    assert [item.report.instances for item in (next(news), next(news))] == [("fine",), ("changed",)]


def test_a_kind_that_may_be_watched_again_must_be_watched_again(watched: Any) -> None:
    """Else what changes there from then on would never be seen, and the last picture be believed."""
    server = Server([ApiError("you may not", status=403)], [WatchEvent("MODIFIED", {})])
    assert any(item.report.notices == ("2 watches",) for item in watched(server))


def test_a_server_that_is_away_must_be_told_with_the_last_report(watched: Any) -> None:
    news = watched(Server([WatchEvent("MODIFIED", {})]), ConnectionFailed("nobody answers"), "back")
    assert [(item.report.instances, item.error) for item in (next(news), next(news), next(news))] == [
        (("fine",), ""),
        (("fine",), "nobody answers"),
        (("back",), ""),
    ]


@pytest.mark.parametrize("where", ["watching", "reading"])
def test_a_defect_of_ours_must_end_it_and_not_silence_it(watched: Any, where: str) -> None:
    defect = ZeroDivisionError("a defect")
    news = watched(Server([defect if where == "watching" else WatchEvent("MODIFIED", {})]), defect)
    next(news)
    with pytest.raises(ZeroDivisionError):
        next(news)
