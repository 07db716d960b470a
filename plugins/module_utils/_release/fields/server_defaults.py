# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that the server filled in and that are in the way of what the manifest says now: `rollingUpdate` beside `type: Recreate`. Pure.

Which fields exclude each other only the server knows. It says so when it refuses a write: where, in the words of its validation. What it
names there, or what stands beside that, goes when nobody else asked for it: no other manager owns it, and the manifest does not have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..._cluster import causes
from ..._errors import ApiError
from ..._objects import KubeObject
from ..manifests.references import group_of
from .controllers import is_controller
from .fieldset import Fields, at_leaf, difference, entries_of, is_ours, item_of, of_leaf, union, whole
from .takeover import Claims

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_OURS, _CONTROLLER, _ANOTHER = "ours", "controller", "another"
_ARM = frozenset({_OURS, _CONTROLLER})
_NOBODY_ELSE: tuple[frozenset[str], ...] = (frozenset(), frozenset({_OURS}), _ARM)
_TYPES = ("f:spec", "f:policyTypes")
_FIXED = frozenset({"apiVersion", "kind", "metadata", "status"})
Part = Mapping[str, Any]
Owners = Sequence[tuple[str, Part]]
"""(ours, controller or another, what it owns here)."""
Found = Callable[[str, Part, Part, Owners, bool], Fields]


def in_the_way(error: ApiError, live: KubeObject, desired: KubeObject) -> Claims:
    """What the refusal is about of the live object that nobody owns, or only a controller that keeps something there; no claims when the
    refusal is about something else."""
    if error.status != 422:
        return Claims()
    owners = [(_who(live, entry), entry.get("fieldsV1") or {}) for entry in entries_of(live)]
    found = _named_or_near(error, live, desired, owners)
    held = [
        (str(entry.get("manager")), fields) for entry, (who, fields) in zip(entries_of(live), owners, strict=True) if who == _CONTROLLER
    ]
    losing = {manager for manager, fields in held if difference(fields, found) != fields}
    return Claims(found, evict=dict.fromkeys(sorted(losing), found))


def _who(live: KubeObject, entry: Part) -> str:
    if is_ours(entry):
        return _OURS
    return _CONTROLLER if is_controller(live, str(entry.get("manager"))) else _ANOTHER


def stale_defaults(desired: KubeObject, live: KubeObject) -> Fields:
    """What the server filled in from other fields of the manifest, would fill in differently now, and does not refuse: a NetworkPolicy that
    had no `egress` goes on without it, whatever the manifest says."""
    if (group_of(desired), desired.get("kind")) != ("networking.k8s.io", "NetworkPolicy"):
        return {}
    spec, have = desired.get("spec") or {}, live.get("spec") or {}
    types = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
    if (
        spec.get("policyTypes")
        or have.get("policyTypes") == types
        or any(at_leaf(entry.get("fieldsV1") or {}, _TYPES) for entry in entries_of(live))
    ):
        return {}
    return of_leaf(_TYPES)


def _named_or_near(error: ApiError, live: KubeObject, desired: KubeObject, owners: Owners) -> Fields:
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
    return {f"f:{name}": whole(live[name])} if name in live and name not in want and _owners(name, owners) <= _ARM else {}


def _around(name: str, live: Part, want: Part, owners: Owners, top: bool) -> Fields:
    """What stands beside the named field, and in it, that only the server wrote."""
    found = {} if top else _unasked(live, want, owners)
    if isinstance(live.get(name), dict) and isinstance(want.get(name), dict):
        inside = _unasked(live[name], want[name], _below(owners, f"f:{name}"))
        found |= {f"f:{name}": inside} if inside else {}
    return found


def _unasked(live: Part, want: Part, owners: Owners) -> Fields:
    """What we chose before may still hold what a controller put into it; a controller's own field is left."""
    return {f"f:{name}": whole(value) for name, value in live.items() if name not in want and _owners(name, owners) in _NOBODY_ELSE}


def _owners(name: str, owners: Owners) -> frozenset[str]:
    return frozenset(who for who, fields in owners if f"f:{name}" in fields)


def _pairs(live: list[Any], want: list[Any], owners: Owners) -> Iterator[tuple[str, Any, Any, Owners]]:
    """(token, live item, wanted item, who owns what in it) by the keys that `managedFields` know."""
    for token in dict.fromkeys(token for _, fields in owners for token in fields if token.startswith("k:")):
        key = json.loads(token[2:])
        have, item = item_of(live, key), item_of(want, key)
        if have is not None and item is not None:
            yield token, have, item, _below(owners, token)


def _below(owners: Owners, token: str) -> Owners:
    return [(who, fields[token]) for who, fields in owners if isinstance(fields.get(token), dict)]
