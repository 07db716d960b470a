# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a field is before an apply: what changes in `managedFields` so that the apply removes, or leaves, what it has to. Pure.

A server-side apply takes away only what its manager owns. So what shall go becomes ours first, and what shall stay without us is given up;
neither changes the object. `kubectl apply --server-side` does the same with what its client-side apply owned.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#upgrading-from-client-side-apply-to-server-side-apply
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..._objects import FIELD_MANAGER, KubeObject, metadata_map
from .as_stored import fields_as_stored
from .fieldset import Fields, at_leaf, difference, entries_of, having, is_ours, lacking, leaves, path_of, union

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
CONTROL_PLANE = re.compile(
    r"kube-(apiserver|aggregator|controller-manager|scheduler|proxy)|cloud-controller-manager|clusterrole-aggregation-controller|kubelet"
)
"""Field managers that are parts of Kubernetes itself; no person's tool calls itself so."""
_ANNOTATED = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")
_BEFORE = "before-first-apply"
"""Owns what was there when an object without any `managedFields` was first applied."""
_MAX_NAMED = 3
_NO_DEFAULTS = ("f:metadata", "f:data", "f:binaryData", "f:rules")
_NAME_LABEL = "kubernetes.io/metadata.name"
"""Every namespace gets it from the server."""
_APPLIERS = re.compile(r"kubectl(-client-side-apply|-create|-replace|-run|-expose|-last-applied)?|helm", re.IGNORECASE)
_TOOLS = re.compile(r"helm.*|kustomize-controller|flux.*|argocd.*|kapp.*|ansible.*|OpenAPI-Generator|terraform.*|pulumi.*", re.IGNORECASE)


@dataclass(frozen=True)
class Claims:
    """take: becomes ours. leave: field managers that own nothing any more. give: is ours no longer. evict: manager -> what it loses.
    gone: versions that the kind does not have any more, in which fields are owned."""

    take: Fields = field(default_factory=dict)
    leave: frozenset[str] = frozenset()
    give: Fields = field(default_factory=dict)
    evict: Mapping[str, Fields] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def also(self, other: Claims) -> Claims:
        """Both."""
        give = union(self.give, other.give)
        managers = dict.fromkeys((*self.evict, *other.evict))
        evict = {manager: union(self.evict.get(manager, {}), other.evict.get(manager, {})) for manager in managers}
        return Claims(union(self.take, other.take), self.leave | other.leave, give, evict, self.gone | other.gone)

    def __bool__(self) -> bool:
        return bool(self.take or self.leave or self.give or self.evict or self.gone)


def previous_appliers(live: KubeObject, *, tools: bool) -> list[dict[str, Any]]:
    """The entries of those who made the object as it is before we had it: kubectl and Helm; with `tools` also what other deployment tools
    call themselves, and whoever created it. Not controllers, nor what a person changed by hand (`kubectl-edit`) later. A program that we
    do not know may need what it wrote: without `tools`, by which a person says that all of it is wanted, that stays."""
    found = []
    creator = _creator(live)
    for entry in _others(live):
        manager = str(entry.get("manager"))
        # A scale or an annotation by kubectl is an Update of a manager `kubectl`, an apply is an Apply.
        by_name = _APPLIERS.fullmatch(manager) and (manager != "kubectl" or entry.get("operation") == "Apply")
        by_annotation = at_leaf(entry.get("fieldsV1") or {}, _ANNOTATED)
        before = manager == _BEFORE and _last_applied(live)
        if by_name or by_annotation or before or (tools and (entry is creator or _TOOLS.fullmatch(manager))):
            found.append(entry)
    return found


def _others(live: KubeObject) -> list[dict[str, Any]]:
    """The entries of managers that are neither ours, nor a part of Kubernetes, nor one that reports the object's status."""
    reporting = {entry.get("manager") for entry in entries_of(live) if entry.get("subresource")}
    return [
        entry
        for entry in entries_of(live)
        if not entry.get("subresource")
        and entry.get("manager") != FIELD_MANAGER
        and not CONTROL_PLANE.fullmatch(str(entry.get("manager")))
        and entry.get("manager") not in reporting
    ]


def _creator(live: KubeObject) -> dict[str, Any] | None:
    """The entry that is as old as the object, of a program that we do not know. Of several in that second the one that owns most; what
    kubectl changes is never what it creates."""
    created = (live.get("metadata") or {}).get("creationTimestamp")
    found = [entry for entry in _others(live) if created and entry.get("time") == created and entry.get("operation") == "Update"]
    found = [entry for entry in found if not str(entry.get("manager")).startswith("kubectl") and entry.get("manager") != _BEFORE]
    return max(found, key=lambda entry: len(list(leaves(entry.get("fieldsV1") or {}))), default=None)


def taken_over(live: KubeObject, entries: Sequence[Mapping[str, Any]]) -> Fields:
    """What these entries own, as far as it is there and was put there by them."""
    found: Fields = {}
    for entry in entries:
        fields: Fields = having(fields_as_stored(entry.get("fieldsV1") or {}, live), live)
        if entry.get("manager") == _BEFORE:
            fields = having(fields, _last_applied(live))
        found = union(found, fields)
    return found


