# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an apply would make of an object once fields are claimed: for the dry run, in which nothing can be claimed. Pure.

The answer is a JSON merge patch of the live object, which the server then defaults, validates and admits as it would the apply.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..._objects import KubeObject
from .as_stored import fields_as_stored
from .compare import owned_fields
from .fieldset import Fields, cut, entries_of, item_of, lacking, union
from .takeover import Claims

_SERVERS = ("managedFields", "resourceVersion", "uid", "creationTimestamp", "generation")
_LEFT: Any = object()


def foreseen(live: KubeObject, desired: KubeObject, claims: Claims) -> KubeObject:
    """The object after the claims and the apply, before the server fills in what is missing."""
    ours: Fields = {}
    for fields in owned_fields(live):
        ours = union(ours, fields_as_stored(fields, live))
    kept = union({}, claims.give)
    doomed = lacking(union(ours, claims.take), desired)
    rest = cut(live, _outside(doomed, kept))
    known = [entry.get("fieldsV1") or {} for entry in entries_of(live)]
    merged: KubeObject = _merged(rest, desired, known)
    return merged


def _outside(fields: Mapping[str, Any], kept: Mapping[str, Any]) -> Fields:
    """Without what stays."""
    found: Fields = {}
    for token, below in fields.items():
        if token not in kept:
            found[token] = below
        elif kept[token] and (rest := _outside(below or {}, kept[token])):
            found[token] = rest
    return found


def _merged(have: Any, want: Any, known: Sequence[Mapping[str, Any]]) -> Any:
    """Maps merge by key; lists by the keys that `managedFields` know of them, or as sets; others are replaced."""
    if isinstance(have, dict) and isinstance(want, dict):
        return {**have, **{key: _merged(have.get(key), value, _below(known, f"f:{key}")) for key, value in want.items()}}
    if not isinstance(have, list) or not isinstance(want, list):
        return want
    tokens = [token for fields in known for token in fields]
    keys = next((tuple(json.loads(token[2:])) for token in tokens if token.startswith("k:")), None)
    if keys is not None and all(isinstance(item, dict) for item in (*have, *want)):
        return _merged_items(have, want, keys, known)
    if any(token.startswith("v:") for token in tokens):
        return [*have, *(item for item in want if item not in have)]
    return want


def _merged_items(have: list[Any], want: list[Any], keys: Sequence[str], known: Sequence[Mapping[str, Any]]) -> list[Any]:
    merged, new = list(have), []
    for item in want:
        old = next((other for other in merged if item_of([item], {name: other[name] for name in keys if name in other}) is item), None)
        if old is None:
            new.append(item)
            continue
        exact = {name: old[name] for name in keys if name in old}
        token = next((token for fields in known for token in fields if token.startswith("k:") and json.loads(token[2:]) == exact), "")
        place = next(number for number, other in enumerate(merged) if other is old)
        merged[place] = _merged(old, item, _below(known, token))
    return merged + new


def _below(known: Sequence[Mapping[str, Any]], token: str) -> list[Mapping[str, Any]]:
    return [fields[token] for fields in known if isinstance(fields.get(token), dict)]


def merge_patch(before: KubeObject, after: KubeObject) -> dict[str, Any]:
    """What makes `after` of `before`, RFC 7386; of the server's own bookkeeping nothing."""
    patch = _patch(before, after)
    found = {} if patch is _LEFT else dict(patch)
    found.pop("status", None)
    metadata = {key: value for key, value in (found.get("metadata") or {}).items() if key not in _SERVERS}
    return {**{key: value for key, value in found.items() if key != "metadata"}, **({"metadata": metadata} if metadata else {})}


def _patch(before: Any, after: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return _LEFT if before == after else after
    found = {key: None for key in before if key not in after}
    for key, value in after.items():
        patch = _patch(before[key], value) if key in before else value
        if patch is not _LEFT:
            found[key] = patch
    return found or _LEFT
