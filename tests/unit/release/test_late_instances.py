"""Instances that are rendered late: which they are, when they begin, how all of it is one run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, PlanError, Problem, ValueFailed
from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState, PlanReady, RunPhase, Sink
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, InstanceDependency, ManifestSource
from ansible_collections.roro.kube.plugins.module_utils._objects import ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.desired import Desired
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import ActionRecord, InstanceResult, InstanceStatus, RunResult
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Step
from ansible_collections.roro.kube.plugins.module_utils._release.lifecycle.rendered_late import (
    LateRun,
    joined,
    outdated,
    refuse_circles,
    sorted_out,
)

ROOT = Path("/w")


def item(name: str, *needs: str, late: bool = False, optional: bool = False, on_failure: Any = "keep", **fields: Any) -> Desired:
    depends = tuple(InstanceDependency(need, "healthy", not optional) for need in needs)
    source = ManifestSource("raw", ROOT, ())
    instance = Instance(name, name, "", "dev", "w", "w-dev", ROOT, source, {}, depends_on=depends, on_failure=on_failure)
    return Desired(instance, (), rendered=not late, **fields)


def names(items: list[Desired]) -> list[str]:
    return [found.instance.id for found in items]


def result(*instances: tuple[str, str], **fields: Any) -> RunResult:
    told = [InstanceResult(name, name, "w-dev", status) for name, status in instances]  # type: ignore[arg-type]
    return RunResult("w", "dev", failed=any(status == "Failed" for _, status in instances), instances=told, **fields)


def again(desired: Desired) -> Callable[[threading.Event], Desired]:
    return lambda stop: replace(desired, rendered=True)


def test_what_needs_a_late_instance_must_be_late_too() -> None:
    now, late = sorted_out([item("db"), item("api", "db", late=True), item("web", "api"), item("other", "db")])
    assert (names(now), names(late)) == (["db", "other"], ["api", "web"])


def test_an_instance_with_values_must_be_late_when_something_that_it_needs_changes() -> None:
    api = item("api", "cache", again=again(item("api")), after=frozenset({"db"}))
    chain = [item("base"), item("db", "base"), item("cache"), api, item("web", "api")]
    ref = ObjectRef("v1", "ConfigMap", "w-dev", "x")
    for changing, expected in (("cache", {"api"}), ("base", {"api"}), ("web", set()), ("db", {"api"})):
        assert outdated(chain, Plan((Step(1, changing, "update", ref, "data differs"),))) == expected
    assert outdated(chain, Plan((Step(1, "db", "unchanged", ref, ""),))) == set()


def test_late_instances_that_wait_for_each_other_must_be_refused() -> None:
    refuse_circles([item("db")], [item("web", "api", late=True), item("api", "db", late=True)])
    with pytest.raises(PlanError, match="api and db wait for each other"):
        refuse_circles([], [item("api", "db", late=True), item("db", late=True, after=frozenset({"api"}))])


class Scene:
    """A run whose others are told by the test; every start of a late instance is noted and ends well unless said otherwise."""

    def __init__(
        self, *late: Desired, on_failure: dict[str, str] | None = None, ends: dict[str, str] | None = None, runs: tuple[str, ...] = ()
    ) -> None:
        self.started: list[str] = []
        self.events: list[Event] = []
        self.ends, self.cancel = ends or {}, threading.Event()
        self.news = threading.Condition()
        self.runs = runs
        self.late = LateRun(late, on_failure or {}, self._start, self._look, self.events.append, self.cancel)

    def _look(self, desired: Desired) -> InstanceStatus | None:
        name = desired.instance.id
        return InstanceStatus(name, name, "shop-dev", "Running", revision=3) if name in self.runs else None

    def _start(self, desired: Desired, sink: Sink) -> RunResult:
        name = desired.instance.id
        sink(RunPhase("", "observe"))
        with self.news:
            self.started.append(name)
            self.news.notify_all()
        return result((name, self.ends.get(name, "Running")))

    def wait_for(self, name: str) -> None:
        with self.news:
            assert self.news.wait_for(lambda: name in self.started, 30)

    def told(self) -> dict[str, tuple[str, str]]:
        return {found.instance: (found.status, found.reason) for one in self.late.results for found in one.instances}


def test_a_late_instance_must_begin_as_soon_as_what_it_needs_is_healthy() -> None:
    scene = Scene(item("api", "db", late=True, again=again(item("api"))))

    def main(sink: Sink) -> RunResult:
        sink(InstanceState("db", "Deploying"))
        assert scene.started == []
        sink(InstanceState("db", "Running"))
        scene.wait_for("api")  # while others still go on
        sink(RunPhase("", "done"))
        return result(("db", "Running"), ("slow", "Running"))

    scene.late.run(main)
    assert scene.told() == {"db": ("Running", ""), "slow": ("Running", ""), "api": ("Running", "")}
    assert not any(isinstance(event, RunPhase) for event in scene.events), "the phases of the whole are told by the whole"
    assert PlanReady("api", 0, 0) in scene.events


def test_late_instances_must_begin_in_the_order_of_their_needs() -> None:
    scene = Scene(item("api", "db", late=True), item("web", "api"))
    scene.late.run(lambda sink: result(("db", "Running")))
    assert scene.started == ["api", "web"]


def test_a_failed_need_must_end_a_late_instance_with_its_reason_and_all_that_need_that() -> None:
    scene = Scene(item("api", "db", late=True), item("web", "api"), item("loose", "db", optional=True, late=True))
    scene.late.run(lambda sink: result(("db", "Failed")))
    assert scene.started == ["loose"], "an optional need that failed is done without"
    assert {name: told for name, told in scene.told().items() if name != "db"} == {
        "api": ("Failed", "DependencyFailed"),
        "web": ("Failed", "DependencyFailed"),
        "loose": ("Running", ""),
    }


def test_a_late_instance_that_runs_and_was_not_touched_must_not_count_as_failed() -> None:
    scene = Scene(item("api", "db", late=True), item("web", "api"), item("new", "api"), runs=("api", "web"))
    scene.late.run(lambda sink: result(("db", "Failed")))
    assert scene.started == []
    assert {name: told for name, told in scene.told().items() if name != "db"} == {
        "api": ("Running", "DependencyFailed"),
        "web": ("Running", "DependencyFailed"),
        "new": ("Failed", "DependencyFailed"),
    }
    kept = [found for one in scene.late.results for found in one.instances if found.status == "Running"]
    assert {(one.message, one.revision) for one in kept} == {("unchanged, runs; its dependency db failed", 3)}
    assert InstanceState("api", "Running", "DependencyFailed", kept[0].message) in scene.events


def test_a_need_that_is_not_of_the_run_must_not_be_waited_for() -> None:
    scene = Scene(item("api", "elsewhere", "db", late=True), item("web", "api"))
    scene.late.run(lambda sink: result(("db", "Running")))
    assert scene.started == ["api", "web"]


def test_a_failure_that_stops_all_must_keep_late_instances_from_beginning() -> None:
    scene = Scene(item("api", "db", late=True), on_failure={"other": "stop"})
    scene.late.run(lambda sink: result(("other", "Failed"), ("db", "Running")))
    assert scene.told()["api"] == ("Failed", "RunStopped")


def test_a_value_that_does_not_come_must_fail_its_instance_alone() -> None:
    def never(stop: threading.Event) -> Desired:
        raise ValueFailed.of([Problem("value x: it is not there", "app.json:1:1", "Wait.", "NotFound")])

    scene = Scene(item("api", "db", late=True, again=never), item("other", "db", late=True))
    scene.late.run(lambda sink: result(("db", "Running")))
    assert scene.told()["api"] == ("Failed", "NotFound")
    assert scene.told()["other"] == ("Running", "")


def test_a_cancel_must_end_the_run_as_interrupted() -> None:
    def patient(stop: threading.Event) -> Desired:
        stop.wait(60)
        raise Interrupted("interrupted")

    scene = Scene(item("api", "db", late=True, again=patient))

    def main(sink: Sink) -> RunResult:
        scene.cancel.set()
        return result(("db", "Running"))

    with pytest.raises(Interrupted):
        scene.late.run(main)


def test_results_must_read_as_one_run() -> None:
    first, second = result(("web", "Running"), ("", "Running")), result(("api", "Failed"), ("", "Running"), notices=["a", "b"])
    first.notices, second.changed = ["a"], True
    second.instances[1].actions.append(ActionRecord("create", "Namespace", "", "x"))
    one = joined([first, second], ["api", "web"])
    assert [found.instance for found in one.instances] == ["api", "web", ""]
    assert (one.changed, one.failed, one.notices, len(one.instances[2].actions)) == (True, True, ["a", "b"], 1)
