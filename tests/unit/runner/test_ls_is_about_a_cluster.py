"""`roro ls` must look at the cluster that other commands would, and show what somebody else wrote there without failing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _workflow
from ansible_collections.roro.kube.plugins.module_utils._release import DeployedInstance, InstanceStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import InventoryReport

from roro.ages import age_of
from roro.cli import cli

NOW = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """(environment's name, workspace's folder) of each look at a cluster, which has one instance whose record says odd things."""
    looks: list[tuple[Any, ...]] = []

    def look(_connection: Any, environment: Any, root: Any, _namespace: Any) -> InventoryReport:
        looks.append((environment and environment.name, root))
        status = InstanceStatus("api", "api", "shop", "Running", updated="yesterday\x1b[2J", origin="\x1b]0;x\x07")
        return InventoryReport("https://server", NOW, [DeployedInstance("shop", "dev", status, who="\x1b[31mme")], ("\x1b[2J",))

    monkeypatch.setattr(_workflow, "inventory", look)
    monkeypatch.delenv("RORO_ENVIRONMENT", raising=False)
    return looks


def workspace(root: Path, **more: Any) -> None:
    documents = {"workspace.json": {"version": 1, "name": "shop", **more}, "apps/api/app.json": {}}
    for name in ("dev", "prod"):
        documents[f"environments/{name}/environment.json"] = {}
    for path, document in documents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(json.dumps(document))
    (root / "apps/api/manifests").mkdir()
    (root / "apps/api/manifests/a.yaml").write_text("")


@pytest.mark.parametrize(
    ("more", "variable", "words", "environment"),
    [
        ({"defaultEnvironment": "prod"}, "", [], "prod"),
        ({"defaultEnvironment": "prod"}, "dev", [], "dev"),
        ({"defaultEnvironment": "prod"}, "dev", ["prod"], "prod"),
        ({"defaultEnvironment": "prod"}, "of-another-workspace", [], None),
        ({}, "", [], None),
    ],
)
def test_the_environment_must_be_the_one_that_is_meant(
    asked: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, Any],
    variable: str,
    words: list[str],
    environment: Any,
) -> None:
    workspace(tmp_path, **more)
    monkeypatch.setenv("RORO_ENVIRONMENT", variable)
    cli.main(["-w", str(tmp_path), "ls", *words], standalone_mode=False)
    assert asked == [(environment, tmp_path)]


def test_no_workspace_must_be_needed(asked: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["-w", str(tmp_path), "ls"], standalone_mode=False)
    shown = capsys.readouterr()
    assert asked == [(None, None)]
    assert "\x1b" not in shown.out + shown.err, "whoever may write a Secret has a say in all of it"
    assert "api" in shown.out


@pytest.mark.parametrize("time", ["", "yesterday", "2025-12-31", "2025-12-31T23:00:00"])
def test_what_is_no_time_must_have_no_age(time: str) -> None:
    assert age_of(time, NOW) == ""
    assert age_of("2025-12-31T23:00:00Z", NOW) == "1h"
