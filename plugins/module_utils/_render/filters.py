# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters a manifest needs, beside Jinja2's own, and Jinja2's own made safe.

Names as Ansible, Helm (sprig) and Jinja2 users know them; docs/templates.md has the list. Every filter is metered (`limits.py`).
Left out on purpose: `random` (a second `up` would change something), regular expressions (no bound on their time), `urlize`, `xmlattr`,
`pprint`, `striptags` (of no use in manifests).
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import Environment, Undefined, pass_environment
from jinja2.exceptions import FilterArgumentError
from jinja2.filters import FILTERS as JINJA_FILTERS

from .._json_values import json_as_yaml
from .limits import Meter
from .yaml_text import YamlProblem, dump_yaml, load_one

_OMITTED = frozenset({"random", "urlize", "xmlattr", "pprint", "striptags", "safe", "e", "escape", "forceescape", "tojson", "sum"})
_WIDTHS = frozenset(
    {"center", "indent", "nindent", "batch", "slice", "wordwrap", "truncate", "round", "to_nice_json", "to_nice_yaml", "to_yaml"}
)
Filter = Callable[..., Any]


def meter_of(environment: Environment) -> Meter:
    """The meter of a sandboxed environment."""
    meter: Meter = environment.meter  # type: ignore[attr-defined]
    return meter


def metered(name: str, function: Filter) -> Filter:
    """The filter with its arguments checked before and its result counted after."""
    kind = getattr(getattr(function, "jinja_pass_arg", None), "name", None)

    @functools.wraps(function)
    def wrapper(first: Any, *args: Any, **kwargs: Any) -> Any:
        environment = first if kind in (None, "environment") else first.environment
        meter = meter_of(environment)
        meter.step()
        if args:
            args = _checked(name, meter, args, kwargs)
        return meter.made(function(*args, **kwargs) if kind is None else function(first, *args, **kwargs))

    return pass_environment(wrapper) if kind is None else wrapper


