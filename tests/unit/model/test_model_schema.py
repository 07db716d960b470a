"""What is published and documented must be what the code does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import DOCUMENT_KINDS, document_schema

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_published_schema_must_be_the_one_that_documents_are_checked_against(kind: Any) -> None:
    published = json.loads((ROOT / "docs" / "schema" / f"{kind}.schema.json").read_text())

    assert published == document_schema(kind), "run scripts/publish_schema.py"


def test_script_must_tell_when_the_published_schema_differs(tmp_path: Path) -> None:
    script = tmp_path / "scripts" / "publish_schema.py"
    script.parent.mkdir()
    script.write_text((ROOT / "scripts" / "publish_schema.py").read_text())

    def run(*options: str) -> int:
        return subprocess.run([sys.executable, script, *options], capture_output=True, check=False).returncode

    assert [run("--check"), run(), run("--check")] == [1, 0, 0]


def keys(schema: Any) -> set[str]:
    """Every key that a schema knows."""
    if isinstance(schema, list):
        return set().union(*(keys(item) for item in schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", {})).union(*(keys(value) for value in schema.values()))


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_every_key_must_be_documented_for_users(kind: Any) -> None:
    text = (ROOT / "docs" / "documents.md").read_text()

    assert [key for key in sorted(keys(document_schema(kind))) if f"`{key}`" not in text] == []


def test_every_json_example_of_the_documentation_must_be_valid() -> None:
    from jsonschema import Draft202012Validator

    text = (ROOT / "docs" / "documents.md").read_text()
    examples = [block.partition("\n```")[0] for block in text.split("```json\n")[1:]]

    for example in map(json.loads, examples):
        assert any(Draft202012Validator(document_schema(kind)).is_valid(example) for kind in DOCUMENT_KINDS), example
