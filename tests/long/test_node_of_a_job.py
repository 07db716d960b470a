# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node on which a job of AWX runs is killed. AWX's cluster is one of the test's own, whose only node, with every container on it, is
ended at once and made whole again; the apps are on the tests' other cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.processes import identify

INTEGRATION = Path(__file__).parents[1] / "integration"
sys.path += [str(INTEGRATION / "execution_environment"), str(INTEGRATION / "local_cluster")]

from container_group import TOP, ContainerGroup
from job_project import Project
from native_clusters import Running, tell


@pytest.fixture(scope="module")
def awx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The cluster of AWX, with the execution environment in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        name = f"t{uuid.uuid4().hex[:8]}"
        try:
            made = Running(local.up(local.LocalClusterSpec(name=name, provider="native"), tell))
            archive = subprocess.run([str(TOP / "scripts/execution_environment")], check=True, capture_output=True, text=True).stdout
            local.load_images(name, [Path(archive.strip())], tell)
            yield made
        finally:
            local.down(name, tell)


def test_a_job_whose_node_is_killed_must_be_taken_over_by_the_next(
    awx: Running, cluster: Cluster, cluster_kubeconfig: Path, namespace: str, tmp_path: Path, eventually: Any
) -> None:
    group = ContainerGroup(awx.made.kubeconfig, "default")
    project = Project(cluster, cluster_kubeconfig, namespace, tmp_path / "project")
    project.write(mode="2", ready=False)
    project.give_rights()
    job = group.start(project.private_data(), "playbooks/up.yml")
    eventually(lambda: project.mode() == "2" and project.locks(), 60)

    node = identify(awx.pids()["node"])
    assert node is not None
    os.kill(node.pid, signal.SIGKILL)
    eventually(lambda: not node.alive, 30)
    job.cut_off()
    assert job.finish() == "error"
    assert project.locks() != []  # nobody could give it back
    assert awx.up().changed

    project.write(mode="3")
    group.run(project.private_data(roro_wait_lock="60s"), "playbooks/up.yml")
    assert (project.mode(), project.locks()) == ("3", [])
    eventually(lambda: awx.get("pod", job.pod)["status"]["phase"] in ("Failed", "Succeeded"), 120)  # and it was not run again
    assert project.mode() == "3"
