"""The dialect of jsonpath-ng: by name, with a clear error where the library is not there."""

from __future__ import annotations

import sys

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _value_path
from ansible_collections.roro.kube.plugins.module_utils._jsonpath import PathNoMatch, PathSeveralMatches, PathSyntaxError
from ansible_collections.roro.kube.plugins.module_utils._value_path import LibraryMissing, compile_value_path

DATA = {"a": [{"b": 1, "c": "x"}, {"b": 2, "c": "y"}]}


def test_the_librarys_own_syntax_must_work() -> None:
    assert compile_value_path("$.a[?(@.b>1)].c", "ng").one(DATA) == "y"
    assert compile_value_path("a[0].c", "ng").one(DATA) == "x"


def test_its_outcomes_must_be_told_apart() -> None:
    with pytest.raises(PathNoMatch):
        compile_value_path("$.x", "ng").one(DATA)
    with pytest.raises(PathSeveralMatches):
        compile_value_path("$.a[*].b", "ng").one(DATA)
    with pytest.raises(PathSyntaxError, match="jsonpath-ng cannot read it"):
        compile_value_path("$.a[", "ng")


def test_a_missing_library_must_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("jsonpath_ng", "jsonpath_ng.exceptions", "jsonpath_ng.ext", "jsonpath_ng.ext.parser"):
        monkeypatch.setitem(sys.modules, name, None)
    _value_path._compile_ng.cache_clear()
    with pytest.raises(LibraryMissing, match="pip install jsonpath-ng"):
        compile_value_path("$.a", "ng")
    _value_path._compile_ng.cache_clear()
