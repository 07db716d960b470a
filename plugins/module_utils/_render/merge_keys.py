# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists whose items the API server tells apart by keys: two items with the same keys are refused by server-side apply. Pure.

The built-in kinds' keys are those of Kubernetes' own OpenAPI (`x-kubernetes-list-type`, `x-kubernetes-list-map-keys`) without those of
`status`: all that 1.32 to 1.37 have, which agree on every list that they share; a test compares them with a server. Kinds of the workspace
have theirs from their CustomResourceDefinition.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Path_ = tuple["str | int", ...]


@dataclass(frozen=True)
class Shape:
    """What is known of a value. keys: of a list's items, None where they are not told apart; () for a set, whose items are the keys.
    item: of a list's items, or of a map's values. fields: of an object. defaults: of keys that an item may leave out."""

    keys: tuple[str, ...] | None = None
    item: Shape | None = None
    fields: Mapping[str, Shape] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Repeat:
    """Two items with the same keys. path: of the second one. first: index of the first one. said: the keys, for a message."""

    path: Path_
    first: int
    said: str


def _obj(**fields: Shape) -> Shape:
    return Shape(fields=fields)


def _list(item: Shape | None = None, *keys: str, **defaults: Any) -> Shape:
    return Shape(keys or None, item, defaults=defaults)


_SET = Shape(())
_NAMED = _list(None, "name")
_RULES = _list(_obj(exitCodes=_obj(values=_SET)))
_CONTAINER = _obj(
    env=_NAMED,
    ports=_list(None, "containerPort", "protocol", protocol="TCP"),
    volumeDevices=_list(None, "devicePath"),
    volumeMounts=_list(_obj(bindMountOptions=_SET), "mountPath"),
    resources=_obj(claims=_NAMED),
    restartPolicyRules=_RULES,
)
_CONTAINERS = _list(_CONTAINER, "name")
_POD_SPEC = _obj(
    containers=_CONTAINERS,
    initContainers=_CONTAINERS,
    ephemeralContainers=_CONTAINERS,
    evictionResponders=_NAMED,
    hostAliases=_list(None, "ip"),
    imagePullSecrets=_NAMED,
    resourceClaims=_NAMED,
    resources=_obj(claims=_NAMED),
    schedulingGates=_NAMED,
    topologySpreadConstraints=_list(None, "topologyKey", "whenUnsatisfiable"),
    volumes=_NAMED,
)
_META = _obj(finalizers=_SET, ownerReferences=_list(None, "uid"))
_TEMPLATE = _obj(metadata=_META, spec=_POD_SPEC)
_TEMPLATED = _obj(spec=_obj(template=_TEMPLATE))
_JOB_SPEC = _obj(
    template=_TEMPLATE,
    podFailurePolicy=_obj(rules=_list(_obj(onExitCodes=_obj(values=_SET)))),
    scheduling=_obj(resourceClaims=_NAMED),
)
_WEBHOOKS = _obj(webhooks=_list(_obj(matchConditions=_NAMED), "name"))
_POLICY = _obj(spec=_obj(matchConditions=_NAMED, variables=_NAMED))
_FLOW_RULES = _obj(
    nonResourceRules=_list(_obj(nonResourceURLs=_SET, verbs=_SET)),
    resourceRules=_list(_obj(apiGroups=_SET, namespaces=_SET, resources=_SET, verbs=_SET)),
)
_POD_GROUPS = _list(_obj(resourceClaims=_NAMED), "name")
_COMPOSITE_GROUPS = _list(_obj(podGroupTemplates=_POD_GROUPS, compositePodGroupTemplates=_NAMED), "name")

BUILT_IN: Mapping[tuple[str, str], Shape] = {
    ("", "Pod"): _obj(spec=_POD_SPEC),
    ("", "PodTemplate"): _obj(template=_TEMPLATE),
    ("", "ReplicationController"): _TEMPLATED,
    ("", "Node"): _obj(spec=_obj(podCIDRs=_SET, podPreemptionPolicy=_obj(disableResizePreemption=_SET))),
    ("", "Service"): _obj(spec=_obj(ports=_list(None, "port", "protocol", protocol="TCP"))),
    ("", "ServiceAccount"): _obj(secrets=_NAMED),
    **{("apps", kind): _TEMPLATED for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")},
    ("batch", "Job"): _obj(spec=_JOB_SPEC),
    ("batch", "CronJob"): _obj(spec=_obj(jobTemplate=_obj(metadata=_META, spec=_JOB_SPEC))),
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): _WEBHOOKS,
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): _WEBHOOKS,
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): _obj(spec=_obj(matchConditions=_NAMED)),
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): _POLICY,
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): _obj(spec=_obj(validationActions=_SET)),
    ("discovery.k8s.io", "EndpointSlice"): _obj(endpoints=_list(_obj(addresses=_SET))),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema"): _obj(spec=_obj(rules=_list(_FLOW_RULES))),
    ("resource.k8s.io", "ResourceSlice"): _obj(spec=_obj(skipNodeOperations=_SET)),
    ("scheduling.k8s.io", "PodGroup"): _obj(spec=_obj(resourceClaims=_NAMED)),
    ("scheduling.k8s.io", "Workload"): _obj(
        spec=_obj(podGroups=_NAMED, podGroupTemplates=_POD_GROUPS, compositePodGroupTemplates=_COMPOSITE_GROUPS)
    ),
    ("storage.k8s.io", "CSIDriver"): _obj(spec=_obj(volumeLifecycleModes=_SET)),
    ("storage.k8s.io", "CSINode"): _obj(spec=_obj(drivers=_NAMED)),
}
"""(group, kind) -> the lists of its objects; `metadata` is in every kind."""


