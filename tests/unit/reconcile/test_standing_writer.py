"""Writing how an environment stands must keep nobody waiting, however long the server takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed, RoroError
from ansible_collections.roro.kube.plugins.module_utils._reconcile import standing_writer
from ansible_collections.roro.kube.plugins.module_utils._reconcile.standing_writer import StandingWriter
from ansible_collections.roro.kube.plugins.module_utils._reconcile.types import Standing

STANDING = Standing("shop", "dev", by="ann@laptop")


class SlowCluster:
    """A server that answers when the test lets it; `away` breaks every call."""

    def __init__(self) -> None:
        self.answers, self.away = threading.Event(), False
        self.written: list[str] = []
        self.stops: list[threading.Event] = []

    @contextmanager
    def given_up(self, stop: threading.Event) -> Iterator[None]:
        self.stops.append(stop)
        yield

    def get(self, *_: Any) -> None:
        assert self.answers.wait(30)
        if self.away:
            raise ConnectionFailed("the server is away")

    def create(self, resource: Any, secret: dict[str, Any]) -> None:
        self.written.append(secret["metadata"]["name"])


@pytest.fixture
def cluster() -> SlowCluster:
    return SlowCluster()


@pytest.fixture
def writer(cluster: SlowCluster) -> StandingWriter:
    return StandingWriter(cluster, threading.Event())  # type: ignore[arg-type]


def until(question: Callable[[], Any]) -> Any:
    end = time.monotonic() + 30
    while not (answer := question()):
        assert time.monotonic() < end
        threading.Event().wait(0.005)
    return answer


def test_a_write_must_not_be_waited_for(cluster: SlowCluster, writer: StandingWriter) -> None:
    writer.begin(["shop"], STANDING)
    assert writer.busy
    assert writer.ended() is None
    cluster.answers.set()
    assert until(writer.ended) == (STANDING, None)
    assert writer.ended() is None, "each is told once"
    assert len(cluster.written) == 1


def test_a_server_that_is_away_must_be_told(cluster: SlowCluster, writer: StandingWriter) -> None:
    cluster.away = True
    cluster.answers.set()
    writer.begin(["shop"], STANDING)
    standing, error = until(writer.ended)
    assert standing == STANDING and isinstance(error, RoroError) and "away" in str(error)


def test_the_last_word_must_come_after_what_is_under_way(cluster: SlowCluster, writer: StandingWriter) -> None:
    writer.begin(["shop"], STANDING)
    threading.Timer(0.05, cluster.answers.set).start()
    writer.end(["shop"], STANDING)
    assert len(cluster.written) == 2
    assert not writer.busy


def test_an_end_must_not_wait_for_a_server_that_does_not_answer(
    cluster: SlowCluster, writer: StandingWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing_writer, "_ENDING", 0.05)
    writer.begin(["shop"], STANDING)
    writer.end(["shop"], STANDING)
    assert writer.busy and cluster.written == [], "nothing is sent past one that is under way"
    cluster.answers.set()
    assert until(writer.ended)


def test_what_is_written_must_be_given_up_with_the_loop(cluster: SlowCluster) -> None:
    cancel = threading.Event()
    cluster.answers.set()
    StandingWriter(cluster, cancel).end(["shop"], STANDING)  # type: ignore[arg-type]
    assert cluster.stops == [cancel]
