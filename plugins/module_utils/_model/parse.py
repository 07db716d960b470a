# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a document -> data, strictly and within bounds. Pure.

JSON by the standard library; YAML by PyYAML with the core schema of YAML 1.2 (`yes` is a text, `010` is ten, a date is a
text), so that both spellings give the same data. Keys that occur twice are refused, and so is what JSON cannot say.
Documents are untrusted: bounded depth and size, aliases counted as often as they are used, before anything is built.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import yaml

MAX_DEPTH = 64
MAX_NODES = 20_000

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Malformed(Exception):
    """The text is not a document. line and column are 1-based; line is None where only the path is known (key: to a key, not a value)."""

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int = 1,
        path: tuple[str | int, ...] = (),
        key: bool = False,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.path = path
        self.key = key
        self.hint = hint


def parse_bytes(name: str, content: bytes) -> tuple[str, Any]:
    """(text, data) of a document with that file name. Raises Malformed."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("not UTF-8", hint="save the file as UTF-8") from None
    return text, parse_json(text) if name.endswith(".json") else parse_yaml(text)


def parse_json(text: str) -> Any:
    """Data of a JSON document. Raises Malformed."""
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise Malformed(f"not valid JSON: {error.msg}", line=error.lineno, column=error.colno, hint=_json_hint(text, error.pos)) from None
    except RecursionError:
        raise _too_deep(line=1) from None
    except ValueError as error:
        raise Malformed(f"not valid JSON: {error}", line=1) from None
    _bound(data)
    return data


def parse_yaml(text: str) -> Any:
    """Data of a YAML document. Raises Malformed."""
    with _told(text):
        _bound_yaml(text)
        return yaml.load(text, Loader=_YamlLoader)  # noqa: S506 - a SafeLoader that knows even fewer tags


PLAIN = "!plain"
"""The tag of a scalar without quotes and without a tag, in what `compose_yaml` returns."""


def compose_yaml(text: str, most: int) -> list[Any]:
    """The node trees of all documents of a text (yaml.Node, with marks), for a language with tags and scalars of its own. most: values,
    aliases counted as often as they are used. Raises Malformed."""
    with _told(text):
        _bound_yaml(text, most=most)
        return list(yaml.compose_all(text, Loader=_PlainLoader))  # only nodes: nothing is constructed


@contextmanager
def _told(text: str) -> Iterator[None]:
    """Errors of PyYAML as Malformed."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if "nesting" in str(error.problem):
            raise _place_too_deep(text, mark) from None
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = f"not valid YAML: {error.problem or error.context}"
        raise Malformed(message, line=line, column=column, hint=_yaml_hint(error, text)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise Malformed(
            "not valid YAML: a control character", line=line, hint="remove it, or write it as an escape in double quotes"
        ) from None
    except (ValueError, RecursionError) as error:
        raise Malformed(f"not valid YAML: {error}", line=1) from None


class _Duplicate(dict[str, Any]):
    """An object in which `key` occurs twice: found again by `_bound`, which knows the path."""

    key = ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from its pairs."""
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    if len(pairs) > MAX_NODES:
        raise _too_large(line=1)
    marked = _Duplicate(result)
    seen: set[str] = set()
    for key, _value in pairs:
        if key in seen:
            marked.key = key
            break
        seen.add(key)
    return marked


def _no_constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


def _bound(data: Any) -> None:
    """Refuse JSON data that is too deep or too large, has a key twice, or text that is no text (half a surrogate pair)."""
    todo: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    count = 0
    while todo:
        item, path = todo.pop()
        count += 1
        if count > MAX_NODES:
            raise _too_large(line=1)
        if isinstance(item, dict):
            if isinstance(item, _Duplicate):
                raise Malformed(f'the key "{item.key}" occurs twice', path=(*path, item.key), key=True, hint="keep one of them")
            todo.extend((value, (*path, key)) for key, value in item.items())
            todo.extend((key, path) for key in item if not key.isascii())
        elif isinstance(item, list):
            todo.extend((value, (*path, index)) for index, value in enumerate(item))
        elif isinstance(item, str) and not item.isascii() and any("\ud800" <= char <= "\udfff" for char in item):
            raise Malformed(
                "a text with half of a surrogate pair", path=path, hint="write the character itself, or both halves of the escape"
            )
        elif isinstance(item, float) and math.isinf(item):
            raise Malformed("a number that is too large", path=path, hint="put it into quotes")
        if len(path) >= MAX_DEPTH and isinstance(item, (dict, list)):
            raise _too_deep(line=1)


def _too_deep(*, line: int, column: int = 1) -> Malformed:
    hint = "documents are flatter than this: move the data into a manifest"
    return Malformed(f"nested deeper than {MAX_DEPTH} levels", line=line, column=column, hint=hint)


def _place_too_deep(text: str, mark: Any) -> Malformed:
    """libyaml reads ahead of its events and has a bound of its own, which it may meet first: ours, where the text passes it."""
    try:
        _bound_yaml(text, yaml.SafeLoader)
    except Malformed as error:
        return error
    except yaml.YAMLError:
        pass
    return _too_deep(line=mark.line + 1, column=mark.column + 1) if mark else _too_deep(line=1)


def _too_large(*, line: int, column: int = 1, most: int = MAX_NODES) -> Malformed:
    message = f"more than {most} values (aliases counted as often as they are used)"
    return Malformed(message, line=line, column=column, hint="move the data into a manifest")


_TRAILING_COMMA = re.compile(r",\s*[}\]]")


def _json_hint(text: str, position: int) -> str | None:
    """What commonly stands at such a place."""
    rest, before = text[position : position + 2], text[:position].rstrip()
    if not text.strip():
        return 'the document is empty: write at least {} (a workspace: {"version": 1, "name": ...})'
    if rest in ("//", "/*") or rest[:1] == "#":
        return "JSON has no comments: use a key that starts with x-, or YAML"
    if rest[:1] == "'":
        return "JSON uses double quotes"
    if not rest.strip():
        return "a { or [ that was opened is not closed"
    if (before.endswith(",") and rest[:1] in ("}", "]")) or _TRAILING_COMMA.match(text, position):  # the latter from Python 3.13 on
        return "remove the comma"
    return None


def _yaml_hint(error: yaml.MarkedYAMLError, text: str) -> str | None:
    """What to do about common mistakes."""
    problem, mark = str(error.problem or ""), error.problem_mark
    lines = text.splitlines()
    if mark and mark.line < len(lines) and lines[mark.line][mark.column : mark.column + 1] == "\t":
        return "indent with spaces, not tabs"
    if "could not determine a constructor" in problem:
        return "only what JSON can say is allowed: remove the tag"
    if "single document" in str(error.context):
        return "one file holds one document: remove the ---"
    if "occurs twice" in problem:
        return "keep one of them"
    if "undefined alias" in problem:
        return "define it above with &, or put the text into quotes"
    if "a key that is not a text" in problem or "mapping values are not allowed" in problem:
        return "put texts that contain {{ or a colon into quotes"
    return None


def _bound_yaml(text: str, loader: type[Any] = _Loader, most: int = MAX_NODES) -> None:
    """Refuse too deep or too large YAML by its events, before a tree is built (the C composer recurses on the C stack)."""
    sizes: dict[str, tuple[int, int]] = {}
    stack: list[list[Any]] = [[None, 0, 0]]  # anchor, nodes, height of what is open
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            stack.append([event.anchor, 1, 1])
            _grow(stack, 0, 1, event, most)
            sizes.pop(event.anchor or "", None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            anchor, nodes, height = stack.pop()
            if anchor:
                sizes[anchor] = (nodes, height)
            _grow(stack, nodes, height + 1, event, most)
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                sizes[event.anchor] = (1, 0)
            _grow(stack, 1, 1, event, most)
        elif isinstance(event, yaml.AliasEvent):
            if any(open_[0] == event.anchor for open_ in stack):
                raise _yaml_error(f"the anchor {event.anchor} is used inside itself", event)
            nodes, height = sizes.get(event.anchor or "", (1, 0))
            _grow(stack, nodes, height + 1, event, most)


def _yaml_error(message: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, message, at.start_mark)


def _grow(stack: list[list[Any]], nodes: int, height: int, event: Any, most: int) -> None:
    """Count nodes into what is open."""
    top = stack[-1]
    top[1] += nodes
    top[2] = max(top[2], height)
    if top[1] > most:
        raise _too_large(line=event.start_mark.line + 1, column=event.start_mark.column + 1, most=most)
    if len(stack) + height > MAX_DEPTH + 2:
        raise _too_deep(line=event.start_mark.line + 1, column=event.start_mark.column + 1)


class _PlainLoader(_Loader):  # type: ignore[misc]
    """Scalars as they are written; whoever reads the nodes says what they mean."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {None: [(PLAIN, re.compile(""))]}


class _YamlLoader(_Loader):  # type: ignore[misc]
    """Only what JSON can say, resolved by the core schema of YAML 1.2.2 (section 10.3.2), plus merge keys (<<)."""

    yaml_implicit_resolvers: dict[str | None, list[tuple[str, re.Pattern[str]]]] = {}
    yaml_constructors: dict[str | None, Any] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        """A mapping whose keys are texts and occur once."""
        seen: set[str] = set()
        for key, _value in node.value:
            if key.tag == _MERGE:
                continue
            if not isinstance(key, yaml.ScalarNode):
                raise _yaml_error("a key that is not a text", key)
            if key.value in seen:
                raise _yaml_error(f'the key "{key.value}" occurs twice', key)
            seen.add(key.value)
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}

    def construct_map(self, node: Any) -> dict[str, Any]:
        """A mapping."""
        if not isinstance(node, yaml.MappingNode):
            raise _yaml_error("expected a mapping", node)
        return self.construct_mapping(node, deep=True)

    def construct_list(self, node: Any) -> list[Any]:
        """A sequence."""
        return list(self.construct_sequence(node, deep=True))

    def construct_number(self, node: Any) -> Hashable:
        """An int or float of the core schema."""
        word = self.construct_scalar(node)
        if word[:2] in ("0x", "0o"):
            return int(word[2:], 16 if word[1] == "x" else 8)
        try:
            return int(word)
        except ValueError:
            pass
        try:
            number = float(word)
        except ValueError:
            number = float("nan")
        if not math.isfinite(number):
            raise _yaml_error(f"{word[:20]} is not a number that JSON can say", node)
        return number


