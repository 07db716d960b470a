# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose pods and events are they? `owner_chains` with a cluster that is asked for what is missing in a chain of owners.

The roots come from the records: one LIST. A chain that ends elsewhere (an object that is newer than the record, a hook, an owner of a
kind that an operator brought) costs one request for each owner, or one LIST where many of a kind are missing, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..._cluster import Cluster, Resource
from ..._errors import ApiError
from ..._objects import KubeObject
from ..records.instance_records import list_records
from .owner_chains import Lineage, Reference

_USUAL = {
    ("v1", "Pod"): Resource("", "v1", "Pod", "pods", True),
    ("apps/v1", "ReplicaSet"): Resource("apps", "v1", "ReplicaSet", "replicasets", True),
    ("batch/v1", "Job"): Resource("batch", "v1", "Job", "jobs", True),
}
"""Reached without discovery."""
_FEW = 4
"""So many of a kind are read one by one; more by a LIST of their metadata."""
_UNREADABLE = frozenset({403, 404, 405})


@dataclass(frozen=True)
class Roots:
    """What the records of an environment say about whose objects are whose.

    instances: ids that have a record, sorted. uids: UID -> instance. namespaces: instance -> where its objects and its record are.
    places: (kind, namespace or "", name) -> instance, hooks too. notice: what could not be looked at, or "".
    """

    instances: tuple[str, ...] = ()
    uids: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    namespaces: Mapping[str, frozenset[str]] = field(default_factory=dict)
    notice: str = ""


def find_roots(cluster: Cluster, workspace: str, environment: str, homes: Collection[str] = ()) -> Roots:
    """The roots of an environment: one LIST. homes: namespaces to search where the whole cluster may not be.

    Somebody who may read no records gets none, with a notice: labels lead to the instances then. Raises ClusterError, ReleaseError.
    """
    try:
        records, notice = list_records(cluster, workspace, environment, tuple(homes))
    except ApiError as error:
        if error.status != 403:
            raise
        return Roots(notice="you may not list secrets: what is deployed is known by its labels only")
    uids = {owned.uid: name for name, record in records.items() for owned in record.objects if owned.uid}
    refs = [(ref, name) for name, record in records.items() for ref in (*(o.ref for o in record.objects), *(h.ref for h in record.hooks))]
    places = {(ref.kind, ref.namespace or "", ref.name): name for ref, name in refs}
    namespaces = {
        name: frozenset({record.namespace, *(owned.ref.namespace for owned in record.objects if owned.ref.namespace)})
        for name, record in records.items()
    }
    return Roots(tuple(sorted(records)), uids, places, namespaces, notice)


class Ancestry:
    """Finds the instance of any object. Threads may share it; at worst two of them ask for the same owner."""

    def __init__(self, cluster: Cluster, workspace: str, environment: str, roots: Mapping[str, str] | None = None) -> None:
        self._cluster = cluster
        self._lineage = Lineage(workspace, environment, roots)

    def instance_of(self, obj: KubeObject) -> str | None:
        """The id of the object's instance, None when it is of none. Raises ApiError, ConnectionFailed."""
        return self.instances_of((obj,))[0]

    def instances_of(self, objects: Iterable[KubeObject]) -> list[str | None]:
        """The same for many, in order, with few requests."""
        with self._lineage.asking():
            uids = [self._lineage.learn(obj) for obj in objects]
            self._settle(uids)
            return [self._lineage.instance_of_uid(uid) for uid in uids]

    def instances_of_references(self, references: Iterable[Reference]) -> list[str | None]:
        """The same for objects that are only named, such as what events are about; None also for what is gone and was never seen."""
        named = list(references)
        with self._lineage.asking():
            self._look_up([ref for ref in dict.fromkeys(named) if not self._lineage.knows(ref.uid)])
            self._settle([ref.uid for ref in named])
            return [self._lineage.instance_of_uid(ref.uid) for ref in named]

    def _settle(self, uids: Sequence[str]) -> None:
        while missing := {ref.uid: ref for uid in dict.fromkeys(uids) for ref in self._lineage.unknown_above(uid)}:
            self._look_up(list(missing.values()))

    def _look_up(self, references: Sequence[Reference]) -> None:
        """Learn all of them; one that is not there, or may not be read, as gone."""
        places: dict[tuple[str, str, str], list[Reference]] = defaultdict(list)
        for ref in references:
            places[(ref.api_version, ref.kind, ref.namespace)].append(ref)
        for (api_version, kind, namespace), wanted in places.items():
            for obj in self._read(api_version, kind, namespace, sorted({ref.name for ref in wanted})):
                self._lineage.learn(obj)
            for ref in wanted:
                self._lineage.learn_gone(ref.uid)

    def _read(self, api_version: str, kind: str, namespace: str, names: Sequence[str]) -> list[KubeObject]:
        resource = _USUAL.get((api_version, kind)) or self._cluster.find_resource(api_version, kind)
        if resource is None or (resource.namespaced and not namespace):
            return []
        try:
            if len(names) > _FEW:
                return self._cluster.list(resource, namespace or None, metadata_only=True).items
            found = [self._cluster.get(resource, namespace or None, name) for name in names]
        except ApiError as error:
            if error.status not in _UNREADABLE:
                raise
            return []
        return [obj for obj in found if obj]
