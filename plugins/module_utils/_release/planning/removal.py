# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Down: a plan of deletes, made from the records and labels alone. Same steps, same scheduler as up; no documents are needed.

Objects go dependants first and by UID; an instance goes after those that depend on it. PersistentVolumeClaims stay unless asked for; a
namespace that was made for the environment goes when nothing else is left in it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ..._cluster import Cluster, Resource
from ..._errors import ApiError
from ..._objects import (
    LABEL_APP,
    LABEL_ENVIRONMENT,
    LABEL_INSTANCE,
    LABEL_RECORD,
    LABEL_WORKSPACE,
    Identity,
    KubeObject,
    ObjectRef,
    metadata_map,
    ref_of,
    uid_of,
)
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..data.record import InstanceRecord, OwnedObject
from ..data.steps import Step
from ..hooks.hook_steps import going_hooks, held_hooks, hook_leftovers, plan_going_hooks
from ..order.circles import NAMES, leave_out, left_out_notices
from ..order.creation_order import topological
from ..order.deletion_order import Edges, add_deletion_edges, add_instance_edges
from ..ownership.labels import ANNOTATION_CREATED, environment_selector, labels_present
from ..ownership.shared_objects import sharers_of
from ..workers import Workers
from .nodes import Node, describe
from .prune import Leftovers, kept_by, labelled_leftovers, leftovers, still_known

CLAIMS = Resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True)
NAMESPACES = Resource("", "v1", "Namespace", "namespaces", False)
DEFINITIONS = Resource("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", False)
_FURNITURE = {
    ("ConfigMap", "kube-root-ca.crt"),
    ("ConfigMap", "openshift-service-ca.crt"),
    ("ServiceAccount", "default"),
    ("ServiceAccount", "builder"),
    ("ServiceAccount", "deployer"),
}
"""What controllers put into every namespace."""
_PASSING = {"Event", "Endpoints", "EndpointSlice", "PodMetrics", "Lease", "ControllerRevision"}
"""Kinds that come and go with others."""


@dataclass(frozen=True)
class Surroundings:
    """What `down` looks at beside the environment's own objects.

    claims: PersistentVolumeClaims that StatefulSets made, with their instance. contents: namespaces that were made for the environment ->
    everything in them (metadata only) apart from what every namespace has.
    """

    claims: Sequence[tuple[str, KubeObject]] = ()
    contents: Mapping[str, Sequence[KubeObject]] = field(default_factory=dict)


def look_around(cluster: Cluster, workspace: str, environment: str, observed: Observed, workers: Workers) -> tuple[Observed, Surroundings]:
    """The observed state with labelled namespaces and volumes added, and the surroundings. Raises ClusterError."""
    selector = environment_selector(workspace, environment)
    homes = sorted({record.namespace for record in observed.records.values()})
    calls = [partial(_list, cluster, resource, homes, selector) for resource in (NAMESPACES, CLAIMS, DEFINITIONS)]
    namespaces, claims, definitions = workers.all(calls)
    objects = {**observed.objects, **{ref_of(item).identity: item for item in (*claims, *definitions)}}
    objects |= {ref_of(item).identity: item for item in namespaces if _of_a_manifest(item)}
    known = {item["metadata"]["name"]: item for item in namespaces}
    served = {**observed.served, **{(item.group, item.kind): item for item in (NAMESPACES, CLAIMS, DEFINITIONS)}}
    seen = replace(observed, objects=objects, namespaces={**observed.namespaces, **known}, served=served)
    made = [name for name, item in known.items() if _made_by_us(item)]
    templates = list(_claim_templates(observed))
    wanted = sorted({namespace for _, namespace, _ in templates})
    listed = workers.all([partial(_list_in, cluster, CLAIMS, namespace, "") for namespace in wanted])
    found = [(instance, claim) for claims in listed for claim in claims for instance in _maker(claim, templates)]
    return seen, Surroundings(found, _contents(cluster, made, workers))


def _made_by_us(namespace: KubeObject) -> bool:
    """Made for an instance, or one of its manifests."""
    return metadata_map(namespace, "annotations").get(ANNOTATION_CREATED) == "true" or _of_a_manifest(namespace)


def _of_a_manifest(namespace: KubeObject) -> bool:
    return LABEL_INSTANCE in metadata_map(namespace, "labels") or bool(sharers_of(namespace))


def _list(cluster: Cluster, resource: Resource, homes: Sequence[str], selector: str) -> list[KubeObject]:
    """Over all namespaces, or where that is forbidden in `homes`."""
    try:
        return cluster.list(resource, selector=selector).items
    except ApiError as error:
        if error.status != 403:
            raise
    return [item for namespace in homes if resource.namespaced for item in _list_in(cluster, resource, namespace, selector)]


def _list_in(cluster: Cluster, resource: Resource, namespace: str, selector: str) -> list[KubeObject]:
    try:
        return cluster.list(resource, namespace, selector=selector).items
    except ApiError as error:
        if error.status != 403:
            raise
        return []


