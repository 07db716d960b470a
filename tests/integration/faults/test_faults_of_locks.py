"""A run that loses touch with the API server, and its lock to a second run: the second one's work stays as it is."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits
from ansible_collections.roro.kube.plugins.module_utils._release import RunResult
from ansible_collections.roro.kube.plugins.module_utils._release.locks.holder import Holder
from ansible_collections.roro.kube.plugins.module_utils._release.locks.lease import LEASES, Locks
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import read_record
from fault_proxy import Handler, Seen

release_module = importlib.import_module("ansible_collections.roro.kube.plugins.module_utils._release.lifecycle.execute_plan")
PATIENT = Limits(connect=2.0, read=40.0, total=60.0, backoff=0.05, backoff_cap=0.2)
DURATION = 3
"""Seconds that the locks of these tests last."""
ELSEWHERE = Holder("ada@laptop", 4711, "c0ffee00", "another-machine:4711:12")


@pytest.fixture(autouse=True)
def quick_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done about locks that last 15 s is done about those that last 3 s."""
    monkeypatch.setattr(release_module, "Locks", partial(Locks, duration=DURATION))


class Told(list[Any]):
    """Events. lock_lost: set when one says so."""

    def __init__(self) -> None:
        super().__init__()
        self.lock_lost = threading.Event()

    def append(self, event: Any) -> None:
        super().append(event)
        if getattr(event, "reason", "") == "LockLost":
            self.lock_lost.set()


class Outage:
    """A network that the first run cannot write through. `over`: its renewals arrive. `told` (that the lock is lost, or that it is not):
    the writes that are under way are lost for good, and whatever is sent after that arrives."""

    def __init__(self, scene: Any) -> None:
        self.over, self.lost = threading.Event(), 0
        self.told = scene.world.events.lock_lost
        self.renewals = scene.proxy.on("PATCH", r"/leases/", self._delay, times=10_000)
        self.writes = scene.proxy.on("PATCH", r"/configmaps/c[4-7]\?", self._lose, times=10_000)

    def wait(self) -> bool:
        """Until the first run has met it."""
        return self.renewals.hit.wait(30) and self.writes.hit.wait(30)

    def _delay(self, handler: Handler, seen: Seen) -> None:
        self.over.wait(40)
        handler.hand_over(handler.ask(seen))

    def _lose(self, handler: Handler, seen: Seen) -> None:
        if self.told.is_set():
            handler.hand_over(handler.ask(seen))
            return
        self.told.wait(40)
        self.lost += 1
        handler.reset()


@pytest.fixture
def outage(scene: Any) -> Iterator[Outage]:
    """An outage that ends with the test at the latest."""
    scene.world.events = Told()
    found = Outage(scene)
    yield found
    found.over.set()
    found.told.set()


class First(threading.Thread):
    """A run through the proxy, as from another machine."""

    def __init__(self, scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(daemon=True)
        self._scene, self.result = scene, None
        here = release_module.this_process
        monkeypatch.setattr(release_module, "this_process", lambda: ELSEWHERE if threading.current_thread() is self else here())

    def run(self) -> None:
        self.result = self._scene.up(cluster=self._scene.again(limits=PATIENT))

    def ended(self) -> RunResult:
        """Its result."""
        self.join(60)
        assert self.result is not None
        return self.result


def test_a_run_whose_lock_was_taken_over_must_stop_and_leave_everything_to_the_second(
    scene: Any, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = First(scene, monkeypatch)
    first.start()
    assert outage.wait()
    wanted = scene.wanted(mode="2")
    second = scene.world.up(wanted, wait_lock=60.0)
    assert not second.failed, second.instances[0].message
    assert any("a stale lock was broken: ada@laptop pid 4711" in getattr(event, "message", "") for event in scene.world.events)
    before = scene.world.versions()
    outage.over.set()
    ended = first.ended().instances[0]
    assert (ended.status, ended.reason) == ("Failed", "LockLost")
    assert ended.message == f"another run took instance store over, as this one had not renewed its lock for {DURATION} s"
    assert outage.lost > 0
    assert scene.world.versions() == before, "the first run wrote something after the second had taken over"
    record = read_record(scene.world.get("v1", "Secret", "roro.store"))
    assert (record.outcome, record.message) == ("deployed", "")
    assert scene.world.cluster.get(LEASES, scene.world.name, "roro.store") is None
    assert not scene.world.up(wanted).changed


def test_a_run_that_could_not_renew_its_lock_must_go_on_when_nobody_took_it(
    scene: Any, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = First(scene, monkeypatch)
    first.start()
    assert outage.wait()
    outage.over.set()
    outage.told.set()
    scene.assert_whole(first.ended())
