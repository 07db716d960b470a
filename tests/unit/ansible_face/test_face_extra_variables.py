# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A misspelt `-e roro_...` must never be swallowed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.roro.kube.plugins.plugin_utils._extra_variables import NAMES, unread

ROOT = Path(__file__).parents[3]


def playbook(*arguments, cwd):
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", *arguments]
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, env={**clean, "ANSIBLE_NOCOLOR": "1"})


def test_every_variable_of_roles_and_playbooks_must_be_known():
    files = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/meta/argument_specs.yml"), *ROOT.glob("playbooks/**/*.yml")]
    read = {name for file in files for name in re.findall(r"\broro_[a-z_]+", file.read_text())}
    options = {
        name
        for file in ROOT.glob("roles/*/meta/argument_specs.yml")
        for spec in yaml.safe_load(file.read_text())["argument_specs"].values()
        for name in spec.get("options", {})
    }
    tasks = [file.read_text() for file in ROOT.glob("playbooks/tasks/*.yml")]
    internal = {name for text in tasks for name in re.findall(r"^ +(roro_[a-z_]+):", text, re.MULTILINE)} - options
    assert options <= NAMES
    assert read - internal - NAMES == set()
    assert NAMES - read == set()


@pytest.mark.parametrize(
    ("name", "near"), [("roro_instance", "roro_instances"), ("roro_timout", "roro_timeout"), ("roro_colour_of_the_sky", "")]
)
def test_the_nearest_name_must_be_offered(name, near):
    assert unread({name: 1, "roro_wait": True, "my_roro_instance": 1}) == [(name, near)]


def test_a_playbook_of_ours_must_refuse_it_before_anything_is_done(tmp_path):
    ran = playbook("roro.kube.status", "-e", "roro_instance=api", cwd=tmp_path)
    assert ran.returncode != 0
    assert "nobody reads the extra variable roro_instance; did you mean roro_instances?" in ran.stdout + ran.stderr


def test_a_playbook_of_a_person_must_go_on_with_a_warning(tmp_path):
    (tmp_path / "mine.yml").write_text("- import_playbook: roro.kube.status\n")
    ran = playbook("mine.yml", "-e", "roro_instance=api", "-e", "roro_my_own=1", cwd=tmp_path)
    told = re.sub(r"\s+", " ", ran.stdout + ran.stderr)
    assert "did you mean roro_instances?" in told
    assert "roro_my_own" not in told
    assert "no workspace.json" in told, "the run went on"


def test_tasks_of_a_person_may_read_variables_of_their_own(tmp_path):
    (tmp_path / "first.yml").write_text('- ansible.builtin.debug: {msg: "{{ roro_release_name }}"}\n')
    ran = playbook("roro.kube.up", "-e", "roro_before_up=first.yml", "-e", "roro_release_name=spring", cwd=tmp_path)
    assert "nobody reads" not in ran.stdout + ran.stderr
