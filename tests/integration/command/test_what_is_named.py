"""What is named is what is meant: instances, variables, environments, the collection, on a real cluster."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from command_workspace import Workspace


def shown(text: str) -> list[str]:
    """The instances of a table that went into a pipe."""
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_ps_must_show_the_instances_that_were_named_and_no_other(notes: Workspace) -> None:
    notes.roro("up", "dev")
    assert shown(notes.roro("ps", "dev").stdout) == ["first", "second", "gate"]
    assert shown(notes.roro("ps", "dev", "gate").stdout) == ["gate"]
    rows = notes.roro("ps", "dev", "gate", "first", "-o", "json").document["instances"]
    assert [(row["instance"], row["status"]) for row in rows] == [("first", "Running"), ("gate", "Running")]
    missed = notes.roro("ps", "dev", "gaet")
    assert (missed.code, 'did you mean "gate"?' in missed.stderr) == (2, True), missed.told


def test_ps_must_find_a_named_instance_that_only_the_cluster_knows(notes: Workspace) -> None:
    notes.roro("up", "dev")
    shutil.rmtree(notes.root / "apps/gate")
    assert shown(notes.roro("ps", "dev", "gate").stdout) == ["gate"]
    assert shown(notes.roro("ps", "dev").stdout) == ["first", "second", "gate"]


def test_the_status_playbook_must_show_what_is_named(notes: Workspace) -> None:
    notes.roro("up", "dev")
    told = notes.roro.playbook("status", "-e", "roro_instances=gate").stdout
    assert re.findall(r'"msg": "(\w+):', told) == ["gate"], told


@pytest.mark.parametrize("verb", ["up", "diff", "config"])
def test_a_misspelt_variable_must_be_refused_before_anything_is_written(notes: Workspace, verb: str) -> None:
    ran = notes.roro(verb, "dev", "--var", "cuont=1")
    assert (ran.code, 'reads the variable cuont\n       did you mean "count"?' in ran.stderr) == (2, True), ran.told
    assert notes.footprint.objects() == {}
    assert notes.roro("config", "dev", "--var", "count=1").code == 0


def test_a_misspelt_extra_variable_must_not_bring_the_whole_environment_up(notes: Workspace) -> None:
    ran = notes.roro.playbook("up", "-e", "roro_instance=first")
    assert ran.code != 0 and "did you mean roro_instances?" in ran.told
    assert notes.footprint.objects() == {}


def test_the_default_environment_must_be_the_one_that_is_meant(notes: Workspace) -> None:
    (notes.root / "environments/prod").mkdir()
    (notes.root / "environments/prod/environment.json").write_text("{}")
    refused = notes.roro("up", "first")
    assert (refused.code, '"defaultEnvironment"' in refused.stderr) == (2, True), refused.told
    notes.edit("workspace.json", lambda document: document.update(defaultEnvironment="dev"))
    assert notes.roro("up", "first", "-o", "json").document["environment"] == "dev"
    assert notes.roro("ps", "-o", "json", RORO_ENVIRONMENT="prod").document["environment"] == "prod"
    assert notes.roro("ps", "prod", "-o", "json").document["environment"] == "prod"


def test_a_shell_that_is_set_up_for_other_playbooks_must_not_break_up(notes: Workspace, tmp_path: Path) -> None:
    foreign = tmp_path / "collections/ansible_collections/roro/kube"
    (foreign / "plugins/action").mkdir(parents=True)
    (foreign / "plugins/module_utils").mkdir()
    (foreign / "plugins/action/up.py").write_text("raise RuntimeError('the foreign copy ran')\n")
    (foreign / "MANIFEST.json").write_text(json.dumps({"collection_info": {"version": "0.1.0"}}))
    shell = {"ANSIBLE_VAULT_PASSWORD_FILE": "/nowhere/password", "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections")}
    ran = notes.roro("up", "dev", "first", **shell)
    assert ran.code == 0, ran.told
    assert f"0.1.0 in {foreign}" in notes.roro("doctor", **shell).stdout


def test_a_left_out_app_must_ask_for_nothing(notes: Workspace) -> None:
    notes.edit("apps/gate/app.json", lambda app: app.update(systemEnvironment={"NOT_SET_ANYWHERE": {}}, profiles=["debug"]))
    for verb in ("up", "diff", "config"):
        assert notes.roro(verb, "dev").code == 0
    refused = notes.roro("up", "dev", "--profile", "debug")
    assert (refused.code, "NOT_SET_ANYWHERE" in refused.stderr) == (2, True), refused.told


def test_a_variable_of_a_playbook_that_nobody_reads_must_be_told_and_go_on(notes: Workspace) -> None:
    """A fleet shares variables, so there it is no error."""
    ran = notes.roro.playbook("up", "-e", json.dumps({"roro_variables": {"cuont": 1, "mode": "b"}}))
    assert ran.code == 0, ran.told
    assert 'no instance of dev reads the variable cuont; did you mean "count"?' in ran.told
    assert "variable mode" not in ran.told
