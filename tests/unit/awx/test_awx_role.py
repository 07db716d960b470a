# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role as people run it, and AWX's own client awxkit on what it made. AWX is a fake here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_awx_api import TOKEN, FakeAwx, serve

Run = Callable[..., subprocess.CompletedProcess[str]]
URL = "https://git.example.com/team/fleet.git"
SECRET = "s3cret-kubeconfig"


def environment(fake: FakeAwx | None) -> dict[str, str]:
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_", "CONTROLLER_", "TOWER_"))
    }
    reached = {"CONTROLLER_HOST": fake.url, "CONTROLLER_OAUTH_TOKEN": TOKEN} if fake else {}
    return {**clean, "ANSIBLE_NOCOLOR": "1", **reached}


@pytest.fixture
def play(tmp_path: Path) -> Run:
    """`play(fake, *arguments, variable=...)` runs the playbook roro.kube.awx."""

    def run(fake: FakeAwx | None, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
        (tmp_path / "vars.json").write_text(json.dumps({"roro_awx_project_url": URL, **variables}))
        command = [
            str(Path(sys.executable).parent / "ansible-playbook"),
            "-i",
            "localhost,",
            "roro.kube.awx",
            "-e",
            "@vars.json",
            *arguments,
        ]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, env=environment(fake))

    return run


def awx(fake: FakeAwx, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("awxkit_command.py")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, input=stdin, check=False, env=environment(fake))


MORE = {
    "roro_awx_organization": "Ops",
    "roro_awx_execution_environment_image": "registry.example.com/roro-ee:1",
    "roro_awx_credentials": [{"name": "clusters", "credential_type": "Roro kubeconfig", "secrets": "1"}],
    "roro_awx_secret_inputs": {"clusters": {"kubeconfig": SECRET}},
    "roro_awx_job_credentials": ["clusters"],
    "roro_awx_schedules": [{"name": "nightly", "template": "deploy", "rrule": "DTSTART:20270101T030000Z RRULE:FREQ=DAILY;INTERVAL=1"}],
}


def test_the_role_must_define_everything_once_and_awxkit_must_read_it(fake: FakeAwx, play: Run) -> None:
    first = play(fake, "-vvv", "--diff", **MORE)
    assert first.returncode == 0, first.stdout + first.stderr
    assert SECRET not in first.stdout + first.stderr
    assert TOKEN not in first.stdout + first.stderr
    assert fake.named("credentials", "clusters")["inputs"]["kubeconfig"] == SECRET
    second = play(fake, **MORE)
    assert "changed=0" in second.stdout, second.stdout
    listed = awx(fake, "job_templates", "list", "-f", "human")
    assert "roro rollback" in listed.stdout, listed.stdout + listed.stderr
    exported = json.loads(awx(fake, "export", "--workflow_job_templates", "--schedules").stdout)
    nodes = exported["workflow_job_templates"][0]["related"]["workflow_nodes"]
    assert {node["identifier"]: [one["identifier"] for one in node["related"].get("success_nodes", [])] for node in nodes} == {
        "sync": ["check"],
        "check": ["approve"],
        "approve": ["up"],
        "up": [],
    }
    assert exported["schedules"][0]["unified_job_template"]["name"] == "roro deploy"


def test_awx_import_of_the_file_must_make_the_same_as_the_role(play: Run, tmp_path: Path) -> None:
    file = tmp_path / "awx.json"
    written = play(None, roro_awx_apply=False, roro_awx_import_file=str(file), roro_awx_organization="Ops")
    assert written.returncode == 0, written.stdout + written.stderr
    with serve(FakeAwx()) as fake:
        imported = awx(fake, "import", stdin=file.read_text())
        assert imported.returncode == 0, imported.stdout + imported.stderr
        compared = play(fake, "--check", roro_awx_organization="Ops")
        told = [line.strip(' ",') for line in compared.stdout.splitlines() if "AWX has" in line or "create" in line]
        assert told and all(line.startswith("labels: AWX has []") for line in told), compared.stdout


def test_a_refusal_must_name_object_and_field(fake: FakeAwx, play: Run) -> None:
    fake.playbooks = ("playbooks/up.yml",)
    failed = play(fake, roro_awx_templates=["up", "down"], roro_awx_workflow=False)
    assert failed.returncode != 0
    assert "job template `roro down`: playbook: Playbook not found for project." in failed.stdout


def test_a_line_that_nobody_filled_in_must_mean_all_instances(tmp_path: Path) -> None:
    asked = "{{ roro_workspace_info.environments | map(attribute='instances') | map('length') | list }}"
    tasks = [{"ansible.builtin.import_role": {"name": "roro.kube.workspace"}}, {"ansible.builtin.debug": {"msg": asked}}]
    (tmp_path / "play.json").write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}]))
    given = {"roro_workspace": str(Path(__file__).parents[3] / "examples/shop"), "roro_instances": ""}
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "play.json", "-e", json.dumps(given)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False, env=environment(None))
    assert ran.returncode == 0, ran.stdout + ran.stderr
