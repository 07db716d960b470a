# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only shows when the manifests of several instances are seen together, before any cluster is asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .._errors import Problem, RenderError
from .._objects import ObjectRef
from .._release import shared_by
from .._render import Manifest, defined_shapes, repeated
from .rendering import Rendered

Key = tuple[str, str, str, str]
CLUSTER_KINDS = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("resource.k8s.io", "DeviceClass"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
    }
)
"""(group, kind) of built-in kinds whose objects are in no namespace; of other kinds their definition tells, or the cluster."""


def check_across(rendered: Sequence[Rendered]) -> None:
    """Raises RenderError with all that is wrong: an object that two instances make, items of a list that cannot be told apart where another
    instance brings the definition."""
    problems = [*_made_twice(rendered), *_repeats(rendered)]
    if problems:
        raise RenderError.of(problems)


def _made_twice(rendered: Sequence[Rendered]) -> Iterable[Problem]:
    cluster_kinds = CLUSTER_KINDS | _defined_for_the_cluster(rendered)
    makers: dict[Key, tuple[str, Manifest]] = {}
    for item in rendered:
        for manifest in item.result.manifests:
            key = _key(manifest.ref, item.instance.namespace, cluster_kinds)
            maker, other = makers.setdefault(key, (item.instance.id, manifest))
            if other is not manifest and not shared_by(manifest.object, other.object):
                yield _twice(manifest, item.instance.id, other, maker)


def _twice(manifest: Manifest, instance: str, other: Manifest, maker: str) -> Problem:
    hint = "Give it a name of its own in each instance, for example with {{ instance }}, or keep it in one app, which the others depend on."
    if shared_by(manifest.object, manifest.object):
        hint = "Make both the same, and the instances share it; or keep it in one app, which the others depend on."
    message = f"{manifest.ref} is made by instance {instance} and by instance {maker} ({other.place(('metadata', 'name'))})"
    return Problem(message, manifest.place(("metadata", "name")), hint)


def _key(ref: ObjectRef, namespace: str, cluster_kinds: frozenset[tuple[str, str]]) -> Key:
    inside = "" if (ref.group, ref.kind) in cluster_kinds else ref.namespace or namespace
    return (ref.group, ref.kind, inside, ref.name)


def _defined_for_the_cluster(rendered: Sequence[Rendered]) -> frozenset[tuple[str, str]]:
    found = set()
    for definition in _definitions(rendered):
        spec = definition.get("spec")
        names = spec.get("names") if isinstance(spec, Mapping) else None
        if isinstance(spec, Mapping) and isinstance(names, Mapping) and spec.get("scope") == "Cluster":
            found.add((str(spec.get("group")), str(names.get("kind"))))
    return frozenset(found)


def _definitions(rendered: Sequence[Rendered]) -> list[dict[str, Any]]:
    objects = (manifest.object for item in rendered for manifest in item.result.manifests)
    return [obj for obj in objects if obj.get("kind") == "CustomResourceDefinition"]


def _repeats(rendered: Sequence[Rendered]) -> Iterable[Problem]:
    """In resources whose definition another instance brings; those of the instance's own were found when it was rendered."""
    shapes = defined_shapes(_definitions(rendered))
    for item in rendered if shapes else ():
        own = defined_shapes(manifest.object for manifest in item.result.manifests)
        for manifest in item.result.manifests:
            kind = (manifest.ref.api_version, manifest.ref.kind)
            if kind in shapes and kind not in own:
                yield from repeated(manifest.object, manifest.place, shapes)


__all__ = ["check_across"]
