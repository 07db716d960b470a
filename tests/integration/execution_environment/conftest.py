"""Jobs of a project, run in pods of the execution environment as container groups of AWX run them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path.insert(0, str(Path(__file__).parent))

from container_group import ContainerGroup
from job_project import Project


@pytest.fixture
def group(cluster_kubeconfig: Path, namespace: str) -> ContainerGroup:
    """Whose pods run in the test's namespace."""
    return ContainerGroup(cluster_kubeconfig, namespace)


@pytest.fixture
def project(cluster: Cluster, cluster_kubeconfig: Path, namespace: str, tmp_path: Path) -> Project:
    """A workspace with thin playbooks, whose apps live in the test's namespace, and the rights to deploy them there."""
    found = Project(cluster, cluster_kubeconfig, namespace, tmp_path / "project")
    found.write()
    found.give_rights()
    return found
