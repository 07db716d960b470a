# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests -> what is sent: namespace filled in, our labels on, what is not ours to send left out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..._cluster import Resource
from ..._errors import PlanError, Problem
from ..._model import Instance
from ..._objects import LABEL_ENVIRONMENT, LABEL_WORKSPACE, Identity, KubeObject, metadata_map, ref_of
from ..._render import Manifest
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..data.wanted import Wanted
from ..fields.as_stored import as_stored
from ..fields.compare import digest
from ..hooks.hook_manifests import hook_of, is_hook
from ..ownership.labels import labels_of
from ..ownership.shared_objects import as_shared, others_that_share, shared_by

_NOT_SENT = frozenset({"creationTimestamp", "resourceVersion", "uid", "generation", "managedFields", "selfLink"})


def defined_resources(desired: Iterable[Desired]) -> dict[tuple[str, str], Resource]:
    """(group, kind) -> Resource for every kind that a CustomResourceDefinition among the manifests defines."""
    found: dict[tuple[str, str], Resource] = {}
    for item in desired:
        for manifest in item.manifests:
            found.update(_defined_by(manifest.object))
    return found


def announced_resources(desired: Sequence[Desired]) -> dict[tuple[str, str], Resource]:
    """(group, kind) -> Resource of manifests whose version an APIService among the manifests will serve. What else there is to know of the
    kind (`plural` is "") is told by its server when it is available."""
    manifests = [manifest for item in desired for manifest in item.manifests]
    specs = [manifest.object.get("spec") or {} for manifest in manifests if manifest.object.get("kind") == "APIService"]
    versions = {f"{spec.get('group')}/{spec.get('version')}" for spec in specs if spec.get("service")}
    refs = [manifest.ref for manifest in manifests if manifest.ref.api_version in versions]
    return {(ref.group, ref.kind): Resource(ref.group, ref.api_version.rpartition("/")[2], ref.kind, "", True) for ref in refs}


def _defined_by(definition: KubeObject) -> Iterator[tuple[tuple[str, str], Resource]]:
    if definition.get("kind") != "CustomResourceDefinition":
        return
    spec = definition.get("spec") or {}
    names, group = spec.get("names") or {}, str(spec.get("group") or "")
    served = [version for version in spec.get("versions") or [] if version.get("served", True)]
    stored = [version for version in served if version.get("storage")] or served
    if stored and names.get("kind") and names.get("plural"):
        namespaced = spec.get("scope") != "Cluster"
        verbs = frozenset({"create", "delete", "get", "list", "patch", "update", "watch"})
        yield (group, names["kind"]), Resource(group, str(stored[0].get("name")), names["kind"], names["plural"], namespaced, verbs)


def prepare(desired: Sequence[Desired], observed: Observed, options: Options) -> list[Wanted]:
    """Every manifest as it is sent, in the order given; what several instances share, once. Raises PlanError with all problems: a kind that
    nobody serves, an object that two instances define, a hook for a moment that there is not."""
    problems: list[Problem] = []
    owners: dict[Identity, Wanted] = {}
    sharers: dict[Identity, set[str]] = defaultdict(set)
    for item in desired:
        labels = labels_of(item.instance)
        for manifest in item.manifests:
            resource = observed.resource(manifest.ref)
            if resource is None:
                unserved = observed.unserved.get((manifest.ref.api_version, manifest.ref.kind), ("", ""))
                problems.append(_leaving(manifest) if manifest.ref.identity[:2] in observed.ending else _not_served(manifest, *unserved))
                continue
            wanted = _wanted(item.instance, manifest, resource, labels)
            if is_hook(wanted.object):
                hook, wrong = hook_of(wanted.object, wanted.applied, str(manifest.source))
                wanted = replace(wanted, hook=hook)
                problems += wrong
            other = owners.setdefault(wanted.ref.identity, wanted)
            sharers[wanted.ref.identity].add(item.instance.id)
            if other is not wanted and not (wanted.hook is None and shared_by(manifest.object, other.manifest.object)):
                problems.append(_defined_twice(wanted, other))
    if problems:
        raise PlanError.of(problems)
    decided = deciding(desired, observed, options)
    return [_shared(item, sharers[identity], observed, decided) for identity, item in owners.items()]


def deciding(desired: Sequence[Desired], observed: Observed, options: Options) -> frozenset[str]:
    """The instances whose wish this run knows: its own, and those that have left the environment."""
    run = frozenset(item.instance.id for item in desired)
    return run | (observed.records.keys() - options.left_out if options.complete else frozenset())


def _shared(wanted: Wanted, sharers: set[str], observed: Observed, decided: frozenset[str]) -> Wanted:
    """The object as it is sent when it is more than one instance's: with the environment's labels, and no instance's."""
    instance = wanted.instance
    others = others_that_share(wanted.ref.identity, (instance.workspace, instance.environment), observed, decided)
    if len(sharers | others) < 2:
        return wanted
    labels = labels_of(instance)
    place = {key: labels[key] for key in (LABEL_WORKSPACE, LABEL_ENVIRONMENT)}
    own = _wanted(instance, wanted.manifest, Resource(wanted.ref.group, "", wanted.ref.kind, "", False), place)
    sent = as_shared(own.object, sharers | others)
    return replace(wanted, object=sent, applied=digest(sent))


def _wanted(instance: Instance, manifest: Manifest, resource: Resource, labels: dict[str, str]) -> Wanted:
    obj = manifest.object
    metadata = {key: value for key, value in (obj.get("metadata") or {}).items() if key not in _NOT_SENT}
    if resource.namespaced:
        metadata["namespace"] = metadata.get("namespace") or instance.namespace
    else:
        metadata.pop("namespace", None)
    metadata["labels"] = {**metadata_map(obj, "labels"), **labels}
    sent = as_stored({**{key: value for key, value in obj.items() if key != "status"}, "metadata": metadata})
    return Wanted(instance, ref_of(sent), sent, digest(sent), manifest)


def _leaving(manifest: Manifest) -> Problem:
    ref = manifest.ref
    return Problem(
        f"{ref}: the definition of {ref.kind} ({ref.api_version}) is being deleted, and no instance of this run makes it anew",
        str(manifest.source),
        "Wait until it is gone and is there again, or add its CustomResourceDefinition to an app of the environment.",
    )


def _not_served(manifest: Manifest, instead: str, hint: str) -> Problem:
    """instead: what is served, in words that may follow."""
    ref = manifest.ref
    message = f"{ref}: the cluster does not serve {ref.kind} of {ref.api_version}"
    hint = hint or "Install its CustomResourceDefinition, or add it to an app of the environment; check apiVersion and kind."
    return Problem(message + (instead or ", and no instance of this run defines it"), str(manifest.source), hint)


def _defined_twice(wanted: Wanted, other: Wanted) -> Problem:
    return Problem(
        f"{wanted.ref} is defined by instance {wanted.instance.id} and by instance {other.instance.id} ({other.manifest.source})",
        str(wanted.manifest.source),
        "Give it a name of its own in each instance, for example with {{ instance }}, or keep it in one app, which the others depend on."
        " Namespaces and CustomResourceDefinitions that are the same in both are shared.",
    )
