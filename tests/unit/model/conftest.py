"""Small workspaces, written where a test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n"

# A busy machine is no reason to fail.
settings.register_profile("roro", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("roro")

WriteWorkspace = Callable[..., Path]


@pytest.fixture
def write_workspace(tmp_path: Path) -> WriteWorkspace:
    """Write a workspace: `apps` and `environments` by folder name, `workspace` on top of a minimal one, `files` as they are."""

    def write(
        *,
        workspace: dict[str, Any] | None = None,
        apps: dict[str, dict[str, Any]] | None = None,
        environments: dict[str, dict[str, Any]] | None = None,
        files: dict[str, str | bytes] | None = None,
    ) -> Path:
        root = tmp_path / "shop"
        put(root / "workspace.json", {"version": 1, "name": "shop", **(workspace or {})})
        for name, document in ({"api": {}} if apps is None else apps).items():
            put(root / "apps" / name / "app.json", document)
            put(root / "apps" / name / "manifests" / "settings.yaml", CONFIG_MAP)
        for name, document in ({"dev": {}} if environments is None else environments).items():
            put(root / "environments" / name / "environment.json", document)
        for path, content in (files or {}).items():
            put(root / path, content)
        return root

    return write


def put(file: Path, content: Any) -> None:
    """Write a document (as JSON), text or bytes, and the folders above it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
