# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which object comes before which. Pure.

`object_edges` knows what Kubernetes needs: namespace before members, CustomResourceDefinition or APIService before its resources, inputs
before the workloads that name them, what stands behind a webhook before the webhook. What a webhook intercepts: `interception`.
Creation follows the edges, deletion runs them backwards.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..._errors import PlanError
from ..._objects import Identity, KubeObject
from ..manifests.interception import DEFINITION, WEBHOOKS
from ..manifests.references import RBAC, account_of, bound_accounts, pod_template, references

Key = TypeVar("Key", bound=Hashable)

API_SERVICE = ("apiregistration.k8s.io", "APIService")
_LIMITS = {("", "ResourceQuota"), ("", "LimitRange")}


@dataclass
class Edges:
    """after[x]: what must be applied before x. ready[x]: what must be ready (established, serving) before x. behind[x]: the workloads
    whose pods the Service x selects."""

    after: dict[Identity, set[Identity]] = field(default_factory=lambda: defaultdict(set))
    ready: dict[Identity, set[Identity]] = field(default_factory=lambda: defaultdict(set))
    behind: dict[Identity, list[Identity]] = field(default_factory=lambda: defaultdict(list))

    def all(self, identity: Identity) -> set[Identity]:
        """Everything that comes before x, for deletion."""
        return self.after.get(identity, set()) | self.ready.get(identity, set())


@dataclass
class _Index:
    """What edges are looked up in, built in one pass so that the whole stays linear."""

    definitions: dict[tuple[str, str], Identity] = field(default_factory=dict)
    apis: dict[str, Identity] = field(default_factory=dict)
    limits: dict[str, list[Identity]] = field(default_factory=lambda: defaultdict(list))
    bindings: dict[tuple[str, str], list[Identity]] = field(default_factory=lambda: defaultdict(list))
    selecting: dict[tuple[str, str, str], list[tuple[Identity, dict[str, str]]]] = field(default_factory=lambda: defaultdict(list))
    behind: dict[Identity, list[Identity]] = field(default_factory=lambda: defaultdict(list))


def object_edges(objects: Mapping[Identity, KubeObject]) -> Edges:
    """The edges among these objects (by identity). Objects outside of the mapping are taken to be there already."""
    index = _index(objects)
    edges = Edges(behind=index.behind)
    for identity, obj in objects.items():
        group, kind, namespace, _ = identity
        after = set(references(obj))
        if namespace:
            after.add(("", "Namespace", "", namespace))
        if pod_template(obj) is not None:
            after.update(index.limits.get(namespace, ()), _bindings(obj, index), _services(obj, identity, index))
        serving = (index.definitions.get((group, kind)), index.apis.get(str(obj.get("apiVersion"))))
        ready = {other for other in serving if other is not None}
        edges.after[identity] = {other for other in after if other in objects and other != identity}
        edges.ready[identity] = ready
    for identity, obj in objects.items():
        for service in _served_by(identity, obj):
            if service in objects:
                edges.after[identity].add(service)
                edges.ready[identity].update(index.behind.get(service, ()))
    return edges


def _index(objects: Mapping[Identity, KubeObject]) -> _Index:
    index = _Index()
    for identity, obj in objects.items():
        kind, namespace = identity[:2], identity[2]
        if kind == DEFINITION:
            spec = obj.get("spec") or {}
            index.definitions[(str(spec.get("group")), str((spec.get("names") or {}).get("kind")))] = identity
        elif kind == API_SERVICE:
            spec = obj.get("spec") or {}
            index.apis[f"{spec.get('group')}/{spec.get('version')}"] = identity
        elif kind in _LIMITS:
            index.limits[namespace].append(identity)
        elif kind == ("", "Service"):
            selector = (obj.get("spec") or {}).get("selector") or {}
            for key, value in sorted(selector.items())[:1]:
                index.selecting[(namespace, key, value)].append((identity, selector))
        elif identity[0] == RBAC:
            for account in bound_accounts(obj):
                index.bindings[account].append(identity)
    return index


def _bindings(obj: KubeObject, index: _Index) -> list[Identity]:
    account = account_of(obj)
    return index.bindings.get(account, []) if account else []


def _services(obj: KubeObject, identity: Identity, index: _Index) -> Iterator[Identity]:
    """Services whose selector fits the pods: their names and addresses are there when the pods start."""
    labels = ((pod_template(obj) or {}).get("metadata") or {}).get("labels") or {}
    for key, value in labels.items():
        for service, selector in index.selecting.get((identity[2], key, value), ()):
            if selector.items() <= labels.items():
                index.behind[service].append(identity)
                yield service


def _served_by(identity: Identity, obj: KubeObject) -> Iterator[Identity]:
    """The Services that a webhook configuration or an APIService sends requests to."""
    clients: list[Any] = []
    if identity[:2] in WEBHOOKS:
        clients = [(webhook.get("clientConfig") or {}).get("service") for webhook in obj.get("webhooks") or []]
    elif identity[:2] == API_SERVICE:
        clients = [(obj.get("spec") or {}).get("service")]
    for service in clients:
        if service:
            yield ("", "Service", str(service.get("namespace")), str(service.get("name")))


def behind_of(nodes: Iterable[Key], after: Mapping[Key, set[Key]]) -> set[Key]:
    """These nodes and everything that they wait for, however far."""
    found: set[Key] = set()
    ask = list(nodes)
    while ask:
        node = ask.pop()
        if node not in found:
            found.add(node)
            ask += after.get(node, ())
    return found


def topological(nodes: Iterable[Key], after: Mapping[Key, set[Key]], name: Callable[[Key], str]) -> list[Key]:
    """`nodes` so that everything comes after what it waits for, otherwise in the order given.

    Raises PlanError naming the members of a cycle.
    """
    order = {node: position for position, node in enumerate(nodes)}
    waiting = {node: sum(1 for other in after.get(node, ()) if other in order) for node in order}
    followers: dict[Key, list[Key]] = defaultdict(list)
    for node in order:
        for other in after.get(node, ()):
            followers[other].append(node)
    heap = [(order[node], node) for node, count in waiting.items() if not count]
    heapq.heapify(heap)
    result: list[Key] = []
    while heap:
        _, node = heapq.heappop(heap)
        result.append(node)
        for follower in followers.get(node, ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                heapq.heappush(heap, (order[follower], follower))
    if len(result) < len(order):
        raise _cycle({node for node in order if waiting[node]}, after, name)
    return result


def _cycle(stuck: set[Key], after: Mapping[Key, set[Key]], name: Callable[[Key], str]) -> PlanError:
    """Every stuck node waits for a stuck one, so following any of them must come back."""
    node = min(stuck, key=name)
    path: list[Key] = []
    seen: dict[Key, int] = {}
    while node not in seen:
        seen[node] = len(path)
        path.append(node)
        node = min((other for other in after.get(node, ()) if other in stuck), key=name)
    members = [*path[seen[node] :], node]
    return PlanError(
        f"these wait for each other: {' -> '.join(name(member) for member in members)}",
        hint="Remove one of these dependencies (dependsOn in app.json, or the annotation roro.dev/depends-on).",
    )
