"""A workload that fails its health check is restarted once, on the real cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient
from forward_scene import private_daemon
from health_scene import SECONDS, HealthScene, check

Eventually = Callable[..., Any]
SICK = "busybox rm /www/health"
GENERATION = 2
"""Of a Deployment that was restarted once."""


def checked(scene: HealthScene, count: int, eventually: Eventually) -> None:
    """Wait until the check was asked so many times more."""
    for _ in range(count):
        before = scene.health().checked  # type: ignore[union-attr]
        eventually(lambda before=before: scene.health().checked != before, SECONDS)  # type: ignore[union-attr]


def test_a_failing_check_must_restart_the_workload_once_and_be_healthy_again(scene: HealthScene, eventually: Eventually) -> None:
    scene.app("web", check(restart=True), check("shell", exec={"target": "deployment/{{ instance }}", "command": ["true"]}))
    scene.roro("up", "dev")
    eventually(lambda: (scene.state(), scene.state("shell")) == ("Healthy", "Healthy"), SECONDS)
    (old,) = scene.pods()
    scene.run_in(old, SICK)
    eventually(lambda: scene.state() != "Healthy", SECONDS)
    eventually(lambda: scene.state() == "Healthy" and old not in scene.pods(), SECONDS)
    checked(scene, 5, eventually)
    assert scene.deployment()["metadata"]["generation"] == GENERATION
    assert eventually(lambda: scene.events() == ["HealthCheckFailed", "HealthCheckRestarted", "HealthCheckPassed"], SECONDS)
    assert scene.health().restarts == 1  # type: ignore[union-attr]
    assert json.loads(scene.roro("up", "dev", "-o", "json").stdout)["changed"] is False, "up has nothing to mend because of it"


def test_a_workload_that_stays_sick_must_not_be_restarted_in_a_storm(scene: HealthScene, eventually: Eventually) -> None:
    """Its pods are Ready, and what the check asks for is never there. Two who watch it."""
    scene.app("web", check(restart=True, startPeriod="300ms", failures=1, http={"target": "service/web", "port": 80, "path": "/never"}))
    scene.roro("up", "dev", "--no-wait")
    eventually(lambda: scene.deployment()["metadata"]["generation"] == GENERATION, SECONDS)
    with private_daemon(scene.folder):
        scene.roro("up", "dev", "--no-wait")
        eventually(lambda: "not again before" in (scene.health() or scene).restart, SECONDS)  # type: ignore[union-attr]
    eventually(lambda: "not again before" in scene.health().restart, SECONDS)  # type: ignore[union-attr]
    checked(scene, 5, eventually)
    assert scene.deployment()["metadata"]["generation"] == GENERATION
    row = scene.ps()["web"]
    assert (row["health"][0]["state"], row["health"][0]["restarts"]) == ("Unhealthy", 1)
    assert "404" in scene.roro("ps", "dev").stdout


def test_checks_must_go_on_with_a_daemon_that_was_killed_and_end_with_their_instance(scene: HealthScene, eventually: Eventually) -> None:
    scene.app("web", check())
    scene.roro("up", "dev")
    eventually(lambda: scene.state() == "Healthy", SECONDS)
    with ForwardClient.started() as client:
        daemon = psutil.Process(client.hello()["pid"])
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.wait(SECONDS)
    eventually(lambda: scene.state() == "Healthy", SECONDS)
    scene.roro("stop", "dev")
    assert (scene.state(), scene.ps()["web"]["health"][0]["state"]) == ("Stopped", "Stopped")
    scene.roro("start", "dev")
    eventually(lambda: scene.state() == "Healthy", SECONDS)
    scene.roro("down", "dev")
    assert scene.health() is None


INFO = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - roro.kube.health_info: {workspace: "{{ folder }}", environment: dev}
      register: found
    - ansible.builtin.copy: {content: "{{ found.health | to_json }}", dest: "{{ out }}", mode: "0600"}
"""


def test_a_playbook_must_see_the_checks(scene: HealthScene, tmp_path: Path, eventually: Eventually) -> None:
    scene.app("web", check(tcp={"target": "service/web", "port": "http"}))
    scene.roro("up", "dev")
    eventually(lambda: scene.state() == "Healthy", SECONDS)
    (tmp_path / "play.yml").write_text(INFO)
    values = {"folder": str(scene.folder), "out": str(tmp_path / "out.json"), "ansible_python_interpreter": sys.executable}
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        "localhost,",
        "-e",
        json.dumps(values),
        str(tmp_path / "play.yml"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    (row,) = json.loads((tmp_path / "out.json").read_text())
    assert (row["instance"], row["name"], row["kind"], row["state"]) == ("web", "http", "tcp", "Healthy")