def claims_for(desired: KubeObject, live: KubeObject, *, takeover: bool, tools: bool = False) -> tuple[Claims, str]:
    """What has to become ours before an apply, and what goes by that, in words. takeover: the object is adopted; tools: whoever has it."""
    leftovers = renamed_leftovers(live, desired)
    told = [_goes(list(map(path_of, leaves(leftovers))), "")] if leftovers else []
    if takeover and not entries_of(live):
        return _without_entries(live, desired)
    entries = previous_appliers(live, tools=tools) if takeover else []
    if not entries:
        return Claims(leftovers), ", ".join(told)
    fields = taken_over(live, entries)
    managers = frozenset(str(entry.get("manager")) for entry in entries)
    if named := _surely_gone(live, fields, desired):
        told.append(_goes(named, " or ".join(sorted(managers))))
    return Claims(union(fields, leftovers), managers), ", ".join(told)


def _without_entries(live: KubeObject, desired: KubeObject) -> tuple[Claims, str]:
    """Who owns what was never kept, or was cleared: then the last-applied annotation tells, but for what is in lists."""
    said = _last_applied(live)
    metadata = {key: value for key, value in (said.get("metadata") or {}).items() if key in ("labels", "annotations")}
    content = {key: value for key, value in said.items() if key not in ("apiVersion", "kind", "metadata", "status")}
    fields = having(_maps({**content, **({"metadata": metadata} if metadata else {})}), live)
    gone = list(map(path_of, leaves(lacking(fields, desired))))
    return Claims(fields), _goes(gone, "kubectl") if gone else ""


def _maps(value: Any) -> Fields:
    return {f"f:{key}": _maps(below) for key, below in value.items() if not isinstance(below, list)} if isinstance(value, dict) else {}


def _goes(paths: Sequence[str], manager: str) -> str:
    """`field data.old, which kubectl-create set, is not in the manifest`."""
    named = ", ".join(paths[:_MAX_NAMED]) + (f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else "")
    many = len(paths) > 1
    by = f", which {manager} set," if manager else ""
    return f"field{'s' if many else ''} {named}{by} {'are' if many else 'is'} not in the manifest"


def _surely_gone(live: KubeObject, fields: Mapping[str, Any], desired: KubeObject) -> list[str]:
    """What goes, as far as that is known without asking the server: whoever created an object owns the defaults too, which come back. So
    what has no defaults, and of the rest what the last-applied annotation names."""
    said, gone = _last_applied(live), lacking(fields, desired)
    sure = union({part: gone[part] for part in _NO_DEFAULTS if part in gone}, having(gone, said))
    return [path for path in map(path_of, leaves(sure)) if LAST_APPLIED not in path and _NAME_LABEL not in path]


def _last_applied(live: KubeObject) -> KubeObject:
    try:
        said = json.loads(metadata_map(live, "annotations").get(LAST_APPLIED, ""))
    except (ValueError, TypeError):
        return {}
    return said if isinstance(said, dict) else {}


def renamed_leftovers(live: KubeObject, desired: KubeObject) -> Fields:
    """What we applied under a name that the server does not keep, is there under the one that it keeps, and shall go: nobody owns that."""
    found: Fields = {}
    for entry in entries_of(live):
        if is_ours(entry):
            raw = entry.get("fieldsV1") or {}
            found = union(found, difference(fields_as_stored(raw, live), raw))
    return lacking(having(found, live), desired)


def claimed(live: KubeObject, claims: Claims) -> list[dict[str, Any]]:
    """The object's `managedFields` with the claims carried out."""
    entries = _in_present_versions(live, claims)
    ours = next((entry for entry in entries if is_ours(entry)), None)
    fields = difference(union((ours or {}).get("fieldsV1") or {}, claims.take), claims.give)
    mine = {"apiVersion": live.get("apiVersion"), **(ours or {}), "manager": FIELD_MANAGER, "operation": "Apply"}
    mine |= {"fieldsType": "FieldsV1", "fieldsV1": fields}
    others = [_evicted(entry, claims) for entry in entries if not is_ours(entry) and not _leaves(entry, claims)]
    return [entry for entry in (mine, *others) if entry.get("fieldsV1")]


def _in_present_versions(live: KubeObject, claims: Claims) -> list[dict[str, Any]]:
    """The entries, those of gone versions in the object's own; a manager has one entry for each version."""
    if not claims.gone:
        return entries_of(live)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for entry in entries_of(live):
        if entry.get("apiVersion") in claims.gone:
            entry = {**entry, "apiVersion": live.get("apiVersion")}
        key = tuple(entry.get(name) for name in ("manager", "operation", "apiVersion", "subresource"))
        known = found.get(key)
        found[key] = {**entry, "fieldsV1": union(known.get("fieldsV1") or {}, entry.get("fieldsV1") or {})} if known else entry
    return list(found.values())


def _leaves(entry: Mapping[str, Any], claims: Claims) -> bool:
    return entry.get("manager") in claims.leave and not entry.get("subresource")


def _evicted(entry: dict[str, Any], claims: Claims) -> dict[str, Any]:
    lost = claims.evict.get(str(entry.get("manager")))
    return {**entry, "fieldsV1": difference(entry.get("fieldsV1") or {}, lost)} if lost else entry
