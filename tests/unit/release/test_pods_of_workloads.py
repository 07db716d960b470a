"""READY counts the pods that a workload wants and has."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.instance_status.pod_counts import pods_of

TRUE = {"status": "True"}


@pytest.mark.parametrize(
    ("kind", "spec", "status", "pods"),
    [
        ("apps/v1 Deployment", {"replicas": 3}, {"readyReplicas": 2}, (2, 3)),
        ("apps/v1 Deployment", {"replicas": 2}, {"readyReplicas": 3}, (2, 2)),
        ("apps/v1 Deployment", {}, {}, (0, 1)),
        ("apps/v1 StatefulSet", {"replicas": 0}, {}, (0, 0)),
        ("v1 ReplicationController", {"replicas": 1}, {"readyReplicas": 1}, (1, 1)),
        ("apps/v1 DaemonSet", {}, {"desiredNumberScheduled": 5, "numberReady": 4}, (4, 5)),
        ("v1 Pod", {}, {"phase": "Running", "conditions": [{"type": "Ready", **TRUE}]}, (1, 1)),
        ("v1 Pod", {}, {"phase": "Pending"}, (0, 1)),
        ("v1 Pod", {}, {"phase": "Succeeded"}, None),
        ("batch/v1 Job", {"completions": 5, "parallelism": 2}, {"succeeded": 4, "ready": 1}, (1, 1)),
        ("batch/v1 Job", {"parallelism": 2}, {}, (0, 2)),
        ("batch/v1 Job", {}, {"conditions": [{"type": "Complete", **TRUE}]}, None),
        ("batch/v1 Job", {"suspend": True}, {}, None),
        ("batch/v1 CronJob", {}, {}, None),
        ("v1 ConfigMap", {}, {}, None),
        ("example.com/v1 Deployment", {"replicas": 3}, {}, None),
    ],
)
def test_pods_must_be_counted_as_the_object_says(kind: str, spec: dict[str, Any], status: dict[str, Any], pods: Any) -> None:
    version, _, name = kind.partition(" ")
    assert pods_of({"apiVersion": version, "kind": name, "metadata": {}, "spec": spec, "status": status}) == pods
