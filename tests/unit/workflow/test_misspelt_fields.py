"""A field that the API server does not know must be told with the line of the template in which it is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import InstanceResult, RunResult
from ansible_collections.roro.kube.plugins.module_utils._workflow.misspelt_fields import locate

SCHEMA = "Deployment shop/api: failed to create typed patch object: .spec.replicsa: field not declared in schema"
STRICT = 'Deployment shop/api: strict decoding error: unknown field "spec.template.spec.containers[0].imagee"'


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("kind: Deployment\nspec:\n  replicsa: {{ n }}\n", SCHEMA, "api.yaml.j2:3:3"),
        ('{"kind": "Deployment", "spec": {"replicsa": 2}}\n', SCHEMA, "api.yaml.j2:1:33"),
        ("spec:\n  containers:\n    - imagee: x\n", STRICT, "api.yaml.j2:3:7"),
        ("# no replicsa here\nspec:\n  x.replicsa: 1\n", SCHEMA, "api.yaml.j2:1:1"),
        ("a:\n  replicsa: 1\nb:\n  replicsa: 1\n", SCHEMA, "api.yaml.j2:1:1"),
        ("spec:\n  replicsa: 1\n", "Deployment shop/api: Invalid value", "api.yaml.j2:1:1"),
    ],
)
def test_the_line_must_be_that_of_the_key(tmp_path: Path, text: str, message: str, place: str) -> None:
    (tmp_path / "api.yaml.j2").write_text(text)
    failed = InstanceResult("api", "api", "shop", "Failed", "Invalid", message, where="api.yaml.j2:1:1")
    locate(RunResult("shop", "dev", instances=[failed]), tmp_path)
    assert failed.where == place


def test_a_file_that_cannot_be_read_must_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for where in ("gone.yaml:1:1", "binary:1:1", ""):
        failed = InstanceResult("api", "api", "shop", "Failed", "Invalid", SCHEMA, where=where)
        locate(RunResult("shop", "dev", instances=[failed]), tmp_path)
        assert failed.where == where
