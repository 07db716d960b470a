"""What commands and the module render write as YAML is for kubectl what it was: a text stays a text."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.manifests import write_manifests
from ansible_collections.roro.kube.plugins.module_utils._render.yaml_text import load_documents, load_one

from roro.yaml_output import yaml_text

TEXTS = ["1e3", "1234e56", "0o17", "1.e3", "yes", "012", "0x1F", "~", "null", "2024-01-01", "two\nlines\n"]
TEXTS += ["a\x85b", "x\n\x85y\n", "a\u2028b"]


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_a_printed_document_must_stay_a_text(text: str) -> None:
    assert load_one(yaml_text({"key": text, "list": [text]})) == {"key": text, "list": [text]}


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_a_rendered_file_must_stay_a_text(text: str, tmp_path: Path) -> None:
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"key": text}}

    write_manifests(tmp_path, {"api": [manifest]}, complete=True, check=False)

    (file,) = tmp_path.glob("*.yaml")
    assert [document for document, _node in load_documents(file.read_text())] == [manifest]
