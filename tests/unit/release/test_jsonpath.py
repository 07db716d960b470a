"""JSONPath must keep types, tell its errors apart, and give the same on the fast path as in the library."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _jsonpath
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, RoroError
from ansible_collections.roro.kube.plugins.module_utils._jsonpath import (
    PathNoMatch,
    PathSeveralMatches,
    PathSyntaxError,
    compile_path,
    json_equal,
)
from hypothesis import given, settings
from hypothesis import strategies as st

DATA = {
    "spec": {"replicas": 3, "on": True, "none": None, "ratio": 0.5, "a.b": "dotted", "tags": ["x", "y"]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}, {"type": "Synced", "status": "False"}]},
    "é": 1,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$.spec.replicas", 3),
        ("$.spec.on", True),
        ("$.spec.none", None),
        ("$.spec.ratio", 0.5),
        ("$.spec['a.b']", "dotted"),
        ('$["spec"]["tags"]', ["x", "y"]),
        ("$.spec.tags[0]", "x"),
        ("$.spec.tags[-1]", "y"),
        ("$.é", 1),
        ("$.status.conditions[?@.type=='Ready'].status", "True"),
        ("$.spec['a\\u002eb']", "dotted"),
    ],
)
def test_a_value_must_keep_its_type(path: str, value: Any) -> None:
    found = compile_path(path).one(DATA)
    assert found == value
    assert type(found) is type(value)


def test_the_root_must_be_the_whole_object() -> None:
    assert compile_path("$").one(DATA) is DATA


@pytest.mark.parametrize("path", ["$.nope", "$.spec.tags[2]", "$.spec.tags.x", "$.spec.replicas.x", "$.spec[0]", "$..nope"])
def test_no_match_must_be_its_own_error(path: str) -> None:
    assert compile_path(path).find(DATA) == []
    with pytest.raises(PathNoMatch, match="matches nothing"):
        compile_path(path).one(DATA)


def test_several_matches_must_be_their_own_error_with_the_count() -> None:
    path = compile_path("$.status.conditions[*].type")
    assert path.find(DATA) == ["Ready", "Synced"]
    with pytest.raises(PathSeveralMatches, match="matches 2 values") as caught:
        path.one(DATA)
    assert caught.value.count == 2


@pytest.mark.parametrize(
    ("path", "column"),
    [
        ("$.status[", 10),
        ("$.status..", 11),
        ("$.a[?@.b==]", 11),
        ("$.a b", 5),
        ("$.a[?nope(@.b)]", 6),
        ("$ ", 2),
        ("", 1),
        ("$.a[99999999999999999999]", 5),
        ("$[?" * 600, 1801),
        ("$." + "a" * 3000, 2049),
    ],
)
def test_a_bad_path_must_be_told_with_its_position(path: str, column: int) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        compile_path(path)
    assert caught.value.column == column
    assert f"character {column}" in str(caught.value)
    assert isinstance(caught.value, DocumentError)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("status.phase", "$.status.phase"),
        ("{.status.phase}", "$.status.phase"),
        (".status", "$.status"),
        ("['a']", "$['a']"),
        ("", "$ for the whole"),
    ],
)
def test_another_spelling_must_be_told_the_right_one(path: str, hint: str) -> None:
    with pytest.raises(PathSyntaxError) as caught:
        compile_path(path)
    assert hint in str(caught.value.problems[0].hint)


def test_data_deeper_than_the_library_goes_must_be_an_error_and_no_crash() -> None:
    deep: Any = {}
    for _ in range(3000):
        deep = {"a": deep}
    with pytest.raises(RoroError, match="cannot be evaluated"):
        compile_path("$..b").find(deep)


def test_singular_must_be_known() -> None:
    assert compile_path("$.a['b'][0]").singular
    assert not compile_path("$.a[*]").singular


NAMES = st.sampled_from(["a", "b", "a-b", "_x", "A1"])
STEPS = st.lists(
    NAMES.map(lambda name: f".{name}") | NAMES.map(lambda name: f"['{name}']") | st.integers(-3, 3).map(lambda index: f"[{index}]"),
    max_size=4,
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, data=VALUES)
def test_the_fast_path_must_agree_with_the_library(steps: list[str], data: Any) -> None:
    text = "$" + "".join(steps)
    fast = compile_path(text)
    assert fast._query is None
    for root in ({"a": data}, [data]):
        assert fast.find(root) == _jsonpath._compile_by_library(text).find(root)
    assert fast.find(data) == [data] or steps


def test_a_string_must_not_be_taken_for_json_text() -> None:
    assert compile_path("$..a").find('{"a": 1}') == []
    assert compile_path("$").one('{"a": 1}') == '{"a": 1}'


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20) | st.text("$.[]'\"?@()=*:,0a ", max_size=25).map(lambda text: "$" + text))
def test_any_text_must_compile_or_be_refused_properly(text: str) -> None:
    try:
        compile_path(text).find(DATA)
    except PathSyntaxError as error:
        assert 1 <= error.column <= len(text) + 1


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (0, False, False),
        (False, False, True),
        ("1", 1, False),
        (None, False, False),
        ([1, True], [1, True], True),
        ([1], [True], False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": True}, False),
        ({"a": [1]}, {"a": (1,)}, True),
        ({"a": 1}, {"b": 1}, False),
        ({}, [], False),
    ],
)
def test_equality_must_be_that_of_json(left: Any, right: Any, equal: bool) -> None:
    assert json_equal(left, right) is equal
    assert json_equal(right, left) is equal


JSON_TYPES: dict[str, Any] = {"true": True, "false": False, "null": None, "1": 1, "0": 0, "1.0": 1.0, "'a'": "a", "'1'": "1"}


def in_order(left: Any, right: Any) -> bool:
    """RFC 9535 section 2.3.5.2.2: only two numbers, or two texts, are in an order."""
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (left, right))
    return (numbers or (isinstance(left, str) and isinstance(right, str))) and left < right


@pytest.mark.parametrize("literal", JSON_TYPES)
@pytest.mark.parametrize("value", JSON_TYPES.values(), ids=JSON_TYPES)
def test_values_of_different_types_must_be_neither_equal_nor_in_an_order(value: Any, literal: str) -> None:
    other = JSON_TYPES[literal]
    equal, less, more = json_equal(value, other), in_order(value, other), in_order(other, value)
    answers = {"==": equal, "!=": not equal, "<": less, ">": more, "<=": less or equal, ">=": more or equal}

    found = {operator: bool(compile_path(f"$[?@.x {operator} {literal}]").find([{"x": value}])) for operator in answers}

    assert found == answers


@pytest.mark.parametrize(
    ("left", "right", "operators"),
    [([True], [1], "!="), ({"k": False}, {"k": 0}, "!="), ([1], [1.0], "== <= >="), ([1], [2], "!="), (None, None, "== <= >=")],
)
def test_structures_must_be_equal_by_their_types_too_and_have_no_order(left: Any, right: Any, operators: str) -> None:
    every = ("==", "!=", "<", ">", "<=", ">=")

    found = [operator for operator in every if compile_path(f"$[?@.a {operator} @.b]").find([{"a": left, "b": right}])]

    assert found == [operator for operator in every if operator in operators.split()]


def test_what_is_not_there_must_equal_only_what_is_not_there() -> None:
    paths = ("$[?@.a == @.b]", "$[?@.a <= @.b]", "$[?@.a == null]", "$[?@.a < 1]", "$[?@.a != 1]")

    assert [bool(compile_path(path).find([{"x": 1}])) for path in paths] == [True, True, False, False, True]


@pytest.mark.parametrize(
    ("path", "places"),
    [
        ("$.a.b", [("a", "b")]),
        ("$.list[-1].x", [("list", 1, "x")]),
        ("$.list[*].x", [("list", 0, "x"), ("list", 1, "x")]),
        ("$..x", [("list", 0, "x"), ("list", 1, "x")]),
        ("$", [()]),
        ("$.none", []),
        ("$.none[*]", []),
    ],
)
def test_places_must_be_told_from_the_root(path: str, places: list[tuple[str | int, ...]]) -> None:
    data = {"a": {"b": 1}, "list": [{"x": 1}, {"x": 2}]}
    found = compile_path(path).locations(data)

    assert found == places
    values = []
    for place in found:
        value: Any = data
        for step in place:
            value = value[step]
        values.append(value)
    assert values == compile_path(path).find(data)
