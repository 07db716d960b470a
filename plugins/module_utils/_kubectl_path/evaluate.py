# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nodes and data -> results. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .._jsonpath import MAX_LENGTH, PathNoMatch, PathSyntaxError
from .parse import Node, Parser
from .printed import printed

MAX_RESULTS = 100_000
"""Values that one step may give: `..` after `..` of a large object would not end."""
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: bool(left < right),
    ">": lambda left, right: bool(left > right),
    "<=": lambda left, right: bool(left <= right),
    ">=": lambda left, right: bool(left >= right),
    "==": lambda left, right: bool(left == right),
    "!=": lambda left, right: bool(left != right),
}


class _Absent(Exception):
    """A key or index is not there."""


class _NoItem(_Absent):
    """A list has no such item, or it is no list."""


class _Wrong(Exception):
    """This cannot be done with such data."""


@dataclass(frozen=True)
class Template:
    """A compiled template. blocks: text and expressions in order; a range holds the blocks that it repeats."""

    text: str
    blocks: tuple[Any, ...]

    def one(self, data: Any) -> Any:
        """A single result of a single expression with its type, else the text that kubectl prints. Raises PathNoMatch, PathSyntaxError."""
        found = self.results(data)
        if len(self.blocks) == 1 and isinstance(self.blocks[0], list):
            if not found[0]:
                raise PathNoMatch(self.text)
            if len(found[0]) == 1:
                return found[0][0]
        return _joined(found)

    def text_of(self, data: Any) -> str:
        """What kubectl prints. Raises as `one`."""
        return str(_joined(self.results(data)))

    def results(self, data: Any) -> list[list[Any]]:
        """What each block gives, in order. Raises as `one`."""
        try:
            return list(_run(self.blocks, data))
        except _Absent:
            raise PathNoMatch(self.text) from None
        except (_Wrong, RecursionError) as error:
            raise PathSyntaxError(self.text, f"it cannot be evaluated: {error}", 1) from None


@dataclass(frozen=True)
class _Range:
    over: list[Node]
    body: tuple[Any, ...]


@lru_cache(maxsize=256)
def compile_template(text: str) -> Template:
    """Compile a template. Raises PathSyntaxError with the character."""
    if len(text) > MAX_LENGTH:
        raise PathSyntaxError(text, f"it is longer than {MAX_LENGTH} characters", MAX_LENGTH + 1)
    nodes = Parser(text, text).template()
    blocks, _ = _blocks(nodes, text, inside=False)
    return Template(text, tuple(blocks))


def _blocks(nodes: Sequence[Node], text: str, *, inside: bool) -> tuple[list[Any], Sequence[Node]]:
    """(blocks up to the end of this range, the nodes after it)."""
    found: list[Any] = []
    while nodes:
        node, nodes = nodes[0], nodes[1:]
        steps = node.value if node.kind == "list" else None
        kinds = [step.kind for step in steps or ()]
        if "end" in kinds:
            if not inside:
                raise PathSyntaxError(text, "there is no range to end", 1)
            return found, nodes
        if "range" in kinds:
            body, nodes = _blocks(nodes, text, inside=True)
            found.append(_Range([step for step in steps or () if step.kind != "range"], tuple(body)))
        else:
            found.append(steps if steps is not None else node.value)
    if inside:
        raise PathSyntaxError(text, "a range is not ended", len(text) + 1, "Write {end} after what is repeated.")
    return found, ()


def _run(blocks: Sequence[Any], data: Any) -> Iterator[list[Any]]:
    for block in blocks:
        if isinstance(block, _Range):
            items = _walk([data], block.over)
            for item in items:
                yield from _run(block.body, item)
            if not items:  # as in Go: what the body cannot find in nothing is missing
                list(_run(block.body, None))
        else:
            yield [block] if isinstance(block, str) else _walk([data], block)


def _walk(values: list[Any], nodes: Sequence[Node]) -> list[Any]:
    for node in nodes:
        values = _STEPS[node.kind](values, node.value)
        _bounded(values)
    return values


