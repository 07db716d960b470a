# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file holds only keys of the specification, each with a value that it may have. Pure.

Everything behind it relies on that: no later step meets a text where a mapping should be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..._model import suggest
from .key import Key
from .keys import PROJECT
from .scalars import Date
from .wrong import Wrong

_NAMED = re.compile(r"[a-zA-Z0-9._-]+")


def _number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and math.isfinite(value))


def _text(value: Any) -> bool:
    return isinstance(value, str) and not isinstance(value, Date)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _map(value: Any) -> bool:
    if isinstance(value, dict):
        return all(item is None or isinstance(item, bool) or _number(item) or _text(item) for item in value.values())
    return _texts(value)


def _hosts(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_text(item) or _texts(item) for item in value.values())
    return _texts(value)


def _within(least: int, most: int) -> Callable[[Any], bool]:
    """Whole numbers between two; a text will be one."""

    def within(value: Any) -> bool:
        return _text(value) or (_number(value) and float(value).is_integer() and least <= value <= most)

    return within


SHAPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (_text, "a text"),
    "texts": (_texts, "a list of texts"),
    "texts+": (lambda value: isinstance(value, list) and all(_text(item) or _number(item) for item in value), "a list of texts or numbers"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "bool": (lambda value: isinstance(value, bool) or _text(value), "true or false"),
    "whole": (lambda value: _text(value) or (_number(value) and float(value).is_integer()), "a whole number"),
    "natural": (_within(0, 2**63), "a whole number from 0 on"),
    "percent": (_within(0, 100), "a whole number from 0 to 100"),
    "adjustment": (_within(-1000, 1000), "a whole number from -1000 to 1000"),
    "number": (_number, "a number"),
    "size": (lambda value: _number(value) or _text(value), "a size such as 512m"),
    "map": (_map, "a mapping of texts, or a list of NAME=VALUE"),
    "hosts": (_hosts, "a mapping of names to addresses, or a list of NAME=ADDRESS"),
    "command": (lambda value: value is None or _text(value) or _texts(value), "a text or a list of texts"),
    "command-": (lambda value: _text(value) or _texts(value), "a text or a list of texts"),
    "object": (lambda value: isinstance(value, dict), "a mapping"),
    "names": (lambda value: isinstance(value, dict), "a mapping by name"),
    "list": (lambda value: isinstance(value, list), "a list"),
    "ulimits": (lambda value: isinstance(value, dict), "a mapping by name"),
}


def check_shapes(model: Mapping[str, Any]) -> Iterator[Wrong]:
    """Everything that is wrong with one document."""
    yield from _mapping(model, PROJECT, (), (), "a Compose file")


def _mapping(
    value: Mapping[str, Any], keys: Mapping[str, Key], needs: tuple[str, ...], path: tuple[Any, ...], what: str
) -> Iterator[Wrong]:
    for name, item in value.items():
        if name.startswith("x-"):
            continue
        key = keys.get(name)
        if key is None:
            yield Wrong(f'found the unknown key "{name}"; {what} has none of that name', (*path, name), suggest(name, keys))
        else:
            yield from _value(item, key, (*path, name))
    for name in needs:
        if name not in value:
            yield Wrong(f'"{name}" is missing', path)


def _value(value: Any, key: Key, path: tuple[Any, ...]) -> Iterator[Wrong]:
    if isinstance(value, Date):
        yield Wrong("a date without quotes", path, "put it into quotes")
        return
    shapes = key.shape.split("|")
    if value is None and any(shape in ("command", "object?", "text?") for shape in shapes):
        return
    if not any(SHAPES[shape.rstrip("?")][0](value) for shape in shapes):
        inner = _inside(value, shapes, path)
        if inner:
            yield inner
            return
        expected = " or ".join(dict.fromkeys(SHAPES[shape.rstrip("?")][1] for shape in shapes if shape != "ulimits"))
        yield Wrong(f"expected {expected}, found {_found(value)}", path)
        return
    if key.one_of and isinstance(value, str) and value not in key.one_of:
        yield Wrong(f'found "{value[:60]}"; expected one of {", ".join(key.one_of)}', path, suggest(value, key.one_of))
    if isinstance(value, dict) and {"names", "names?"} & set(shapes):
        yield from _named(value, key, path, "names?" in shapes)
    elif isinstance(value, dict) and key.inner:
        yield from _mapping(value, key.inner, key.needs, path, f'"{path[-1]}"')
    elif isinstance(value, list) and "list" in shapes:
        yield from _items(value, key, path, shapes)
    elif isinstance(value, dict) and "object" in key.shape:
        yield from _plain(value, path)


def _inside(value: Any, shapes: list[str], path: tuple[Any, ...]) -> Wrong | None:
    """The first item of a mapping or list that makes it none; None where it is the whole."""
    if "map" not in shapes and "texts" not in shapes:
        return None
    items = value.items() if isinstance(value, dict) and "map" in shapes else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        if isinstance(item, Date):
            return Wrong("a date without quotes", (*path, name), "put it into quotes")
        if not (_text(item) or (isinstance(value, dict) and _map({"": item}))):
            return Wrong(
                f"expected a text, found {_found(item)}", (*path, name), None if isinstance(item, (dict, list)) else "put it into quotes"
            )
    return None


def _named(value: Mapping[str, Any], key: Key, path: tuple[Any, ...], nulls: bool) -> Iterator[Wrong]:
    """Each value of a mapping whose keys are names."""
    limits = "ulimits" in key.shape
    for name, item in value.items():
        place = (*path, name)
        if len(path) == 1 and name.startswith("x-"):
            continue
        if not _NAMED.fullmatch(name):
            yield Wrong(f'the name "{name[:60]}" has other signs than letters, digits and . _ -', place)
        elif isinstance(item, dict):
            yield from _mapping(item, key.inner, key.needs, place, f'an item of "{path[-1]}"')
        elif limits and SHAPES["whole"][0](item):
            continue
        elif not (nulls and item is None):
            yield Wrong(f"expected a mapping, found {_found(item)}", place)


def _items(value: list[Any], key: Key, path: tuple[Any, ...], shapes: list[str]) -> Iterator[Wrong]:
    texts = "texts" in shapes or "texts+" in shapes or "text" in shapes
    for number, item in enumerate(value):
        place = (*path, number)
        if isinstance(item, dict):
            yield from _mapping(item, key.inner, key.needs, place, f'an item of "{path[-1]}"')
        elif not (texts and (_text(item) or ("texts+" in shapes and _number(item)))):
            yield Wrong(f"expected a mapping{' or a text' if texts else ''}, found {_found(item)}", place)


def _plain(value: Mapping[str, Any], path: tuple[Any, ...]) -> Iterator[Wrong]:
    """A mapping of options: single values, or lists of them."""
    for name, item in value.items():
        several = item if isinstance(item, list) else [item]
        if any(isinstance(each, (dict, list, Date)) for each in several):
            yield Wrong(f"expected a text or a number, found {_found(item)}", (*path, name))


def _found(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else "true or false" if isinstance(value, bool) else "a number" if _number(value) else "a text"
