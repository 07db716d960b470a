"""A command's playbook must run the command's own code, whatever the shell sets for other playbooks."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._version import VERSION

from roro.playbook import Playbook, run_playbook
from roro.playbook_environment import (
    collections_path,
    other_collections,
    own_collections,
    playbook_environment,
    without_shell_settings,
)


def foreign_copy(top: Path, version: str) -> Path:
    """A collection of the same name whose action plugin must never run."""
    folder = top / "ansible_collections/roro/kube"
    (folder / "plugins/module_utils").mkdir(parents=True)
    (folder / "plugins/action").mkdir()
    (folder / "playbooks").mkdir()
    (folder / "MANIFEST.json").write_text(json.dumps({"collection_info": {"namespace": "roro", "name": "kube", "version": version}}))
    (folder / "plugins/action/up.py").write_text("raise RuntimeError('the foreign copy ran')\n")
    (folder / "playbooks/up.yml").write_text("- hosts: localhost\n  tasks:\n    - ansible.builtin.fail: {msg: the foreign copy ran}\n")
    return folder


@pytest.fixture
def poor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for what in ("CACHE_HOME", "STATE_HOME", "RUNTIME_DIR"):
        monkeypatch.setenv(f"XDG_{what}", str(tmp_path / what))
    for name in [name for name in os.environ if name.startswith("ANSIBLE_")]:
        monkeypatch.delenv(name)
    return tmp_path


def words_of_up(folder: Path) -> str:
    """What the playbook `up` says of a workspace that is not there."""
    with pytest.raises(Exception) as refused:
        run_playbook(Playbook("roro.kube.up", "roro.kube.up", {"roro_workspace": str(folder / "nowhere")}), lambda record: None)
    return f"{refused.value} {getattr(refused.value, 'problems', [])}"


def test_the_own_collection_must_run_before_any_other(poor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign_copy(poor / "others", "0.0.1")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(poor / "others"))
    told = words_of_up(poor)
    assert "there is no folder" in told, told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANSIBLE_VAULT_PASSWORD_FILE", "/nowhere/password"),
        ("ANSIBLE_VAULT_IDENTITY_LIST", "dev@/nowhere/password"),
        ("ANSIBLE_SKIP_TAGS", "always,untagged"),
        ("ANSIBLE_STRATEGY", "no_such_strategy"),
        ("ANSIBLE_INVENTORY_ENABLED", "yaml"),
    ],
)
def test_what_a_shell_sets_for_other_playbooks_must_not_matter(poor: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    told = words_of_up(poor)
    assert "there is no folder" in told, told
    assert os.environ[name] == value


def test_what_shows_a_run_must_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSIBLE_CALLBACKS_ENABLED", "profile_tasks")
    monkeypatch.setenv("ANSIBLE_BECOME", "true")
    with without_shell_settings():
        assert os.environ["ANSIBLE_CALLBACKS_ENABLED"] == "profile_tasks"
        assert "ANSIBLE_BECOME" not in os.environ
    assert os.environ["ANSIBLE_BECOME"] == "true"


def test_collections_of_the_person_must_stay_behind_the_own_one(poor: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (poor / "ansible.cfg").write_text("[defaults]\ncollections_path = theirs:/srv/collections ; a comment\n")
    monkeypatch.setenv("ANSIBLE_CONFIG", str(poor / "ansible.cfg"))
    listed = playbook_environment(poor, poor / "events", poor / "lifeline")["ANSIBLE_COLLECTIONS_PATH"].split(":")
    assert listed == [str(own_collections()), str(poor / "theirs"), "/srv/collections"]
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", "/first")
    assert collections_path() == ["/first"]


def test_other_copies_must_be_found_with_version_and_place(poor: Path) -> None:
    (poor / "same").mkdir()
    (poor / "same/ansible_collections").symlink_to(own_collections() / "ansible_collections")
    folder = foreign_copy(poor / "old", "0.9.0")
    bare = foreign_copy(poor / "bare", "")
    (bare / "MANIFEST.json").unlink()
    (bare / "galaxy.yml").write_text(f'namespace: roro\nversion: "{VERSION}"\n')
    found = other_collections([str(poor / part) for part in ("same", "nowhere", "old", "bare", "old")])
    assert [(other.folder, other.version) for other in found] == [(folder, "0.9.0"), (bare, VERSION)]
    assert other_collections(sys.path) == []
