"""Two runs at once: one works, the other is told who does, waits when asked to, and takes over only what is truly abandoned."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState, ignore
from ansible_collections.roro.kube.plugins.module_utils._release import Options, release
from ansible_collections.roro.kube.plugins.module_utils._release.locks.holder import Holder, this_process
from ansible_collections.roro.kube.plugins.module_utils._release.locks.lease import LEASES, Locks

DURATION = 3
"""Seconds that the locks of these tests last."""
ELSEWHERE = Holder("ada@laptop", 4711, "c0ffee00", "another-machine:4711:12")


def held(world: Any, holder: Holder, namespace: str) -> Locks:
    """The lock of the instance `api`, in the hands of somebody else."""
    locks = Locks(world.cluster, world.name, "dev", holder, 0.0, ignore, duration=DURATION)
    locks.acquire("api", namespace)
    return locks


def lease(world: Any) -> Any:
    return world.cluster.get(LEASES, world.name, "roro.api")


def abandoned(world: Any, holder: Holder) -> None:
    """A Lease that nobody renews."""
    locks = Locks(world.cluster, world.name, "dev", holder, 0.0, ignore, duration=DURATION)
    world.cluster.create(LEASES, locks._lease("roro.api", "api", world.name))


def test_a_second_run_must_be_refused_and_told_who_is_at_work(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    locks = held(world, ELSEWHERE, world.name)
    wanted = [world.desired("api", make.config(mode="2")), world.desired("other", make.config("other"))]
    result = world.up(*wanted)
    assert make.outcome(result) == {"api": "Failed", "other": "Running"}
    assert result.instances[0].reason == "Locked"
    message = result.instances[0].message
    assert "another run is at work on instance api: ada@laptop pid 4711 run c0ffee00, since 20" in message
    assert "--wait-lock" in result.instances[0].hint
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "1"}
    locks.release("api")
    assert make.outcome(world.up(*wanted)) == {"api": "Running", "other": "Running"}


def test_down_must_be_refused_as_well(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config()))
    locks = held(world, ELSEWHERE, world.name)
    result = world.down()
    assert result.failed
    assert world.get("v1", "ConfigMap", "settings") is not None
    locks.release("api")
    assert not world.down().failed
    assert world.left() == []


def test_a_run_with_nothing_to_do_must_take_no_lock(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config())
    world.up(wanted)
    locks = held(world, ELSEWHERE, world.name)
    before = world.cluster.requests.snapshot()
    assert not world.up(wanted).failed
    after = world.cluster.requests.snapshot()
    used = {verb for verb in after if after[verb] != before.get(verb, 0)}
    assert used - {"patch"} == {"get", "list"}, "the other run may renew its lock meanwhile"
    locks.release("api")


def test_a_run_must_leave_no_lock_behind(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config()))
    assert lease(world) is None


def test_a_run_that_may_wait_must_go_on_when_the_other_has_ended(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    locks = held(world, ELSEWHERE, world.name)
    told = threading.Event()

    def sink(event: Event) -> None:
        if "waiting for another run" in getattr(event, "message", ""):
            told.set()
            locks.release("api")

    wanted = [world.desired("api", make.config(mode="2"))]
    result = release(world.cluster, world.selection(wanted), wanted, Options(wait_lock=30.0), sink, threading.Event())
    assert told.is_set()
    assert make.outcome(result) == {"api": "Running"}


def test_the_lock_of_a_process_that_died_here_must_break_at_once(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    here = this_process().process.split(":")
    start = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()[19]
    abandoned(world, Holder("ada@here", child.pid, "c0ffee00", f"{here[0]}:{child.pid}:{start}"))
    wanted = world.desired("api", make.config(mode="2"))
    assert world.up(wanted).instances[0].reason == "Locked"
    child.communicate()
    assert make.outcome(world.up(wanted)) == {"api": "Running"}


def test_the_lock_of_a_run_elsewhere_must_break_when_it_is_not_renewed(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    abandoned(world, ELSEWHERE)
    result = world.up(world.desired("api", make.config(mode="2")), wait_lock=4.0 * DURATION)
    assert make.outcome(result) == {"api": "Running"}
    assert any("a stale lock was broken" in getattr(event, "message", "") for event in world.events)


def test_a_lock_must_be_renewed_while_its_run_works(world: Any, make: Any) -> None:
    """The other run waits for longer than an abandoned lock would last."""
    world.up(world.desired("api", make.config(mode="1")))
    locks = held(world, ELSEWHERE, world.name)
    result = world.up(world.desired("api", make.config(mode="2")), wait_lock=DURATION + 3.0)
    assert result.instances[0].reason == "Locked"
    locks.release("api")


def test_an_interrupted_run_must_give_its_lock_back(world: Any, make: Any, eventually: Any) -> None:
    slow = make.workload("api", script="sleep 1000")
    slow["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"exec": {"command": ["false"]}}
    cancel = threading.Event()

    def run() -> None:
        try:
            world.up(world.desired("api", slow), cancel=cancel)
        except Exception as error:
            world.caught = error

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: any(isinstance(event, InstanceState) for event in world.events) and lease(world))
    assert str(os.getpid()) in lease(world)["spec"]["holderIdentity"]
    cancel.set()
    thread.join(10)
    assert type(world.caught).__name__ == "Interrupted"
    eventually(lambda: lease(world) is None)  # on a busy machine the answer comes after the run has ended
