"""kubectl's JSONPath templates against what client-go made of them (tests/corpus/kubectl_path)."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._jsonpath import PathNoMatch, PathSyntaxError
from ansible_collections.roro.kube.plugins.module_utils._kubectl_path import compile_template
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText

CORPUS = Path(__file__).resolve().parents[2] / "corpus" / "kubectl_path"
CASES: list[dict[str, str]] = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("kubectl_path_generator", CORPUS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_corpus_must_be_large_and_hold_all_outcomes() -> None:
    assert len(CASES) >= 400
    assert {case.get("error", "text") for case in CASES} >= {"text", "parse", "missing", "other"}


def test_every_template_must_give_what_client_go_gives(generator: ModuleType) -> None:
    templates = [case["template"] for case in CASES]
    assert generator.differences(templates, CASES) == []


@pytest.mark.parametrize(
    ("template", "column"),
    [
        ("{.a", 4),
        ("{.a}{.b[}", 8),
        ("{.a ?}", 5),
        ("{foo}", 2),
        ("{range .a[*]}{.b}", 18),
        ("{.a[?(@.b=~'x')]}", 10),
        ('{"x}', 2),
        ("{..a....b}", 7),
    ],
)
def test_a_bad_template_must_name_the_character(template: str, column: int) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        compile_template(template)
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("template", "value"),
    [("{.n}", 3), ("{.t}", True), ("{.l}", [1, 2]), ("{.l[*]}", "1 2"), (" {.n}", " 3"), ("{.l[?(@>1)]}", 2), ("x", "x")],
)
def test_a_single_expression_alone_must_keep_the_type(template: str, value: Any) -> None:
    found = compile_template(template).one({"n": 3, "t": True, "l": [1, 2]})
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("template", ["{.x}", "a={.x}", "{.l[5]}", "{.l[?(@>9)]}"])
def test_nothing_found_must_be_told(template: str) -> None:
    with pytest.raises(PathNoMatch):
        compile_template(template).one({"l": [1, 2]})


def test_a_text_made_with_a_secret_must_be_secret() -> None:
    data = {"user": "app", "password": SecretText("s3cr3t")}
    assert isinstance(compile_template("{.user}:{.password}").one(data), SecretText)
    assert not isinstance(compile_template("{.user}:").one(data), SecretText)


def test_a_hostile_template_must_end() -> None:
    data: dict[str, Any] = {"a": 1}
    for _ in range(200):
        data = {"a": data, "b": data}
    with pytest.raises(PathSyntaxError, match="more than"):
        compile_template("{..a}").one(data)
    with pytest.raises(PathSyntaxError, match="longer than"):
        compile_template("{" + "[?(@.a" * 1000)
