# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""python-jsonpath in strict mode (RFC 9535), bounded: paths come from workspaces that nobody has read, and `$..[?$..[?$..*]]` looks at the
cube of what is there. Importing this takes 20 ms, so `_jsonpath` does it for the paths that need it.

Front door: `compile_query`, `find_all`, `locate_all`, and `MAX_WORK`. May import `_iregexp`, `_json_values`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jsonpath import JSONPathEnvironment, JSONPathMatch, NodeList
from jsonpath.exceptions import JSONPathSyntaxError
from jsonpath.filter import StringLiteral
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.parse import Parser
from jsonpath.segments import JSONPathChildSegment, JSONPathRecursiveDescentSegment

from ._iregexp import BadPattern, Pattern, TooMuchWork, compile_pattern
from ._json_values import json_equal, json_less

MAX_WORK = 200_000
"""Nodes, and tests of filters, that one evaluation may look at."""


class _Budget(threading.local):
    """What is left of MAX_WORK to the evaluation that this thread is at."""

    left = MAX_WORK

    def spend(self) -> None:
        """One more. Raises TooMuchWork."""
        self.left -= 1
        if self.left < 0:
            raise TooMuchWork("the path looks at too much of this object")


_budget = _Budget()


def compile_query(text: str) -> Any:
    """The library's query. Raises JSONPathError, RecursionError."""
    return _ENVIRONMENT.compile(text)


def find_all(query: Any, data: dict[str, Any] | list[Any]) -> list[Any]:
    """Every selected value. Raises JSONPathError, RecursionError, TooMuchWork."""
    _budget.left = MAX_WORK
    return list(query.findall(data))


def locate_all(query: Any, data: dict[str, Any] | list[Any]) -> list[tuple[str | int, ...]]:
    """Where every selected value is: keys and indexes from the root. Raises as `find_all`."""
    _budget.left = MAX_WORK
    return [tuple(match.parts) for match in query.finditer(data)]


def _counted(nodes: Iterable[JSONPathMatch]) -> Iterator[JSONPathMatch]:
    for node in nodes:
        _budget.spend()
        yield node


class _Child(JSONPathChildSegment):  # type: ignore[misc]
    def resolve(self, nodes: Iterable[JSONPathMatch]) -> Iterable[JSONPathMatch]:
        return _counted(super().resolve(nodes))


class _Descent(JSONPathRecursiveDescentSegment):  # type: ignore[misc]
    def resolve(self, nodes: Iterable[JSONPathMatch]) -> Iterable[JSONPathMatch]:
        return _counted(super().resolve(nodes))

    def _visit(self, node: JSONPathMatch, depth: int = 1) -> Iterable[JSONPathMatch]:
        _budget.spend()
        yield from super()._visit(node, depth)


class _BoundedParser(Parser):  # type: ignore[misc]
    """Makes the segments that count, also for the queries inside filters."""

    def parse_query(self, stream: Any) -> Iterable[Any]:
        for segment in super().parse_query(stream):
            kind = _Descent if isinstance(segment, JSONPathRecursiveDescentSegment) else _Child
            yield kind(env=segment.env, token=segment.token, selectors=segment.selectors)


class _ByPattern(FilterFunction):  # type: ignore[misc]
    """`match` or `search`: anything but a text and a pattern gives false, RFC 9535 section 2.4.6."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, fits: Callable[[Pattern, str], bool]) -> None:
        self._fits = fits

    def __call__(self, value: object, pattern: object) -> bool:
        _budget.spend()
        try:
            return isinstance(value, str) and isinstance(pattern, str) and self._fits(compile_pattern(pattern), value)
        except BadPattern:
            return False


class _BoundedEnvironment(JSONPathEnvironment):  # type: ignore[misc]
    """A filter's tests are counted, and a pattern that is written in the path is checked with it."""

    parser_class = _BoundedParser

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions |= {"match": _ByPattern(Pattern.matches), "search": _ByPattern(Pattern.found_in)}

    def validate_function_extension_signature(self, token: Any, args: list[Any]) -> list[Any]:
        checked: list[Any] = super().validate_function_extension_signature(token, args)
        if isinstance(self.function_extensions[token.value], _ByPattern) and isinstance(args[1], StringLiteral):
            try:
                compile_pattern(args[1].value)
            except BadPattern as error:
                raise JSONPathSyntaxError(f"the pattern of {token.value}(): {error}", token=token) from None
        return checked

    def is_truthy(self, obj: object) -> bool:
        _budget.spend()
        return bool(super().is_truthy(obj))

    def compare(self, left: object, operator: str, right: object) -> bool:
        _budget.spend()
        return bool(super().compare(left, operator, right))

    def _eq(self, left: object, right: object) -> bool:
        if isinstance(left, NodeList) or isinstance(right, NodeList):  # more than one node, or none: the library knows
            return bool(super()._eq(left, right))
        return json_equal(left, right)

    def _lt(self, left: object, right: object) -> bool:
        return json_less(left, right)


_ENVIRONMENT = _BoundedEnvironment(strict=True)
