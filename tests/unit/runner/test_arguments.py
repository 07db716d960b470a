"""Promises of the command line's arguments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace

from roro.targets import Target, read_target, read_variables


def test_variables_must_keep_json_types_and_take_anything_else_as_text() -> None:
    pairs = ("replicas=2", "debug=true", "image=shop/api:2", 'hosts=["a","b"]', "empty=", "equation=a=b")
    assert read_variables(pairs) == {
        "replicas": 2,
        "debug": True,
        "image": "shop/api:2",
        "hosts": ["a", "b"],
        "empty": "",
        "equation": "a=b",
    }


@pytest.mark.parametrize("pair", ["replicas", "=2", "two words=1", "a-b=1"])
def test_a_variable_that_is_not_name_and_value_must_be_refused(pair: str) -> None:
    with pytest.raises(UsageError, match="NAME=VALUE"):
        read_variables((pair,))


@pytest.mark.parametrize(
    ("typed", "chosen", "target"),
    [
        ((), "", ("dev", ())),
        (("api",), "", ("dev", ("api",))),
        (("api-blue", "api"), "", ("dev", ("api-blue", "api"))),
        (("prod", "api"), "", ("prod", ("api",))),
        (("api",), "prod", ("prod", ("api",))),
        (("deb",), "", ("deb", ())),
    ],
)
def test_the_default_environment_must_be_meant_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: tuple[str, ...], chosen: str, target: tuple[str, tuple[str, ...]]
) -> None:
    documents = {
        "workspace.json": {"version": 1, "name": "shop", "defaultEnvironment": "dev"},
        "apps/api/app.json": {},
        "apps/api/manifests/a.json": {},
        "environments/dev/environment.json": {},
        "environments/prod/environment.json": {},
    }
    for name, content in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    monkeypatch.setenv("RORO_ENVIRONMENT", chosen)
    assert read_target(load_workspace(tmp_path), typed) == Target(*target)
