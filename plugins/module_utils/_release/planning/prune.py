# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no longer wanted: which recorded objects go, and which stay and why. Pure.

Only what a record names by UID is ever deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..._objects import ANNOTATION_PRUNE, Identity, KubeObject, metadata_map, ref_of
from ..data.observed import Observed
from ..data.options import Options
from ..data.record import InstanceRecord, OwnedObject
from ..ownership.labels import owner_of
from ..ownership.shared_objects import sharers_of

HOLDS_DATA = {
    ("", "PersistentVolumeClaim"): "holds data (--volumes removes it)",
    ("", "PersistentVolume"): "holds data (--volumes removes it)",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "takes every resource of its kind with it (--volumes removes it)",
}
_NAMESPACE = ("", "Namespace")
KEPT_BY = ((ANNOTATION_PRUNE, "disabled"), ("helm.sh/resource-policy", "keep"))
"""Annotations that keep an object: ours, and Helm's own (https://helm.sh/docs/howto/charts_tips_and_tricks/)."""
_PROTECTED = frozenset(f"protected by {name}: {value}" for name, value in KEPT_BY)


@dataclass
class Leftovers:
    """delete: (instance, what, the live object). keep: (instance, what, why); it stays in the record, so that a later prune takes it.
    deciding: the instances whose wish is known; what others share stays."""

    delete: list[tuple[str, OwnedObject, KubeObject]] = field(default_factory=list)
    keep: list[tuple[str, OwnedObject, str]] = field(default_factory=list)
    deciding: frozenset[str] = frozenset()


def leftovers(record: InstanceRecord, desired: Collection[Identity], observed: Observed, options: Options, found: Leftovers) -> None:
    """Sort the record's objects that are not in `desired` (the identities of the whole run) into `found`.

    What is gone already (with its kind, or by itself), is being deleted although it would be kept, or has another object's UID or another
    owner's labels now, is in neither: the record forgets it.
    """
    for owned in record.objects:
        if owned.ref.identity in desired:
            continue
        live = observed.objects.get(owned.ref.identity)
        if live is None and owned.ref.api_version in observed.unanswered:
            found.keep.append((record.instance, owned, f"the API server of {owned.ref.api_version} does not answer"))
            continue
        if live is None or not _still_ours(record, owned, live, observed):
            continue
        if (sharers_of(live) & observed.records.keys()) - found.deciding:
            continue
        why = _protection(owned, live, options)
        if why and not (live.get("metadata") or {}).get("deletionTimestamp"):
            found.keep.append((record.instance, owned, why))
        elif why:
            continue
        else:
            found.delete.append((record.instance, owned, live))


def still_known(kept: Iterable[tuple[str, OwnedObject, str]]) -> list[tuple[str, OwnedObject, str]]:
    """What the records of instances that go have to remember until it is gone: protected objects. Volumes are found by their labels."""
    return [entry for entry in kept if entry[2] in _PROTECTED]


def labelled_leftovers(
    known: Collection[Identity], instances: Collection[str] | None, observed: Observed
) -> Iterator[tuple[str, OwnedObject]]:
    """(instance, object) that carry the labels of one of the instances (None: any) without being in a record (`known`):
    a run was killed before it could write one, or `down` kept a volume."""
    for identity, live in observed.objects.items():
        owner = owner_of(live)
        if identity in known or owner is None:
            continue
        shared = sorted(name for name in sharers_of(live) if instances is None or name in instances)
        if shared:
            yield shared[0], OwnedObject(ref_of(live), str((live.get("metadata") or {}).get("uid") or ""))
        if not owner.instance:
            continue
        if instances is None or owner.instance in instances:
            yield owner.instance, OwnedObject(ref_of(live), str((live.get("metadata") or {}).get("uid") or ""))


def _still_ours(record: InstanceRecord, owned: OwnedObject, live: KubeObject, observed: Observed) -> bool:
    """Labels on the object itself say so. Without labels the record alone is believed in its own namespace only: who may write a Secret
    in one namespace must not have others' objects deleted by who may do more."""
    uid = (live.get("metadata") or {}).get("uid")
    if owned.uid and owned.uid != uid:
        return False
    if sharers := sharers_of(live):
        return record.instance in sharers
    owner = owner_of(live)
    if owner is None or not owner.instance:
        return bool(owned.uid) and (live.get("metadata") or {}).get("namespace") == record.namespace
    return owner.instance == record.instance or (bool(owned.uid) and _not_handed_over(owned, observed.records.get(owner.instance)))


def _not_handed_over(owned: OwnedObject, other: InstanceRecord | None) -> bool:
    """Whether the object was to come from that instance, which has let go of it, and the write that changes its labels failed."""
    return other is not None and not other.unreadable and all(item.ref.identity != owned.ref.identity for item in other.objects)


def kept_by(live: KubeObject) -> str:
    """The annotation that keeps an object whatever is asked for, as a reason; "" when there is none."""
    annotations = metadata_map(live, "annotations")
    return next((f"protected by {name}: {value}" for name, value in KEPT_BY if annotations.get(name) == value), "")


def _protection(owned: OwnedObject, live: KubeObject, options: Options) -> str:
    kind = owned.ref.identity[:2]
    if kept := kept_by(live):
        return kept
    if not options.prune:
        return "not pruned (--no-prune)"
    if kind == _NAMESPACE:
        return "a namespace goes only with `down`, when nothing else is in it"
    return "" if options.volumes else HOLDS_DATA.get(kind, "")
