# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that several instances of an environment bring alike: they belong to all of them, and go with the last. Pure.

Only what is a place for others and does nothing by itself is shared: namespaces and definitions. A shared object has the environment's
labels and no instance's; an annotation names those that share it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ..._objects import ANNOTATION_SHARED, Identity, KubeObject, metadata_map, ref_of
from ..data.observed import Observed
from .labels import owner_of

SHARED_KINDS = frozenset({("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition")})


def shared_by(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two instances may bring these manifests as one object."""
    ref = ref_of(one)
    return (ref.group, ref.kind) in SHARED_KINDS and one == other


def sharers_of(live: Mapping[str, Any] | None) -> frozenset[str]:
    """The instances that share a live object; none where it is one instance's own."""
    owner = owner_of(dict(live)) if live else None
    if owner is None or owner.instance:
        return frozenset()
    return frozenset(name for name in metadata_map(live or {}, "annotations").get(ANNOTATION_SHARED, "").split(",") if name)


def others_that_share(identity: Identity, place: tuple[str, str], observed: Observed, deciding: Collection[str]) -> frozenset[str]:
    """Instances that the live object belongs to and that this run says nothing about. place: workspace and environment. deciding: the
    instances whose wish is known: those of the run, and those that leave."""
    live = observed.objects.get(identity)
    owner = owner_of(live) if live is not None and identity[:2] in SHARED_KINDS else None
    if live is None or owner is None or owner.environment_key != place:
        return frozenset()
    names = sharers_of(live) or {owner.instance}
    return frozenset(name for name in names if name in observed.records and name not in deciding)


def as_shared(obj: KubeObject, sharers: Iterable[str]) -> KubeObject:
    """The object with the names of those that share it."""
    annotations = {**metadata_map(obj, "annotations"), ANNOTATION_SHARED: ",".join(sorted(sharers))}
    return {**obj, "metadata": {**(obj.get("metadata") or {}), "annotations": annotations}}