def _checked(name: str, meter: Meter, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
    value = args[0]
    if name in _WIDTHS:
        for number in (*args[1:], *kwargs.values()):
            meter.width(number)
    if name in ("indent", "nindent") and isinstance(value, str):
        width = next((item for item in (*args[1:], *kwargs.values()) if isinstance(item, int)), 4)
        meter.produce(len(value) + (value.count("\n") + 1) * width)
    elif name == "replace" and len(args) > 2 and isinstance(value, str):
        check_replace(meter, value, str(args[1]), str(args[2]))
    elif name == "format" and isinstance(value, str):
        meter.percent(value, kwargs or args[1:])
    elif name == "join":
        items = list(value)
        glue = len(args[1]) if len(args) > 1 and isinstance(args[1], str) else 0
        meter.produce(sum(meter.measure(item) + glue for item in items))
        return (items, *args[1:])
    elif not isinstance(value, str):
        meter.measure(value)
    return args


def check_replace(meter: Meter, text: str, old: str, new: str) -> None:
    """Count what `text.replace(old, new)` would make, before it is done."""
    meter.produce(len(text) + text.count(old) * max(len(new) - len(old), 0))


@pass_environment
def _sum(environment: Environment, iterable: Any, attribute: Any = None, start: Any = 0) -> Any:
    items = [environment.getitem(item, attribute) for item in iterable] if attribute is not None else list(iterable)
    meter = meter_of(environment)
    total = start
    for item in items:
        meter.operate("+", total, item)
        total = total + item
    return total


def _to_json(value: Any, indent: int | None = None, sort_keys: bool = True) -> str:
    separators = None if indent else (", ", ": ")
    text = json.dumps(value, indent=indent, sort_keys=sort_keys, ensure_ascii=False, separators=separators, default=_encodable)
    return json_as_yaml(text)


def _to_nice_json(value: Any, indent: int = 4, sort_keys: bool = True) -> str:
    return _to_json(value, indent, sort_keys)


def _encodable(value: Any) -> Any:
    if isinstance(value, Undefined):
        return str(value)
    if isinstance(value, Iterable):
        return list(value)
    raise FilterArgumentError(f"a {type(value).__name__} cannot be written as JSON or YAML")


def _to_yaml(value: Any, indent: int = 2, sort_keys: bool = True) -> str:
    return dump_yaml(json.loads(_to_json(value, sort_keys=False)), indent=indent, sort_keys=sort_keys)


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise FilterArgumentError("from_json was given text that is not JSON") from None


def _from_yaml(text: str) -> Any:
    try:
        return load_one(text)
    except YamlProblem:
        raise FilterArgumentError("from_yaml was given text that is not one YAML document") from None


def _b64encode(value: Any) -> str:
    return base64.b64encode(str(value).encode()).decode()


def _b64decode(value: Any) -> str:
    try:
        return base64.b64decode(str(value).encode(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise FilterArgumentError("b64decode was given text that is not base64 of UTF-8 text") from None


def _hash(value: Any, algorithm: str = "sha1") -> str:
    if algorithm not in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512"):
        raise FilterArgumentError(f"hash does not know the algorithm {algorithm}; it knows md5, sha1, sha224, sha256, sha384, sha512")
    return hashlib.new(algorithm, str(value).encode(), usedforsecurity=False).hexdigest()


def _nindent(value: str, width: int = 4) -> str:
    return "".join(f"\n{' ' * width}{line}" if line else "\n" for line in str(value).split("\n"))


def _combine(value: Mapping[str, Any], *others: Mapping[str, Any], recursive: bool = False) -> dict[str, Any]:
    result = dict(value)
    for other in others:
        for key, item in other.items():
            old = result.get(key)
            both = recursive and isinstance(old, Mapping) and isinstance(item, Mapping)
            result[key] = _combine(old, item, recursive=True) if both and old is not None else item
    return result


def _items_to_dict(items: Iterable[Mapping[str, Any]], key_name: str = "key", value_name: str = "value") -> dict[Any, Any]:
    return {item[key_name]: item[value_name] for item in items}


def _dict_to_items(value: Mapping[str, Any], key_name: str = "key", value_name: str = "value") -> list[dict[str, Any]]:
    return [{key_name: key, value_name: item} for key, item in value.items()]


def _bool(value: Any) -> bool:
    return value.strip().lower() in ("true", "yes", "on", "1", "y", "t") if isinstance(value, str) else bool(value)


def _ternary(value: Any, when_true: Any, when_false: Any = "") -> Any:
    return when_true if value else when_false


@pass_environment
def _flatten(environment: Environment, value: Iterable[Any]) -> list[Any]:
    result: list[Any] = []
    waiting = list(value)[::-1]
    while waiting:
        item = waiting.pop()
        meter_of(environment).step()
        if isinstance(item, (list, tuple)):
            waiting.extend(reversed(item))
        else:
            result.append(item)
    return result


def _required(value: Any, message: str = "a required value is missing") -> Any:
    if isinstance(value, Undefined) or value is None or value == "":
        raise FilterArgumentError(message)
    return value


def _escape(value: Any) -> str:
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;").replace("'", "&#39;")


_OWN: dict[str, Filter] = {
    "to_json": _to_json,
    "tojson": _to_json,
    "toJson": _to_json,
    "to_nice_json": _to_nice_json,
    "to_yaml": _to_yaml,
    "to_nice_yaml": _to_yaml,
    "toyaml": _to_yaml,
    "toYaml": _to_yaml,
    "from_json": _from_json,
    "from_yaml": _from_yaml,
    "b64encode": _b64encode,
    "b64enc": _b64encode,
    "b64decode": _b64decode,
    "b64dec": _b64decode,
    "hash": _hash,
    "sha256": lambda value: _hash(value, "sha256"),
    "sha256sum": lambda value: _hash(value, "sha256"),
    "quote": lambda value: json_as_yaml(json.dumps(str(value), ensure_ascii=False)),
    "squote": lambda value: "'" + str(value).replace("'", "''") + "'",
    "nindent": _nindent,
    "combine": _combine,
    "dict2items": _dict_to_items,
    "items2dict": _items_to_dict,
    "flatten": _flatten,
    "split": lambda value, separator=None, maximum=-1: str(value).split(separator, maximum),
    "bool": _bool,
    "ternary": _ternary,
    "mandatory": _required,
    "required": _required,
    "sum": _sum,
    "safe": str,
    "e": _escape,
    "escape": _escape,
    "forceescape": _escape,
}

FILTERS: dict[str, Filter] = {
    name: metered(name, function) for name, function in {**{k: v for k, v in JINJA_FILTERS.items() if k not in _OMITTED}, **_OWN}.items()
}
"""Every filter of a template, by name."""
