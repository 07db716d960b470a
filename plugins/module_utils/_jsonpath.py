# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSONPath (RFC 9535) on decoded JSON, types kept, errors told apart.

Shared by readiness rules and by values read from the cluster. Plain paths (`$.status.phase`, `$.items[0]['a.b']`) are walked here, about a
hundred times faster than by the library; everything else goes to python-jsonpath in strict mode, with bounds (`_jsonpath_library`).
May import `_errors`, `_iregexp`, `_json_values`, `_jsonpath_library`.

Front door: `compile_path`, `JsonPath`, `json_equal`, and the errors `PathSyntaxError`, `PathNoMatch`, `PathSeveralMatches`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ._errors import DocumentError, RoroError
from ._iregexp import TooMuchWork
from ._json_values import json_equal

__all__ = ["JsonPath", "PathNoMatch", "PathSeveralMatches", "PathSyntaxError", "compile_path", "json_equal"]

MAX_LENGTH = 2048
_STEP = re.compile(
    r"""\.(?P<name>[A-Za-z_][A-Za-z0-9_-]*)
      | \[(?:'(?P<single>[^'\\\x00-\x1f]*)'|"(?P<double>[^"\\\x00-\x1f]*)")\]
      | \[(?P<index>0|-?[1-9][0-9]{0,14})\]""",
    re.VERBOSE,
)
_NOTHING = object()
_GRAMMAR_HINT = "RFC 9535 has the grammar, e.g. $.status.conditions[?@.type=='Ready'].status"


class PathSyntaxError(DocumentError):
    """The path is not valid JSONPath, or cannot be evaluated. column: 1-based character in the path where that shows."""

    def __init__(self, text: str, message: str, column: int, hint: str | None = None) -> None:
        super().__init__(f"JSONPath {_shown(text)} is wrong at character {column}: {message}", hint=hint)
        self.column = column


class PathNoMatch(RoroError):
    """The path is valid but selects nothing in this object."""

    def __init__(self, text: str) -> None:
        super().__init__(f"JSONPath {_shown(text)} matches nothing", hint="Check the path against the object, or give a default.")


class PathSeveralMatches(RoroError):
    """One value was wanted and the path selects several. count: how many."""

    def __init__(self, text: str, count: int) -> None:
        super().__init__(
            f"JSONPath {_shown(text)} matches {count} values where one is wanted", hint="Narrow the path, e.g. with [0] or a filter."
        )
        self.count = count


@dataclass(frozen=True)
class JsonPath:
    """A compiled path. singular: it can never select more than one value."""

    text: str
    singular: bool
    _steps: tuple[str | int, ...] | None = field(repr=False, default=None)
    _query: Any = field(repr=False, compare=False, default=None)

    def find(self, data: Any) -> list[Any]:
        """Every selected value in document order; [] when there is none. Raises PathSyntaxError when evaluation exceeds its limits."""
        if self._steps is not None:
            value = _walk(data, self._steps)
            return [] if value is _NOTHING else [value]
        from ._jsonpath_library import find_all

        return self._by_library(data, find_all)

    def locations(self, data: Any) -> list[tuple[str | int, ...]]:
        """Where every selected value is: keys, and indexes from 0, from the root. Raises as `find`."""
        if self._steps is not None:
            return [] if _walk(data, self._steps) is _NOTHING else [_from_the_start(data, self._steps)]
        from ._jsonpath_library import locate_all

        found: list[tuple[str | int, ...]] = self._by_library(data, locate_all)
        return found

    def one(self, data: Any) -> Any:
        """The selected value. Raises PathNoMatch or PathSeveralMatches."""
        values = self.find(data)
        if not values:
            raise PathNoMatch(self.text)
        if len(values) > 1:
            raise PathSeveralMatches(self.text, len(values))
        return values[0]

    def _by_library(self, data: Any, evaluate: Callable[[Any, Any], list[Any]]) -> list[Any]:
        from jsonpath import JSONPathError

        if not isinstance(data, dict | list):
            return []  # only `$` selects a scalar root, and the library would take a string for JSON text
        try:
            return evaluate(self._query, data)
        except (JSONPathError, RecursionError, TooMuchWork) as error:
            raise PathSyntaxError(self.text, f"it cannot be evaluated: {_reason(error)}", 1) from None


@lru_cache(maxsize=512)
def compile_path(text: str) -> JsonPath:
    """Compile a path. Raises PathSyntaxError with the character, and the right spelling where kubectl's was used."""
    if len(text) > MAX_LENGTH:
        raise PathSyntaxError(text, f"it is longer than {MAX_LENGTH} characters", MAX_LENGTH + 1)
    if not text.startswith("$"):
        raise PathSyntaxError(text, "a path starts with $", 1, _spelling_hint(text))
    steps = _plain_steps(text)
    if steps is not None:
        return JsonPath(text, True, steps)
    return _compile_by_library(text)


def _plain_steps(text: str) -> tuple[str | int, ...] | None:
    """The steps of a path of names and indexes only, else None."""
    steps: list[str | int] = []
    position = 1
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            return None
        names = match.group("name", "single", "double")
        steps.append(int(match["index"]) if match["index"] else next(name for name in names if name is not None))
        position = match.end()
    return tuple(steps)


def _walk(data: Any, steps: tuple[str | int, ...]) -> Any:
    for step in steps:
        if isinstance(step, str):
            if not isinstance(data, dict) or step not in data:
                return _NOTHING
        elif not isinstance(data, list) or not -len(data) <= step < len(data):
            return _NOTHING
        data = data[step]
    return data


def _from_the_start(data: Any, steps: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """The steps with indexes that count from the start."""
    found: list[str | int] = []
    for step in steps:
        found.append(step + len(data) if isinstance(step, int) and step < 0 else step)
        data = data[step]
    return tuple(found)


def _compile_by_library(text: str) -> JsonPath:
    from jsonpath import JSONPathError

    from ._jsonpath_library import compile_query

    try:
        query = compile_query(text)
        return JsonPath(text, bool(query.singular_query()), None, query)
    except (JSONPathError, RecursionError) as error:
        token = getattr(error, "token", None)
        index = len(text) if token is None or token.index < 0 or token.kind == "TOKEN_EOF" else token.index
        raise PathSyntaxError(text, _reason(error), index + 1, _GRAMMAR_HINT) from None


def _reason(error: BaseException) -> str:
    """The library's own short text; its __str__ draws a picture and can fail."""
    return str(error.args[0]) if error.args else type(error).__name__


def _spelling_hint(text: str) -> str:
    bare = text.strip().removeprefix("{").removesuffix("}").strip().removeprefix("$")
    return f"Write ${bare if bare.startswith(('.', '[')) else '.' + bare}" if bare else "Write $ for the whole object."


def _shown(text: str) -> str:
    return f'"{text if len(text) <= 80 else text[:77] + "..."}"'
