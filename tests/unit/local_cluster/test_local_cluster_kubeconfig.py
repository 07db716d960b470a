"""Promises about kubeconfig files: the user's own is edited only where asked, and only our entries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import LocalClusterError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.kubeconfig import (
    merge_into,
    remove_from,
    renamed,
    server_of,
    user_kubeconfig,
)


def config(name: str, server: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": name}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    path = tmp_path / "ours"
    path.write_text(yaml.safe_dump(config("roro-a", "https://10.245.0.2:6443")))
    return path


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "theirs"
    path.write_text(yaml.safe_dump(config("production", "https://example") | {"preferences": {"colors": True}}))
    return path


def test_merging_must_keep_everything_that_was_there(ours: Path, theirs: Path) -> None:
    assert merge_into(ours, theirs)
    merged = yaml.safe_load(theirs.read_text())
    assert [entry["name"] for entry in merged["contexts"]] == ["production", "roro-a"]
    assert merged["current-context"] == "production"
    assert merged["preferences"] == {"colors": True}


def test_merging_twice_must_change_nothing(ours: Path, theirs: Path) -> None:
    merge_into(ours, theirs)
    assert not merge_into(ours, theirs)


def test_merging_into_nothing_must_make_a_private_file(ours: Path, tmp_path: Path) -> None:
    target = tmp_path / "new" / "config"
    assert merge_into(ours, target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert yaml.safe_load(target.read_text())["current-context"] == "roro-a"


def test_merging_must_follow_a_link_and_not_replace_it(ours: Path, theirs: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(theirs)
    merge_into(ours, link)
    assert link.is_symlink()
    assert len(yaml.safe_load(theirs.read_text())["contexts"]) == 2


def test_taking_out_must_restore_what_was_there(ours: Path, theirs: Path) -> None:
    before = yaml.safe_load(theirs.read_text())
    merge_into(ours, theirs)
    assert remove_from(theirs, "roro-a", "https://10.245.0.2:6443")
    assert yaml.safe_load(theirs.read_text()) == before


def test_an_entry_of_our_name_for_another_server_must_stay(theirs: Path) -> None:
    assert not remove_from(theirs, "production", "https://10.245.0.2:6443")


@pytest.mark.parametrize("content", ["- a\n", "a: [\n"])
def test_a_broken_kubeconfig_must_be_left_alone_and_named(ours: Path, theirs: Path, content: str) -> None:
    theirs.write_text(content)
    with pytest.raises(LocalClusterError) as caught:
        merge_into(ours, theirs)
    assert caught.value.problems[0].where == str(theirs)
    assert theirs.read_text() == content


def test_the_users_file_must_be_found_as_kubectl_finds_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", f":{tmp_path}/a:{tmp_path}/b")
    assert user_kubeconfig() == tmp_path / "a"
    monkeypatch.delenv("KUBECONFIG")
    assert user_kubeconfig() == tmp_path / ".kube" / "config"


def test_renaming_must_keep_only_the_current_context(tmp_path: Path) -> None:
    both = config("kind-x", "https://x")
    both["contexts"].append({"name": "other", "context": {"cluster": "o", "user": "o"}})
    content = renamed(yaml.safe_dump(both), "roro-x")
    assert content["contexts"] == [{"name": "roro-x", "context": {"cluster": "roro-x", "user": "roro-x"}}]
    assert content["users"] == [{"name": "roro-x", "user": {"token": "kind-x"}}]


def test_a_kubeconfig_of_another_tool_that_is_none_must_be_an_error() -> None:
    with pytest.raises(LocalClusterError, match="the provider's kubeconfig"):
        renamed("{}", "roro-x")


def test_the_server_of_a_missing_file_must_be_empty(ours: Path, tmp_path: Path) -> None:
    assert server_of(tmp_path / "missing") == ""
    assert server_of(ours) == "https://10.245.0.2:6443"
