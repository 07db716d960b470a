"""Patterns of JSONPath must mean what RFC 9485 says, and none may keep the engine busy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _iregexp
from ansible_collections.roro.kube.plugins.module_utils._iregexp import BadPattern, TooMuchWork, compile_pattern
from ansible_collections.roro.kube.plugins.module_utils._jsonpath import PathSyntaxError, compile_path
from ansible_collections.roro.kube.plugins.module_utils._jsonpath_library import MAX_WORK
from hypothesis import example, given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("pattern", "fitting", "other"),
    [
        ("", [""], ["a"]),
        ("a.c", ["abc", "a c"], ["ac", "a\nc", "a\rc"]),
        ("a|bc|", ["a", "bc", ""], ["ab", "c"]),
        ("(ab)*c+d?", ["c", "ababccd"], ["ab", "abdd"]),
        ("a{2}", ["aa"], ["a", "aaa"]),
        ("a{1,3}", ["a", "aaa"], ["", "aaaa"]),
        ("a{2,}", ["aa", "aaaaa"], ["a"]),
        ("a{0}", [""], ["a"]),
        ("[a-c-]", ["b", "-"], ["d"]),
        ("[-a]", ["-", "a"], ["b"]),
        ("[^a-c]", ["d", "é"], ["b", ""]),
        ("[\\]\\n]", ["]", "\n"], ["n"]),
        ("\\.\\*\\|", [".*|"], ["abc"]),
        ("\\p{Lu}\\p{L}*", ["Été", "A"], ["a", "1"]),
        ("[\\p{Nd}_]\\P{Nd}", ["4x", "_x"], ["x4"]),
        ("((a|b)?){3}", ["", "ab", "bab"], ["abab"]),
    ],
)
def test_a_pattern_must_mean_what_the_rfc_says(pattern: str, fitting: list[str], other: list[str]) -> None:
    compiled = compile_pattern(pattern)
    assert [text for text in fitting if not compiled.matches(text)] == []
    assert [text for text in other if compiled.matches(text)] == []


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("*a", "nothing before it"),
        ("a)", "closes nothing"),
        ("(a", 'a ")" is missing'),
        ("a{", "must be a number"),
        ("a{3,1}", "counts backwards"),
        ("a{99999}", "must be a number up to"),
        ("a{2000}b{2000}", "more than 2000 states"),
        ("(a{1,50}){1,50}", "more than 2000 states"),
        ("[", "ends too early"),
        ("[]", "empty"),
        ("[z-a]", "backwards"),
        ("[a-b-c]", "stands first, last"),
        ("\\d", "has no \\d"),
        ("[\\w]", "has no \\w"),
        ("^a", "no anchors"),
        ("a$", "[$]"),
        ("\\p{Xx}", "no category"),
        ("\\", "ends too early"),
        ("(" * 60 + ")" * 60, "nested more than 50"),
    ],
)
def test_what_is_no_i_regexp_must_be_told(pattern: str, words: str) -> None:
    with pytest.raises(BadPattern) as caught:
        compile_pattern(pattern)
    assert words in str(caught.value)


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\."]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}"])).map(lambda pair: f"({pair[0]}){pair[1]}"),
    ),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(pattern=PATTERNS, text=st.text("ab.c", max_size=6))
@example(pattern="((a)*)*", text="aab")
def test_it_must_agree_with_backtracking(pattern: str, text: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.matches(text) is bool(re.fullmatch(pattern, text))
    assert compiled.found_in(text) is bool(re.search(pattern, text))


@settings(max_examples=300, deadline=None)
@given(pattern=st.text("ab()[]{}*+?|\\-^.,1p$", max_size=12), text=st.text("ab", max_size=4))
def test_any_pattern_must_work_or_be_refused(pattern: str, text: str) -> None:
    try:
        compile_pattern(pattern).found_in(text)
    except BadPattern as error:
        assert str(error)


BRANCHING = ["(a+)+b", "(a|a)*b", "(.*)*b", "a*a*a*a*a*a*a*b", "(a?){16}a{16}b"]


@pytest.mark.parametrize("function", ["match", "search"])
@pytest.mark.parametrize("pattern", BRANCHING)
def test_a_pattern_of_many_ways_must_be_answered_in_linear_work(pattern: str, function: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An expression that tries one way after the other needs tens of thousands of steps for these sixteen letters."""
    monkeypatch.setattr(_iregexp, "MAX_WORK", 5_000)
    assert compile_path(f"$[?{function}(@, '{pattern}')]").find(["a" * 16]) == []
    assert compile_path(f"$[?{function}(@, '{pattern}')]").find(["a" * 16 + "b"]) == ["a" * 16 + "b"]


def test_a_match_that_takes_too_long_must_be_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_iregexp, "MAX_WORK", 100)
    with pytest.raises(TooMuchWork):
        compile_pattern("(.{0,9}a){3}").matches("ab" * 200)
    with pytest.raises(PathSyntaxError, match="takes too long on this text"):
        compile_path("$[?search(@, '(.{0,9}a){3}c')]").find(["ab" * 200])


def test_a_pattern_in_the_data_that_is_none_must_match_nothing() -> None:
    assert compile_path("$[?match(@.a, @.b)]").find([{"a": "x", "b": "("}, {"a": "x", "b": "[x]"}, {"a": 1, "b": "1"}]) == [
        {"a": "x", "b": "[x]"}
    ]


def test_a_pattern_in_the_path_that_is_none_must_be_told_where() -> None:
    with pytest.raises(PathSyntaxError, match=r"the pattern of search\(\): I-Regexp has no \\d") as caught:
        compile_path("$[?search(@.a, '\\\\d')]")
    assert caught.value.column == 4


def _tree(width: int, depth: int) -> Any:
    return [_tree(width, depth - 1) for _ in range(width)] if depth else {"x": 1}


@pytest.mark.parametrize(
    "path",
    [
        "$..[?$..[?$..[?$..x]]]",
        "$..[?count($..*) > 5]",
        "$..[?@..[?@..[?@..y]]]",
        "$..*..*..*..*..*..*..y",
        "$..[?length($..[?@..x]) > 1]",
    ],
)
def test_a_path_that_looks_at_everything_for_everything_must_be_given_up(path: str) -> None:
    try:
        found = compile_path(path)
    except PathSyntaxError:
        return
    with pytest.raises(PathSyntaxError, match="looks at too much of this object"):
        found.find(_tree(6, 5))


def test_an_ordinary_path_must_have_room() -> None:
    pods = [{"metadata": {"name": f"p{number}"}, "status": {"phase": "Running"}} for number in range(MAX_WORK // 100)]
    assert len(
        compile_path("$.items[?@.status.phase == 'Running' && search(@.metadata.name, 'p[0-9]+')].metadata.name").find({"items": pods})
    ) == len(pods)
