"""`examples/awx` as AWX and the tools of its operators read it, without a cluster."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_rulebook.validators import Validate

PROJECT = Path(__file__).parents[3] / "examples" / "awx"
PAGE = Path(__file__).parents[3] / "docs" / "awx.md"
BIN = Path(sys.executable).parent
PLAYBOOKS = sorted(PROJECT.glob("playbooks/*.yml"))
OF_THE_COLLECTION = {"up", "down", "status", "rollback", "stop", "start", "restart", "sync", "reconcile"}


def run(*command: str, **environ: str) -> str:
    """Run a tool in the project, without a vault password; what it printed."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "K8S_AUTH_", "RORO_"))}
    words = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(words, cwd=PROJECT, env={**clean, **environ}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def offered(file: Path) -> bool:
    """Whether AWX offers a file as a playbook: a line begins with one of these words, and no folder above is for something else."""
    others = {"roles", "tasks", "group_vars", "host_vars"}
    if others & set(file.relative_to(PROJECT).parts):
        return False
    return re.search(r"^\s*(-\s*)?(hosts|(ansible\.builtin\.)?(include|import_playbook)):", file.read_text(), re.MULTILINE) is not None


def test_awx_must_offer_every_playbook() -> None:
    found = {str(file.relative_to(PROJECT)) for file in PROJECT.rglob("*.yml") if offered(file)}
    assert found - {"rulebooks/reconcile.yml"} == {f"playbooks/{file.name}" for file in PLAYBOOKS}
    assert {file.stem for file in PLAYBOOKS} >= OF_THE_COLLECTION | {"check", "approve", "pushed"}


def test_the_playbooks_must_be_whole_and_say_what_they_do() -> None:
    listed = run("ansible-playbook", "--list-tasks", *[str(file) for file in PLAYBOOKS])
    plays = re.findall(r"play #\d+ \((.+)\): (.+)\tTAGS: \[(.*)\]", listed)
    assert len(re.findall("^playbook: ", listed, re.MULTILINE)) == len(PLAYBOOKS)
    assert {hosts for hosts, _, _ in plays} == {"roro_environments", "roro_environments[0]", "localhost"}
    assert all(name and tags for _, name, tags in plays)


@pytest.mark.parametrize("name", ["down", "stop", "restart", "rollback"])
def test_what_takes_something_away_must_ask_for_a_limit_first(name: str) -> None:
    first = yaml.safe_load((PROJECT / "playbooks" / f"{name}.yml").read_text())[0]
    assert first["ansible.builtin.import_playbook"] == "ask_for_a_limit.yml"


def test_the_inventory_must_be_read_without_the_vault() -> None:
    """AWX takes no vault credential for it, so what is secret has to come through as it is."""
    exported = json.loads(run("ansible-inventory", "--list", "--export"))
    assert exported["context_test"]["hosts"] == ["shop-dev", "shop-staging"] and exported["context_production"]["hosts"] == ["shop-prod"]
    assert exported["region_us"]["hosts"] == ["shop-prod"]
    assert list(exported["roro_environments"]["vars"]["vault_session_key"]) == ["__ansible_vault"]


def test_the_vault_must_open_with_the_password_of_the_page(tmp_path: Path) -> None:
    [password] = re.findall(r"printf (\S+) >", PAGE.read_text())
    (tmp_path / "password").write_text(password)
    shown = run("ansible", "shop-dev", "-m", "debug", "-a", "var=vault_session_key", ANSIBLE_VAULT_PASSWORD_FILE=str(tmp_path / "password"))
    assert "a-demo-key" in shown


def test_ansible_builder_must_take_the_definition_of_the_execution_environment(tmp_path: Path) -> None:
    run("ansible-builder", "create", "--file", "execution-environment.yml", "--context", str(tmp_path))
    copied = yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text())
    assert [one["name"] for one in copied["collections"]] == ["roro.kube"]


def test_the_rulebook_must_be_one_and_run_a_playbook_that_is_there() -> None:
    rulebook = yaml.safe_load((PROJECT / "rulebooks" / "reconcile.yml").read_text())
    Validate.rulebook(rulebook)
    [rule] = rulebook[0]["rules"]
    assert (PROJECT / rule["action"]["run_playbook"]["name"]).exists()


@pytest.mark.parametrize("file", PLAYBOOKS, ids=lambda file: file.stem)
def test_no_playbook_may_read_what_a_push_says(file: Path) -> None:
    """Ansible would evaluate templates in the messages of commits."""
    assert "ansible_eda" not in file.read_text()
