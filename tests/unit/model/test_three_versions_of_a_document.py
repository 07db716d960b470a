"""Three versions of a document become one by key; nothing that one side changed alone is lost."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._model.parse import parse_json, parse_yaml
from ansible_collections.roro.kube.plugins.module_utils._model.rewriting import rewrite
from ansible_collections.roro.kube.plugins.module_utils._model.three_way import merge_documents, same
from ansible_collections.roro.kube.plugins.module_utils._model.types import MISSING
from hypothesis import given
from hypothesis import strategies as st

ODD = ["1e3", "null", "<<", "?", "a: b", "# no", "a\x85b", "\u2028", "\ufeff", "two\nlines\n", "\ttab ", "...", "é😀"]
KEYS = st.sampled_from(["a", "b", "c", "d e", *ODD])
LEAVES = st.integers(0, 3) | st.sampled_from(["", "x", "yes", "x" * 150, *ODD]) | st.floats(-1e30, 1e30) | st.booleans() | st.none()
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=6
)
VARIABLES = st.dictionaries(KEYS, VALUES, max_size=3)
FORWARDS = st.lists(st.fixed_dictionaries({"name": KEYS, "port": st.integers(1, 3)}), max_size=3, unique_by=lambda item: item["name"])
IGNORE = st.lists(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["Pod", "Job"]), "path": st.sampled_from(["$.a", "$.b"])}, optional={"name": KEYS, "x-why": LEAVES}
    ),
    max_size=3,
)
DRIFT = st.fixed_dictionaries({}, optional={"mode": st.sampled_from(["correct", "report"]), "ignore": IGNORE, "windows": VALUES})
INSTANCES = st.lists(
    st.fixed_dictionaries(
        {"app": st.sampled_from(["api", "db"])},
        optional={"suffix": st.sampled_from(["blue", "green"]), "variables": VARIABLES, "forwards": FORWARDS, "drift": DRIFT},
    ),
    max_size=4,
    unique_by=lambda item: (item["app"], item.get("suffix")),
)
DOCUMENTS = st.fixed_dictionaries(
    {"version": st.just(1)},
    optional={
        "variables": VARIABLES,
        "instances": INSTANCES,
        "forwards": FORWARDS,
        "drift": DRIFT | VALUES,
        "profiles": st.lists(KEYS, max_size=2),
        "dependsOn": st.lists(st.sampled_from(["db", "api"]), unique=True)
        | st.dictionaries(st.sampled_from(["db", "api"]), st.fixed_dictionaries({}, optional={"condition": st.just("started")})),
    },
)


def merged(base: Any, ours: Any, theirs: Any) -> Any:
    found = merge_documents(base, ours, theirs)
    assert not found.conflicts
    return found.data


def paths(base: Any, ours: Any, theirs: Any) -> list[str]:
    return [conflict.json_path for conflict in merge_documents(base, ours, theirs).conflicts]


@given(DOCUMENTS, DOCUMENTS)
def test_change_of_one_side_alone_must_be_taken_whole(base: Any, changed: Any) -> None:
    assert same(merged(base, changed, base), changed)
    assert same(merged(base, base, changed), changed)
    assert same(merged(base, changed, changed), changed)


def test_rules_of_what_may_differ_must_be_merged_one_by_one() -> None:
    replicas = {"kind": "Deployment.apps", "path": "$.spec.replicas"}
    hosts, size = {"kind": "Ingress", "path": "$.spec.rules"}, {"kind": "Deployment.apps", "name": "web", "path": "$.spec.replicas"}

    found = merged({"drift": {"ignore": [replicas]}}, {"drift": {"ignore": [replicas, hosts]}}, {"drift": {"ignore": [size]}})

    assert found == {"drift": {"ignore": [hosts, size]}}, "what one side took away is gone, what both added is there"
    assert paths({}, {"drift": {"mode": "report"}}, {"drift": {"mode": "correct", "ignore": [size]}}) == ["$.drift.mode"]


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_merge_must_not_change_what_it_is_given_and_conflict_on_both_sides_alike(base: Any, ours: Any, theirs: Any) -> None:
    before = copy.deepcopy((base, ours, theirs))

    one, other = paths(base, ours, theirs), paths(base, theirs, ours)

    assert (base, ours, theirs) == before
    assert sorted(one) == sorted(other)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS)
def test_every_conflict_must_be_settled_by_the_side_that_was_chosen(base: Any, ours: Any, theirs: Any) -> None:
    found = merge_documents(base, ours, theirs, lambda path: "theirs")

    assert not found.conflicts
    assert not merge_documents(found.data, found.data, found.data).conflicts


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "c": 3}, {"a": 1, "b": 2, "c": 3}),
        ({"a": {"x": 1, "y": 1}}, {"a": {"x": 2, "y": 1}}, {"a": {"x": 1, "y": 2}}, {"a": {"x": 2, "y": 2}}),
        ({"a": 1, "b": 1}, {"b": 1}, {"a": 1, "b": 2}, {"b": 2}),
        (MISSING, {"version": 1, "a": 1}, {"version": 1, "b": 1}, {"version": 1, "a": 1, "b": 1}),
        (
            {"instances": [{"app": "db"}, {"app": "api"}]},
            {"instances": [{"app": "db"}, {"app": "api", "suffix": "blue"}, {"app": "api"}]},
            {"instances": [{"app": "db", "variables": {"x": 1}}, {"app": "api"}, {"app": "web"}]},
            {"instances": [{"app": "db", "variables": {"x": 1}}, {"app": "api", "suffix": "blue"}, {"app": "api"}, {"app": "web"}]},
        ),
        (
            {"forwards": [{"name": "a", "port": 1}]},
            {"forwards": {"a": {"port": 1}, "b": {"port": 2}}},
            {"forwards": [{"name": "a", "port": 1, "bind": "127.0.0.2"}]},
            {"forwards": {"a": {"port": 1, "bind": "127.0.0.2"}, "b": {"port": 2}}},
        ),
        ({"dependsOn": ["a"]}, {"dependsOn": ["a", "b"]}, {"dependsOn": ["a", "c"]}, {"dependsOn": ["a", "b", "c"]}),
        (
            {"dependsOn": ["a"]},
            {"dependsOn": ["a", "b"]},
            {"dependsOn": {"a": {"condition": "started"}}},
            {"dependsOn": {"a": {"condition": "started"}, "b": {}}},
        ),
        (
            {"forwards": [{"name": "a"}, {"name": "b"}]},
            {"forwards": [{"name": "b"}, {"name": "a"}]},
            {"forwards": [{"name": "b"}]},
            {"forwards": [{"name": "b"}]},
        ),
    ],
)
def test_changes_of_different_keys_must_meet(base: Any, ours: Any, theirs: Any, expected: Any) -> None:
    assert same(merged(base, ours, theirs), expected)


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 3}, ["$.a"]),
        ({"a": 1}, {"a": True}, {"a": 2}, ["$.a"]),
        ({"a": 1}, {}, {"a": 3}, ["$.a"]),
        ({}, {"a": {"x": 1}}, {"a": {"x": 2}}, ["$.a.x"]),
        ({"profiles": ["a"]}, {"profiles": ["a", "b"]}, {"profiles": ["a", "c"]}, ["$.profiles"]),
        (
            {"instances": [{"app": "api", "suffix": "blue", "variables": {"x": 1}}]},
            {"instances": [{"app": "api", "suffix": "blue", "variables": {"x": 2}}]},
            {"instances": [{"app": "db"}, {"app": "api", "suffix": "blue", "variables": {"x": 3}}]},
            ["$.instances['api-blue'].variables.x"],
        ),
        ({"instances": [{"app": "api"}]}, {"instances": []}, {"instances": [{"app": "api", "timeout": "1m"}]}, ["$.instances.api"]),
        ({"forwards": [{"name": "a"}, {"name": "a"}]}, {"forwards": [{"name": "a"}]}, {"forwards": []}, ["$.forwards"]),
    ],
)
def test_one_value_changed_by_both_must_be_a_conflict_at_its_path(base: Any, ours: Any, theirs: Any, expected: list[str]) -> None:
    assert paths(base, ours, theirs) == expected


def test_value_of_a_conflict_must_be_shown_as_the_document_has_it() -> None:
    base = {"instances": [{"app": "api", "forwards": [{"name": "http", "port": 80}]}]}
    theirs = {"instances": [{"app": "api", "forwards": [{"name": "http", "port": 81}]}]}

    (conflict,) = merge_documents(base, {"instances": []}, theirs).conflicts

    assert conflict.ours is MISSING
    assert conflict.theirs == theirs["instances"][0]
    assert conflict.base == base["instances"][0]


# --- the text


def inline(data: Any) -> str:
    return json.dumps(data)


def indented(data: Any) -> str:
    return json.dumps(data, indent=4) + "\n"


def blocks(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False)


@given(DOCUMENTS, DOCUMENTS, st.sampled_from([inline, indented]))
def test_json_must_say_the_new_data(before: Any, after: Any, write: Any) -> None:
    assert same(parse_json(rewrite(write(before), after, yaml_text=False)), after)


def flow(data: Any) -> str:
    return yaml.safe_dump(data, sort_keys=False, default_flow_style=True)


def with_crlf(data: Any) -> str:
    return blocks(data).replace("\n", "\r\n")


@given(DOCUMENTS, DOCUMENTS, st.sampled_from([flow, blocks, with_crlf]))
def test_yaml_must_say_the_new_data(before: Any, after: Any, write: Any) -> None:
    text = write(parse_yaml(write(before)))
    assert same(parse_yaml(rewrite(text, after, yaml_text=True)), after)


JSON = """{
  "version": 1,
  "variables": {"a": 1,  "b": [1, 2]},
  "instances": [
    {"app": "db"},
    {"app": "api", "suffix": "blue"}
  ]
}
"""
YAML = """\
# The shop.
version: 1   # for ever
variables:
    # How many.
    replicas: 2
    'quoted': "yes"  # asked for

