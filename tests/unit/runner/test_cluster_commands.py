"""`roro cluster` must say what works next, and mean the cluster that is named however it is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from click.testing import CliRunner

from roro.cluster_commands import cluster


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the engine was asked for; nothing is made."""
    names: list[Any] = []

    def up(spec: local.LocalClusterSpec, progress: Any) -> local.LocalCluster:
        names.append(spec.name)
        return local.LocalCluster(spec.name, "native", tmp_path / "kubeconfig", f"roro-{spec.name}", "https://x", ("n",), True)

    monkeypatch.setattr(local, "up", up)
    monkeypatch.setattr(local, "down", lambda name, progress: names.append(name))
    monkeypatch.setattr(local, "status", lambda name: names.append(name) or [])
    monkeypatch.setattr(local, "load_images", lambda name, images, progress: names.append((name, images)))
    monkeypatch.chdir(tmp_path)
    return names


def said(*words: str) -> str:
    return CliRunner().invoke(cluster, list(words), catch_exceptions=False).stdout


@pytest.mark.parametrize(
    ("words", "last"), [((), "roro up dev"), (("--name", "x"), "roro up dev --context roro-x"), (("x",), "roro up dev --context roro-x")]
)
def test_up_must_end_with_the_command_that_works(asked: list[Any], words: tuple[str, ...], last: str) -> None:
    assert said("up", *words).splitlines()[-1].strip() == last


def test_up_must_name_the_environment_of_the_workspace_that_is_here(asked: list[Any], tmp_path: Path) -> None:
    documents = {"workspace.json": {"version": 1, "name": "shop", "defaultEnvironment": "test"}}
    for name in ("prod", "test"):
        documents[f"environments/{name}/environment.json"] = {}
    for name, document in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(document))
    assert said("up").splitlines()[-1].strip() == "roro up test"


@pytest.mark.parametrize("words", [("x",), ("--name", "x"), ("x", "--name", "x")])
@pytest.mark.parametrize("command", ["up", "down", "status"])
def test_a_cluster_must_be_named_with_and_without_the_option(asked: list[Any], command: str, words: tuple[str, ...]) -> None:
    CliRunner().invoke(cluster, [command, *words])
    assert asked == ["x"]


def test_two_names_must_be_refused(asked: list[Any]) -> None:
    with pytest.raises(UsageError, match="two clusters"):
        CliRunner().invoke(cluster, ["down", "x", "--name", "y"], catch_exceptions=False)
    assert asked == []


def test_images_must_reach_the_engine_as_they_were_named(asked: list[Any]) -> None:
    said("load", "shop/api:1", "a.tar", "--name", "x")
    assert asked == [("x", ("shop/api:1", "a.tar"))]
