"""Documents broken in ways nobody thought of must end in clear problems, never in anything else."""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import DOCUMENT_KINDS, document_schema, load_workspace, select
from ansible_collections.roro.kube.plugins.module_utils._model.fastcheck import compile_schema
from ansible_collections.roro.kube.plugins.module_utils._model.parse import Malformed, parse_json, parse_yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

VALUE = {"resource": {"apiVersion": "v1", "kind": "ConfigMap", "name": "site"}, "path": "$.data.region", "wait": "30s", "default": "x"}
APP: dict[str, Any] = {
    "$schema": "x",
    "name": "api",
    "description": "HTTP API",
    "manifests": {"engine": "jinja2", "path": "manifests", "include": ["**/*.yaml"], "namespaces": ["kube-public"], "options": {"a": 1}},
    "namespace": "{{ workspace }}-{{ app }}",
    "variables": {"replicas": 2, "limits": {"cpu": 1, "list": [1, None, "ä"]}},
    "systemEnvironment": {"GIT_SHA": {"default": "dev"}},
    "values": {"region": VALUE},
    "dependsOn": {"db": {"condition": "healthy", "required": False}},
    "readiness": [{"kind": "Database.db.example.com", "path": "$.status", "equals": "Ready", "fails": ["Broken"]}],
    "forwards": [{"name": "http", "target": "service/api", "port": 80, "localPort": 8080, "open": "/docs"}],
    "health": [{"name": "http", "http": {"target": "service/api", "port": "web", "status": [200], "headers": {"A": ""}}, "restart": True}],
    "profiles": ["debug"],
    "timeout": "5m",
    "onFailure": "rollback",
    "drift": {"mode": "correct", "ignore": [{"kind": "Deployment.apps", "name": "{{ instance }}", "path": "$.spec.replicas"}]},
    "x-note": {"any": ["thing"]},
}
ENVIRONMENT: dict[str, Any] = {
    "context": "kind-dev",
    "kubeconfig": "~/kube",
    "variables": {"replicas": 1},
    "drift": {"windows": [{"days": "mon-fri", "from": "22:00", "to": "06:00", "timezone": "Europe/Berlin"}]},
    "instances": [
        {"app": "api", "suffix": "blue", "forwards": {"http": {"localPort": "auto"}}, "health": None, "dependsOn": ["db"]},
        {"app": "db"},
        {"app": "api", "values": {"region": {"required": False}}, "readiness": [{"kind": "Job", "condition": "Complete"}]},
    ],
}
WORKSPACE: dict[str, Any] = {
    "version": 1,
    "name": "shop",
    "apps": ["apps/*"],
    "environments": ["environments/*"],
    "variables": {"team": "web"},
    "git": {"url": "git@git.example:shop.git", "branch": "main", "interval": "1m", "strategy": "rebase", "push": False},
    "onFailure": "keep",
    "drift": {"suspend": False, "ignore": [{"kind": "Job", "path": "$..image"}], "windows": []},
}
FILES = {"workspace": "workspace", "app": "apps/api/app", "environment": "environments/dev/environment"}
DOCUMENTS: dict[str, dict[str, Any]] = {"workspace": WORKSPACE, "app": APP, "environment": ENVIRONMENT}

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 70000)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["api", "auto", "10s", "service/x", "{{ app }}", "{{ x }}", "x-y", "namespace", "$", "a\n", "é"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "app", "port", "x-a", "$schema", "zz", "A b"]), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything in a document."""
    for key in list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from places(value[key])


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A kind, and a valid document of it with one to three things replaced, removed, renamed or doubled."""
    kind = draw(st.sampled_from(DOCUMENT_KINDS))
    document = copy.deepcopy(DOCUMENTS[kind])
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(document))
        if not found:
            break
        container, key = found[draw(st.integers(0, len(found) - 1))]
        how = draw(st.sampled_from(["replace", "remove", "rename", "double"]))
        if how == "replace":
            container[key] = draw(JSON)
        elif how == "remove":
            del container[key]
        elif how == "rename" and isinstance(container, dict):
            container[draw(st.text(max_size=6) | st.sampled_from(["dependOn", "x-z", "namespace", "api"]))] = container.pop(key)
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
    return kind, document


