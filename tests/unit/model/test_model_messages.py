"""What a person reads when a document is wrong: what was found, what is expected, what to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace, parse
from ansible_collections.roro.kube.plugins.module_utils._model.graph import find_cycle, in_order
from ansible_collections.roro.kube.plugins.module_utils._model.locate import Locator
from ansible_collections.roro.kube.plugins.module_utils._model.types import MISSING, Place, Position
from ansible_collections.roro.kube.plugins.module_utils._model.words import found, listed, suggest
from hypothesis import given
from hypothesis import strategies as st

WriteWorkspace = Callable[..., Path]


def told(root: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        load_workspace(root)
    return str(caught.value)


PROBE = {"target": "service/x", "port": 80}
VALUE = {"resource": {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}, "path": "$.x"}


@pytest.mark.parametrize(
    ("app", "message"),
    [
        ({"manifests": {"include": []}}, "found an empty list; expected a list with at least 1"),
        ({"manifests": {"include": ["*.yaml"] * 51}}, "expected a list with at most 50"),
        ({"manifests": {"path": ""}}, 'found ""; expected a folder inside the app\'s folder, not an empty one'),
        ({"description": "x" * 5000}, "expected at most 4096 characters"),
        ({"description": 7}, "found 7; expected a text\n  put it into quotes"),
        ({"profiles": "debug"}, 'found "debug"; expected a list of names\n  write ["debug"]'),
        ({"dependsOn": 7}, "found 7; expected a list of app names, or an object by app name"),
        ({"dependsOn": {"api!": {}}}, 'found the key "api!"; expected a name of lower-case letters'),
        ({"forwards": {"HTTP": {"target": "service/x", "port": 1}}}, 'such as "http"'),
        (
            {"forwards": [{"name": "a", "target": "service/x", "port": "80"}]},
            'found "80"; expected a port number from 1 to 65535, or the name of a port',
        ),
        ({"health": [{"name": "a", "failures": "3", "tcp": {"target": "pod/x", "port": 1}}]}, "write 3 without quotes"),
        ({"health": [{"name": "a", "tcp": {"port": 1}}]}, 'at $.health[0].tcp: the key "target" is missing'),
        ({"health": [{"name": "a", "http": {**PROBE, "status": "fine"}}]}, 'such as 200, "2xx" or "200-299", or a list of them'),
        ({"health": [{"name": "a", "http": {**PROBE, "status": [200, 99]}}]}, "at $.health[0].http.status[1]"),
        ({"health": [{"name": "a", "http": {**PROBE, "bodyPattern": "(a"}}]}, "at $.health[0].http.bodyPattern"),
        ({"health": [{"name": "a", "http": {**PROBE, "headers": {"A b": "x"}}}]}, "header 1 cannot be sent"),
        ({"health": [{"name": "a", "http": {**PROBE, "headers": {"A": "x\r\nB: y"}}}]}, "header 1 cannot be sent"),
        ({"values": {"a": {**VALUE, "resource": {"kind": "ConfigMap"}}}}, 'the key "apiVersion" is missing'),
        ({"values": {"a": {**VALUE, "resource": {**VALUE["resource"], "selector": "a=b"}}}}, 'found both "name" and "selector"'),  # type: ignore[dict-item]
        ({"values": {"a": {**VALUE, "path": "status"}}}, 'found "status"; expected a JSONPath that begins with $'),
        ({"readiness": [{"kind": "Job"}]}, "found none; expected exactly one of path, condition and anyOf"),
        ({"readiness": [{"kind": "Job", "condition": "A", "equals": 1}]}, "found equals without path"),
        ({"readiness": [{"kind": "Job", "condition": "A", "fails": [1]}]}, "at $.readiness[0].fails: beside condition it lists reasons"),
        ({"readiness": [{"kind": "Job", "anyOf": [{"condition": "A"}], "fails": ["B"]}]}, "found fails beside anyOf"),
        (
            {"readiness": [{"kind": "Job", "path": "$.a[", "exists": True}]},
            'at $.readiness[0].path: JSONPath "$.a[" is wrong at character 5',
        ),
        (
            {"readiness": [{"kind": "Job", "anyOf": [{"path": "$.a[?match(@.b, '(')]", "exists": True}]}]},
            "at $.readiness[0].anyOf[0].path: JSONPath",
        ),
        ({"values": {"a": {**VALUE, "path": "$.a b"}}}, 'at $.values.a.path: JSONPath "$.a b" is wrong at character 5'),
        (
            {"readiness": [{"kind": "Job", "anyOf": [{"condition": "A", "path": "$.a"}]}]},
            "at $.readiness[0].anyOf[0]: found path and condition",
        ),
        ({"timeout": "0s"}, 'found "0s"; expected a duration'),
        ({"timeout": True}, "found true; expected a duration"),
        ({"manifests": {"path": "/etc"}}, '"/etc" leads outside the app\'s folder'),
        ({"forwards": [{"name": "a", "target": "service/{{ team }}", "port": 1}]}, "{{ team }} is not a computed variable"),
        ({"forwards": [{"name": "x-a", "target": "service/a", "port": 1}]}, 'found "x-a"; expected a name'),
        ({"variables": {"a.b": 1}}, 'such as "a_b"'),
        ({"dependsOn": ["api2", "api2"]}, '"api2" is in the list twice'),
    ],
)
def test_message_must_say_what_was_found_and_what_is_expected(write_workspace: WriteWorkspace, app: dict[str, Any], message: str) -> None:
    assert message in told(write_workspace(apps={"api": app, "api2": {}}))


def test_several_mistakes_in_one_object_must_each_have_their_own_line(write_workspace: WriteWorkspace) -> None:
    text = told(write_workspace(apps={"api": {"timeout": 1, "nmae": "x", "manifests": {"engin": "raw", "pth": "x"}}}))

    assert [line.partition(": ")[0] for line in text.splitlines() if line.startswith("apps")] == [
        "apps/api/app.json:2:14",
        "apps/api/app.json:3:3",
        "apps/api/app.json:5:5",
        "apps/api/app.json:6:5",
    ]


def test_long_values_must_be_cut(write_workspace: WriteWorkspace) -> None:
    assert "y" * 61 not in told(write_workspace(apps={"api": {"timeout": "y" * 1000}}))


def test_names_that_are_near_must_be_suggested_and_others_listed() -> None:
    assert suggest("stagng", ["staging", "prod"]) == 'did you mean "staging"?'
    assert suggest("PROD", ["staging", "prod"]) == 'did you mean "prod"?'
    assert suggest("zzz", ["staging", "prod"], what="environments") == "environments: prod, staging"
    assert suggest("zzz", []) is None
    assert listed(map(str, range(25))).endswith("18, 19 and 5 more")
    assert [found(value) for value in ({}, [], {"a": 1}, [1], None)] == ["an empty object", "an empty list", "an object", "a list", "null"]


def test_places_must_read_like_json_paths() -> None:
    assert str(Place(Path("a.json"), ("instances", 1, "variables", "a-b"))) == "a.json at $.instances[1].variables['a-b']"
    assert str(Position(Path("a.json"), 3, 5)) == "a.json:3:5"
    assert repr(MISSING) == "MISSING"


def test_position_of_what_is_not_there_must_be_the_nearest_thing(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("a:\n  - name: x\n    port: 1\nb: {}\n")
    locator = Locator(tmp_path)

    def where(*path: str | int) -> str:
        return locator.show(locator.position(Place(file, path)))

    assert where("a", "x", "port") == "a.yaml:3:11"
    assert where("a", 0, "nothing") == "a.yaml:2:5"
    assert where("a", 7) == "a.yaml:2:3"
    assert where("a", "nobody") == "a.yaml:2:3"
    assert where("b", "c") == "a.yaml:4:4"
    assert where("zzz") == "a.yaml:1:1"
    assert locator.show(Position(Path("/elsewhere/b.yaml"), 1)) == "/elsewhere/b.yaml:1:1"
    assert locator.position(Place(tmp_path / "gone.yaml", ("a",))) == Position(tmp_path / "gone.yaml", 1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 65 + "]" * 65, "nested deeper than 64"),
        ("[" + "1," * 20_000 + "1]", "more than 20000 values"),
        ("1" * 5_000, "not valid JSON"),
        ('{"a": 1e999}', "a number that is too large"),
        ("{" + '"a": 1, ' * 20_001 + '"a": 1}', "more than 20000 values"),
        ("", "not valid JSON"),
    ],
)
def test_json_out_of_bounds_must_be_refused(text: str, message: str) -> None:
    with pytest.raises(parse.Malformed, match=message):
        parse.parse_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- " * 65, "nested deeper than 64"),
        ("[" * 65 + "]" * 65, "nested deeper than 64"),
        ("a: &a [*a]", "used inside itself"),
        ("a: .inf", "not a number that JSON can say"),
        ("a: .nan", "not a number that JSON can say"),
        ("a: !!int x", "not a number that JSON can say"),
        ("a: !!map [1]", "expected a mapping"),
        ("? [a]\n: 1", "a key that is not a text"),
        ('a: "\x01"', "a control character"),
        ("a: b: c", "mapping values are not allowed"),
        ("a: !!python/object:os.system {}", "could not determine a constructor"),
        ("a: !!set {b}", "could not determine a constructor"),
    ],
)
def test_yaml_that_json_cannot_say_must_be_refused(text: str, message: str) -> None:
    with pytest.raises(parse.Malformed, match=message):
        parse.parse_yaml(text)


def test_both_spellings_must_be_as_deep_as_allowed() -> None:
    text = "[" * 64 + "]" * 64

    assert parse.parse_json(text) == parse.parse_yaml(text)


@pytest.mark.parametrize("before", [7, 64, 66])
def test_bound_of_the_parser_must_be_told_as_ours_and_at_our_place(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsers read ahead, and some have a bound of their own that they meet before the events of what is too deep."""
    text = "a:\n  " + "[" * 65 + "]" * 65
    events = yaml.parse

    def bounded(given: str, Loader: Any) -> Iterator[Any]:  # noqa: N803 - PyYAML's name
        if Loader is not yaml.SafeLoader:
            mark = yaml.Mark("", before, 1, before, None, None)
            raise yaml.scanner.ScannerError("while increasing flow level", None, "exceeded maximum nesting depth", mark)
        return events(given, Loader=Loader)

    monkeypatch.setattr(parse.yaml, "parse", bounded)
    with pytest.raises(parse.Malformed, match="nested deeper than 64") as caught:
        parse.parse_yaml(text)
    assert (caught.value.line, caught.value.column) == (2, 66)


