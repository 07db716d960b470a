"""ansible-navigator, as people run it at a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from job_project import Project

BIN = Path(sys.executable).parent

pytestmark = [pytest.mark.real_node, pytest.mark.timeout(300)]


def test_navigator_must_run_the_playbook_without_a_container(project: Project) -> None:
    sent = project.private_data()
    settings = ["--mode", "stdout", "--execution-environment", "false", "--playbook-artifact-enable", "false"]
    variables = [f"roro_workspace={sent}/project/shop", "roro_environment=dev", f"roro_kubeconfig={sent}/env/tmp_credential"]
    given = [word for variable in variables for word in ("-e", variable)]
    command = [str(BIN / "ansible-navigator"), "run", "roro.kube.up", *settings, "--log-file", str(sent / "navigator.log"), *given]
    environment = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=sent, env=environment, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "web: Running" in done.stdout
    assert project.mode() == "1"
