# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Desired against live: digests that prove "unchanged", and written causes for what differs. Pure.

What a server-side apply does depends on the fields that are sent and on the live values of exactly those fields
(https://kubernetes.io/docs/reference/using-api/server-side-apply/), so the proof looks at `projection(live, desired)` and is blind
to what controllers, autoscalers and other managers keep beside them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..._objects import KubeObject
from .as_stored import as_stored, fields_as_stored
from .fieldset import Fields, difference, entries_of, is_ours, item_of, lacking
from .quantity import same_quantity

_BOOKKEEPING = frozenset({"resourceVersion", "managedFields", "uid", "creationTimestamp", "generation", "selfLink"})
_MISSING: Any = object()
_MAX_CAUSES = 3
TO_MAKE_SURE = "applied to make sure: no difference found"
"""The cause of a write that is made though nothing is known to differ."""
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=str).encode


def digest(value: Any) -> str:
    """20 hex characters (80 bits of SHA-256) of the canonical JSON of `value`."""
    return hashlib.sha256(_canonical(value).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def normalised(obj: KubeObject) -> KubeObject:
    """The object without status and the server's bookkeeping: what is left is content."""
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key not in _BOOKKEEPING}
    return {**{key: value for key, value in obj.items() if key != "status"}, "metadata": metadata}


def live_digest(live: KubeObject, desired: KubeObject) -> str:
    """Digest of what `live` holds in the fields that `desired` names."""
    return digest(projection(live, as_stored(desired)))


def projection(live: Any, desired: Any) -> Any:
    """The part of `live` that `desired` speaks about. Lists of named things match by name, other lists as a whole by position."""
    if live == desired:
        return live
    if isinstance(desired, dict) and isinstance(live, dict):
        return {key: projection(live[key], value) for key, value in desired.items() if key in live}
    if isinstance(desired, list) and isinstance(live, list):
        names = _names(desired)
        if names is not None and (live_names := _names(live)) is not None:
            return [projection(live_names[name], item) for name, item in names.items() if name in live_names]
        if len(live) == len(desired):
            return [projection(have, want) for have, want in zip(live, desired, strict=True)]
    return live


def cause(differing: Sequence[str], dropped: Sequence[str]) -> str:
    """Why an apply is due, naming fields but never values: `data.mode differs`, `field data.old is no longer in the manifest`."""
    found = [f"{path} differs" for path in differing]
    found += [f"field {path} is no longer in the manifest" for path in dropped]
    if not found:
        return TO_MAKE_SURE
    rest = len(found) - _MAX_CAUSES
    return ", ".join(found[:_MAX_CAUSES]) + (f" and {rest} more" if rest > 0 else "")


def differences(desired: KubeObject, live: KubeObject) -> list[str]:
    """Paths where the live object does not hold what is desired, such as `spec.template.spec.containers[api].image`.
    apiVersion is not compared: any version of a kind shows the same object."""
    wanted = {key: value for key, value in as_stored(desired).items() if key not in ("apiVersion", "kind", "status")}
    return list(_differences(wanted, live, ""))


def differs(want: Any, have: Any) -> bool:
    """Whether a live value does not hold what is wanted."""
    return next(_differences(want, have, ""), None) is not None


def _differences(desired: Any, live: Any, path: str) -> Iterator[str]:
    if isinstance(desired, dict) and isinstance(live, dict):
        for key, value in desired.items():
            yield from _differences(value, live.get(key, _MISSING), _join(path, key))
    elif isinstance(desired, list) and isinstance(live, list):
        yield from _list_differences(desired, live, path)
    elif live is _MISSING:
        if not is_empty(desired):
            yield path
    elif not same_value(desired, live, path):
        yield path


def _list_differences(desired: list[Any], live: list[Any], path: str) -> Iterator[str]:
    names, live_names = _names(desired), _names(live)
    if names is not None and live_names is not None:
        for name, item in names.items():
            yield from _differences(item, live_names.get(name, _MISSING), f"{path}[{name}]")
    elif len(desired) != len(live):
        yield path
    else:
        for index, (want, have) in enumerate(zip(desired, live, strict=True)):
            yield from _differences(want, have, f"{path}[{index}]")