def _claim_templates(observed: Observed) -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """(instance, namespace, pattern of the names) of claims that StatefulSets make: `<template>-<set>-<ordinal>`.
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage"""
    for (group, kind, namespace, name), live in observed.objects.items():
        if (group, kind) != ("apps", "StatefulSet"):
            continue
        for template in (live.get("spec") or {}).get("volumeClaimTemplates") or []:
            stem = re.escape(f"{template['metadata']['name']}-{name}-")
            yield metadata_map(live, "labels").get(LABEL_INSTANCE, ""), namespace, re.compile(stem + r"\d+")


def _maker(claim: KubeObject, templates: Sequence[tuple[str, str, re.Pattern[str]]]) -> list[str]:
    """The instance whose StatefulSet made the claim, at most one. A claim that Kubernetes itself deletes with the set is nobody's."""
    metadata = claim["metadata"]
    if metadata.get("ownerReferences"):
        return []
    matching = [i for i, namespace, names in templates if namespace == metadata.get("namespace") and names.fullmatch(metadata["name"])]
    return matching[:1]


def _contents(cluster: Cluster, namespaces: Sequence[str], workers: Workers) -> dict[str, list[KubeObject]]:
    kinds: dict[tuple[str, str], Resource] = {}
    for resource in cluster.resources():
        if resource.namespaced and "list" in resource.verbs and "delete" in resource.verbs and resource.kind not in _PASSING:
            kinds.setdefault((resource.group, resource.kind), resource)
    places = [(name, resource) for name in namespaces for resource in kinds.values()]
    listed = workers.all([partial(_metadata, cluster, resource, name) for name, resource in places])
    found: dict[str, list[KubeObject]] = {name: [] for name in namespaces}
    for (name, _), items in zip(places, listed, strict=True):
        found[name] += [item for item in items if (item.get("kind"), item["metadata"]["name"]) not in _FURNITURE]
    return found


def _metadata(cluster: Cluster, resource: Resource, namespace: str) -> list[KubeObject]:
    """A kind whose server is away, or that may not be read, cannot be proven empty: it then counts as one object."""
    try:
        items = cluster.list(resource, namespace, metadata_only=True).items
    except ApiError as error:
        if error.status in (404, 405):
            return []
        items = [{"metadata": {"name": f"({error.reason or error.status})"}}]
    return [{**item, "apiVersion": resource.api_version, "kind": resource.kind} for item in items]


def plan_removal(
    workspace: str, environment: str, instances: Collection[str] | None, observed: Observed, around: Surroundings, options: Options
) -> Plan:
    """The deletes of `instances` (None: all that are there), in an order that lets dependants go first. Pure."""
    staying = options.left_out
    chosen = {name: record for name, record in observed.records.items() if (instances is None or name in instances) and name not in staying}
    found = Leftovers(deciding=frozenset(chosen))
    for record in chosen.values():
        leftovers(record, (), observed, replace(options, prune=True), found)
        found.delete += hook_leftovers(record, (hook.ref.identity for hook in going_hooks(record, options)), observed)
    records = observed.records.values()
    known = {owned.ref.identity for record in records for owned in record.objects}
    known |= {hook.ref.identity for record in records for hook in record.hooks}
    strays = [(name, owned) for name, owned in labelled_leftovers(known, instances, observed) if name not in staying]
    for instance, owned in strays:
        record = InstanceRecord(instance, "", owned.ref.namespace or "", objects=(owned,))
        leftovers(record, (), observed, replace(options, prune=True), found)
    claims = [(name, claim) for name, claim in around.claims if name in chosen and ref_of(claim).identity not in known]
    nodes, after, inferred = _nodes(workspace, environment, found, claims, observed, options)
    for record in chosen.values():
        plan_going_hooks((nodes, after), record, options)
    members: dict[str, list[Node]] = defaultdict(list)
    for node, step in nodes.items():
        if step.action in ("delete", "run"):
            members[step.instance].append(node)
    inferred |= add_instance_edges(members, after, chosen.values())
    told = [entry for entry in found.keep if entry[1].ref.kind != "Namespace" or entry[1].ref.name not in around.contents]
    notices = [f"{owned.ref} of instance {name} is kept: {why}" for name, owned, why in told]
    notices += [words for record in chosen.values() for words in held_hooks(record, options)]
    if not options.volumes:
        notices += [f"{ref_of(claim)} of instance {name} is kept: holds data (--volumes removes it)" for name, claim in claims]
    kept = [entry for entry in still_known(found.keep) if entry[0] in chosen]
    remembering = {chosen[name].namespace for name, _, _ in kept}
    ending = {*chosen, *(name for name, _ in strays)}
    notices += _namespace_steps(workspace, environment, nodes, after, observed, around, ending, remembering)
    left_out = [edge for edge in leave_out(nodes, after, inferred) if inferred[edge] >= NAMES]
    notices += left_out_notices(left_out, describe, "is deleted without waiting for")
    order = topological(nodes, after, describe)
    number = {node: position for position, node in enumerate(order, start=1)}
    steps = tuple(replace(nodes[node], id=number[node], after=frozenset(number[o] for o in after[node])) for node in order)
    names = sorted({*chosen, *(step.instance for step in steps if step.instance)})
    return Plan(steps, (), (*observed.notices, *dict.fromkeys(notices)), tuple(names), frozenset(names), tuple(kept))


