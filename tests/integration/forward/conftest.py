"""A daemon of its own for every file of tests, and a namespace for every test or file."""

from __future__ import annotations

import os
import platform
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path.insert(0, str(Path(__file__).parent))
from forward_scene import STAY, TOOLS, WEB, ForwardScene, deployment, private_daemon, service

collect_ignore_glob = [] if platform.system() == "Linux" and os.geteuid() == 0 else ["test_forward_outages.py"]


@pytest.fixture(scope="module")
def daemon_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Private folders; the daemon in them ends with the file."""
    with private_daemon(tmp_path_factory.mktemp("forward")):
        yield


@pytest.fixture
def scene(cluster: Cluster, cluster_kubeconfig: Path, namespace: str, daemon_home: None) -> ForwardScene:
    """An empty namespace."""
    return ForwardScene(cluster, cluster_kubeconfig, namespace)


@pytest.fixture(scope="module")
def shared(cluster: Cluster, cluster_kubeconfig: Path, daemon_home: None) -> Iterator[ForwardScene]:
    """A namespace with one app, `tool`, for tests that change nothing."""
    name = f"t{uuid.uuid4().hex[:8]}"
    resource = cluster.resource("v1", "Namespace")
    cluster.create(resource, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    scene = ForwardScene(cluster, cluster_kubeconfig, name)
    scene.apply(
        deployment("tool", TOOLS + WEB + STAY, grace=0), service("tool"), service("headless", clusterIP="None", selector={"app": "tool"})
    )
    yield scene
    cluster.delete(resource, None, name)
