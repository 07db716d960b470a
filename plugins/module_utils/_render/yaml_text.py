# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML as kubectl reads it, with positions.

kubectl, Helm and the API server read YAML through sigs.k8s.io/yaml, whose plain scalars are neither YAML 1.1 nor 1.2 to the letter:
`yes`, `no`, `on`, `off`, `y`, `n` are booleans, `010` and `0o10` are 8, `1e3` is 1000, dates and `1:30` are strings, `1.0` is the number 1.
tests/unit/render/test_kubectl_yaml.py holds the table that was made with sigs.k8s.io/yaml 1.6.0.
Duplicate keys are errors here, as they are for the API server's strict field validation.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver

_TAG = "tag:yaml.org,2002:"
STR, INT, FLOAT, BOOL, NULL, MERGE = (_TAG + name for name in ("str", "int", "float", "bool", "null", "merge"))
MAX_NODES = 2_000_000
"""Nodes one document may have once its aliases are written out."""
MAX_DEPTH = 200
_TOO_DEEP = f"this document is nested deeper than {MAX_DEPTH}, or refers to itself"

_WORDS: dict[str, tuple[str, Any]] = {"": (NULL, None), "~": (NULL, None), "<<": (MERGE, "<<")}
for _names, _result in (("y yes true on", (BOOL, True)), ("n no false off", (BOOL, False)), ("null", (NULL, None))):
    for _name in _names.split():
        _WORDS |= {_name: _result, _name.capitalize(): _result, _name.upper(): _result}
for _sign, _value in (("", math.inf), ("+", math.inf), ("-", -math.inf)):
    _WORDS |= {f"{_sign}.{_name}": (FLOAT, _value) for _name in ("inf", "Inf", "INF")}
_WORDS |= {f".{_name}": (FLOAT, math.nan) for _name in ("nan", "NaN", "NAN")}
_FIRST = frozenset("+-.0123456789~<yYnNtTfFoO")
_INT = re.compile(r"[-+]?(?:0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)")
_BETWEEN = re.compile(r"(?<=[0-9])_(?=[0-9])")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Mark:
    """A place in a text: 1-based line and column."""

    line: int
    column: int


class YamlProblem(Exception):
    """The text is not acceptable YAML. mark: where, None when it cannot be told."""

    def __init__(self, message: str, mark: Mark | None) -> None:
        super().__init__(message)
        self.message = message
        self.mark = mark


@lru_cache(maxsize=8192)
def _resolve_plain(text: str) -> tuple[str, Any]:
    word = _WORDS.get(text)
    if word is not None:
        return word
    digits = _BETWEEN.sub("", text) if text[0] == "." else text.replace("_", "")
    if len(digits) < 100 and _INT.fullmatch(digits):
        number = _integer(digits)
        if -(2**63) <= number < 2**64:
            return INT, number
    if _FLOAT.fullmatch(digits):
        value = float(digits)
        if math.isfinite(value):
            return FLOAT, _as_json_number(value)
    return STR, text


def _integer(digits: str) -> int:
    sign = -1 if digits[0] == "-" else 1
    body = digits.lstrip("+-").lower()
    for prefix, base in (("0x", 16), ("0b", 2), ("0o", 8)):
        if body.startswith(prefix):
            return sign * int(body[2:], base)
    return sign * int(body, 8 if len(body) > 1 and body[0] == "0" else 10)


def _as_json_number(value: float) -> int | float:
    """Go writes whole floats below 1e21 without a fraction, so kubectl sends `1.0` as 1."""
    return int(Decimal(repr(value))) if value.is_integer() and abs(value) < 1e21 else value


def resolve_scalar(text: str) -> tuple[str, Any]:
    """What a plain scalar means: (tag, value)."""
    return (STR, text) if text and text[0] not in _FIRST else _resolve_plain(text)


