"""An instance is an ApplySet that kubectl understands: it refuses what roro keeps, and can prune it when it is handed over."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import CLUSTER_TOOLS

Kubectl = Callable[..., subprocess.CompletedProcess[str]]
PART_OF = "applyset.kubernetes.io/part-of"
ID = "applyset.kubernetes.io/id"
TOOLING = "applyset.kubernetes.io/tooling"


@pytest.fixture
def kubectl(cluster_kubeconfig: Path) -> Kubectl:
    """kubectl with ApplySets switched on, as tests' clusters bring it along or the machine has it."""
    cached = CLUSTER_TOOLS.command("kubectl")
    command = str(cached) if cached.exists() else shutil.which("kubectl") or "kubectl"

    def run(*words: str, objects: list[Any]) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "KUBECTL_APPLYSET": "true", "KUBECONFIG": str(cluster_kubeconfig)}
        manifests = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        return subprocess.run([command, *words], input=manifests, env=environ, capture_output=True, text=True, timeout=60, check=False)

    return run


def prune(kubectl: Kubectl, world: Any, *objects: Any) -> subprocess.CompletedProcess[str]:
    words = ("apply", "--server-side", "--prune", "--applyset=secret/roro.api", f"--namespace={world.name}", "-f", "-")
    return kubectl(*words, "--force-conflicts", objects=list(objects))


def test_kubectl_must_recognise_the_set_and_leave_it_to_its_tool(world: Any, make: Any, kubectl: Kubectl) -> None:
    world.up(world.desired("api", make.config("a"), make.config("b")))
    refused = prune(kubectl, world, make.config("a"))
    assert refused.returncode != 0
    assert 'already exists and is managed by tooling "roro" instead of "kubectl"' in refused.stderr
    assert world.get("v1", "ConfigMap", "b") is not None


def test_a_set_that_is_handed_to_kubectl_must_be_pruned_by_it(world: Any, make: Any, kubectl: Kubectl) -> None:
    elsewhere = f"{world.name}-more"
    far = make.config("far")
    far["metadata"]["namespace"] = elsewhere
    world.up(world.desired("api", make.config("a"), make.config("b"), far, make.workload(replicas=0)))
    parent = world.get("v1", "Secret", "roro.api")["metadata"]
    assert world.get("v1", "ConfigMap", "b")["metadata"]["labels"][PART_OF] == parent["labels"][ID]
    assert parent["annotations"]["applyset.kubernetes.io/contains-group-kinds"] == "ConfigMap,Deployment.apps"
    secrets = world.cluster.resource("v1", "Secret")
    world.cluster.merge_patch(secrets, world.name, "roro.api", {"metadata": {"annotations": {TOOLING: "kubectl/v1.34.0"}}})
    done = prune(kubectl, world, make.config("a"))
    assert done.returncode == 0, done.stderr
    assert world.get("v1", "ConfigMap", "a") is not None
    assert world.get("v1", "ConfigMap", "b") is None
    assert world.get("v1", "ConfigMap", "far", elsewhere) is None
    assert world.get("apps/v1", "Deployment", "api") is None
    world.cluster.delete(world.cluster.resource("v1", "Namespace"), None, elsewhere)


def test_the_parent_must_follow_what_the_instance_owns(world: Any, make: Any) -> None:
    def kinds() -> str:
        return str(world.get("v1", "Secret", "roro.api")["metadata"]["annotations"]["applyset.kubernetes.io/contains-group-kinds"])

    world.up(world.desired("api", make.config("a"), make.workload(replicas=0)))
    assert kinds() == "ConfigMap,Deployment.apps"
    world.up(world.desired("api", make.config("a")))
    assert kinds() == "ConfigMap"
