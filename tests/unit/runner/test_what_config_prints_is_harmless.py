"""What a repository brings, names of files and findings of its linter, must neither steer a terminal nor become manifests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._render import Advice

from roro import config_command
from roro.cli import cli


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """With a manifest whose file is called badly."""
    documents: dict[str, Any] = {"workspace.json": {"version": 1, "name": "shop"}, "environments/dev/environment.json": {}}
    documents |= {"apps/api/app.json": {}, "apps/api/manifests/a\x1b[2J\nkind: Evil\n#.yaml": {"apiVersion": "v1", "kind": "ConfigMap"}}
    for path, document in documents.items():
        named = {**document, "metadata": {"name": "api"}} if "kind" in document else document
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(json.dumps(named))
    return tmp_path


def test_the_name_of_a_file_must_stay_a_comment(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["-w", str(workspace), "config", "dev", "--render"], standalone_mode=False)
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert [document["kind"] for document in yaml.safe_load_all(out)] == ["ConfigMap"]


def test_findings_must_not_steer_a_terminal(workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def found(_request: Any) -> Any:
        return type("Report", (), {"advice": {"api": (Advice("warning", "a\x1b[2J", "b\x1b]0;x\x07"),)}})

    monkeypatch.setattr(config_command, "read_lint", found)
    cli.main(["-w", str(workspace), "config", "dev", "--lint"], standalone_mode=False)
    assert capsys.readouterr().out == "api: warning: a [2J: b ]0;x \n1 finding\n"
