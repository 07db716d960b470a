# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that the server filled in and that are in the way of what the manifest says now: `rollingUpdate` beside `type: Recreate`. Pure.

Which fields exclude each other only the server knows. It says so when it refuses a write: where, in the words of its validation. What it
names there, or what stands beside that, goes when nobody ever asked for it: no manager owns it, and the manifest does not have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._cluster import causes
from .._errors import ApiError
from .._objects import KubeObject
from .fieldset import Fields, entries_of, item_of, union, whole

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_FIXED = frozenset({"apiVersion", "kind", "metadata", "status"})
Part = Mapping[str, Any]
Owners = Sequence[Part]
Found = Callable[[str, Part, Part, Owners, bool], Fields]


def in_the_way(error: ApiError, live: KubeObject, desired: KubeObject) -> Fields:
    """What nobody owns of the live object and the refusal is about; {} when the refusal is about something else."""
    if error.status != 422:
        return {}
    owners = [entry.get("fieldsV1") or {} for entry in entries_of(live)]
    paths = [_steps(path) for path in _named(error)]
    exact: Fields = {}
    for path in paths:
        exact = union(exact, _search(path, live, desired, owners, _itself))
    if exact:
        return exact
    beside: Fields = {}
    for path in paths:
        beside = union(beside, _search(path, live, desired, owners, _around))
    return beside


def _named(error: ApiError) -> list[str]:
    found = [str(item.get("field") or "") for item in causes(error.body)]
    return [path for path in dict.fromkeys(found) if path and path != "<nil>" and path.partition(".")[0] not in _FIXED]


def _steps(path: str) -> list[str]:
    """`spec.volumes[0].emptyDir` as its parts; the number of an item in a list stays a text."""
    return [field or key for field, key in _STEP.findall(path)]


def _search(path: Sequence[str], live: Any, want: Any, owners: Owners, found: Found, *, top: bool = True) -> Fields:
    """Follow the path in both objects; in lists of named things through every item that both have, as positions differ between them."""
    if isinstance(live, list) and isinstance(want, list):
        items = {token: _search(path[1:], have, item, below, found, top=False) for token, have, item, below in _pairs(live, want, owners)}
        return {token: fields for token, fields in items.items() if fields}
    if not path or not isinstance(live, dict) or not isinstance(want, dict):
        return {}
    token = f"f:{path[0]}"
    if len(path) > 1 and path[0] in live and path[0] in want:
        deeper = _search(path[1:], live[path[0]], want[path[0]], _below(owners, token), found, top=False)
        return {token: deeper} if deeper else {}
    return found(path[0], live, want, owners, top)


def _itself(name: str, live: Part, want: Part, owners: Owners, top: bool) -> Fields:
    """The named field, or what is on the way there: the first part of the path that the manifest lacks."""
    return {f"f:{name}": whole(live[name])} if name in live and name not in want and _free(name, owners) else {}


def _around(name: str, live: Part, want: Part, owners: Owners, top: bool) -> Fields:
    """What stands beside the named field, and in it, that only the server wrote."""
    found = {} if top else _unasked(live, want, owners)
    if isinstance(live.get(name), dict) and isinstance(want.get(name), dict):
        inside = _unasked(live[name], want[name], _below(owners, f"f:{name}"))
        found |= {f"f:{name}": inside} if inside else {}
    return found


def _unasked(live: Part, want: Part, owners: Owners) -> Fields:
    return {f"f:{name}": whole(value) for name, value in live.items() if name not in want and _free(name, owners)}


def _free(name: str, owners: Owners) -> bool:
    return not any(f"f:{name}" in fields for fields in owners)


def _pairs(live: list[Any], want: list[Any], owners: Owners) -> Iterator[tuple[str, Any, Any, Owners]]:
    """(token, live item, wanted item, who owns what in it) by the keys that `managedFields` know."""
    for token in dict.fromkeys(token for fields in owners for token in fields if token.startswith("k:")):
        key = json.loads(token[2:])
        have, item = item_of(live, key), item_of(want, key)
        if have is not None and item is not None:
            yield token, have, item, _below(owners, token)


def _below(owners: Owners, token: str) -> list[Mapping[str, Any]]:
    return [fields[token] for fields in owners if isinstance(fields.get(token), dict)]
