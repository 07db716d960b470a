"""What may be restarted now, and who is asked."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._forward.choose import Scene, pod_facts, service_facts
from ansible_collections.roro.kube.plugins.module_utils._health.pods import Asked, Nobody, in_turn, pods_of
from ansible_collections.roro.kube.plugins.module_utils._health.workload import hindrance
from fake_cluster import pod, service

DONE = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2}


def workload(kind: str = "Deployment", status: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    metadata = {"name": "web", "namespace": "shop", "generation": 2}
    return {"kind": kind, "metadata": metadata, "spec": {"replicas": 2, **spec}, "status": DONE if status is None else status}


@pytest.mark.parametrize(
    ("obj", "reason"),
    [
        (workload(), None),
        (workload(status={**DONE, "availableReplicas": 0, "unavailableReplicas": 2}), None),
        (workload(status={**DONE, "observedGeneration": 1}), "RollingOut"),
        (workload(status={**DONE, "updatedReplicas": 1}), "RollingOut"),
        (workload(status={**DONE, "replicas": 3}), "RollingOut"),
        (workload(replicas=0), "Stopped"),
        (workload(paused=True), "Paused"),
        (workload("StatefulSet"), None),
        (workload("StatefulSet", {**DONE, "updatedReplicas": 1, "updateRevision": "b", "currentRevision": "a"}), "RollingOut"),
        (workload("StatefulSet", {**DONE, "updatedReplicas": 0, "updateRevision": "a", "currentRevision": "a"}), None),
        (workload("StatefulSet", updateStrategy={"type": "OnDelete"}), "OnDelete"),
        (workload("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3}), None),
        (workload("DaemonSet", {"observedGeneration": 2, "desiredNumberScheduled": 3, "updatedNumberScheduled": 2}), "RollingOut"),
        (workload("DaemonSet", updateStrategy={"type": "OnDelete"}), "OnDelete"),
        ({**workload(), "metadata": {"name": "web", "generation": 2, "deletionTimestamp": "2026-01-01T00:00:00Z"}}, "Deleted"),
    ],
)
def test_a_workload_must_be_left_alone_while_something_speaks_against_a_restart(obj: dict[str, Any], reason: str | None) -> None:
    found = hindrance(obj)
    assert (found.reason if found else None) == reason


def scene(*pods: dict[str, Any]) -> Scene:
    facts = {obj["metadata"]["name"]: pod_facts(obj) for obj in pods}
    return Scene(facts, {"web": service_facts(service())}, {})


def asked(target: str, port: int | str | None, *pods: dict[str, Any]) -> list[tuple[str, int]] | str:
    found = pods_of(target, port, scene(*pods))
    return found.reason if isinstance(found, Nobody) else [(item.pod.name, item.port) for item in found]


def test_every_running_pod_must_be_asked_ready_or_not_but_none_that_ends() -> None:
    pods = [pod("b", ready=False), pod("a"), pod("c", leaving=True)]
    pending = pod("d", ready=False)
    pending["status"]["phase"] = "Pending"
    for target, port in (("service/web", "http"), ("deployment/web", 80)):
        assert asked(target, port, *pods, pending) == [("a", 80), ("b", 80)]
    assert asked("service/web", None, *pods) == [("a", 0), ("b", 0)], "a command needs no port"


def test_nobody_to_ask_must_be_told_and_what_waiting_does_not_mend_is_final() -> None:
    assert asked("service/web", 80) == "NoPods"
    assert asked("service/wbe", 80) == "NotFound"
    missing = pods_of("service/web", 81, scene(pod("a")))
    assert isinstance(missing, Nobody)
    assert (missing.reason, missing.final) == ("UnknownPort", True)


def test_of_many_pods_each_must_have_its_turn() -> None:
    many = [Asked(pod_facts(pod(f"p{number:02}")), 80) for number in range(25)]
    rounds = [{item.pod.name for item in in_turn(many, turn)} for turn in range(5)]
    assert [len(names) for names in rounds] == [10] * 5
    assert set().union(*rounds) == {item.pod.name for item in many}
    assert in_turn(many[:3], 7) == many[:3]