def same_value(desired: Any, live: Any, path: str) -> bool:
    """Whether the server would take both for the same."""
    if isinstance(desired, bool) or isinstance(live, bool):
        return desired is live
    return bool(desired == live) or (is_empty(desired) and is_empty(live)) or same_quantity(desired, live, path)


def is_empty(value: Any) -> bool:
    """The server drops nulls and most empty values (`omitempty`)."""
    return value is None or value is False or (value == 0 and not isinstance(value, str)) or value in ("", {}, [])


def _names(items: list[Any]) -> dict[str, Any] | None:
    """Items by their `name` when every item has its own (containers, env, volumes, named ports): the merge key of such lists."""
    if not items:
        return None
    try:
        named = {item["name"]: item for item in items}
    except (TypeError, KeyError):
        return None
    return named if len(named) == len(items) and all(isinstance(name, str) for name in named) else None


def _join(path: str, key: str) -> str:
    plain = key.replace("-", "").replace("_", "").isalnum()
    return (f"{path}.{key}" if path else key) if plain else f"{path}[{key}]"


def dropped_fields(desired: KubeObject, live: KubeObject, given: Mapping[str, Any] | None = None) -> list[str]:
    """Paths that our manager owns in the live object and that are no longer desired: an apply removes them. given: what it gives up."""
    return list(_dropped_from(desired, live, given, there=True))


def vanished_fields(desired: KubeObject, live: KubeObject, given: Mapping[str, Any] | None = None) -> list[str]:
    """The same for what the live object does not have (any more): the server drops empty values, or keeps them under another name."""
    return list(_dropped_from(desired, live, given, there=False))


def _dropped_from(desired: KubeObject, live: KubeObject, given: Mapping[str, Any] | None, *, there: bool) -> Iterator[str]:
    wanted = as_stored(desired)
    for fields in owned_fields(live):
        kept = difference(fields, given) if given else fields
        yield from _dropped(fields_as_stored(kept, live), wanted, live, "", there=there)


def owned_fields(live: KubeObject) -> list[Fields]:
    """Our `fieldsV1` sets of the main resource (https://kubernetes.io/docs/reference/generated/kubernetes-api/, FieldsV1)."""
    return [entry.get("fieldsV1") or {} for entry in entries_of(live) if is_ours(entry)]


def fields_digest(live: KubeObject) -> str:
    """Digest of the fields that are ours in the live object: another one when somebody took some, or one of them is gone."""
    owned = owned_fields(live)
    gone = [rest for fields in owned if (rest := lacking(fields_as_stored(fields, live), live))]
    return digest([owned, gone] if gone else owned)


def _dropped(fields: Mapping[str, Any], desired: Any, live: Any, path: str, *, there: bool) -> Iterator[str]:
    for token, below in fields.items():
        if token.startswith("f:") and isinstance(desired, dict):
            key = token[2:]
            have = live.get(key, _MISSING) if isinstance(live, dict) else _MISSING
            if key in desired:
                yield from _dropped(below, desired[key], have, _join(path, key), there=there)
            elif there == (have is not _MISSING):
                yield _join(path, key)
        elif token.startswith("k:") and isinstance(desired, list):
            yield from _dropped_item(token, below, desired, live, path, there=there)


def _dropped_item(token: str, below: Mapping[str, Any], desired: list[Any], live: Any, path: str, *, there: bool) -> Iterator[str]:
    key: dict[str, Any] = json.loads(token[2:])
    label = str(key.get("name", ",".join(str(value) for value in key.values())))
    want = item_of(desired, key)
    have = item_of(live if isinstance(live, list) else [], key)
    if want is not None:
        yield from _dropped(below, want, have, f"{path}[{label}]", there=there)
    elif there == (have is not None):
        yield f"{path}[{label}]"
