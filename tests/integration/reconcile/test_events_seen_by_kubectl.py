"""What a reconciler announces must be seen by the tools that people use."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._kube_events import read_event
from ansible_collections.roro.kube.plugins.module_utils._reconcile.announcing import Announcer


@dataclass(frozen=True)
class About:
    kind: str
    namespace: str
    name: str


def kubectl(kubeconfig: Path, *words: str) -> str:
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig)}
    return subprocess.run(["kubectl", *words], env=environment, capture_output=True, text=True, check=True).stdout


def test_an_event_must_be_seen_by_kubectl_get_and_describe(
    cluster: Cluster, cluster_kubeconfig: Path, namespace: str, eventually: Any
) -> None:
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": namespace}, "data": {"mode": "1"}}
    cluster.create(cluster.resource("v1", "ConfigMap"), settings)
    told: list[str] = []
    announcer = Announcer(cluster, "controller-7d9f", tell=told.append)
    for _ in range(3):
        announcer.announce(About("ConfigMap", namespace, "settings"), "DriftCorrected", "data.mode was changed by kubectl-edit")
    announcer.announce(About("Deployment.apps", namespace, "gone"), "Fight", "kube-thing undoes spec.replicas", warning=True)
    announcer.close(30)
    assert told == []
    listed = kubectl(cluster_kubeconfig, "-n", namespace, "get", "events")
    assert "DriftCorrected" in listed and "configmap/settings" in listed and "data.mode was changed by kubectl-edit" in listed
    assert "Warning" in listed and "Fight" in listed and "deployment/gone" in listed
    described = kubectl(cluster_kubeconfig, "-n", namespace, "describe", "configmap", "settings")
    assert "DriftCorrected" in described and "roro.dev/reconcile" in described
    found = [read_event(item) for item in cluster.list(cluster.resource("v1", "Event"), namespace).items]
    (corrected,) = [event for event in found if event.reason == "DriftCorrected"]
    assert (corrected.count, corrected.source) == (3, "roro.dev/reconcile")


def test_a_namespace_that_is_not_there_must_be_told_once_and_end_nothing(cluster: Cluster, namespace: str) -> None:
    told: list[str] = []
    announcer = Announcer(cluster, "controller-7d9f", tell=told.append)
    announcer.announce(About("ConfigMap", f"{namespace}-none", "settings"), "DriftFound", "it differs")
    announcer.announce(About("Secret", f"{namespace}-none", "settings"), "DriftFound", "it differs")
    announcer.announce(About("ConfigMap", namespace, "other"), "DriftFound", "it differs")
    announcer.close(30)
    assert len(told) == 1 and "not found" in told[0]
    assert [item["reason"] for item in cluster.list(cluster.resource("v1", "Event"), namespace).items] == ["DriftFound"]


def test_an_object_of_the_cluster_must_have_its_events_in_default(cluster: Cluster, unique: str) -> None:
    told: list[str] = []
    announcer = Announcer(cluster, "controller-7d9f", tell=told.append)
    announcer.announce(About("ClusterRole.rbac.authorization.k8s.io", "", f"roro:{unique}"), "DriftFound", "it differs")
    announcer.close(30)
    assert told == []
    kind = cluster.resource("v1", "Event")
    found = [item for item in cluster.list(kind, "default").items if item["involvedObject"]["name"] == f"roro:{unique}"]
    assert len(found) == 1
    cluster.delete(kind, "default", found[0]["metadata"]["name"])