_MERGE = "tag:yaml.org,2002:merge"
_CORE = {
    "bool": (r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    "null": (r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    "int": (r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    "float": (r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+.0123456789"),
    "merge": (r"^(?:<<)$", "<"),
}
CORE_SCALARS = tuple(
    (f"tag:yaml.org,2002:{name}", re.compile(pattern), ["" if char == "\0" else char for char in first])
    for name, (pattern, first) in _CORE.items()
)
"""(tag, pattern, first characters) of the plain scalars that are no texts, as PyYAML's resolvers take them."""
for _tag, _plain, _first in CORE_SCALARS:
    _YamlLoader.add_implicit_resolver(_tag, _plain, _first)
_CONSTRUCTORS: dict[str | None, Any] = {
    "null": lambda loader, node: None,
    "bool": lambda loader, node: loader.construct_scalar(node).lower() == "true",
    "int": _YamlLoader.construct_number,
    "float": _YamlLoader.construct_number,
    "str": lambda loader, node: loader.construct_scalar(node),
    "seq": _YamlLoader.construct_list,
    "map": _YamlLoader.construct_map,
    None: _YamlLoader.construct_undefined,
}
for _word, _construct in _CONSTRUCTORS.items():
    _YamlLoader.add_constructor(f"tag:yaml.org,2002:{_word}" if _word else None, _construct)