def repeats(obj: Mapping[str, Any], shape: Shape | None = None) -> Iterator[Repeat]:
    """Items of the object that cannot be told apart. shape: of its kind, where it is not one of BUILT_IN."""
    group = str(obj.get("apiVersion") or "").rpartition("/")[0]
    shape = shape or BUILT_IN.get((group, str(obj.get("kind"))), Shape())
    yield from _within(obj, Shape(fields={"metadata": _META, **shape.fields}), ())
    if (group, obj.get("kind")) == ("apiextensions.k8s.io", "CustomResourceDefinition"):
        yield from _rules(obj.get("spec"), ("spec",))


def shape_of(schema: Mapping[str, Any]) -> Shape:
    """The shape of a structural schema of a CustomResourceDefinition."""
    items, more = schema.get("items"), schema.get("additionalProperties")
    nested = items if isinstance(items, Mapping) else more if isinstance(more, Mapping) else {}
    kind, keys = schema.get("x-kubernetes-list-type"), schema.get("x-kubernetes-list-map-keys")
    named = tuple(map(str, keys)) if kind == "map" and isinstance(keys, list) else () if kind == "set" else None
    properties = nested.get("properties")
    defaults = {
        key: properties[key]["default"]
        for key in named or ()
        if isinstance(properties, Mapping) and isinstance(properties.get(key), Mapping) and "default" in properties[key]
    }
    fields = schema.get("properties")
    found = (
        {str(name): shape_of(value) for name, value in fields.items() if isinstance(value, Mapping)} if isinstance(fields, Mapping) else {}
    )
    known = {name: shape for name, shape in found.items() if shape != Shape()}
    below = shape_of(nested) if nested else Shape()
    return Shape(named, None if below == Shape() else below, known, defaults)


def defined_shapes(objects: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Shape]:
    """(apiVersion, kind) -> the shape of its objects, for every CustomResourceDefinition among these."""
    found: dict[tuple[str, str], Shape] = {}
    for obj in objects:
        spec = obj.get("spec")
        if obj.get("kind") != "CustomResourceDefinition" or not isinstance(spec, Mapping):
            continue
        names, versions = spec.get("names"), spec.get("versions")
        if not isinstance(names, Mapping) or not isinstance(versions, list):
            continue
        for version in versions:
            schema = (version.get("schema") or {}).get("openAPIV3Schema") if isinstance(version, Mapping) else None
            if isinstance(schema, Mapping):
                found[(f"{spec.get('group')}/{version.get('name')}", str(names.get("kind")))] = shape_of(schema)
    return found


def _within(value: Any, shape: Shape, path: Path_) -> Iterator[Repeat]:
    if isinstance(value, Mapping):
        for name, below in shape.fields.items():
            if name in value:
                yield from _within(value[name], below, (*path, name))
        if shape.item is not None and shape.keys is None and not shape.fields:
            for name, item in value.items():
                yield from _within(item, shape.item, (*path, name))
    elif isinstance(value, list):
        if shape.keys is not None:
            yield from _repeated(value, shape.keys, shape.defaults, path)
        for index, item in enumerate(value if shape.item is not None else ()):
            yield from _within(item, shape.item or Shape(), (*path, index))


def _rules(value: Any, path: Path_) -> Iterator[Repeat]:
    """Rules of a schema that are there twice, however deep."""
    for step, below in value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ():
        if step == "x-kubernetes-validations" and isinstance(below, list):
            yield from _repeated(below, ("rule",), {}, (*path, step))
        else:
            yield from _rules(below, (*path, step))


def _repeated(items: Sequence[Any], keys: tuple[str, ...], defaults: Mapping[str, Any], path: Path_) -> Iterator[Repeat]:
    if _differ_at_once(items, keys):
        return
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        said = _keys_of(item, keys, defaults)
        if said is None:
            continue
        first = seen.setdefault(json.dumps(said, sort_keys=True, default=str), index)
        if first != index:
            text = ", ".join(f"{key} {value}" for key, value in said.items()) if keys else str(item)
            yield Repeat((*path, index), first, text)


def _differ_at_once(items: Sequence[Any], keys: tuple[str, ...]) -> bool:
    """Whether the first key alone, which is there in every item and is a text or a number, tells them all apart."""
    first = [item.get(keys[0]) if isinstance(item, Mapping) else None for item in items] if keys else items
    return all(isinstance(value, (str, int)) for value in first) and len(set(first)) == len(items)


def _keys_of(item: Any, keys: tuple[str, ...], defaults: Mapping[str, Any]) -> dict[str, Any] | None:
    """The keys of an item with their values; None where the item is none, or lacks one that has no default."""
    if not keys:
        return {"": item} if isinstance(item, (str, int, float, bool)) else None
    if not isinstance(item, Mapping):
        return None
    found = {key: item.get(key) if item.get(key) is not None else defaults.get(key) for key in keys}
    return None if any(value is None for value in found.values()) else found
