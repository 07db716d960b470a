"""A daemon of its own for every file of tests, and a workspace with health checks for every test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "forward")]
from forward_scene import private_daemon
from health_scene import HealthScene


@pytest.fixture(scope="module")
def daemon_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Private folders; the daemon in them ends with the file."""
    with private_daemon(tmp_path_factory.mktemp("health")):
        yield


@pytest.fixture
def scene(cluster: Cluster, cluster_kubeconfig: Path, namespace: str, daemon_home: None, tmp_path: Path) -> HealthScene:
    """An empty workspace."""
    return HealthScene(cluster, cluster_kubeconfig, namespace, tmp_path / "shop")
