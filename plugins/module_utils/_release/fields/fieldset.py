# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets of fields as the API server keeps them in `managedFields` (FieldsV1), against objects. Pure.

https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#fieldsv1-v1-meta : `f:name` is a field, `k:{...}` the item of a list
with these keys, `v:...` a value of a set, `.` the thing itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..._objects import FIELD_MANAGER, KubeObject

Fields = dict[str, Any]
MISSING: Any = object()


def entries_of(live: KubeObject) -> list[dict[str, Any]]:
    """The object's `managedFields`, [] when there are none."""
    entries = (live.get("metadata") or {}).get("managedFields") or []
    return [entry for entry in entries if isinstance(entry, dict)]


def is_ours(entry: Mapping[str, Any]) -> bool:
    """Whether the entry holds what we applied."""
    return entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" and not entry.get("subresource")


def union(first: Mapping[str, Any], second: Mapping[str, Any]) -> Fields:
    """What either names."""
    found = dict(first)
    for part, below in second.items():
        found[part] = union(found.get(part) or {}, below or {})
    return found


def covering(first: Mapping[str, Any], second: Mapping[str, Any]) -> Fields:
    """What either names, where a field without fields in it means all that is in it."""
    found = dict(first)
    for part, below in second.items():
        found[part] = covering(found[part], below) if found.get(part) and below else {} if part in found else below
    return found


def difference(first: Mapping[str, Any], second: Mapping[str, Any]) -> Fields:
    """What `first` names but for the leaves that `second` names."""
    found: Fields = {}
    for part, below in first.items():
        if part not in second:
            found[part] = below
        elif second[part] and (rest := difference(below or {}, second[part])):
            found[part] = rest
    return found


def lacking(fields: Mapping[str, Any], obj: Any) -> Fields:
    """What the set names and the object does not have."""
    found: Fields = {}
    plain = isinstance(obj, dict)
    for part, below in fields.items():
        have = obj.get(part[2:], MISSING) if plain and part.startswith("f:") else at(obj, part)
        if have is MISSING:
            found[part] = below
        elif below and (rest := lacking(below, have)):
            found[part] = rest
    return found


def having(fields: Mapping[str, Any], obj: Any) -> Fields:
    """What the set names and the object has."""
    found: Fields = {}
    for part, below in fields.items():
        have = at(obj, part)
        if have is MISSING:
            continue
        rest = having(below, have) if below else {}
        if rest or not below or "." in below:
            found[part] = rest
    return found


def at(obj: Any, part: str) -> Any:
    """What stands at one part, MISSING when there is nothing."""
    if part == ".":
        return obj
    kind, _, name = part.partition(":")
    if kind == "f" and isinstance(obj, dict):
        return obj.get(name, MISSING)
    if kind == "k" and isinstance(obj, list):
        item = item_of(obj, json.loads(name))
        return MISSING if item is None else item
    if kind == "v" and isinstance(obj, list):
        value = json.loads(name)
        return value if value in obj else MISSING
    return MISSING


def item_of(items: list[Any], key: Mapping[str, Any]) -> Any:
    """The item with that associative key; a key field that is absent in the manifest is a server default and matches: of `protocol` TCP."""
    for item in items:
        if isinstance(item, dict) and set(key) & set(item) and all(_has(item, name, value) for name, value in key.items()):
            return item
    return None


def _has(item: Mapping[str, Any], name: str, value: Any) -> bool:
    return bool(item[name] == value) if name in item else name != "protocol" or value == "TCP"


def leaves(fields: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The tokens to each field that the set names; of an item that is named as a whole, only the item."""
    for part, below in fields.items():
        if part == ".":
            continue
        if not below or set(below) == {"."} or (part.startswith("k:") and "." in below):
            yield (part,)
        else:
            yield from ((part, *rest) for rest in leaves(below))


def at_leaf(fields: Mapping[str, Any], tokens: tuple[str, ...]) -> bool:
    """Whether the set names that field, or something in it."""
    below: Any = fields
    for part in tokens:
        if not isinstance(below, dict) or part not in below:
            return False
        below = below[part]
    return True


def of_leaf(tokens: tuple[str, ...], below: Mapping[str, Any] | None = None) -> Fields:
    """The set that names one field. below: what it names in there, else the field as a whole."""
    found: Fields = dict(below or {})
    for part in reversed(tokens):
        found = {part: found}
    return found


def whole(value: Any) -> Fields:
    """Names everything of a value; lists as one thing."""
    if not isinstance(value, dict):
        return {}
    return {".": {}, **{f"f:{key}": whole(below) for key, below in value.items()}}


def path_of(tokens: tuple[str, ...]) -> str:
    """`spec.template.spec.containers[main].image`."""
    path = ""
    for part in tokens:
        kind, _, name = part.partition(":")
        if kind == "f":
            plain = name.replace("-", "").replace("_", "").isalnum()
            path = (f"{path}.{name}" if path else name) if plain else f"{path}[{name}]"
        elif kind == "k":
            key = json.loads(name)
            path += f"[{key.get('name', ','.join(str(value) for value in key.values()))}]"
        else:
            path += f"[{name.strip(chr(34))}]"
    return path


def cut(obj: Any, fields: Mapping[str, Any]) -> Any:
    """The object without what the set names; what is empty only for that goes too. The object itself is left as it is."""
    if isinstance(obj, dict):
        kept = dict(obj)
        for part, below in fields.items():
            name = part[2:]
            if not part.startswith("f:") or name not in kept:
                continue
            rest = _rest(kept[name], below)
            if rest is MISSING:
                del kept[name]
            else:
                kept[name] = rest
        return kept
    if isinstance(obj, list):
        return [rest for item in obj if (rest := _item_rest(item, obj, fields)) is not MISSING]
    return obj


def _rest(value: Any, below: Mapping[str, Any] | None) -> Any:
    """What stays of a value; MISSING when nothing does."""
    if not below or "." in below or not isinstance(value, (dict, list)):
        return MISSING
    rest = cut(value, below)
    return MISSING if not rest and value else rest


def _item_rest(item: Any, items: list[Any], fields: Mapping[str, Any]) -> Any:
    for part, below in fields.items():
        if part.startswith("v:") and json.loads(part[2:]) == item:
            return MISSING
        if part.startswith("k:") and item_of(items, json.loads(part[2:])) is item:
            return _rest(item, below)
    return item
