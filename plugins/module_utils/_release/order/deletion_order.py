# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order objects go: dependants first, and who serves a kind after the objects of that kind. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..._objects import Identity, KubeObject
from ..data.record import InstanceRecord, OwnedObject
from ..manifests.interception import DEFINITION, WEBHOOKS
from ..manifests.references import RBAC
from ..ownership.labels import owner_of
from .circles import ANNOTATED, NAMES, RECORDED, SERVERS
from .creation_order import API_SERVICE, object_edges
from .depends_on import live_depends_on

Doomed = tuple[str, OwnedObject, KubeObject]
"""(instance, object, as it is on the cluster)."""
Going = tuple[str, Identity]
"""The node of a delete: ("delete", identity)."""


Edges = dict[tuple[Any, Any], int]
"""(what waits, what it waits for) -> rank, see `circles`. None of them is certain: a circle is left out."""
_CHANGES = frozenset({"*", "update", "patch"})


def add_deletion_edges(doomed: Sequence[Doomed], around: Iterable[KubeObject], after: Mapping[Going, set[Going]]) -> Edges:
    """Let every deleted object wait for the deletion of those that need it; returns what was added. around: the environment's objects,
    those that stay too."""
    found: Edges = {}
    for waiting, earlier, rank in (*_annotated(doomed), *_inferred(doomed), *_serving(doomed, around)):
        if waiting != earlier and earlier not in after[waiting]:
            found[(waiting, earlier)] = rank
            after[waiting].add(earlier)
    return found


def add_instance_edges(members: Mapping[str, Iterable[Any]], after: Mapping[Any, set[Any]], records: Iterable[InstanceRecord]) -> Edges:
    """Let what an instance needs go after the instance; returns what was added. members: the nodes of each instance that goes."""
    found: Edges = {}
    for record in records:
        mine = set(members.get(record.instance, ()))
        for needed in record.depends_on:
            for node in members.get(needed, ()):
                found.update(((node, earlier), RECORDED) for earlier in mine - after[node])
                after[node].update(mine)
    return found


def _inferred(doomed: Sequence[Doomed]) -> Iterator[tuple[Going, Going, int]]:
    """What an object is, and what it names."""
    edges = object_edges({owned.ref.identity: live for _, owned, live in doomed})
    for _, owned, _ in doomed:
        identity = owned.ref.identity
        rank = SERVERS if identity[:2] in WEBHOOKS or identity[:2] == API_SERVICE else NAMES
        for needed in edges.all(identity):
            yield ("delete", needed), ("delete", identity), rank


def _annotated(doomed: Sequence[Doomed]) -> Iterator[tuple[Going, Going, int]]:
    """`roro.dev/depends-on` of live objects, within an instance."""
    instances = {owned.ref.identity: instance for instance, owned, _ in doomed}
    for instance, owned, live in doomed:
        for needed in live_depends_on(live, owned.ref.namespace or ""):
            if instances.get(needed) == instance:
                yield ("delete", needed), ("delete", owned.ref.identity), ANNOTATED


def _serving(doomed: Sequence[Doomed], around: Iterable[KubeObject]) -> Iterator[tuple[Going, Going, int]]:
    """Whoever serves a kind may be the only one who takes a finalizer off its objects: everything of an instance that brings the kind's
    definition, or that has the right to change its objects, goes after the objects and after the definition. With a definition go its
    objects, whoever made them."""
    servers, plurals = _servers(around)
    objects: dict[tuple[str, str], list[Going]] = defaultdict(list)
    for _, owned, _ in doomed:
        if owned.ref.identity[:2] in servers:
            objects[owned.ref.identity[:2]].append(("delete", owned.ref.identity))
        elif owned.ref.identity[:2] == DEFINITION and owned.ref.name in plurals:
            objects[plurals[owned.ref.name]].append(("delete", owned.ref.identity))
    first = {node for nodes in objects.values() for node in nodes}
    for instance, owned, _ in doomed:
        waiting: Going = ("delete", owned.ref.identity)
        if waiting not in first:
            yield from ((waiting, node, SERVERS) for kind, nodes in objects.items() if instance in servers[kind] for node in nodes)


def _servers(around: Iterable[KubeObject]) -> tuple[dict[tuple[str, str], set[str]], dict[str, tuple[str, str]]]:
    """((group, kind) of each CustomResourceDefinition -> the instances that serve it, name of the definition -> (group, kind))."""
    servers: dict[tuple[str, str], set[str]] = {}
    plurals: dict[str, tuple[str, str]] = {}
    rights: list[tuple[str, Mapping[str, Any]]] = []
    for obj in around:
        owner = owner_of(obj)
        instance = owner.instance if owner is not None else ""
        if obj.get("kind") == DEFINITION[1]:
            spec = obj.get("spec") or {}
            names = spec.get("names") or {}
            kind = (str(spec.get("group")), str(names.get("kind")))
            servers.setdefault(kind, set()).add(instance)
            plurals[f"{names.get('plural')}.{spec.get('group')}"] = kind
        elif obj.get("kind") in ("Role", "ClusterRole") and str(obj.get("apiVersion")).startswith(RBAC):
            rights += [(instance, rule) for rule in obj.get("rules") or () if isinstance(rule, dict)]
    for name, kind in plurals.items():
        plural = name.partition(".")[0]
        servers[kind] |= {instance for instance, rule in rights if _may_change(rule, kind[0], plural)}
    return servers, plurals


def _may_change(rule: Mapping[str, Any], group: str, plural: str) -> bool:
    """Whether a rule is about this very group and lets its objects be changed; who may do everything everywhere serves no kind by that."""
    resources = {str(item).partition("/")[0] for item in rule.get("resources") or ()}
    return group in (rule.get("apiGroups") or ()) and bool({"*", plural} & resources) and bool(_CHANGES & set(rule.get("verbs") or ()))