def _nodes(
    workspace: str,
    environment: str,
    found: Leftovers,
    claims: Sequence[tuple[str, KubeObject]],
    observed: Observed,
    options: Options,
) -> tuple[dict[Node, Step], dict[Node, set[Node]], Edges]:
    nodes: dict[Node, Step] = {}
    doomed = {owned.ref.identity: (instance, owned, live) for instance, owned, live in found.delete}
    if options.volumes:
        protected = [claim for _, claim in claims if kept_by(claim)]
        for instance, claim in claims:
            if claim not in protected:
                doomed[ref_of(claim).identity] = (instance, OwnedObject(ref_of(claim), uid_of(claim)), claim)
    for identity, (instance, owned, live) in doomed.items():
        ref = replace(owned.ref, api_version=_version(observed, owned.ref))
        nodes[("delete", identity)] = Step(0, instance, "delete", ref, f"instance {instance} goes", live=live, uid=uid_of(live))
    after: dict[Node, set[Node]] = {node: set() for node in nodes}
    inferred = add_deletion_edges(list(doomed.values()), observed.objects.values(), after)
    for instance, claim in () if options.volumes else claims:
        if not labels_present(claim, workspace, environment):
            _label_claim(workspace, environment, instance, claim, nodes, after)
    return nodes, after, inferred


def _label_claim(
    workspace: str, environment: str, instance: str, claim: KubeObject, nodes: dict[Node, Step], after: dict[Node, set[Node]]
) -> None:
    """A claim that stays is labelled, so that a later `down --volumes` finds it although the StatefulSet is gone."""
    ref = ref_of(claim)
    labels = {LABEL_WORKSPACE: workspace, LABEL_ENVIRONMENT: environment, LABEL_INSTANCE: instance, LABEL_APP: instance}
    desired = {"apiVersion": "v1", "kind": ref.kind, "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": labels}}
    nodes[("object", ref.identity)] = Step(
        0, instance, "update", ref, "stays, and is labelled to be found again", desired=desired, live=claim, uid=uid_of(claim)
    )
    after[("object", ref.identity)] = set()


def _version(observed: Observed, ref: ObjectRef) -> str:
    """A version that is served now: the record may be older than the cluster."""
    resource = observed.served.get((ref.group, ref.kind))
    return resource.api_version if resource else ref.api_version


def _namespace_steps(
    workspace: str,
    environment: str,
    nodes: dict[Node, Step],
    after: dict[Node, set[Node]],
    observed: Observed,
    around: Surroundings,
    removed: set[str],
    remembering: set[str],
) -> list[str]:
    """Add the delete of every namespace that is left empty; returns why others stay. remembering: namespaces where a record stays."""
    notices = []
    going = {node[1] for node, step in nodes.items() if step.action in ("delete", "run")}
    for name, contents in sorted(around.contents.items()):
        left = [item for item in _remaining(contents, going) if not _is_record(item, workspace, environment, removed)]
        live = observed.namespaces[name]
        node: Node = ("delete", ("", "Namespace", "", name))
        owner = metadata_map(live, "labels").get(LABEL_INSTANCE, "")
        if (owner and owner not in removed) or (sharers_of(live) & observed.records.keys()) - removed:
            continue
        if left:
            what = ", ".join(str(ref_of(item)) for item in left[:3]) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
            notices.append(f"Namespace {name} is kept: it still holds {what}")
            continue
        if name in remembering:
            notices.append(f"Namespace {name} is kept: it holds the record of what is protected")
            continue
        nodes[node] = Step(0, owner, "delete", ObjectRef("v1", "Namespace", None, name), "it is empty", live=live, uid=uid_of(live))
        after[node] = {other for other, step in nodes.items() if step.ref.namespace == name}
    return notices


def _remaining(contents: Sequence[KubeObject], going: Collection[Identity]) -> list[KubeObject]:
    """What is left when `going` and everything that the garbage collector takes with it are gone."""
    doomed = {uid_of(item) for item in contents if ref_of(item).identity in going}
    left = [item for item in contents if uid_of(item) not in doomed]
    while True:
        orphans = [item for item in left if any(o.get("uid") in doomed for o in item["metadata"].get("ownerReferences") or ())]
        if not orphans:
            return left
        doomed |= {uid_of(item) for item in orphans}
        left = [item for item in left if uid_of(item) not in doomed]


def _is_record(item: KubeObject, workspace: str, environment: str, removed: Collection[str]) -> bool:
    labels = metadata_map(item, "labels")
    if LABEL_RECORD not in labels or not labels_present(item, workspace, environment):
        return False
    return labels[LABEL_RECORD] == "reconcile" or labels.get(LABEL_INSTANCE) in removed
