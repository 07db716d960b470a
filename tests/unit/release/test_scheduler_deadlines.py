"""What a run does because time has passed: each kind of deadline, met and missed, by a clock that jumps."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted
from ansible_collections.roro.kube.plugins.module_utils._events import InstanceState, Notice
from ansible_collections.roro.kube.plugins.module_utils._objects import KubeObject, ObjectRef
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan import Plan
from ansible_collections.roro.kube.plugins.module_utils._release.data.steps import Step
from ansible_collections.roro.kube.plugins.module_utils._release.execution.deadlines import HEARTBEAT
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import FRESH_SECONDS

sys.path.insert(0, str(Path(__file__).parent))

from scheduler_stage import Stage

NAMED = {"name": "main", "image": "api:1"}
RUNNING = {"state": {"running": {"startedAt": "2026-01-01T12:00:00Z"}}}
PULLING = {"state": {"waiting": {"reason": "ErrImagePull", "message": "connection reset by peer"}}}
PULL_GRACE = 30.0
UNSCHEDULABLE = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "Insufficient cpu"}
UNSCHEDULABLE_GRACE = 60.0


def pod(version: int, container: dict[str, Any] | None = None, *, name: str = "api", ready: bool = False, **more: Any) -> KubeObject:
    """The pod of an instance, as a watch tells it."""
    conditions = [{"type": "Ready", "status": str(ready)}, *more.pop("conditions", ())]
    status = {"phase": "Running" if ready else "Pending", "conditions": conditions}
    if container is not None:
        status["containerStatuses"] = [{"name": "main", "ready": ready, "restartCount": 0, **container}]
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "resourceVersion": str(20 + version)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{**NAMED, **more}]}, "status": status}


def proved(version: int, name: str = "api") -> KubeObject:
    """A pod that is ready, as its readiness probe says."""
    return pod(version, RUNNING, name=name, ready=True, readinessProbe={"exec": {"command": ["true"]}})


@pytest.fixture
def pods(make: Any) -> Callable[..., Stage]:
    """`pods("api", timeout=...)`: a run that makes a pod for each of these instances."""

    def begin(*names: str, timeouts: dict[str, float] | None = None, **options: Any) -> Stage:
        wanted = [
            make.desired(
                make.instance(name, timeout=(timeouts or {}).get(name, 100.0)), make.thing("Pod", name, spec={"containers": [NAMED]})
            )
            for name in names
        ]
        seen = make.observed()
        return Stage(make, make.planned(wanted, seen), wanted, seen, **options)

    return begin


def ended(stage: Stage, name: str = "api") -> tuple[str, str, float]:
    """(status, reason, seconds from the beginning) of how an instance ended."""
    result = stage.run()[name]
    (*_, at) = stage.when(InstanceState, instance=name, status=result.status)
    return result.status, result.reason, at


# Failures that must last


def test_a_failure_that_lasts_for_its_grace_must_fail_the_instance_then(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.at(5, pod(1, PULLING))
    assert ended(stage) == ("Failed", "ImagePullBackOff", 5 + PULL_GRACE)


def test_a_failure_that_is_told_again_must_not_be_given_more_time(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    for version, at in ((1, 5), (2, 20), (3, 34)):
        stage.at(at, pod(version, PULLING))
    assert ended(stage) == ("Failed", "ImagePullBackOff", 5 + PULL_GRACE)


def test_a_failure_that_heals_in_time_must_be_forgotten(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.at(5, pod(1, PULLING))
    stage.at(5 + PULL_GRACE - 0.01, proved(2))
    assert ended(stage) == ("Running", "", 5 + PULL_GRACE - 0.01)


def test_a_failure_that_came_back_must_be_given_its_whole_time(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.at(5, pod(1, PULLING))
    stage.at(20, pod(2))
    stage.at(25, pod(3, PULLING))
    assert ended(stage) == ("Failed", "ImagePullBackOff", 25 + PULL_GRACE)


def test_a_failure_without_grace_must_fail_at_once(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.at(5, pod(1, {"state": {"waiting": {"reason": "InvalidImageName", "message": "no"}}}))
    assert ended(stage) == ("Failed", "InvalidImageName", 5)


def test_failures_of_several_instances_must_each_have_their_own_time(pods: Callable[..., Stage]) -> None:
    stage = pods("api", "web")
    stage.at(5, pod(1, PULLING))
    stage.at(12, pod(1, PULLING, name="web"))
    stage.run()
    assert set(stage.when(InstanceState, status="Failed")) == {5 + PULL_GRACE, 12 + PULL_GRACE}


def test_a_failing_hook_must_be_given_its_grace_too(make: Any) -> None:
    hook = make.thing("Pod", "setup", annotations={"roro.dev/hook": "before-up"}, spec={"containers": [NAMED], "restartPolicy": "Never"})
    wanted, seen = [make.desired("api", hook, make.config())], make.observed()
    stage = Stage(make, make.planned(wanted, seen), wanted, seen)
    stage.at(5, pod(1, PULLING, name="setup"))
    status, _, at = ended(stage)
    assert (status, at) == ("Failed", 5 + PULL_GRACE)


def test_what_lacks_room_must_be_given_its_time_again_when_room_is_made(make: Any) -> None:
    old = make.live(make.thing("Pod", "old", spec={"containers": [NAMED]}))
    wanted = [make.desired(make.instance("api", timeout=1000.0), make.thing("Pod", "api", spec={"containers": [NAMED]}))]
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    stage = Stage(make, make.planned(wanted, seen), wanted, seen)
    stage.cluster.lingering.add("old")
    stage.at(5, pod(1, conditions=[UNSCHEDULABLE]))
    stage.at(80, gone("Pod"), "DELETED")
    assert ended(stage) == ("Failed", "Unschedulable", 80 + UNSCHEDULABLE_GRACE)


# Ready, but for how long


def test_a_start_without_a_probe_must_count_once_it_has_lasted(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.at(5, pod(1, RUNNING, ready=True))
    assert ended(stage) == ("Running", "", 5 + FRESH_SECONDS)


def test_an_end_before_it_has_lasted_must_keep_the_run_waiting(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.at(5, pod(1, RUNNING, ready=True))
    stage.at(
        5 + FRESH_SECONDS - 0.01, pod(2, {"restartCount": 1, "lastState": {"terminated": {"exitCode": 127}}, "state": {"waiting": {}}})
    )
    stage.at(8, pod(3, {"state": {"terminated": {"exitCode": 127}}, "restartCount": 1}))
    assert ended(stage) == ("Failed", "CrashLoopBackOff", 8)


def test_what_waits_for_it_must_begin_right_then(make: Any) -> None:
    after = {"roro.dev/hook": "after-up"}
    hook = make.thing("Pod", "greet", annotations=after, spec={"containers": [NAMED], "restartPolicy": "Never"})
    wanted = [make.desired("api", make.thing("Pod", "api", spec={"containers": [NAMED]}), hook)]
    stage = Stage(make, make.planned(wanted, make.observed()), wanted, make.observed())
    stage.at(5, pod(1, RUNNING, ready=True))
    stage.run()
    assert stage.cluster.applied == {"api": 0, "greet": 5 + FRESH_SECONDS}


def test_ready_between_two_crashes_must_last_for_longer(pods: Callable[..., Stage]) -> None:
    crashed = {**RUNNING, "restartCount": 1, "lastState": {"terminated": {"exitCode": 1}}}
    stage = pods("api")
    stage.at(5, pod(1, crashed, ready=True))
    assert ended(stage) == ("Running", "", 15)


# The instance's time


def test_an_instance_that_is_not_ready_in_its_time_must_fail_then_and_say_what_it_waits_for(pods: Callable[..., Stage]) -> None:
    stage = pods("api", timeouts={"api": 40.0})
    stage.at(5, pod(1))
    assert ended(stage) == ("Failed", "Timeout", 40)
    assert stage.results["api"].message.startswith("Pod shop/api is not ready after 40 s: ")


def test_an_instance_that_is_ready_in_its_last_moment_must_run(pods: Callable[..., Stage]) -> None:
    stage = pods("api", timeouts={"api": 40.0})
    stage.at(39.99, proved(1))
    assert ended(stage) == ("Running", "", 39.99)


def test_the_timeout_of_the_run_must_come_before_that_of_the_instance(pods: Callable[..., Stage]) -> None:
    assert ended(pods("api", timeouts={"api": 40.0}, timeout=7.0)) == ("Failed", "Timeout", 7)


def test_each_instance_must_have_its_own_time(pods: Callable[..., Stage]) -> None:
    stage = pods("api", "web", timeouts={"api": 40.0, "web": 20.0})
    stage.run()
    assert [set(stage.when(InstanceState, instance=name, status="Failed")) for name in ("web", "api")] == [{20}, {40}]


def test_time_spent_waiting_for_the_lock_must_not_count(pods: Callable[..., Stage]) -> None:
    stage = pods("api", timeouts={"api": 40.0})
    stage.workers.slow["begin"] = 300.0
    assert ended(stage) == ("Failed", "Timeout", 340)


def test_an_instance_that_is_not_changed_must_have_its_time_too(make: Any) -> None:
    item, held, record = make.steady(make.instance("api", timeout=40.0), make.thing("Pod", "api", spec={"containers": [NAMED]}))
    seen = make.observed(*held, records=[record])
    stage = Stage(make, make.planned([item], seen), [item], seen)
    assert ended(stage) == ("Failed", "Timeout", 40)


def test_a_timeout_must_be_looked_into_once_however_long_that_takes(pods: Callable[..., Stage]) -> None:
    stage = pods("api", timeouts={"api": 40.0})
    stage.workers.slow["timeout_words"] = 3.0
    assert ended(stage) == ("Failed", "Timeout", 43)
    assert stage.workers.made.count("timeout_words") == 1


def test_what_becomes_ready_while_its_timeout_is_looked_into_must_run(pods: Callable[..., Stage]) -> None:
    stage = pods("api", timeouts={"api": 40.0})
    stage.workers.slow["timeout_words"] = 3.0
    stage.at(41, proved(1))
    assert ended(stage) == ("Running", "", 41)


def test_a_run_that_does_not_wait_must_not_wait_for_any_deadline(pods: Callable[..., Stage]) -> None:
    assert ended(pods("api", wait=False))[0] == "Deploying"


def test_steps_that_wait_for_each_other_must_not_wait_for_ever(make: Any) -> None:
    refs = [ObjectRef("v1", "ConfigMap", "shop", name) for name in ("one", "two")]
    circle = Plan(
        (Step(1, "api", "create", refs[0], "", after=frozenset({2})), Step(2, "api", "create", refs[1], "", after=frozenset({1}))),
        instances=("api",),
    )
    stage = Stage(make, circle, [make.desired("api")], make.observed())
    status, reason, at = ended(stage)
    assert (status, reason, stage.results["api"].message) == (
        "Failed",
        "Timeout",
        "not started: what it waits for has ended without it",
    )
    assert at <= HEARTBEAT


# The heartbeat


def test_a_cancel_must_be_noticed_within_a_heartbeat_where_nothing_happens(pods: Callable[..., Stage]) -> None:
    stage = pods("api")
    stage.inbox.plan(5.03, stage.cancel.set)
    with pytest.raises(Interrupted):
        stage.run()
    assert 5.03 <= stage.inbox.passed <= 5.03 + HEARTBEAT
    assert stage.ledger.outcomes == {"api": "interrupted"}


def gone(kind: str = "ConfigMap") -> KubeObject:
    """The last word about what went."""
    metadata = {"name": "old", "namespace": "shop", "uid": f"uid-{kind}-old".lower(), "resourceVersion": "30"}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


def removal(make: Any) -> Stage:
    """A run that removes a ConfigMap with a finalizer."""
    old = make.live(make.config("old"))
    wanted = [make.desired("api", make.config("new"))]
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    stage = Stage(make, make.planned(wanted, seen), wanted, seen)
    stage.cluster.lingering.add("old")
    return stage


def test_a_deletion_that_lasts_must_be_told_after_a_while(make: Any) -> None:
    stage = removal(make)
    stage.at(8, gone(), "DELETED")
    assert ended(stage)[0] == "Running"
    (at,) = stage.when(Notice, level="info")
    assert 3 <= at <= 3 + 2 * HEARTBEAT


def test_a_deletion_that_ends_soon_must_not_be_told(make: Any) -> None:
    stage = removal(make)
    stage.at(2.9, gone(), "DELETED")
    assert ended(stage) == ("Running", "", 2.9)
    assert stage.when(Notice) == []
