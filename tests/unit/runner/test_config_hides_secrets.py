"""`roro config` must not show what its name says is secret, in any of its forms, unless it is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from roro.config_command import config

SECRETS = ("hunter2", "ghp_weak", "s3cret")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Secrets in every layer: overridden, nested, from the system environment."""
    files = {
        "workspace.json": {"version": 1, "name": "shop", "variables": {"dbPassword": "ghp_weak"}},
        "apps/api/app.json": {
            "variables": {"dbPassword": "hunter2", "db": {"host": "h", "token": "s3cret"}},
            "systemEnvironment": {"APP_SECRET": {"default": "s3cret"}},
        },
        "apps/api/manifests/all.json": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},
        "environments/dev/environment.json": {},
    }
    for file, document in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(json.dumps(document))
    return tmp_path


def shown(workspace: Path, *options: str) -> str:
    result = CliRunner().invoke(config, ["-w", str(workspace), "dev", *options])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("options", [(), ("--explain",), ("-o", "json"), ("--explain", "-o", "json")], ids=" ".join)
def test_secrets_must_be_hidden_and_the_rest_shown(workspace: Path, options: tuple[str, ...]) -> None:
    text = shown(workspace, *options)
    assert [secret for secret in SECRETS if secret in text] == []
    assert "<hidden>" in text
    assert "host" in text


@pytest.mark.parametrize("options", [("--explain",), ("--explain", "-o", "json")], ids=" ".join)
def test_whoever_asks_must_see_them(workspace: Path, options: tuple[str, ...]) -> None:
    text = shown(workspace, *options, "--show-secrets")
    assert [secret for secret in SECRETS if secret not in text] == []


def test_settings_must_be_shown_under_the_names_that_documents_have(workspace: Path) -> None:
    (instance,) = json.loads(shown(workspace, "-o", "json"))["instances"]
    assert {"dependsOn", "onFailure", "onImmutable", "adoption", "timeout"} <= set(instance)
    assert not [key for key in instance if "_" in key]
