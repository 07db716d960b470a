# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-navigator runs the playbook in the execution environment, with podman (Debian's package, installed where it is missing)."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path.append(str(Path(__file__).parents[1] / "integration" / "execution_environment"))

from container_group import TOP
from job_project import Project

BIN = Path(sys.executable).parent
IMAGE = "docker.io/library/roro-ee:1.0.0"
QUEUES = Path("/dev/mqueue")


@pytest.fixture
def podman(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables for a podman with a store of its own that holds the image."""
    if not shutil.which("podman"):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            pytest.skip("podman is not there")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", "-oDPkg::Lock::Timeout=300", "podman"]
        subprocess.run(["apt-get", "update", "-qq"], env=environment, check=True, capture_output=True)
        subprocess.run(command, env=environment, check=True, capture_output=True)
    configuration = tmp_path / "storage.conf"
    configuration.write_text(f'[storage]\ndriver = "overlay"\ngraphroot = "{tmp_path}/store"\nrunroot = "{tmp_path}/run"\n')
    environment = {**os.environ, "CONTAINERS_STORAGE_CONF": str(configuration), "PATH": f"{BIN}:{os.environ['PATH']}"}
    archive = subprocess.run([str(TOP / "scripts/execution_environment")], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["podman", "load", "--quiet", "--input", archive], env=environment, check=True, capture_output=True)
    made = not QUEUES.exists()  # navigator wants it with podman
    QUEUES.mkdir(exist_ok=True)
    try:
        yield environment
    finally:
        if made:
            QUEUES.rmdir()
        subprocess.run(["podman", "rmi", "--all", "--force"], env=environment, check=False, capture_output=True)


def test_navigator_must_run_the_playbook_in_the_image(
    cluster: Cluster, cluster_kubeconfig: Path, namespace: str, tmp_path: Path, podman: dict[str, str]
) -> None:
    project = Project(cluster, cluster_kubeconfig, namespace, tmp_path / "project")
    project.write()
    project.give_rights()
    sent = project.private_data()
    limit = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], resource.getrlimit(resource.RLIMIT_NPROC)[1], 4096)
    container = ["--net=host", f"--ulimit=nofile={limit}:{limit}", f"--ulimit=nproc={limit}:{limit}"]
    engine = ["--execution-environment", "true", "--container-engine", "podman", "--execution-environment-image", IMAGE]
    settings = ["--mode", "stdout", "--pull-policy", "never", "--playbook-artifact-enable", "false"]
    variables = [f"roro_workspace={sent}/project/shop", "roro_environment=dev", f"roro_kubeconfig={sent}/env/tmp_credential"]
    command = [str(BIN / "ansible-navigator"), "run", "roro.kube.up", *settings, *engine, "--log-file", str(sent / "navigator.log")]
    command += [f"--container-options={option}" for option in container] + [word for variable in variables for word in ("-e", variable)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=sent, env=podman, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "web: Running" in done.stdout
    assert project.mode() == "1"
