"""Which containers of which pods are read, on a cluster of the test's own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import ObjectList, WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._cluster.follow import Followers
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ClusterError
from ansible_collections.roro.kube.plugins.module_utils._logs import LogOutcome, LogQuery, LogScope, LogSession, tail

WAIT = 30.0
Obj = dict[str, Any]
RUNNING = {"running": {}}


def pod(name: str, *, instance: str = "api", uid: str = "", state: Obj | None = None, **status: Any) -> Obj:
    labels = {"roro.dev/workspace": "shop", "roro.dev/environment": "dev", "roro.dev/instance": instance}
    told = {"name": "main", "state": RUNNING if state is None else state, "containerID": f"c://{name}"}
    return {
        "metadata": {"name": name, "namespace": "shop", "uid": uid or f"uid-{name}", "labels": labels},
        "spec": {"containers": [{"name": "main"}]},
        "status": {"containerStatuses": [told], **status},
    }


class Stage:
    """A cluster whose pods and logs the test says."""

    def __init__(self, *pods: Obj, fail: ApiError | None = None) -> None:
        self.pods, self.fail = list(pods), fail
        self.changes: queue.SimpleQueue[WatchEvent | None] = queue.SimpleQueue()
        self.asked: list[tuple[str, Obj]] = []
        self.followers = Followers(lambda: self)

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 13, tzinfo=UTC)

    def list(self, *_: Any, **__: Any) -> ObjectList:
        if self.fail is not None:
            raise self.fail
        return ObjectList(self.pods, "1")

    def get(self, *_: Any) -> None:
        return None

    def watch(self, *_: Any, stop: threading.Event, **options: Any) -> Iterator[WatchEvent]:
        keep = options["keep"]
        while not stop.is_set() and (change := self.changes.get()) is not None:
            yield WatchEvent(change.type, keep(change.object) if change.object else {}, tuple(map(keep, change.items)))

    def log_stream(self, namespace: str, name: str, container: str, *, stop: threading.Event, **options: Any) -> Iterator[bytes]:
        self.asked.append((name, options))
        if len([1 for asked, _ in self.asked if asked == name]) == 1:
            yield f"2026-01-02T12:00:00.000000000Z of {name}\n".encode()
        if options["follow"]:
            stop.wait(0.05)


class Reading:
    """A session in a thread."""

    def __init__(self, stage: Stage, instances: tuple[str, ...] | None = None, **query: Any) -> None:
        self.stage, self.notes, self.text, self.cancel = stage, list[str](), b"", threading.Event()
        self.more = threading.Condition()
        self.outcome: LogOutcome | None = None
        self.error: BaseException | None = None
        scope = LogScope("shop", "dev", instances, ["shop"])
        asked = LogQuery(**{"hold": 0.01, **query})
        self.session = LogSession(stage, scope, asked, lambda source: self._shape, self._write, self.notes.append, self.cancel)  # type: ignore[arg-type]
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _shape(self, keys: list[bytes], stamps: list[bytes], texts: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        return keys, texts

    def _write(self, block: bytes) -> None:
        with self.more:
            self.text += block
            self.more.notify_all()

    def _run(self) -> None:
        try:
            self.outcome = self.session.run()
        except BaseException as error:
            self.error = error

    def once(self) -> list[str]:
        """All lines of a log that is not followed."""
        self._run()
        if self.error is not None:
            raise self.error
        return sorted(self.text.decode().splitlines())

    def wait_for(self, *pods: str) -> None:
        """Until these have written."""
        with self.more:
            ok = self.more.wait_for(lambda: sorted(self.text.decode().split("\n")[:-1]) == sorted(f"of {name}" for name in pods), WAIT)
        assert ok, (self.text, self.error)


@pytest.fixture
def following(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reading]]:
    """Sessions that follow until the test ends."""
    monkeypatch.setattr(tail, "STILL_RUNNING", 0.01)
    made: list[Reading] = []

    def make(stage: Stage, **query: Any) -> Reading:
        made.append(Reading(stage, follow=True, **query))
        made[-1].thread.start()
        return made[-1]

    yield make
    for one in made:
        one.cancel.set()
        one.stage.changes.put(None)
        one.thread.join(WAIT)
        assert not one.thread.is_alive()


def test_only_the_pods_of_the_instances_asked_for_must_be_read() -> None:
    stage = Stage(pod("api-1"), pod("db-1", instance="db"), {**pod("other"), "metadata": {"name": "other", "uid": "x"}})
    assert Reading(stage).once() == ["of api-1", "of db-1"]
    reading = Reading(stage := Stage(*stage.pods), ("db",))
    assert reading.once() == ["of db-1"]
    assert reading.outcome == LogOutcome(1, 1, ())


def test_a_container_that_is_not_there_must_be_told_with_those_that_are() -> None:
    reading = Reading(Stage(pod("api-1")), containers=frozenset({"side"}))
    assert reading.once() == []
    assert reading.notes == ["no pod has a container side; there are main"]


def test_earlier_runs_that_never_were_must_be_told() -> None:
    reading = Reading(Stage(pod("api-1")), previous=True)
    assert (reading.once(), reading.notes) == ([], ["no container was started again, so there is nothing of before: leave out --previous"])


def test_a_pod_without_a_log_must_say_why_once() -> None:
    stuck = {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}
    reading = Reading(Stage(pod("api-1", state=stuck), pod("api-2")))
    assert reading.once() == ["of api-2"]
    assert reading.notes == ["Pod shop/api-1, container main: ImagePullBackOff: no such image"]


def test_a_pod_that_comes_and_goes_must_be_read_whole(following: Callable[..., Reading]) -> None:
    stage = Stage(pod("api-1"))
    reading = following(stage, tail=0)
    reading.wait_for("api-1")
    stage.changes.put(WatchEvent("ADDED", pod("api-2", state={"waiting": {"reason": "ContainerCreating"}})))
    stage.changes.put(WatchEvent("MODIFIED", pod("api-2")))
    reading.wait_for("api-1", "api-2")
    assert dict(reversed(stage.asked))["api-2"]["tail"] is None, "all that a new pod writes is new"
    stage.changes.put(WatchEvent("DELETED", pod("api-2")))
    stage.changes.put(WatchEvent("ADDED", pod("api-2", uid="another")))
    stage.changes.put(WatchEvent("ADDED", pod("api-3")))
    reading.wait_for("api-1", "api-2", "api-3")
    assert reading.notes == []


def test_of_a_pod_that_comes_later_every_run_must_be_read(following: Callable[..., Reading]) -> None:
    again = pod("api-2")
    again["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"containerID": "c://before"}}
    first = pod("api-1")
    first["status"]["containerStatuses"][0]["lastState"] = {"terminated": {"containerID": "c://before"}}
    stage = Stage(first)
    reading = following(stage)
    reading.wait_for("api-1")
    stage.changes.put(WatchEvent("ADDED", again))
    reading.wait_for("api-1", "api-2")
    assert next(options["previous"] for name, options in stage.asked if name == "api-2")
    assert not any(options["previous"] for name, options in stage.asked if name == "api-1"), "what was before the reading is not asked for"


def test_pods_that_went_while_nobody_watched_must_not_be_asked_for_ever(following: Callable[..., Reading]) -> None:
    stage = Stage(pod("api-1"), pod("api-2"))
    reading = following(stage)
    reading.wait_for("api-1", "api-2")
    stage.changes.put(WatchEvent("RESYNC", {}, (pod("api-2"), pod("api-3"))))
    reading.wait_for("api-1", "api-2", "api-3")
    assert set(reading.session._pods["shop"]) == {"uid-api-2", "uid-api-3"}
    assert not [key for key in reading.session._tails if key[0] == "uid-api-1"]


def test_a_missing_right_must_say_what_to_ask_for() -> None:
    with pytest.raises(ClusterError, match="you may not see the pods of namespace shop"):
        Reading(Stage(fail=ApiError("no", status=403))).once()


def test_a_follow_of_nothing_must_say_that_it_waits(following: Callable[..., Reading]) -> None:
    stage = Stage()
    reading = following(stage)
    stage.changes.put(WatchEvent("ADDED", pod("api-1")))
    reading.wait_for("api-1")
    assert reading.notes == ["no pods yet; waiting for them"]
