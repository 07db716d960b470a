"""One container's log over connections that break, restarts and deletion: a server of the test's own stands for the cluster."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ClusterError, ConnectionFailed
from ansible_collections.roro.kube.plugins.module_utils._logs import LogQuery, Source, tail
from ansible_collections.roro.kube.plugins.module_utils._logs.merge import Merger
from ansible_collections.roro.kube.plugins.module_utils._logs.pods import ContainerState
from ansible_collections.roro.kube.plugins.module_utils._logs.tail import Tail

WAIT = 30.0
Play = list[bytes | Exception]
"""What a connection brings; an exception ends it so, and its end is the log's."""
RUNNING = ContainerState("main", "main", "run-1")
NOT_FOUND = ApiError("pods not found", status=404)


def lines(*numbers: int) -> bytes:
    """Lines with that number as their time (in whole milliseconds after noon) and text."""
    return b"".join(b"2026-01-02T12:%02d:%02d.%03d000000Z %d\n" % (n // 60000, n // 1000 % 60, n % 1000, n) for n in numbers)


class Server:
    """Answers each connection with the next play, and tells what was asked."""

    def __init__(self, *plays: Play | threading.Event) -> None:
        self.plays = list(plays)
        self.asked: list[dict[str, Any]] = []
        self.more = threading.Condition()

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 13, tzinfo=UTC)

    def log_stream(self, namespace: str, pod: str, container: str, *, stop: threading.Event, **options: Any) -> Iterator[bytes]:
        with self.more:
            self.asked.append(options)
            play = self.plays.pop(0) if self.plays else stop
            self.more.notify_all()
        if isinstance(play, threading.Event):
            play.wait(WAIT)
            return
        for item in play:
            if isinstance(item, Exception):
                raise item
            yield item

    def wait_for(self, count: int) -> list[dict[str, Any]]:
        with self.more:
            assert self.more.wait_for(lambda: len(self.asked) >= count, WAIT), self.asked
        return self.asked


class Scene:
    """A tail of one container, and what came of it."""

    def __init__(self, server: Server, *, late: bool = False, **query: Any) -> None:
        self.server, self.notes, self.lost, self.text = server, list[str](), list[str](), b""
        self.stop = threading.Event()
        asked = LogQuery(**{"hold": 0.01, **query})
        self.merger = Merger(self._write, self.stop, asked.hold if asked.follow else None)
        source = Source("api", "shop", "api-1", "main")
        told = self.notes.append, self.lost.append
        self.tail = Tail(server, self.merger, source, asked, lambda k, s, t: (k, t), *told, self.stop, late=late)
        self.more = threading.Condition()

    def _write(self, block: bytes) -> None:
        with self.more:
            self.text += block
            self.more.notify_all()

    def follow(self) -> threading.Thread:
        thread = threading.Thread(target=self.merger.run, daemon=True)
        thread.start()
        return thread

    def wait_for(self, *numbers: int | str) -> None:
        wanted = "".join(f"{number}\n" for number in numbers).encode()
        with self.more:
            assert self.more.wait_for(lambda: len(self.text) >= len(wanted), WAIT), self.text
        assert self.text == wanted

    def read(self) -> list[str]:
        """A log that is not followed, to its end."""
        self.merger.no_more_lanes()
        self.merger.run()
        return self.text.decode().splitlines()


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for a real server waits shortly here."""
    monkeypatch.setattr(tail, "PAUSES", (0.01, 0.02))
    monkeypatch.setattr(tail, "STILL_RUNNING", 0.01)


@pytest.fixture
def scenes() -> Iterator[Callable[..., Scene]]:
    """Scenes that end with the test."""
    made: list[Scene] = []

    def make(*plays: Play | threading.Event, **query: Any) -> Scene:
        made.append(Scene(Server(*plays), **query))
        return made[-1]

    yield make
    for scene in made:
        scene.stop.set()


def broken() -> ConnectionFailed:
    return ConnectionFailed("the connection broke")


def test_a_log_must_be_read_once_over_broken_connections(scenes: Callable[..., Scene]) -> None:
    scene = scenes([lines(1, 2, 1500)[:-20], broken()], [broken()], [lines(1, 2, 1500, 1501), broken()], [lines(1500, 1501, 1600) + b"x"])
    scene.tail.see(replace(RUNNING, over=True))
    assert scene.read() == ["1", "2", "1500", "1501", "1600", "x"]
    assert [asked["since"] for asked in scene.server.asked] == ["", "2026-01-02T12:00:00Z", "2026-01-02T12:00:00Z", "2026-01-02T12:00:01Z"]
    assert not any(asked["follow"] for asked in scene.server.asked)


def test_the_last_lines_must_be_asked_for_only_at_the_beginning(scenes: Callable[..., Scene]) -> None:
    scene = scenes([broken()], [lines(7, 8), broken()], [lines(7, 8, 9)], tail=2, since="2026-01-02T11:00:00Z")
    scene.tail.see(replace(RUNNING, over=True))
    assert scene.read() == ["7", "8", "9"]
    assert [(asked["tail"], asked["since"][11:]) for asked in scene.server.asked] == [
        (2, "11:00:00Z"),
        (2, "11:00:00Z"),
        (None, "12:00:00Z"),
    ]


def test_a_follow_from_now_on_must_lose_nothing_when_the_connection_breaks_before_the_first_line(scenes: Callable[..., Scene]) -> None:
    scene = scenes([broken()], [broken()], [lines(1, 2)], follow=True, tail=0)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.wait_for(1, 2)
    asked = [(item["tail"], item["since"][11:19]) for item in scene.server.asked]
    assert asked[:3] == [(0, ""), (None, "13:00:00"), (None, "13:00:00")]


def test_a_follow_must_go_on_where_it_was(scenes: Callable[..., Scene]) -> None:
    scene = scenes([lines(1, 2), broken()], [lines(1, 2, 3)], [lines(1, 2, 3, 4)], follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.wait_for(1, 2, 3, 4)
    assert all(asked["follow"] for asked in scene.server.wait_for(4)), "an end in order does not mean that the container ended"
    assert scene.notes == []


def test_a_container_that_ended_must_be_read_to_its_end_once_more(scenes: Callable[..., Scene]) -> None:
    open_end = threading.Event()
    scene = scenes([lines(1, 2) + lines(3)[:-3]], open_end, [lines(1, 2, 3)], follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.server.wait_for(2)
    scene.tail.see(replace(RUNNING, over=True))
    open_end.set()
    scene.wait_for(1, 2, 3)
    assert [asked["follow"] for asked in scene.server.wait_for(3)] == [True, True, False]
    scene.tail.see(replace(RUNNING, over=True))
    assert len(scene.server.asked) == 3, "what was read whole is not asked for again"


def test_a_restarted_container_must_first_be_asked_for_what_it_said_last(scenes: Callable[..., Scene]) -> None:
    open_end = threading.Event()
    scene = scenes([lines(1)], open_end, [lines(1, 2)], [lines(3)], follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.server.wait_for(2)
    scene.tail.see(ContainerState("main", "main", "run-2", earlier="run-1"))
    open_end.set()
    scene.wait_for(1, 2, 3)
    asked = scene.server.wait_for(4)
    assert [(item["previous"], item["follow"]) for item in asked[:4]] == [(False, True), (False, True), (True, False), (False, True)]


@pytest.mark.parametrize(("late", "expected"), [(True, [(True, False), (False, True)]), (False, [(False, True)])])
def test_a_run_that_was_over_before_it_was_seen_must_be_read_where_all_of_the_container_is_new(
    scenes: Callable[..., Scene], late: bool, expected: list[tuple[bool, bool]]
) -> None:
    scene = scenes(*([[lines(1, 2)]] if late else []), [lines(3)], follow=True, late=late)
    scene.follow()
    scene.tail.see(ContainerState("main", "main", "run-2", earlier="run-1"))
    scene.wait_for(*((1, 2, 3) if late else (3,)))
    asked = scene.server.wait_for(len(expected))
    assert [(item["previous"], item["follow"]) for item in asked[: len(expected)]] == expected


def test_a_first_connection_that_got_a_later_run_must_not_hide_the_earlier(scenes: Callable[..., Scene]) -> None:
    open_end = threading.Event()
    earlier = [lines(1, 2), broken()], [lines(1, 2, 3)[:-1]], [lines(1, 2, 3)]
    scene = scenes([lines(9)], open_end, *earlier, [lines(9, 10)], follow=True, late=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.server.wait_for(2)
    scene.wait_for(9)
    scene.tail.see(ContainerState("main", "main", "run-2", earlier="run-1"))
    open_end.set()
    scene.wait_for(9, 1, 2, 3, 10)


def test_a_run_that_waits_for_its_next_must_be_read_once(scenes: Callable[..., Scene]) -> None:
    scene = scenes([lines(1)], follow=True, late=True)
    scene.follow()
    scene.tail.see(ContainerState("main", "main", "run-1", True, "run-1", "CrashLoopBackOff", False))
    scene.wait_for(1)
    assert [asked["previous"] for asked in scene.server.asked] == [False]


def test_what_was_read_to_its_end_must_not_be_asked_for_as_an_earlier_run(scenes: Callable[..., Scene]) -> None:
    scene = scenes([lines(1)], [lines(2)], follow=True)
    scene.follow()
    scene.tail.see(replace(RUNNING, over=True))
    scene.wait_for(1)
    scene.tail.see(ContainerState("main", "main", "run-2", earlier="run-1"))
    scene.wait_for(1, 2)
    assert not any(asked["previous"] for asked in scene.server.asked)


def test_a_deleted_pod_must_give_all_that_it_still_gives(scenes: Callable[..., Scene]) -> None:
    open_end = threading.Event()
    scene = scenes([lines(1, 2) + lines(3)[:-1]], open_end, [NOT_FOUND], follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.server.wait_for(2)
    scene.tail.see(RUNNING, gone=True)
    open_end.set()
    scene.server.wait_for(3)
    scene.wait_for(1, 2)


SYMLINK = b'failed to try resolving symlinks in path "/var/log/pods/shop_api-1_1/main/0.log": no such file or directory'


def test_what_a_node_says_of_a_log_that_it_lost_must_be_a_note_and_no_line_of_the_program(scenes: Callable[..., Scene]) -> None:
    scene = scenes([lines(1) + b"unable to retrieve container logs for containerd://1\n"], previous=True)
    scene.tail.see(replace(RUNNING, over=True))
    assert scene.read() == ["1"]
    assert scene.notes == ["Pod shop/api-1, container main: its node has no such log: unable to retrieve container logs for containerd://1"]


def test_a_program_may_write_what_a_node_says(scenes: Callable[..., Scene]) -> None:
    scene = scenes([b"2026-01-02T12:00:00.000000000Z " + SYMLINK + b"\n"])
    scene.tail.see(replace(RUNNING, over=True))
    assert scene.read() == [SYMLINK.decode()]
    assert scene.notes == []


def test_what_a_node_says_of_a_pod_that_was_deleted_must_not_be_told(scenes: Callable[..., Scene]) -> None:
    open_end = threading.Event()
    scene = scenes([lines(1)], open_end, [lines(1, 2) + SYMLINK], follow=True)
    follows = scene.follow()
    scene.tail.see(RUNNING)
    scene.server.wait_for(2)
    scene.tail.see(RUNNING, gone=True)
    open_end.set()
    scene.server.wait_for(3)
    scene.merger.no_more_lanes()
    follows.join(WAIT)
    assert (scene.text, scene.notes) == (b"1\n2\n", [])


def test_half_a_line_of_a_deleted_pod_must_be_given_when_it_is_all_there_is(scenes: Callable[..., Scene]) -> None:
    gone = threading.Event()

    class Deleting(Server):
        def log_stream(self, *names: Any, **options: Any) -> Iterator[bytes]:
            yield from super().log_stream(*names, **options)
            if len(self.asked) == 1:
                gone.wait(WAIT)

    server = Deleting([lines(1) + lines(2)[:-1]], [NOT_FOUND])
    scene = Scene(server, follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.wait_for(1)
    scene.tail.see(RUNNING, gone=True)
    gone.set()
    scene.wait_for(1, 2)
    scene.stop.set()


def test_a_node_that_does_not_answer_must_not_keep_the_others_from_being_read(
    scenes: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "NODE_PATIENCE", 0.05)
    scene = scenes(*([ApiError("no route to the node", status=500)] for _ in range(50)))
    scene.tail.see(replace(RUNNING, over=True))
    assert scene.read() == []
    assert scene.lost == ["Pod shop/api-1, container main: no route to the node"]


def test_a_server_that_stays_away_must_be_told(scenes: Callable[..., Scene], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "PATIENCE", 0.05)
    scene = scenes(*([broken()] for _ in range(50)))
    scene.tail.see(replace(RUNNING, over=True))
    with pytest.raises(ConnectionFailed):
        scene.read()


def test_a_missing_right_must_be_told_and_not_tried_again(scenes: Callable[..., Scene]) -> None:
    scene = scenes([ApiError("forbidden", status=403)])
    scene.tail.see(RUNNING)
    with pytest.raises(ClusterError, match="you may not read the logs of pods in namespace shop"):
        scene.read()
    assert len(scene.server.asked) == 1


def test_a_log_that_cannot_be_read_for_now_must_be_told_once_and_followed_later(scenes: Callable[..., Scene]) -> None:
    away = ApiError("no route to the node", status=500)
    scene = scenes([lines(1), broken()], *([away] for _ in range(6)), [broken()], [lines(1, 2)], follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.wait_for(1, 2)
    assert len(scene.notes) == 1
    assert "it goes on where it was" in scene.notes[0]


def test_a_container_whose_run_is_not_told_yet_must_be_waited_for_by_the_watch(scenes: Callable[..., Scene]) -> None:
    scene = scenes([ApiError("container is waiting to start", status=400)], [lines(1)], follow=True)
    scene.follow()
    scene.tail.see(RUNNING)
    scene.wait_for(1)
    assert scene.notes == []


def test_a_container_that_starts_again_while_its_reader_leaves_must_lose_no_line(scenes: Callable[..., Scene]) -> None:
    """The watch tells of the new run between the last word of the old thread and its end."""
    scene = scenes([lines(1)], [], [lines(2)], follow=True)
    again = ContainerState("main", "main", "run-2", earlier="run-1")
    left = threading.Event()

    class Lock(threading.Condition):
        def __exit__(self, *error: Any) -> None:
            super().__exit__(*error)
            if scene.tail._lane is None and scene.tail._begun == "run-1" and not left.is_set():
                left.set()
                scene.tail.see(again)

    scene.tail._changed = Lock()
    scene.follow()
    scene.tail.see(replace(RUNNING, over=True))
    assert left.wait(WAIT)
    scene.wait_for(1, 2)
