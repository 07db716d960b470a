"""Compose's conditions: `started` means that the containers were started, `completed` that the work is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.readiness import (
    completed,
    started,
    verdict,
)

RUNNING = {"name": "app", "state": {"running": {}}}
CREATING = {"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}
CRASHED = {"name": "app", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 1}}}
REVISION = "deployment.kubernetes.io/revision"


class Around:
    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = objects

    def children(self, uid: str, kind: str) -> Sequence[dict[str, Any]]:
        return [item for item in self.objects if item["kind"] == kind and item.get("owner") == uid]

    def events(self, uid: str) -> Sequence[dict[str, Any]]:
        return [item for item in self.objects if item["kind"] == "Event" and item.get("about") == uid]


def pod(
    *statuses: dict[str, Any], owner: str = "self", name: str = "p", labels: dict[str, str] | None = None, **metadata: Any
) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "owner": owner,
        "metadata": {"name": name, "uid": f"pod-{name}", "labels": labels or {}, **metadata},
        "spec": {"containers": [{"name": status["name"]} for status in statuses]},
        "status": {"phase": "Pending", "containerStatuses": list(statuses)},
    }


def workload(kind: str, group: str = "apps", *, spec: Any = None, status: Any = None, **metadata: Any) -> dict[str, Any]:
    known = {"observedGeneration": 1} | (status or {})
    return {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        "metadata": {"name": "web", "uid": "self", "generation": 1, **metadata},
        "spec": spec or {},
        "status": known,
    }


@pytest.mark.parametrize("kind", ["ReplicaSet", "StatefulSet"])
def test_a_workload_must_have_started_when_every_wanted_pod_has(kind: str) -> None:
    obj = workload(kind, spec={"replicas": 2})
    assert not started(obj, Around(pod(RUNNING, name="a")))
    assert not started(obj, Around(pod(RUNNING, name="a"), pod(CREATING, name="b")))
    assert started(obj, Around(pod(RUNNING, name="a"), pod(RUNNING, name="b")))


def test_a_container_that_has_crashed_must_count_as_started() -> None:
    assert started(workload("ReplicaSet", spec={"replicas": 1}), Around(pod(CRASHED)))


def test_a_pod_must_have_started_only_when_all_its_containers_have() -> None:
    assert not started(pod(RUNNING, {**CREATING, "name": "log"}))
    assert started(pod(RUNNING, {**RUNNING, "name": "log"}))
    assert not started({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"name": "app"}]}})


def test_a_sidecar_must_count_for_started_and_an_init_container_not() -> None:
    subject = pod(RUNNING)
    subject["spec"]["initContainers"] = [{"name": "wait"}, {"name": "proxy", "restartPolicy": "Always"}]
    assert not started(subject)
    subject["status"]["initContainerStatuses"] = [{"name": "proxy", "state": {"running": {}}}]
    assert started(subject)


def test_a_pod_that_ended_must_count_as_started() -> None:
    assert started({"apiVersion": "v1", "kind": "Pod", "status": {"phase": "Succeeded"}})


def test_a_deployment_must_not_have_started_by_pods_of_its_old_revision() -> None:
    obj = workload("Deployment", spec={"replicas": 1}, annotations={REVISION: "2"})
    old = {"kind": "ReplicaSet", "owner": "self", "metadata": {"uid": "rs1", "annotations": {REVISION: "1"}}}
    new = {"kind": "ReplicaSet", "owner": "self", "metadata": {"uid": "rs2", "annotations": {REVISION: "2"}}}
    assert not started(obj, Around(old, new, pod(RUNNING, owner="rs1")))
    assert started(obj, Around(old, new, pod(RUNNING, owner="rs1"), pod(RUNNING, owner="rs2", name="b")))


def test_a_pod_being_deleted_must_not_count_as_started() -> None:
    gone = pod(RUNNING, deletionTimestamp="2026-01-01T00:00:00Z")
    assert not started(workload("ReplicaSet", spec={"replicas": 1}), Around(gone))


def test_a_workload_whose_controller_has_not_seen_it_must_not_have_started() -> None:
    obj = workload("Deployment", spec={"replicas": 0})
    assert started(obj)
    assert not started({**obj, "metadata": {**obj["metadata"], "generation": 2}})
    assert not started({**obj, "status": {}})


def test_a_daemonset_must_have_started_when_it_runs_on_every_node() -> None:
    assert started(workload("DaemonSet", status={"desiredNumberScheduled": 0}))
    two = workload("DaemonSet", status={"desiredNumberScheduled": 2})
    assert not started(two, Around(pod(RUNNING)))
    assert started(two, Around(pod(RUNNING), pod(RUNNING, name="b")))


def test_a_job_must_have_started_with_its_first_pod() -> None:
    job = workload("Job", "batch")
    assert not started(job, Around(pod(CREATING)))
    assert started(job, Around(pod(RUNNING)))
    assert started(workload("Job", "batch", status={"succeeded": 1}))


@pytest.mark.parametrize("kind", ["ConfigMap", "Service"])
def test_kinds_that_run_nothing_must_have_started_when_they_exist(kind: str) -> None:
    assert started({"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}})
    assert not started({})


def test_completed_must_be_none_for_kinds_that_run_on() -> None:
    assert completed(workload("Deployment")) is None
    assert completed({"apiVersion": "v1", "kind": "Pod", "spec": {"restartPolicy": "Always"}, "status": {"phase": "Running"}}) is None
    assert completed({}) is None


@pytest.mark.parametrize(("kind", "expected"), [("Complete", True), ("Failed", False), ("SuccessCriteriaMet", False)])
def test_a_job_must_be_completed_only_when_it_succeeded(kind: str, expected: bool) -> None:
    assert completed(workload("Job", "batch", status={"conditions": [{"type": kind, "status": "True"}]})) is expected


@pytest.mark.parametrize(("phase", "expected"), [("Succeeded", True), ("Failed", False), ("Running", False)])
def test_a_bare_pod_that_runs_once_must_be_completed_when_it_succeeded(phase: str, expected: bool) -> None:
    assert completed({"apiVersion": "v1", "kind": "Pod", "spec": {"restartPolicy": "Never"}, "status": {"phase": phase}}) is expected


def test_verdicts_must_not_need_related_objects() -> None:
    obj = workload("Deployment", spec={"replicas": 2}, annotations={REVISION: "1"})
    assert verdict(obj).reason == "LessReplicas"
