"""Closed streams, full disks and odd locales must end in a result or in one clear message."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from roro.playbook import untemplated

RORO = (sys.executable, "-m", "roro")
FILES = {
    "workspace.json": '{"version": 1, "name": "poor"}',
    "environments/dev/environment.json": "{}",
    "apps/a/manifests/a.yaml.j2": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {text: '{{ app }}'}\n",
    "apps/a/app.json": "{}",
}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        file = tmp_path / "a workspace: näme" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "a workspace: näme"


def shell(line: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    command = f"{' '.join(RORO)} {line}"
    return subprocess.run(["sh", "-c", command], cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_must_not_matter(workspace: Path, closed: str) -> None:
    ran = shell(f"config dev --render {closed}", workspace)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_full_disk_must_be_one_message(workspace: Path) -> None:
    ran = shell("config dev --render > /dev/full", workspace)
    assert ran.returncode == 1
    assert ran.stderr == "Error: the output: No space left on device\n"


@pytest.mark.parametrize(
    "environ", [{"LC_ALL": "C"}, {"HOME": "/proc", "XDG_CACHE_HOME": ""}, {"TERM": "dumb"}, {"LANG": "en_US.ISO-8859-1"}]
)
def test_rendering_must_work_in_poor_surroundings(workspace: Path, environ: dict[str, str]) -> None:
    ran = shell("config dev --render", workspace, **environ)
    assert ran.returncode == 0, ran.stderr
    assert "text: a" in ran.stdout


def test_extra_variables_must_be_marked_as_no_templates() -> None:
    marked = untemplated({"a": "{{ x }}", "b": {"__ansible_unsafe": [1]}})
    assert json.loads(marked["__ansible_unsafe"]) == {"a": "{{ x }}", "b": {"__ansible_unsafe": [1]}}
    assert untemplated(["{{ x }}", True, 2]) == [{"__ansible_unsafe": "{{ x }}"}, True, 2]
