"""A container without a probe is ready once it runs: what has only just started must prove itself, and nothing else must wait for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._model import ReadinessRule
from ansible_collections.roro.kube.plugins.module_utils._objects import KubeObject, ref_of
from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.execution.first_seen import FirstSeen
from ansible_collections.roro.kube.plugins.module_utils._release.execution.tracker import Tracker
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import (
    FRESH_SECONDS,
    Start,
    rests_on,
    tells_at_once,
    unproven_starts,
)

BEGAN = "2026-01-01T12:00:00Z"
PROBE = {"readinessProbe": {"httpGet": {"port": 80}}}
LONG_AGO = float("-inf")


def pod(
    name: str = "api-1", *, running: bool = True, restarts: int = 0, created: str = BEGAN, owner: str = "set", **container: Any
) -> KubeObject:
    """A pod with one container, Ready as soon as that runs."""
    state: dict[str, Any] = {"running": {"startedAt": created}} if running else {"waiting": {"reason": "ContainerCreating"}}
    status = {"name": "main", "ready": running, "restartCount": restarts, "state": state}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "creationTimestamp": created,
            "resourceVersion": str(10 + running + 2 * restarts),
            "ownerReferences": [{"uid": owner, "controller": True}],
        },
        "spec": {"containers": [{"name": "main", **container}]},
        "status": {
            "phase": "Running" if running else "Pending",
            "conditions": [{"type": "Ready", "status": str(running)}],
            "containerStatuses": [status],
        },
    }


def workload(kind: str = "StatefulSet", replicas: int = 1, **spec: Any) -> KubeObject:
    """What the pods belong to."""
    metadata = {"name": "api", "namespace": "shop", "uid": "set", "resourceVersion": "20"}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": {"replicas": replicas, **spec}, "status": {}}


class Around:
    def __init__(self, *pods: KubeObject) -> None:
        self.pods = pods

    def children(self, uid: str, kind: str) -> Sequence[KubeObject]:
        return self.pods if kind == "Pod" else ()

    def events(self, uid: str) -> Sequence[KubeObject]:
        return ()


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v1.35.4", False), ("v1.36.0", True), ("v1.37.2", True), ("v1.36.3-eks-1234", True), ("1.9+", False), ("v2.0.0", True), ("", True)],
)
def test_the_version_must_decide_and_an_unknown_one_must_count_as_new(version: str, expected: bool) -> None:
    assert tells_at_once(version) is expected


@pytest.mark.parametrize("probe", [PROBE, {"startupProbe": {"exec": {"command": ["true"]}}}])
def test_a_container_with_a_probe_must_need_no_other_proof(probe: dict[str, Any]) -> None:
    assert unproven_starts(pod(**probe)) == []


def test_each_start_of_a_container_must_be_another() -> None:
    assert unproven_starts(pod()) == [Start("uid-api-1", "main", 0)]
    assert unproven_starts(pod(restarts=1)) == [Start("uid-api-1", "main", 1)]
    assert unproven_starts(pod(running=False)) == []


def test_sidecars_must_prove_themselves_and_init_containers_must_not() -> None:
    both = pod()
    both["spec"]["initContainers"] = [{"name": "proxy", "restartPolicy": "Always"}, {"name": "setup"}]
    running = {"restartCount": 0, "state": {"running": {}}}
    both["status"]["initContainerStatuses"] = [{"name": "proxy", **running}, {"name": "setup", **running}]
    assert [start.container for start in unproven_starts(both)] == ["proxy", "main"]


@pytest.mark.parametrize("kind", ["StatefulSet", "ReplicaSet"])
def test_a_workload_must_rest_on_the_starts_of_its_pods(kind: str) -> None:
    found = rests_on(workload(kind, 2), Around(pod("api-1"), pod("api-2")))
    assert found == {Start("uid-api-1", "main", 0), Start("uid-api-2", "main", 0)}


def test_pods_that_are_counted_and_not_seen_must_be_told_from_none() -> None:
    assert rests_on(workload(replicas=2), Around(pod())) is None
    assert rests_on(workload(replicas=1), Around(pod(running=False))) is None
    assert rests_on(workload(replicas=0), Around()) == frozenset()


@pytest.mark.parametrize(
    "obj",
    [
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"uid": "set"}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"uid": "set"}},
        {"apiVersion": "example.com/v1", "kind": "Database", "metadata": {"uid": "set"}},
        workload("Deployment", paused=True),
    ],
    ids=lambda obj: str(obj["kind"]),
)
def test_jobs_and_what_has_no_new_pods_must_not_be_concerned(obj: KubeObject) -> None:
    assert rests_on(obj, Around(pod())) == frozenset()


def test_a_rule_of_the_user_must_decide_alone() -> None:
    rule = ReadinessRule(kind="StatefulSet", path="$.spec.replicas", exists=True)
    assert rests_on(workload(), Around(pod()), [rule]) == frozenset()


class Server:
    """A cluster that tells its time and its version, unless that is refused."""

    def __init__(self, version: str) -> None:
        self._version = version

    def now(self) -> datetime:
        return datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)

    def version(self) -> str:
        if not self._version:
            raise ApiError("forbidden", status=403)
        return self._version


class World:
    """A tracker that hears of pods, on a clock that the test sets."""

    def __init__(self, version: str = "v1.37.2", **wanted: Any) -> None:
        self.time = 100.0
        server: Any = Server(version)
        seen = FirstSeen(server, self.clock)
        seen.learn()
        nothing: Callable[..., None] = lambda *_: None  # noqa: E731
        self.tracker = Tracker(server, Observed(), "", lambda call: call(), nothing, nothing, seen)
        self.object = workload(**wanted)
        self.tracker.follow(ref_of(self.object), self.object)

    def clock(self) -> float:
        return self.time

    def hears(self, *pods: KubeObject, at: float) -> None:
        self.time = at
        for item in pods:
            self.tracker._deliver(("", "Pod", "shop"), False, WatchEvent("MODIFIED", item))

    def lists(self, *pods: KubeObject, at: float) -> None:
        self.time = at
        self.tracker._deliver(("", "Pod", "shop"), False, WatchEvent("RESYNC", {}, pods, "30"))

    def proved(self, counted: float = 104.0) -> float:
        return self.tracker.proved(ref_of(self.object).identity, counted)


def test_a_start_must_prove_itself_from_when_it_was_first_seen() -> None:
    world = World()
    world.hears(pod(running=False), at=101.0)
    world.hears(pod(), at=103.0)
    world.hears(pod(), at=103.9)
    assert world.proved() == 103.0 + FRESH_SECONDS


def test_the_last_of_several_pods_must_decide() -> None:
    world = World(replicas=2)
    world.hears(pod("api-1"), at=101.0)
    world.hears(pod("api-2"), at=103.0)
    assert world.proved() == 103.0 + FRESH_SECONDS


def test_a_container_that_started_again_must_prove_itself_again() -> None:
    world = World()
    world.hears(pod(), at=101.0)
    world.hears(pod(restarts=1), at=105.0)
    assert world.proved() == 105.0 + FRESH_SECONDS


def test_pods_that_ran_before_the_run_must_cost_nothing() -> None:
    world = World(replicas=2)
    world.lists(pod("api-1", created="2026-01-01T11:59:50Z"), at=100.0)
    world.lists(pod("api-1", created="2026-01-01T11:59:50Z"), pod("api-2", created="2026-01-01T11:59:51Z", **PROBE), at=100.0)
    assert world.proved() == LONG_AGO


def test_an_older_pod_that_is_seen_to_start_must_prove_itself() -> None:
    world = World()
    world.lists(pod(running=False, created="2026-01-01T11:59:00Z"), at=100.0)
    world.hears(pod(created="2026-01-01T11:59:00Z"), at=103.0)
    assert world.proved() == 103.0 + FRESH_SECONDS


def test_a_pod_of_the_run_that_a_list_shows_running_must_prove_itself() -> None:
    world = World()
    world.lists(pod(created="2026-01-01T12:00:01Z"), at=102.0)
    assert world.proved() == 102.0 + FRESH_SECONDS


def test_pods_that_are_counted_before_they_are_seen_must_be_waited_for_a_moment() -> None:
    assert World().proved(counted=104.0) == 104.0 + FRESH_SECONDS


def test_on_an_older_server_nothing_must_wait() -> None:
    world = World("v1.35.4")
    assert world.proved() == LONG_AGO
    world.hears(pod(), at=103.0)
    assert world.proved() == LONG_AGO


def test_a_server_that_does_not_tell_its_version_must_count_as_new() -> None:
    world = World("")
    world.hears(pod(), at=103.0)
    assert world.proved() == 103.0 + FRESH_SECONDS
