"""What the scheduler believes of a verdict that must first last."""

from __future__ import annotations

from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import Event, ObjectState
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Gate, Step
from ansible_collections.roro.kube.plugins.module_utils._release.execution.judge_instances import Judge
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import Cause, Verdict

REF = ObjectRef("apps/v1", "Deployment", "shop", "api")
RESTARTED = Verdict("ready", "Restarted", "ready again after a crash", 10.0)
CRASHED = Verdict("progressing", "CrashLoopBackOff", "crashed once", 0.0)
UNPULLED = Verdict("failed", "ErrImagePull", "the registry did not answer", 30.0)
READY = Verdict("ready", "", "", 0.0)


class FakeTracker:
    """Says of the one object what the test wants."""

    says = READY
    proved_at = float("-inf")

    def verdict(self, identity: object) -> Verdict:
        return self.says

    def proved(self, identity: object, counted: float) -> float:
        return self.proved_at

    def satisfies(self, identity: object, condition: str) -> bool:
        return self.says.state == "ready"

    def follow(self, ref: object, obj: object, rules: object) -> None:
        """Nothing to follow."""


class World:
    def __init__(self) -> None:
        self.tracker = FakeTracker()
        self.gate = Gate(2, "api", "healthy", frozenset({1}), (REF,))
        step = Step(1, "api", "create", REF, "no existing object")
        self.events: list[Event] = []
        plan, self.busy = Plan((step,), (self.gate,)), False
        self.judge = Judge(plan, self.tracker, lambda step: None, lambda instance: True, self.events.append, lambda _: self.busy)  # type: ignore[arg-type]
        self.judge._steps[REF.identity] = step

    def sees(self, verdict: Verdict, now: float) -> str:
        self.tracker.says = verdict
        return self.judge.look(REF.identity, now).state


def test_ready_between_two_crashes_must_not_open_a_gate_before_it_lasted() -> None:
    world = World()
    assert world.sees(RESTARTED, now=100.0) == "progressing"
    assert not world.judge.open(world.gate)
    assert world.judge.expired(109.9) == ([], [])
    assert world.judge.expired(110.0) == ([], [REF.identity])
    assert world.sees(RESTARTED, now=110.0) == "ready"
    assert world.judge.open(world.gate)


def test_another_crash_must_begin_the_grace_anew() -> None:
    world = World()
    world.sees(RESTARTED, now=100.0)
    world.sees(CRASHED, now=105.0)
    world.sees(RESTARTED, now=106.0)
    assert world.judge.expired(112.0) == ([], [])
    assert world.judge.due() == [116.0]


def test_a_crash_after_it_lasted_must_be_doubted_again() -> None:
    world = World()
    world.sees(RESTARTED, now=100.0)
    world.judge.expired(110.0)
    world.sees(CRASHED, now=120.0)
    assert world.sees(RESTARTED, now=121.0) == "progressing"


def test_a_failure_with_grace_must_be_named_once_when_it_lasted_and_forgotten_when_it_healed() -> None:
    world = World()
    world.sees(UNPULLED, now=0.0)
    assert world.judge.expired(29.0) == ([], [])
    assert world.judge.expired(30.0) == ([(REF.identity, UNPULLED)], [])
    assert world.judge.expired(31.0) == ([], [])
    world.sees(UNPULLED, now=40.0)
    world.sees(READY, now=41.0)
    assert world.judge.expired(100.0) == ([], [])


def hasty(restarts: int, **cause: Any) -> Verdict:
    behind = Cause("crashed with exit code 1", restarts=restarts, crashed=True, **{"hasty": True, **cause})
    return Verdict("progressing", "CrashLoopBackOff", "crashed", cause=behind)


def test_the_same_quick_end_must_be_a_failure_at_the_third_crash_when_nothing_else_is_on_its_way() -> None:
    world = World()
    assert [world.sees(hasty(restarts), now) for restarts, now in ((0, 1.0), (1, 2.0), (2, 12.0))] == ["progressing"] * 2 + ["failed"]


def test_an_end_that_took_its_time_must_not() -> None:
    world = World()
    assert world.sees(hasty(2, hasty=False), now=12.0) == "progressing"


def test_a_crash_must_be_excused_while_anything_else_is_on_its_way_and_for_as_long_as_it_lasts() -> None:
    world = World()
    world.busy = True
    assert world.sees(hasty(2), now=12.0) == "progressing"
    world.busy = False
    assert world.sees(hasty(2), now=30.0) == "progressing", "that very crash came before"


def test_a_crash_right_after_something_else_became_ready_must_be_excused() -> None:
    world = World()
    world.judge._became_ready[("", "Service", "shop", "db")] = 10.0
    assert world.sees(hasty(2), now=19.0) == "progressing"
    other = World()
    other.judge._became_ready[("", "Service", "shop", "db")] = 10.0
    assert other.sees(hasty(2), now=21.0) == "failed"


def test_a_failure_whose_cause_may_be_gone_must_be_given_its_time_again() -> None:
    world = World()
    world.sees(UNPULLED, now=100.0)
    world.judge.begin_anew(("QuotaExceeded",), 120.0)
    assert world.judge.due() == [130.0]
    world.judge.begin_anew(("ErrImagePull",), 120.0)
    assert world.judge.due() == [150.0]


STARTING = Verdict("progressing", "LessAvailable", "0 of 1 replica available", 0.0)


def test_what_was_waited_for_and_has_just_started_must_not_be_ready_before_it_proved_itself() -> None:
    world = World()
    world.sees(STARTING, now=100.0)
    world.tracker.proved_at = 101.5
    assert world.sees(READY, now=101.0) == "progressing"
    assert not world.judge.open(world.gate)
    assert world.judge.due() == [101.5], "the scheduler must wake up then"
    assert world.judge.expired(101.4) == ([], [])
    assert world.judge.expired(101.5) == ([], [REF.identity])
    assert world.sees(READY, now=101.5) == "ready"
    assert world.judge.open(world.gate)


def test_what_was_ready_from_the_first_look_must_be_believed_at_once() -> None:
    world = World()
    world.tracker.proved_at = 101.0
    assert world.sees(READY, now=100.0) == "ready"
    assert world.judge.due() == []


def test_an_end_while_it_proves_itself_must_count() -> None:
    world = World()
    world.sees(STARTING, now=100.0)
    world.tracker.proved_at = 102.0
    world.sees(READY, now=101.0)
    assert world.sees(CRASHED, now=101.2) == "progressing"
    assert world.judge.due() == []
    assert not world.judge.open(world.gate)


def test_having_proved_itself_must_not_excuse_a_crash_that_comes_later() -> None:
    world = World()
    world.sees(STARTING, now=100.0)
    world.tracker.proved_at = 101.0
    world.sees(READY, now=100.5)
    world.judge.expired(101.0)
    assert world.sees(READY, now=101.0) == "ready"
    assert world.sees(RESTARTED, now=102.0) == "progressing"
    assert world.judge.due() == [112.0]


def test_an_object_that_proves_itself_must_be_told_as_waiting() -> None:
    world = World()
    world.sees(STARTING, now=100.0)
    world.tracker.proved_at = 102.0
    world.sees(READY, now=101.0)
    told = world.events[-1]
    assert isinstance(told, ObjectState)
    assert (told.state, told.reason) == ("waiting", "JustStarted")
