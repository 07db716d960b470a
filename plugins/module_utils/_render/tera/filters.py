# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera's filters on lists and maps, and those for every type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .arguments import Arguments
from .dates import date
from .filters_text import FILTERS as TEXT_FILTERS
from .filters_text import Filter
from .values import I64, is_number, kind, look_up, same, show, to_json


def _length(value: Any, arguments: Arguments) -> int:
    if type(value) not in (str, list, dict):
        raise arguments.wrong(f"the value must be text, a list or a map, it is {kind(value)}")
    return len(value)


def _reverse(value: Any, arguments: Arguments) -> Any:
    if type(value) not in (str, list):
        raise arguments.wrong(f"the value must be text or a list, it is {kind(value)}")
    return value[::-1]


def _json_encode(value: Any, arguments: Arguments) -> str:
    arguments.meter.measure(value)
    return to_json(value, arguments.values.get("pretty") is True)


def _nth(value: Any, arguments: Arguments) -> Any:
    items = arguments.as_list(value)
    if not items:
        return ""
    index = arguments.whole("n")
    return items[index] if index < len(items) else ""


def _first(value: Any, arguments: Arguments) -> Any:
    items = arguments.as_list(value)
    return items[0] if items else ""


def _last(value: Any, arguments: Arguments) -> Any:
    items = arguments.as_list(value)
    return items[-1] if items else ""


def _join(value: Any, arguments: Arguments) -> str:
    items, separator = arguments.as_list(value), arguments.pattern("sep", "")
    arguments.meter.produce(arguments.meter.measure(items) + len(separator) * len(items))
    return separator.join([show(item) for item in items])


def _sort_key(first: Any, arguments: Arguments) -> tuple[Callable[[Any], bool], Callable[[Any], Any]]:
    """(whether a key is of the first key's kind, what it is sorted by)."""
    if type(first) is bool:
        return lambda key: type(key) is bool, lambda key: key
    if is_number(first):
        return is_number, _float_order
    if type(first) is str:
        return lambda key: type(key) is str, lambda key: key.encode()
    if type(first) is list:
        return lambda key: type(key) is list, len
    raise arguments.wrong(f"{kind(first)} cannot be sorted by")


def _float_order(number: int | float) -> tuple[float, bool]:
    """Order of floats in which -0.0 comes before 0.0."""
    value = float(number)
    return value, value != 0 or not str(value).startswith("-")


def _attribute_of(item: Any, attribute: str, arguments: Arguments) -> Any:
    found, there = look_up(item, attribute)
    if not there:
        raise arguments.wrong(f"an item has no {attribute}")
    return found


def _sort(value: Any, arguments: Arguments) -> list[Any]:
    items = arguments.as_list(value)
    if not items:
        return items
    attribute = arguments.text("attribute", "")
    keys = [_attribute_of(item, attribute, arguments) for item in items]
    fits, key_of = _sort_key(keys[0], arguments)
    if not all(fits(key) for key in keys):
        raise arguments.wrong("the items are of different types")
    arguments.meter.step(len(items))
    order = sorted(range(len(items)), key=lambda index: key_of(keys[index]))
    return [items[index] for index in order]


def _unique(value: Any, arguments: Arguments) -> list[Any]:
    items = arguments.as_list(value)
    if not items:
        return items
    case_sensitive = arguments.boolean("case_sensitive", False)
    attribute = arguments.text("attribute", "")
    first = _attribute_of(items[0], attribute, arguments)
    if type(first) not in (bool, int, str):
        raise arguments.wrong(
            "only texts, whole numbers and booleans can be told apart" + (f", not {kind(first)}" if first is None else "")
        )
    seen: set[Any] = set()
    result: list[Any] = []
    for item in items:
        key, there = look_up(item, attribute)
        if not there:
            continue
        if type(key) is not type(first) or (type(key) is int and key not in I64):
            raise arguments.wrong("the items are of different types")
        key = key.lower() if type(key) is str and not case_sensitive else key
        if key not in seen:
            seen.add(key)
            result.append(item)
    return result


def _group_by(value: Any, arguments: Arguments) -> dict[str, Any]:
    items = arguments.as_list(value)
    if not items:
        return {}
    attribute = arguments.text("attribute")
    groups: dict[str, Any] = {}
    for item in items:
        key, _there = look_up(item, attribute)
        if key is not None:
            if type(key) in (list, dict):
                arguments.meter.measure(key)
            groups.setdefault(key if type(key) is str else to_json(key), []).append(item)
    return groups


def _filter(value: Any, arguments: Arguments) -> list[Any]:
    items = arguments.as_list(value)
    if not items:
        return items
    attribute, wanted = arguments.text("attribute"), arguments.values.get("value")
    found: list[Any] = []
    for item in items:
        held, _there = look_up(item, attribute)
        arguments.meter.measure(held)
        if held is not None if wanted is None else same(held, wanted):
            found.append(item)
    return found


def _map(value: Any, arguments: Arguments) -> list[Any]:
    items = arguments.as_list(value)
    if not items:
        return items
    attribute = arguments.text("attribute")
    return [held for held, there in (look_up(item, attribute) for item in items) if there and held is not None]


def _slice(value: Any, arguments: Arguments) -> list[Any]:
    items = arguments.as_list(value)
    if not items:
        return items
    start = _position(arguments.number("start", 0.0), items)
    end = min(_position(arguments.number("end", float(len(items))), items), len(items))
    return items[start:end] if start < end else []


def _position(number: float, items: list[Any]) -> int:
    """A place in a list, from the end where it is negative."""
    place = number if number >= 0 else len(items) + number
    return int(min(max(place, 0.0), 2.0**63))


def _concat(value: Any, arguments: Arguments) -> list[Any]:
    items, other = arguments.as_list(value), arguments.any("with")
    return [*items, *other] if type(other) is list else [*items, other]


def _get(value: Any, arguments: Arguments) -> Any:
    key = arguments.text("key")
    if type(value) is not dict:
        raise arguments.wrong(f"the value must be a map, it is {kind(value)}")
    if key in value:
        return value[key]
    if "default" in arguments.values:
        return arguments.values["default"]
    raise arguments.wrong(f"there is no key {key}")


FILTERS: dict[str, Filter] = {
    **TEXT_FILTERS,
    "length": _length,
    "reverse": _reverse,
    "json_encode": _json_encode,
    "date": date,
    "nth": _nth,
    "first": _first,
    "last": _last,
    "join": _join,
    "sort": _sort,
    "unique": _unique,
    "group_by": _group_by,
    "filter": _filter,
    "map": _map,
    "slice": _slice,
    "concat": _concat,
    "get": _get,
}
"""Every filter of Tera 1 by name, apart from `safe` and `default`, which the interpreter itself knows."""