class _Resolver(BaseResolver):
    """Tells PyYAML the tag of each scalar by kubectl's rules, for reading and for writing.

    PyYAML calls descend and ascend around every node. They bound the depth, because libyaml's composer recurses in C and would
    crash the process on a few thousand opening brackets.
    """

    _depth = 0

    def descend_resolver(self, current_node: Any, current_index: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise YamlProblem(_TOO_DEEP, mark_of(current_node) if current_node else None)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode:
            return resolve_scalar(value)[0] if implicit[0] else STR
        return _TAG + ("map" if kind is MappingNode else "seq")


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Reader(_Resolver, _LOADER):  # type: ignore[misc]
    """Used only to compose nodes; values are made by `_Builder`."""


class _Writer(_Resolver, _DUMPER):  # type: ignore[misc]
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_text(self, data: str) -> Any:
        return self.represent_scalar(STR, data, style="|" if "\n" in data else None)


_Writer.add_representer(str, _Writer.represent_text)


class _Builder:
    """Makes one document's value out of its nodes. Raises YamlProblem. repeats: see `load_documents`."""

    def __init__(self, repeats: bool = False) -> None:
        self._left = MAX_NODES
        self._repeats = repeats

    def build(self, node: Node, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0:
            raise YamlProblem(f"this document has more than {MAX_NODES:,} nodes (aliases written out)", mark_of(node))
        if depth > MAX_DEPTH:
            raise YamlProblem(_TOO_DEEP, mark_of(node))
        if type(node) is ScalarNode:
            return node.value if node.tag == STR else _scalar(node)
        if type(node) is SequenceNode:
            return [self.build(item, depth + 1) for item in node.value]
        return self._mapping(node, depth + 1)

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == MERGE:
                self._merge(value_node, merged, depth)
                continue
            key = _key(key_node, self._repeats)
            if key in result and not self._repeats:
                raise YamlProblem(f"key {key} is there twice in one map", mark_of(key_node))
            result[key] = self.build(value_node, depth)
        return {**merged, **result} if merged else result

    def _merge(self, node: Node, into: dict[str, Any], depth: int) -> None:
        """https://yaml.org/type/merge.html: of several maps, the earlier is the stronger; own keys are stronger than all."""
        for source in node.value if type(node) is SequenceNode else (node,):
            if type(source) is not MappingNode:
                raise YamlProblem("`<<` needs a map or a list of maps", mark_of(source))
            into.update({key: value for key, value in self.build(source, depth + 1).items() if key not in into})


def _scalar(node: ScalarNode) -> Any:
    tag, text = node.tag, node.value
    if tag == f"{_TAG}binary":
        try:
            return base64.b64decode("".join(text.split()), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise YamlProblem("!!binary needs base64 of UTF-8 text", mark_of(node)) from None
    if tag not in (INT, FLOAT, BOOL, NULL):
        return text
    kind, value = resolve_scalar(text)
    if kind != tag and not (tag == FLOAT and kind == INT):
        raise YamlProblem(f"this is not a value of type {tag.removeprefix(_TAG)}", mark_of(node))
    if isinstance(value, float) and not math.isfinite(value):
        raise YamlProblem("infinity and NaN cannot be sent to Kubernetes; quote it if text is meant", mark_of(node))
    return value


def _key(node: Node, silently: bool) -> str:
    """Kubernetes knows only text keys; kubectl writes numbers and booleans as text."""
    value = _scalar(node) if type(node) is ScalarNode else None
    if value is None:
        raise YamlProblem("a key must be text, not null, a list or a map (are braces unquoted?)", mark_of(node))
    if isinstance(value, bool) and not silently and node.value.lower() not in ("true", "false"):
        raise YamlProblem(f"key {node.value} means the boolean {json.dumps(value)} in YAML as kubectl reads it: quote it", mark_of(node))
    return value if isinstance(value, str) else json.dumps(value)


def mark_of(node: Node) -> Mark:
    """Where a node begins."""
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def load_documents(text: str, *, repeats: bool = False) -> Iterator[tuple[Any, Node]]:
    """Every document of a text, with its root node (for positions). Raises YamlProblem; documents before the fault are given first.

    repeats: as kubectl and Helm without strict validation: of a key that is there twice the last counts, a key `y` is "true".
    """
    reader = None
    try:
        reader = _Reader(text)  # type: ignore[call-arg]
        while reader.check_node():
            node = reader.get_node()
            yield _Builder(repeats).build(node), node
    except yaml.YAMLError as error:
        raise _problem(error, text) from None
    finally:
        if reader is not None:
            reader.dispose()


def _problem(error: yaml.YAMLError, text: str) -> YamlProblem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.problem, error.context) if part)
        if "nesting" in message:  # libyaml's own bound, which it may meet while it reads ahead
            message = _TOO_DEEP
        return YamlProblem(message, Mark(mark.line + 1, mark.column + 1) if mark else None)
    position = getattr(error, "position", None)
    line = text.count("\n", 0, position) + 1 if isinstance(position, int) and position >= 0 else None
    character = getattr(error, "character", None)
    code = f" U+{character:04X}" if isinstance(character, int) else ""
    message = f"a control character{code} is not allowed here, but its escape in double quotes is"
    return YamlProblem(message, Mark(line, 1) if line else None)


def load_one(text: str) -> Any:
    """The only document of a text (None when it is empty). Raises YamlProblem."""
    documents = list(load_documents(text))
    if len(documents) > 1:
        raise YamlProblem("one document is expected", mark_of(documents[1][1]))
    return documents[0][0] if documents else None


def load_json(text: str) -> Any:
    """A JSON text. Raises YamlProblem, also for duplicate keys, NaN and Infinity."""

    def no_constant(name: str) -> Any:
        raise YamlProblem(f"{name} is not JSON", None)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) < len(pairs):
            keys = [key for key, _value in pairs]
            raise YamlProblem(f"key {next(key for key in keys if keys.count(key) > 1)} is there twice in one map", None)
        return result

    try:
        data = json.loads(text, object_pairs_hook=unique, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise YamlProblem(f"not JSON: {error.msg}", Mark(error.lineno, error.colno)) from None
    except RecursionError:
        raise YamlProblem(_TOO_DEEP, None) from None
    _bound_depth(data, text)
    return data


def _bound_depth(data: Any, text: str) -> None:
    """Raises YamlProblem. Not left to the parser: how deep it goes differs from one Python to the next."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    level = [data]
    for _depth in range(MAX_DEPTH):
        values = (value for item in level for value in (item.values() if isinstance(item, dict) else item))
        level = [value for value in values if isinstance(value, dict | list)]
        if not level:
            return
    raise YamlProblem(_TOO_DEEP, None)


def dump_yaml(value: Any, indent: int = 2, sort_keys: bool = True) -> str:
    """Plain data as block YAML without its final newline (a template puts one after it), which kubectl reads as the same data."""
    text: str = yaml.dump(
        value, Dumper=_Writer, indent=indent, sort_keys=sort_keys, default_flow_style=False, allow_unicode=True, width=2**31 - 1
    )
    return text.removesuffix("\n").removesuffix("\n...")
