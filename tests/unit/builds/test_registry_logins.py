"""Logins at registries: what a person's own configuration says stays, and passwords are in private files."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._build import with_login
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError


def test_a_login_for_one_run_must_keep_what_the_own_configuration_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, run = tmp_path / "own", tmp_path / "run"
    (own / "contexts").mkdir(parents=True)
    run.mkdir()
    said = {"auths": {"a.example": {"auth": "eA=="}}, "credsStore": "desktop", "credHelpers": {"b.example": "ecr", "c.example": "gcr"}}
    (own / "config.json").write_text(json.dumps(said))
    monkeypatch.setenv("DOCKER_CONFIG", str(own))
    path = with_login(run, "b.example", "ci", "pass:word")
    found = json.loads(path.read_text())
    assert found["auths"] == {"a.example": {"auth": "eA=="}, "b.example": {"auth": base64.b64encode(b"ci:pass:word").decode()}}
    assert found["credHelpers"] == {"c.example": "gcr"}
    assert "credsStore" not in found
    assert path.stat().st_mode & 0o777 == 0o600
    assert (run / "contexts").resolve() == own / "contexts"
    assert json.loads((own / "config.json").read_text()) == said


def test_a_configuration_that_cannot_be_read_must_be_told_with_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(UsageError, match=r"config\.json"):
        with_login(tmp_path, "a.example", "ci", "x")