def test_yaml_scalars_must_follow_the_core_schema() -> None:
    text = "[0x1F, 0o17, 1e3, -.5, ~, NULL, True, FALSE, no, 1_000, +12, '1', 1.0]"

    assert parse.parse_yaml(text) == [31, 15, 1000.0, -0.5, None, None, True, False, "no", "1_000", 12, "1", 1.0]
    assert parse.parse_yaml("a: &x 1\nb: *x\nc: &y {d: *x}\ne: *y") == {"a": 1, "b": 1, "c": {"d": 1}, "e": {"d": 1}}


GRAPHS = st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=3), max_size=6)


@given(GRAPHS)
def test_cycle_must_be_found_exactly_when_there_is_no_order(graph: dict[str, list[str]]) -> None:
    cycle, order = find_cycle(graph), in_order(graph)

    assert bool(cycle) == (len(order) < len(graph))
    for name, following in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
        assert following in graph[name]
    for place, name in enumerate(order):
        assert all(need in order[:place] for need in graph[name] if need in graph)


def test_long_chain_must_not_exhaust_the_stack() -> None:
    names = [f"n{number:05}" for number in range(sys.getrecursionlimit() * 3)]
    graph = {name: names[place + 1 : place + 2] for place, name in enumerate(names)}

    assert find_cycle(graph) == []
    assert in_order(graph) == names[::-1]
