"""What must hold for every merge, whatever the documents say."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._model.merge import (
    VARIABLE_KEYS,
    Layer,
    find_place,
    merge,
    merge_all,
    merge_variables,
    normalise,
    removed_variables,
    with_removed,
)
from ansible_collections.roro.kube.plugins.module_utils._model.types import Place
from hypothesis import given
from hypothesis import strategies as st

KEYS = st.sampled_from(["a", "b", "c", "d"])
LEAVES = st.integers(0, 9) | st.text(max_size=3) | st.booleans() | st.lists(st.integers(0, 3), max_size=2)
WITH_NULLS: st.SearchStrategy[Any] = st.recursive(LEAVES | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
DOCUMENTS = st.dictionaries(KEYS, WITH_NULLS, max_size=4)
# Keys that say by their name whether they hold a map: every document agrees on the shape.
ALIKE: st.SearchStrategy[Any] = st.recursive(
    st.dictionaries(KEYS, LEAVES, max_size=3),
    lambda inner: (
        st.dictionaries(st.sampled_from(["map1", "map2"]), inner, max_size=2)
        | st.builds(
            lambda leaves, maps: {**leaves, **maps}, st.dictionaries(KEYS, LEAVES), st.dictionaries(st.sampled_from(["map1"]), inner)
        )
    ),
    max_leaves=6,
)


def nulls(value: Any) -> bool:
    """Whether a map in it holds null."""
    return isinstance(value, dict) and any(item is None or nulls(item) for item in value.values())


@given(DOCUMENTS, DOCUMENTS)
def test_merge_must_not_change_what_it_is_given(base: dict[str, Any], over: dict[str, Any]) -> None:
    before = copy.deepcopy((base, over))

    merge(base, over)

    assert (base, over) == before


@given(DOCUMENTS)
def test_empty_document_must_change_nothing(base: dict[str, Any]) -> None:
    assert merge(base, {}) == base


@given(DOCUMENTS, DOCUMENTS)
def test_saying_a_thing_twice_must_be_saying_it_once(base: dict[str, Any], over: dict[str, Any]) -> None:
    assert merge(merge(base, over), over) == merge(base, over)


@given(st.lists(DOCUMENTS, max_size=4))
def test_result_must_hold_no_null(documents: list[dict[str, Any]]) -> None:
    assert not nulls(merge_all(documents))


@given(DOCUMENTS, KEYS)
def test_null_must_remove(base: dict[str, Any], key: str) -> None:
    assert key not in merge(base, {key: None})
    assert key not in merge({"inner": base}, {"inner": {key: None}})["inner"]


@given(DOCUMENTS, DOCUMENTS, KEYS)
def test_stronger_scalar_or_list_must_replace(base: dict[str, Any], over: dict[str, Any], key: str) -> None:
    merged = merge(base, over)

    for name, value in over.items():
        if value is not None and not isinstance(value, dict):
            assert merged[name] == value
    for name in base.keys() - over.keys():
        assert merged[name] == base[name]


@given(ALIKE, ALIKE, ALIKE)
def test_grouping_must_not_matter_for_documents_of_one_shape(a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


FORWARD = st.fixed_dictionaries({}, optional={"port": st.integers(1, 9), "localPort": st.integers(1, 9), "open": st.just("/")})
BY_NAME = st.dictionaries(st.sampled_from(["http", "grpc", "admin"]), FORWARD, max_size=3)


@given(BY_NAME, BY_NAME)
def test_named_lists_must_merge_by_name_like_maps(base: dict[str, Any], over: dict[str, Any]) -> None:
    def listed(things: dict[str, Any]) -> dict[str, Any]:
        return {"forwards": [{"name": name, **thing} for name, thing in things.items()]}

    merged = merge(normalise(listed(base)), normalise(listed(over)))

    assert merged == merge(normalise({"forwards": base}), normalise({"forwards": over}))
    assert list(merged["forwards"]) == [*base, *(name for name in over if name not in base)]
    for name, thing in merged["forwards"].items():
        assert thing == {**base.get(name, {}), **over.get(name, {})}


@given(DOCUMENTS)
def test_notes_must_never_reach_the_result(document: dict[str, Any]) -> None:
    noted = {"x-note": 1, "variables": {**document, "x-note": 1}, "forwards": {"x-note": 1}, "dependsOn": {"x-note": 1, "db": {}}}

    assert normalise(noted) == {"variables": document, "forwards": {}, "dependsOn": {"db": {}}}


LAYERS = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(VARIABLE_KEYS, DOCUMENTS)), min_size=1, max_size=4)


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_every_variable_must_know_who_said_it_last_and_what_that_replaced(documents: list[dict[str, Any]]) -> None:
    layers = [Layer(f"layer {number}", {"variables": document}) for number, document in enumerate(documents)]

    merged = merge_variables(layers)

    assert {name: item.value for name, item in merged.items()} == merge_all(documents)
    for name, item in merged.items():
        said = [(document[name], f"layer {number}") for number, document in enumerate(documents) if name in document]
        assert item.origin.layer == said[-1][1]
        assert [origin.layer for _value, origin in item.overridden] == [layer for _value, layer in said[:-1]]


@given(LAYERS)
def test_name_must_be_what_the_strongest_layer_says_it_is(documents: list[dict[str, Any]]) -> None:
    merged = merge_variables([Layer(str(number), document) for number, document in enumerate(documents)])

    for name, item in merged.items():
        said = [(key, document[key][name]) for document in documents for key in VARIABLE_KEYS if name in document.get(key, {})]
        assert (item.key, said[-1][1] is None) == (said[-1][0], False)


def test_place_must_be_in_the_strongest_layer_that_says_it() -> None:
    weak = Layer("app", {"a": {"b": 1}, "rules": [{"kind": "X"}]}, Place(Path("app.json")))
    strong = Layer("instance", {"a": {"c": 1}}, Place(Path("environment.json"), ("instances", 0)))

    assert find_place([weak, strong], "a", "b") == Place(Path("app.json"), ("a", "b"))
    assert find_place([weak, strong], "a", "z") == Place(Path("environment.json"), ("instances", 0, "a"))
    assert find_place([weak, strong], "rules", 0, "path") == Place(Path("app.json"), ("rules", 0))
    assert find_place([weak, strong], "nowhere") == Place(Path("environment.json"), ("instances", 0))


def with_nulls(base: Any, over: Any) -> Any:
    """One map on another as Helm merges values files: null stays, for the chart's own values."""
    if not isinstance(over, dict):
        return over
    below = base if isinstance(base, dict) else {}
    return {**below, **{key: with_nulls(below.get(key), value) for key, value in over.items()}}


@given(st.lists(DOCUMENTS, max_size=4))
def test_what_was_removed_must_be_null_exactly_where_helm_would_have_null(documents: list[dict[str, Any]]) -> None:
    layers = [Layer(str(number), {"variables": document}) for number, document in enumerate(documents)]
    merged = {name: item.value for name, item in merge_variables(layers).items()}
    expected: dict[str, Any] = {}
    for document in documents:
        expected = with_nulls(expected, document)

    assert with_removed(merged, removed_variables(layers)) == expected


def test_a_name_that_another_kind_says_again_must_not_be_removed() -> None:
    layers = [
        Layer("app", {"variables": {"a": None, "b": None}}),
        Layer("environment", {"values": {"a": {}}, "systemEnvironment": {"b": {}}}),
    ]

    assert removed_variables(layers) == {}
