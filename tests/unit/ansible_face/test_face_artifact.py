# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a consumer gets: the artifact, clean under ansible-lint, and what its execution environment installs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
ENTRIES = {
    *("ARCHITECTURE.md", "CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE", "MAINTAINERS", "README.md"),
    *("changelogs", "docs", "meta", "playbooks", "plugins", "requirements.txt", "roles"),
}


def run(*words: object, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, cwd=cwd, check=False, env={**clean, **environ})


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as it is installed from its artifact."""
    folder = tmp_path_factory.mktemp("artifact")
    built = run(BIN / "ansible-galaxy", "collection", "build", "--output-path", folder, TOP, cwd=folder)
    assert built.returncode == 0, built.stderr
    (artifact,) = folder.glob("*.tar.gz")
    put = run(BIN / "ansible-galaxy", "collection", "install", "--offline", "--force", "-p", folder / "collections", artifact, cwd=folder)
    assert put.returncode == 0, put.stderr
    return folder / "collections" / "ansible_collections" / "roro" / "kube"


@pytest.mark.xdist_group("artifact")
def test_the_artifact_must_hold_what_an_installed_collection_needs_and_no_more(installed):
    assert {path.name for path in installed.iterdir()} == ENTRIES | {"MANIFEST.json", "FILES.json"}
    assert not list(installed.rglob("__pycache__"))


CONSUMER = """---
- name: Bring the shop up
  hosts: localhost
  gather_facts: false
  module_defaults:
    group/roro.kube.kube:
      workspace: /srv/shop
      context: staging
  roles:
    - role: roro.kube.deploy
  tasks:
    - name: Read the status
      roro.kube.status_info:
        instances: "{{ shop_instances }}"
      register: shop_status

    - name: Take it down
      ansible.builtin.include_role:
        name: roro.kube.remove
"""


@pytest.fixture
def consumer(tmp_path: Path) -> Path:
    """A folder of an operator's own, with a rule set of none."""
    (tmp_path / "play.yml").write_text(CONSUMER)
    (tmp_path / ".ansible-lint").write_text("---\nprofile: production\noffline: true\nenable_list: [args]\n")
    return tmp_path


def lint(consumer: Path, installed: Path) -> subprocess.CompletedProcess[str]:
    return run(BIN / "ansible-lint", "--nocolor", "play.yml", cwd=consumer, ANSIBLE_COLLECTIONS_PATH=str(installed.parents[2]))


@pytest.mark.xdist_group("artifact")
def test_a_consumers_playbook_must_be_clean_under_ansible_lint(consumer, installed):
    linted = lint(consumer, installed)
    assert linted.returncode == 0, linted.stdout
    assert "Passed: 0 failure(s), 0 warning(s)" in linted.stderr


@pytest.mark.xdist_group("artifact")
def test_ansible_lint_must_find_an_option_that_a_module_does_not_have(consumer, installed):
    """It looks for the action plugin before the module and calls the `main` of what it finds."""
    play = consumer / "play.yml"
    play.write_text(play.read_text().replace("        instances:", "        instancs:"))
    assert "args[module]: Unsupported parameters for (basic.py) module: instancs." in lint(consumer, installed).stdout


def execution_environment() -> dict[str, Any]:
    return yaml.safe_load((TOP / "meta/execution-environment.yml").read_text())["dependencies"]


def test_an_execution_environment_must_install_the_requirements_of_the_collection():
    assert execution_environment()["python"] == "requirements.txt"
    system = (TOP / execution_environment()["system"]).read_text().splitlines()
    assert {line.split()[0] for line in system if line and not line.startswith("#")} == {"git", "python3"}