def write(root: Path, kind: str, suffix: str, content: bytes) -> None:
    """A good workspace, with this document in place of its own."""
    for other, path in FILES.items():
        file = root / (f"{path}.{suffix}" if other == kind else f"{path}.json")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if other == kind else json.dumps(DOCUMENTS[other], indent=1).encode())
    for app in ("api", "db"):
        (root / "apps" / app / "manifests").mkdir(parents=True, exist_ok=True)
        (root / "apps" / app / "manifests" / "a.yaml").write_text("a: b")
    (root / "apps/db/app.json").write_text("{}")


def text_of(document: dict[str, Any], suffix: str) -> bytes:
    return (json.dumps(document, indent=1) if suffix == "json" else yaml.safe_dump(document, allow_unicode=True)).encode()


def check(kind: str, suffix: str, content: bytes, *, merged: bool = True) -> bool:
    """Whether the workspace with this document is fine; when it is not, every problem has a place inside a file."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        write(root, kind, suffix, content)
        try:
            workspace = load_workspace(root)
            for environment in workspace.environments if merged else ():
                select(workspace, environment, profiles=["*"], system_environment={})
        except UsageError:
            return False
        except DocumentError as error:
            for problem in error.problems:
                inside(root, problem.where)
            return False
    return True


def inside(root: Path, where: str | None) -> None:
    assert where is not None
    file, line, column = where.rsplit(":", 2)
    lines = (root / file).read_bytes().decode("utf-8", "replace").split("\n")
    assert 1 <= int(line) <= len(lines)
    assert 1 <= int(column) <= len(lines[int(line) - 1]) + 1


@pytest.mark.parametrize("suffix", ["json", "yaml"])
@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_documents_that_are_broken_below_must_be_good(kind: str, suffix: str) -> None:
    assert check(kind, suffix, text_of(DOCUMENTS[kind], suffix))


@settings(max_examples=120)
@given(mutated(), st.sampled_from(["json", "yaml"]))
def test_mutated_document_must_end_in_clear_problems_or_be_good(case: tuple[str, dict[str, Any]], suffix: str) -> None:
    kind, document = case

    check(kind, suffix, text_of(document, suffix))


QUICK = {kind: compile_schema(document_schema(kind)) for kind in DOCUMENT_KINDS}
FULL = {kind: Draft202012Validator(document_schema(kind)) for kind in DOCUMENT_KINDS}


@settings(max_examples=200)
@given(mutated())
def test_quick_check_must_agree_with_the_schema(case: tuple[str, dict[str, Any]]) -> None:
    kind, document = case

    assert QUICK[kind](document) == FULL[kind].is_valid(document)


@pytest.mark.parametrize("kind", DOCUMENT_KINDS)
def test_schema_must_be_a_valid_schema_and_take_the_full_documents(kind: Any) -> None:
    schema = document_schema(kind)

    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(DOCUMENTS[kind])
    assert compile_schema(schema)(DOCUMENTS[kind])


def test_unknown_keyword_must_not_be_passed_over() -> None:
    with pytest.raises(NotImplementedError):
        compile_schema({"multipleOf": 2})


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, str, bytes]:
    """A kind, a suffix, and a good text with a piece cut out and something else put in."""
    kind = draw(st.sampled_from(DOCUMENT_KINDS))
    suffix = draw(st.sampled_from(["json", "yaml"]))
    content = text_of(DOCUMENTS[kind], suffix)
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 20)))
    put_in = draw(st.binary(max_size=4) | st.sampled_from([b"\t", b"{{ x }}", b"*a", b"&a ", b"- ", b"\n"]))
    return kind, suffix, content[:start] + put_in + content[end:]


@settings(max_examples=120)
@given(damaged())
def test_damaged_text_must_end_in_clear_problems_or_be_good(case: tuple[str, str, bytes]) -> None:
    kind, suffix, content = case

    check(kind, suffix, content, merged=False)


@given(JSON)
def test_json_and_yaml_must_give_the_same_data(data: Any) -> None:
    text = json.dumps(data)

    assert parse_json(text) == data
    assert parse_yaml(text) == data


@given(st.text(max_size=40))
def test_any_text_must_be_data_or_malformed(text: str) -> None:
    for parse in (parse_json, parse_yaml):
        try:
            parse(text)
        except Malformed as error:
            assert error.message