def _bounded(values: list[Any]) -> None:
    if len(values) > MAX_RESULTS:
        raise _Wrong(f"it gives more than {MAX_RESULTS} values")


def _fields(values: list[Any], name: str) -> list[Any]:
    found = [value[name] for value in values if isinstance(value, dict) and name in value]
    if values and not found:
        raise _Absent
    return found


def _children(value: Any) -> list[Any]:
    """What is inside a value. Go walks a text byte by byte, and so do we."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else list(value.encode()) if isinstance(value, str) else []


def _wildcard(values: list[Any], _: Any) -> list[Any]:
    return [child for value in values for child in _children(value)]


def _recursive(values: list[Any], _: Any) -> list[Any]:
    """Every object, list and text, from the outside in."""
    found: list[Any] = []
    waiting = list(reversed(values))
    while waiting:
        value = waiting.pop()
        children = _children(value)
        if children:
            found.append(value)
            _bounded(found)
            waiting += [] if isinstance(value, str) else reversed(children)
    return found


def _array(values: list[Any], bounds: tuple[int | None, int | None, int | None, bool]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value is None:
            continue
        if not isinstance(value, list):
            raise _NoItem
        first, end = _resolved(bounds, len(value))
        if first == end:
            return found
        if not 0 <= first < len(value) or not 0 <= end <= len(value) or first > end:
            raise _NoItem
        step = bounds[2]
        if step is not None and step <= 0:
            raise _Wrong("a step is at least 1")
        found += value[first : end : step or 1]
    return found


def _resolved(bounds: tuple[int | None, int | None, int | None, bool], length: int) -> tuple[int, int]:
    first, end, _, single = bounds
    first = 0 if first is None else first
    end = length if end is None else end
    return first + length if first < 0 else first, end + length if end < 0 or (end == 0 and single) else end


def _filter(values: list[Any], parts: tuple[list[Node], str, list[Node]]) -> list[Any]:
    left, sign, right = parts
    found = []
    for value in values:
        if not isinstance(value, list):
            raise _NoItem
        found += [item for item in value if _passes(item, left, sign, right)]
    return found


def _passes(item: Any, left: list[Node], sign: str, right: list[Node]) -> bool:
    if sign == "exists":
        try:
            return bool(_walk([item], left))
        except _NoItem:
            return True  # client-go takes what it has found until then for an answer
        except (_Absent, _Wrong):
            return False
    mine, theirs = _walk([item], left), _walk([item], right)
    if not mine or not theirs:
        return False
    if len(mine) > 1 or len(theirs) > 1:
        raise _Wrong("a filter compares one value with one")
    return _compared(mine[0], theirs[0], sign)


def _compared(left: Any, right: Any, sign: str) -> bool:
    kinds = {_kind(left), _kind(right)}
    if None in kinds or len(kinds) > 1 or (kinds == {"bool"} and sign not in ("==", "!=")):
        raise _Wrong(f"{_kind(left) or 'null or a structure'} cannot be compared with {_kind(right) or 'null or a structure'} by {sign}")
    return _COMPARE[sign](left, right)


def _kind(value: Any) -> str | None:
    """Go compares a whole number with no other number."""
    for kind, name in ((bool, "bool"), (int, "whole number"), (float, "fraction"), (str, "text")):
        if isinstance(value, kind):
            return name
    return None


def _union(values: list[Any], parts: list[list[Node]]) -> list[Any]:
    return [found for part in parts for found in _walk(values, part)]


_STEPS: dict[str, Callable[[list[Any], Any], list[Any]]] = {
    "text": lambda values, text: [text],
    "number": lambda values, number: [number] * len(values),
    "bool": lambda values, flag: [flag] * len(values),
    "field": _fields,
    "wildcard": _wildcard,
    "recursive": _recursive,
    "array": _array,
    "filter": _filter,
    "union": _union,
}


def _joined(found: list[list[Any]]) -> str:
    """The results as kubectl prints them: those of one block with spaces between. Secret in, secret out."""
    return printed(found)
