# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The few shapes that the schema of the documents is made of. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

# `$` also matches before a last newline in Python, not in ECMA-262: the lookahead means the end of the text in both.
END = "$(?!\\n)"
KIND = f"^[A-Z][A-Za-z0-9]*(\\.[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?{END}"
"""`Kind`, or `Kind.group`."""


def nullable(schema: Schema) -> Schema:
    """The same, or null: null is what removes a setting of a weaker document."""
    if not {"type", "enum", "anyOf", "$ref"} & set(schema):
        return schema
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    if "enum" in schema:
        return {key: value for key, value in schema.items() if key != "type"} | {"enum": [*schema["enum"], None]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    noted = {key: schema[key] for key in ("description",) if key in schema}
    return {**noted, "anyOf": [{key: value for key, value in schema.items() if key not in noted}, {"type": "null"}]}


def ref(name: str, description: str = "") -> Schema:
    """A reference to a definition, with a description of its own."""
    return {"$ref": f"#/$defs/{name}"} | ({"description": description} if description else {})


def text(description: str, *, title: str = "a text", pattern: str | None = None, empty: bool = False) -> Schema:
    """A string; not empty unless said so."""
    schema: Schema = {"type": "string", "title": title, "description": description, "maxLength": 4096}
    if pattern is not None:
        schema["pattern"] = pattern
    elif not empty:
        schema["minLength"] = 1
    return schema


def switch(description: str, default: bool | None = None) -> Schema:
    """true or false."""
    return {"type": "boolean", "title": "true or false", "description": description} | ({} if default is None else {"default": default})


def choice(description: str, *values: str, default: str | None = None) -> Schema:
    """One of a few words."""
    return {"enum": list(values), "description": description} | ({} if default is None else {"default": default})


def many(item: Schema, description: str, *, title: str = "a list", **extra: Any) -> Schema:
    """A list of items."""
    return {"type": "array", "title": title, "description": description, "items": item, **extra}


def record(description: str, properties: Mapping[str, Schema], *, required: tuple[str, ...] = (), **extra: Any) -> Schema:
    """An object with known keys. Keys that start with x- are for notes; every key that is not required may be null."""
    return {
        "type": "object",
        "title": "an object",
        "description": description,
        "properties": {key: value if key in required else nullable(value) for key, value in properties.items()},
        "patternProperties": {"^x-": True},
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
        **extra,
    }


def named(item: Schema, description: str, names: str = "noteOrName") -> Schema:
    """An object whose keys are names; null removes the entry."""
    return {
        "type": "object",
        "title": "an object",
        "description": description,
        "propertyNames": ref(names),
        "patternProperties": {"^x-": True},
        "additionalProperties": nullable(item),
    }


def list_or_map(definition: str, description: str) -> Schema:
    """Named things: a list of objects with `name`, or an object by name (where null removes one)."""
    as_list = many(ref(definition), description, title="a list of objects")
    return {"description": description, "anyOf": [as_list, named(ref(f"{definition}ByName"), description)]}


def without_name(item: Schema) -> Schema:
    """The same where the key is the name."""
    properties = {key: value for key, value in item["properties"].items() if key != "name"}
    required = [key for key in item["required"] if key != "name"]
    result = {key: value for key, value in item.items() if key != "required"} | {"properties": properties}
    return result | ({"required": required} if required else {})


def complete(item: Schema, *required: str) -> Schema:
    """The item where it is first written: these keys have to be there."""
    properties = {key: _not_nullable(value) if key in required else value for key, value in item["properties"].items()}
    return {**item, "properties": properties, "required": list(required)}


def _not_nullable(schema: Schema) -> Schema:
    """Undo `nullable`."""
    if isinstance(schema.get("type"), list):
        return {**schema, "type": schema["type"][0]}
    rest = [item for item in schema.get("anyOf", []) if item != {"type": "null"}]
    if len(rest) == 1:
        return {**{key: value for key, value in schema.items() if key != "anyOf"}, **rest[0]}
    return {**schema, "anyOf": rest} if rest else schema


ENV_FILE: Schema = many(
    {
        "description": "A file, or an object that says whether it must be there.",
        "title": "a file of the workspace",
        "anyOf": [
            text("", title="a file of the workspace"),
            record(
                "A file of variables.",
                {"path": text("Relative to the app's folder."), "required": switch("false: go on without it where it is missing.", True)},
                required=("path",),
            ),
        ],
    },
    "Files of variables, NAME=VALUE a line, relative to the app's folder; later ones win, and `variables` wins over all of them.",
    title="a list of files",
    maxItems=50,
)
RESTART_ON: Schema = many(
    choice("What a restart is due for.", "config", "mounts"),
    "When workloads whose own manifest did not change get new pods. config (default): when a ConfigMap or Secret changed that they read"
    " only at their start, as environment variables or by subPath. mounts: also when one changed that they mount as a whole, for programs"
    " that read their files once. [] for never.",
    title="a list of config and mounts",
)
