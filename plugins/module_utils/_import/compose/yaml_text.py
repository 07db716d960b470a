# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of a Compose file -> its documents as data, with the places that `!reset` and `!override` name. Pure.

Bounded by `_model` before anything is built: size by the reader of files, depth and number of values by the events of the parser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from ..._model import PLAIN, Malformed, compose_yaml
from .scalars import plain_scalar

MAX_VALUES = 100_000
"""In one file, aliases counted as often as they are used; Compose's own bound."""
KeyPath = tuple[str, ...]


@dataclass(frozen=True)
class Document:
    """One document of a file. data: None, or what the text says without what is reset. resets: paths that earlier files lose before this
    one is merged into them. node: with marks, to find lines."""

    data: Any
    resets: tuple[KeyPath, ...]
    node: Any


def read_documents(text: str) -> list[Document]:
    """The documents of a text. Raises Malformed."""
    return [_document(node) for node in compose_yaml(text, MAX_VALUES) if node is not None]


def _document(node: Any) -> Document:
    resets: list[KeyPath] = []
    data = _data(node, (), resets)
    return Document(None if data is _GONE else data, tuple(resets), node)


_GONE = object()


def _data(node: Any, path: KeyPath, resets: list[KeyPath] | None) -> Any:
    """The value of a node; _GONE for one that is reset. resets: None inside of what is overridden as a whole."""
    if resets is not None and node.tag in ("!reset", "!override"):
        resets.append(path)
        if node.tag == "!reset":
            return _GONE
        resets = None
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        items = (_data(item, (*path, str(number)), resets) for number, item in enumerate(node.value))
        return [item for item in items if item is not _GONE]
    return _mapping(node, path, resets)


def _scalar(node: Any) -> Any:
    if node.tag == PLAIN:
        return plain_scalar(node.value)
    if node.tag.startswith("tag:yaml.org,2002:") and node.tag.rpartition(":")[2] in ("int", "float", "bool", "null"):
        return plain_scalar(node.value)
    return node.value


def _mapping(node: Any, path: KeyPath, resets: list[KeyPath] | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    merged: list[Any] = []
    seen: set[str] = set()
    for key, value in node.value:
        name = _key(key)
        if name in seen:
            raise _at(f'the key "{name}" occurs twice', key, "keep one of them")
        seen.add(name)
        if key.tag == PLAIN and name == "<<":
            merged.append(value)
            continue
        item = _data(value, (*path, name), resets)
        if item is not _GONE:
            found[name] = item
    for value in merged:
        for name, item in _merged(value, path, resets).items():
            found.setdefault(name, item)
    return found


def _merged(value: Any, path: KeyPath, resets: list[KeyPath] | None) -> dict[str, Any]:
    """What a merge key brings: of several mappings the first that has a key."""
    data = _data(value, path, resets)
    several = data if isinstance(data, list) else [data]
    found: dict[str, Any] = {}
    for mapping in several:
        if not isinstance(mapping, dict):
            raise _at("<< needs a mapping or a list of mappings", value, "name an anchor of a mapping: <<: *name")
        for name, item in mapping.items():
            found.setdefault(name, item)
    return found


def _key(node: Any) -> str:
    if not isinstance(node, yaml.ScalarNode) or (node.tag == PLAIN and not isinstance(plain_scalar(node.value), str) and node.value):
        raise _at("a key that is not a text", node, "put it into quotes")
    return str(node.value)


def _at(message: str, node: Any, hint: str) -> Malformed:
    return Malformed(message, line=node.start_mark.line + 1, column=node.start_mark.column + 1, hint=hint)
