"""A cluster that nobody named must be missed at once, and never be guessed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace

from roro import lifecycle
from roro.targets import Target


class PlaybookStarted(Exception):
    """The playbook would run now."""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that names no cluster, on a machine that has none."""
    for name in [name for name in os.environ if name.startswith(("K8S_AUTH_", "KUBE"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def start(*words: Any) -> None:
        raise PlaybookStarted

    monkeypatch.setattr(lifecycle, "run_playbook", start)
    root = tmp_path / "shop"
    for file, text in {
        "workspace.json": '{"version": 1, "name": "shop"}',
        "apps/api/app.json": "{}",
        "apps/api/manifests/all.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
        "environments/dev/environment.json": "{}",
    }.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    return root


def begin(verb: str, workspace: Path, **values: Any) -> None:
    """What the command does once its arguments are read."""
    job = lifecycle.Lifecycle(verb, load_workspace(workspace), Target("dev", ()), {"variables": {}, "profiles": [], **values})
    lifecycle.run_lifecycle(job)


@pytest.mark.parametrize("verb", ["up", "down", "restart", "rollback"])
def test_a_cluster_that_nobody_named_must_be_missed_before_a_playbook_is_started(verb: str, workspace: Path) -> None:
    with pytest.raises(UsageError, match="no cluster is named") as caught:
        begin(verb, workspace)
    assert "roro cluster up" in str(caught.value)


@pytest.mark.parametrize("named", [{"context": "dev"}, {"kubeconfig": "/k"}])
def test_one_that_the_command_line_names_must_be_left_to_the_playbook(workspace: Path, named: dict[str, str]) -> None:
    with pytest.raises(PlaybookStarted):
        begin("up", workspace, **named)


@pytest.mark.parametrize("variable", ["K8S_AUTH_HOST", "K8S_AUTH_CONTEXT", "K8S_AUTH_KUBECONFIG"])
def test_one_that_the_environment_names_must_be_left_to_the_playbook(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "x")
    with pytest.raises(PlaybookStarted):
        begin("up", workspace)


def test_one_that_the_document_names_must_be_left_to_the_playbook(workspace: Path) -> None:
    (workspace / "environments/dev/environment.json").write_text('{"context": "kind-shop"}')
    with pytest.raises(PlaybookStarted):
        begin("up", workspace)


def test_the_local_cluster_of_this_machine_must_be_left_to_the_playbook(workspace: Path, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "state" / "roro" / "clusters" / "roro" / "kubeconfig"
    kubeconfig.parent.mkdir(parents=True)
    kubeconfig.write_text("{}")
    with pytest.raises(PlaybookStarted):
        begin("up", workspace)