instances:
- app: db
  # blue comes first
- app: api
  suffix: blue
  variables: {image: "shop/api:2"}
"""


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["variables"].update(a=2), JSON.replace('"a": 1', '"a": 2')),
        (lambda d: d["variables"].pop("a"), JSON.replace('"a": 1,  ', "")),
        (lambda d: d["variables"].update(c=True), JSON.replace("[1, 2]}", '[1, 2],  "c": true}')),
        (lambda d: d["instances"].insert(1, {"app": "web"}), JSON.replace('"db"},', '"db"},\n    {"app": "web"},')),
        (lambda d: d["instances"].pop(0), JSON.replace('    {"app": "db"},\n', "")),
        (lambda d: d["instances"][1].update(suffix="red"), JSON.replace('"suffix": "blue"', '"suffix": "red"')),
        (lambda d: d.pop("instances"), JSON[: JSON.index(',\n  "instances"')] + "\n}\n"),
        (
            lambda d: d["instances"][0].update(variables={"x": {"y": 1}}),
            JSON.replace('"db"}', '"db", "variables": {\n      "x": {\n        "y": 1\n      }\n    }}'),
        ),
    ],
)
def test_json_must_keep_what_stays_as_it_was_written(change: Any, expected: str) -> None:
    data = json.loads(JSON)
    change(data)

    assert rewrite(JSON, data, yaml_text=False) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d["variables"].update(replicas=3), YAML.replace("replicas: 2", "replicas: 3")),
        (lambda d: d["variables"].update(quoted="no"), YAML.replace("'quoted': \"yes\"", "quoted: 'no'")),
        (lambda d: d["variables"].pop("quoted"), YAML.replace("    'quoted': \"yes\"  # asked for\n", "")),
        (lambda d: d["variables"].update(x={"y": [1]}), YAML.replace("# asked for\n", "# asked for\n    x:\n        y:\n        - 1\n")),
        (lambda d: d["instances"].append({"app": "web", "suffix": "a"}), YAML + "- app: web\n  suffix: a\n"),
        (lambda d: d["instances"].pop(), YAML[: YAML.index("\n  # blue")] + "\n"),
        (lambda d: d["instances"][1]["variables"].update(n=1), YAML.replace('"shop/api:2"}', '"shop/api:2", "n": 1}')),
        (lambda d: d["instances"][0].update(timeout="5m"), YAML.replace("- app: db\n", "- app: db\n  timeout: 5m\n")),
        (lambda d: d.pop("version"), YAML.replace("version: 1   # for ever\n", "")),
    ],
)
def test_yaml_must_keep_comments_and_spelling(change: Any, expected: str) -> None:
    data = parse_yaml(YAML)
    change(data)

    assert rewrite(YAML, data, yaml_text=True) == expected


def test_yaml_with_an_alias_must_be_written_anew_and_say_the_same() -> None:
    text = "base: &b {x: 1}\nother: *b\n"

    assert parse_yaml(rewrite(text, {"base": {"x": 1}, "other": {"x": 2}}, yaml_text=True)) == {"base": {"x": 1}, "other": {"x": 2}}
