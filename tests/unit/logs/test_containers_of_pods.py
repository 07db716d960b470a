"""What a pod's status says of its logs."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._logs.pods import ContainerState, containers_of


def pod(status: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    statuses = [{"name": "main", **status}] if status is not None else []
    return {"spec": {"containers": [{"name": "main"}]}, "status": {"containerStatuses": statuses, **more}}


TERMINATED = {"terminated": {"containerID": "c://1", "exitCode": 1}}


@pytest.mark.parametrize(
    ("status", "run", "over", "earlier"),
    [
        ({"state": {"running": {}}, "containerID": "c://2"}, "c://2", False, ""),
        ({"state": {"running": {}}, "containerID": "c://2", "lastState": TERMINATED}, "c://2", False, "c://1"),
        ({"state": TERMINATED, "containerID": "c://1"}, "c://1", True, ""),
        ({"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": TERMINATED}, "c://1", True, "c://1"),
        ({"state": {"waiting": {"reason": "ContainerCreating"}}}, "", True, ""),
        ({"state": {"terminated": {"reason": "ContainerStatusUnknown"}}}, "", True, ""),
        (None, "", True, ""),
    ],
    ids=["running", "restarted", "ended", "crash loop", "creating", "unknown", "untold"],
)
def test_the_run_whose_log_is_there_must_be_known(status: dict[str, Any] | None, run: str, over: bool, earlier: str) -> None:
    (found,) = containers_of(pod(status))
    assert (found.run, found.over, found.earlier) == (run, over, earlier)


@pytest.mark.parametrize(
    ("told", "words", "on_the_way"),
    [
        (pod({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}), "ImagePullBackOff: no such image", False),
        (pod({"state": {"waiting": {"reason": "PodInitializing"}}}), "PodInitializing", True),
        (pod(None), "not started yet", True),
        (
            pod(None, conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]),
            "Unschedulable: 0/1 nodes",
            False,
        ),
        (pod(None, reason="Evicted", message="low on memory"), "Evicted: low on memory", False),
    ],
)
def test_why_there_is_no_log_must_be_told_in_the_pods_own_words(told: dict[str, Any], words: str, on_the_way: bool) -> None:
    (found,) = containers_of(told)
    assert (found.waiting, found.on_the_way) == (words, on_the_way)


def test_init_and_ephemeral_containers_must_count() -> None:
    spec = {key: [{"name": key[0]}] for key in ("initContainers", "containers", "ephemeralContainers")}
    assert [(item.name, item.kind) for item in containers_of({"spec": spec})] == [("i", "init"), ("c", "main"), ("e", "ephemeral")]


@pytest.mark.parametrize("broken", [{}, {"spec": None}, {"spec": {"containers": "x"}}, {"spec": {"containers": [None, {}]}, "status": []}])
def test_a_malformed_pod_must_not_be_a_crash(broken: dict[str, Any]) -> None:
    assert all(isinstance(item, ContainerState) for item in containers_of(broken))
