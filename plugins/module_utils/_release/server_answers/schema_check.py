# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A custom resource against the schema of its CustomResourceDefinition, where no server serves it yet. Pure.

The structural part of it: unknown fields, types, required fields, enumerations, bounds
(https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema).
Patterns, formats, `anyOf` and the like, and CEL rules are the server's alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..._objects import KubeObject
from ..manifests.interception import DEFINITION
from ..manifests.references import group_of

Schemas = Mapping[tuple[str, str], Mapping[str, Any]]
"""(group, kind) -> version -> openAPIV3Schema."""

_KEPT = "x-kubernetes-preserve-unknown-fields"
_OWN = ("apiVersion", "kind", "metadata")
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
_BOUNDS = (
    ("minimum", "maximum", "must be"),
    ("minLength", "maxLength", "must have a length of"),
    ("minItems", "maxItems", "must have a number of items of"),
    ("minProperties", "maxProperties", "must have a number of fields of"),
)


def schemas_of(objects: Iterable[KubeObject]) -> dict[tuple[str, str], dict[str, Any]]:
    """The schemas of all kinds that these CustomResourceDefinitions define."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for obj in objects:
        if (group_of(obj), obj.get("kind")) == DEFINITION:
            spec = _dict(obj.get("spec"))
            versions = [item for item in spec.get("versions") or [] if isinstance(item, dict)]
            key = (str(spec.get("group")), str(_dict(spec.get("names")).get("kind")))
            found[key] = {str(item.get("name")): _dict(item.get("schema")).get("openAPIV3Schema") for item in versions}
    return found


def violations(obj: KubeObject, schema: Any) -> list[str]:
    """What the schema does not allow, each with its path: `.spec.sise: field not declared in schema`. None without a schema."""
    return list(_root(obj, schema)) if isinstance(schema, dict) else []


def _root(obj: KubeObject, schema: Mapping[str, Any]) -> Iterator[str]:
    """metadata is checked by the server for every kind alike; status is not sent."""
    rest = {key: value for key, value in obj.items() if key not in (*_OWN, "status")}
    required = [name for name in schema.get("required") or [] if name not in (*_OWN, "status")]
    yield from _value(rest, {**schema, "required": required}, "")


def _value(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    if value is None:
        return
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        if isinstance(value, bool) or not isinstance(value, int | str):
            yield f"{path}: must be an integer or a string"
        return
    if kind in _TYPES and not _is(value, kind):
        yield f"{path}: must be of type {kind}"
        return
    allowed = schema.get("enum")
    if isinstance(allowed, list) and value not in allowed:
        yield f"{path}: must be one of {', '.join(map(str, allowed))}"
    yield from _bounds(value, schema, path)
    if isinstance(value, dict):
        yield from _fields(value, schema, path)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for number, item in enumerate(value):
            yield from _value(item, schema["items"], f"{path}[{number}]")


def _is(value: Any, kind: str) -> bool:
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _fields(value: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[str]:
    known, more = _dict(schema.get("properties")), schema.get("additionalProperties")
    open_ended = bool(schema.get(_KEPT)) or more is True or not (known or more or schema.get("type") == "object")
    own = _OWN if schema.get("x-kubernetes-embedded-resource") else ()
    for name, item in value.items():
        place = f"{path}.{name}"
        if name in known:
            yield from _value(item, _dict(known[name]), place)
        elif isinstance(more, dict):
            yield from _value(item, more, place)
        elif not open_ended and name not in own:
            yield f"{place}: field not declared in schema"
    for name in schema.get("required") or []:
        if value.get(name) is None and "default" not in _dict(known.get(name)):
            yield f"{path}.{name}: required, and not there"


def _bounds(value: Any, schema: Mapping[str, Any], path: str) -> Iterator[str]:
    for least, most, words in _BOUNDS:
        size = _size(value, least)
        if size is None:
            continue
        if least in schema and (size < schema[least] or (schema.get("exclusiveMinimum") is True and size == schema[least])):
            yield f"{path}: {words} at least {schema[least]}"
        if most in schema and (size > schema[most] or (schema.get("exclusiveMaximum") is True and size == schema[most])):
            yield f"{path}: {words} at most {schema[most]}"


def _size(value: Any, bound: str) -> float | None:
    """What the bound is about, None where it is about values of another type."""
    if bound == "minimum":
        return value if isinstance(value, int | float) and not isinstance(value, bool) else None
    kind = {"minLength": str, "minItems": list, "minProperties": dict}[bound]
    return len(value) if isinstance(value, kind) else None


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
