# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML must be read as kubectl reads it, and written such that kubectl reads the same data.

kubectl_scalars.json: plain scalar -> what sigs.k8s.io/yaml 1.6.0 (`YAMLToJSONStrict`) made of it; `{"error": true}` where it refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._render import yaml_text
from ansible_collections.roro.kube.plugins.module_utils._render.yaml_text import YamlProblem, dump_yaml, load_documents, load_json, load_one
from hypothesis import given
from hypothesis import strategies as st

SCALARS: dict[str, Any] = json.loads((Path(__file__).parent / "kubectl_scalars.json").read_text())
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n\t"), max_size=30) | st.sampled_from(sorted(SCALARS))
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(-(2.0**53), 2.0**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("scalar", sorted(SCALARS))
def test_a_plain_scalar_must_mean_what_it_means_to_kubectl(scalar: str) -> None:
    expected = SCALARS[scalar]
    if expected == {"error": True}:
        with pytest.raises(YamlProblem):
            load_one(f"v: {scalar}\n")
        return
    found = load_one(f"v: {scalar}\n")["v"]
    assert found == expected
    assert isinstance(found, bool) is isinstance(expected, bool)


@given(DATA)
def test_what_is_written_must_be_read_back_the_same(data: Any) -> None:
    assert load_one(dump_yaml({"data": data}) + "\n") == {"data": data}


@given(DATA)
def test_json_must_read_the_same_as_yaml_and_as_json(data: Any) -> None:
    text = json.dumps({"data": data})
    assert load_json(text) == {"data": data}


def test_the_slow_reader_must_give_the_same_as_the_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(yaml_text._Resolver, yaml.SafeLoader):  # type: ignore[misc]
        pass

    monkeypatch.setattr(yaml_text, "_Reader", Slow)
    for scalar, expected in SCALARS.items():
        if expected != {"error": True}:
            assert load_one(f"v: {scalar}\n")["v"] == expected
    with pytest.raises(YamlProblem):
        load_one("a: " + "[" * 1000)
    with pytest.raises(YamlProblem, match="control character"):
        load_one("a: \x01")


def test_merge_keys_must_work_and_own_keys_win() -> None:
    text = "base: &b {a: 1, b: 2}\nother: &o {b: 3, c: 4}\none: {<<: *b, b: 9}\ntwo: {<<: [*b, *o]}\n"
    found = load_one(text)
    assert found["one"] == {"a": 1, "b": 9}
    assert found["two"] == {"a": 1, "b": 2, "c": 4}


def test_aliases_must_give_independent_copies() -> None:
    found = load_one("a: &x [1]\nb: *x\n")
    found["a"].append(2)
    assert found["b"] == [1]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "key a is there twice", 3),
        ("a:\n\tb: 1\n", "cannot start any token", 2),
        ("a: *nothing", "undefined alias", 1),
        ("x: 1\na: {{ b }}", "braces", 2),
        ("[a]: 1", "a key must be text", 1),
        ("~: 1", "a key must be text", 1),
        ("y: 1", "means the boolean true", 1),
        ("a: !!int x", "not a value of type int", 1),
        ("a: !!binary '*'", "base64", 1),
        ("a: {<<: 1}", "`<<` needs a map", 1),
    ],
)
def test_bad_yaml_must_be_told_with_its_line(text: str, message: str, line: int) -> None:
    with pytest.raises(YamlProblem) as caught:
        load_one(text)
    assert message in caught.value.message
    assert caught.value.mark is not None
    assert caught.value.mark.line == line


def test_bound_of_the_parser_must_be_told_as_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """libyaml reads ahead, and has a bound of its own since 0.2.6."""

    def bounded(self: Any) -> Any:
        mark = yaml.Mark("", 9, 1, 9, None, None)
        raise yaml.scanner.ScannerError("while increasing flow level", None, "exceeded maximum nesting depth", mark)

    monkeypatch.setattr(yaml_text._Reader, "check_node", bounded)
    with pytest.raises(YamlProblem, match="nested deeper than 200") as caught:
        load_one("a: 1\nb: 2\n")
    assert caught.value.mark is not None
    assert caught.value.mark.line == 2


def test_documents_before_a_fault_must_still_be_given() -> None:
    given_documents = []
    with pytest.raises(YamlProblem):
        for value, _node in load_documents("a: 1\n---\nb: 2\n---\nc: [\n"):
            given_documents.append(value)
    assert given_documents == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": 1, "a": 2}', "key a is there twice"),
        ("[" * 201 + "]" * 201, "nested deeper than 200"),
        ('{"a":' * 201 + "1" + "}" * 201, "nested deeper than 200"),
        ("{,}", "not JSON"),
    ],
)
def test_bad_json_must_be_told(text: str, message: str) -> None:
    with pytest.raises(YamlProblem, match=message):
        load_json(text)


def test_json_within_the_bound_must_be_read_whatever_brackets_its_texts_have() -> None:
    assert load_json("[" * 200 + "]" * 200)
    assert load_json('["' + "[" * 300 + '"]') == ["[" * 300]


def test_one_document_must_be_one() -> None:
    with pytest.raises(YamlProblem, match="one document"):
        load_one("a: 1\n---\nb: 1\n")
    assert load_one("") is None
