# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the instances of an environment are, from records and live objects: what `ps` shows. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from ..._cluster import Cluster, ObjectList
from ..._errors import ApiError
from ..._model import Instance, ReadinessRule
from ..._objects import Identity, KubeObject, is_leaving
from ..data.observed import Observed
from ..data.record import InstanceRecord, OwnedObject
from ..data.result import InstanceStatus, ObjectStatus, Status
from ..observation.observe import observe_recorded
from ..readiness import NOTHING_RELATED, Related, Verdict, keepers, related_kinds, verdict
from ..records.unreadable import UNREADABLE
from ..server_answers.being_deleted import NamespaceLeaving
from ..workers import Workers
from .drift import Drift, find_drift
from .pod_counts import pods_of
from .status_causes import is_hasty, told_causes

_GONE = Verdict("gone", "Missing", "it is not there any more; `roro up` makes it again")


class Neighbours:
    """Pods, ReplicaSets and events from a few LISTs, as verdicts ask for them."""

    def __init__(self, objects: Iterable[KubeObject]) -> None:
        self._children: dict[tuple[str, str], list[KubeObject]] = defaultdict(list)
        self._events: dict[str, list[KubeObject]] = defaultdict(list)
        for obj in objects:
            if obj.get("kind") == "Event":
                self._events[str((obj.get("involvedObject") or {}).get("uid"))].append(obj)
            for owner in obj["metadata"].get("ownerReferences") or ():
                if owner.get("controller") is False:
                    continue  # a pod of `roro run` goes with its workload, and is none of it
                self._children[(str(owner.get("uid")), str(obj.get("kind")))].append(obj)

    def children(self, uid: str, kind: str) -> Sequence[KubeObject]:
        """See readiness.Related."""
        return self._children.get((uid, kind), ())

    def events(self, uid: str) -> Sequence[KubeObject]:
        """See readiness.Related."""
        return self._events.get(uid, ())


def read_status(
    cluster: Cluster,
    workspace: str,
    environment: str,
    instances: Sequence[Instance],
    homes: Collection[str],
    workers: Workers,
    names: Collection[str] = (),
) -> tuple[list[InstanceStatus], tuple[str, ...]]:
    """(`instances` in the order given, then those that only the cluster knows; notices). homes: namespaces to search for records where
    the whole cluster may not be searched. names: only these instances, whoever knows them; all when empty."""
    observed = observe_recorded(cluster, workspace, environment, homes, workers, names)
    instances = [instance for instance in instances if not names or instance.id in names]
    rules = {instance.id: instance.readiness for instance in instances}
    verdicts = _verdicts(observed, rules, NOTHING_RELATED)
    restless = [owned for (_, owned), found in verdicts.items() if found.state != "ready"]
    if restless:
        verdicts = _verdicts(observed, rules, _neighbours(cluster, restless, workers))
    drift = find_drift(cluster, observed, workers)
    found = []
    for instance in instances:
        record = observed.records.get(instance.id)
        if record is None:
            found.append(InstanceStatus(instance.id, instance.app, instance.namespace, message="not deployed"))
        else:
            found.append(_status(record, verdicts, drift, observed.objects))
    documented = {instance.id for instance in instances}
    others = [record for name, record in sorted(observed.records.items()) if name not in documented]
    found += [_status(record, verdicts, drift, observed.objects) for record in others]
    found = told_causes(environment, found, observed.records, verdicts)
    return [_leaving(item, observed) for item in found], observed.notices


def _leaving(item: InstanceStatus, observed: Observed) -> InstanceStatus:
    """The same, unless the namespace is being deleted with everything in it."""
    namespace = observed.namespaces.get(item.namespace, {})
    if not is_leaving(namespace):
        return item
    status: Status = "Failed" if item.instance in observed.records else "NotDeployed"
    kept = keepers(namespace)
    words = f"namespace {item.namespace} is being deleted" + (f", {kept}" if kept else "")
    return replace(item, status=status, reason=NamespaceLeaving.reason, message=words)


def _verdicts(observed: Observed, rules: Mapping[str, Sequence[ReadinessRule]], related: Related) -> dict[tuple[str, OwnedObject], Verdict]:
    found: dict[tuple[str, OwnedObject], Verdict] = {}
    for name, record in observed.records.items():
        for owned in record.objects:
            live = observed.objects.get(owned.ref.identity)
            if live is not None:
                found[(name, owned)] = verdict(live, related, rules.get(name, ()))
            elif owned.ref.kind == "Job" and record.outcome == "deployed":
                found[(name, owned)] = Verdict("ready", "Completed", "completed, and removed since")
            else:
                found[(name, owned)] = _GONE
    return found


def _neighbours(cluster: Cluster, owned: Iterable[OwnedObject], workers: Workers) -> Neighbours:
    """One LIST per related kind and namespace, only where something is not ready."""
    places = sorted(
        {
            (api, kind, item.ref.namespace)
            for item in owned
            if item.ref.namespace
            for api, kind in related_kinds(item.ref.api_version, item.ref.kind)
        }
    )
    served = {(resource.api_version, resource.kind): resource for resource in reversed(cluster.resources())}

    def read(api_version: str, kind: str, namespace: str) -> ObjectList:
        try:
            return cluster.list(served[(api_version, kind)], namespace)
        except ApiError:
            return ObjectList([], "")

    listed = workers.all([partial(read, api, kind, space) for api, kind, space in places if (api, kind) in served])
    return Neighbours(item for result in listed for item in result.items)


def _status(
    record: InstanceRecord, verdicts: Mapping[tuple[str, OwnedObject], Verdict], drift: Drift, live: Mapping[Identity, KubeObject]
) -> InstanceStatus:
    found = [(owned, verdicts[(record.instance, owned)]) for owned in record.objects]
    changed = {owned: drift[(record.instance, owned)] for owned in record.objects if (record.instance, owned) in drift}
    status, reason, message = _summary(record, found)
    if status == "Running" and changed:
        reason, message = "Drifted", "; ".join(f"{owned.ref}: {words}" for owned, words in changed.items())
    objects = tuple(_object_status(owned, item, changed.get(owned, "")) for owned, item in found)
    return InstanceStatus(
        record.instance,
        record.app,
        record.namespace,
        status,
        reason,
        message,
        record.revision,
        record.deployed,
        record.updated,
        sum(1 for item in objects if item.state == "ready"),
        len(objects),
        objects,
        record.origin.place,
        *_pods(record, live),
    )


def _pods(record: InstanceRecord, live: Mapping[Identity, KubeObject]) -> tuple[int, int | None]:
    """(ready, wanted) over all workloads; wanted None without any."""
    counted = [pods_of(live[owned.ref.identity]) for owned in record.objects if owned.ref.identity in live]
    found = [pods for pods in counted if pods is not None]
    return sum(ready for ready, _ in found), sum(wanted for _, wanted in found) if found else None


def _object_status(owned: OwnedObject, item: Verdict, drift: str) -> ObjectStatus:
    told = ("Drifted", drift) if drift and item.state == "ready" else (item.reason, item.message)
    return ObjectStatus(owned.ref.kind, owned.ref.namespace or "", owned.ref.name, item.state, *told)


def _summary(record: InstanceRecord, found: Sequence[tuple[OwnedObject, Verdict]]) -> tuple[Status, str, str]:
    """(status, reason, message). What the objects say now counts more than how the last run ended; while a run is under way, what may
    still heal is no failure."""
    if record.unreadable:
        return "Failed", UNREADABLE, record.message
    if record.outcome == "stopped":
        return "NotDeployed", "Stopped", "stopped; `roro start` or `roro up` starts it"
    if record.outcome == "removed":
        kept = [str(owned.ref) for owned, item in found if item.state != "gone"]
        return "NotDeployed", "Kept" if kept else "", f"kept as roro.dev/prune: disabled says: {', '.join(kept)}" if kept else ""
    if record.outcome == "removing":
        leaving = next(((owned, item) for owned, item in found if item.state == "gone" and item != _GONE), None)
        if leaving is None:
            return "Failed", "RemoveFailed", f"only partly removed: {record.message}"
        return "Failed", leaving[1].reason, f"{leaving[0].ref}: {leaving[1].message}"
    on_the_way: Status = "Updating" if record.deployed else "Deploying"
    unsent = [owned for owned, _ in found if not owned.uid]
    for owned, item in found:
        if (item.state == "failed" and not (item.grace and record.outcome == "pending")) or (record.outcome == "failed" and is_hasty(item)):
            return "Failed", item.reason, f"{owned.ref}: {item.message}"
    if record.outcome == "failed" and unsent:
        return "Failed", record.reason or "ApplyFailed", record.message
    for owned, item in found:
        if item.state == "gone" and owned.uid:
            return "Failed", item.reason, f"{owned.ref}: {item.message}"
    if record.outcome in ("pending", "interrupted"):
        return on_the_way, "", "a run is under way" if record.outcome == "pending" else "the last run was interrupted"
    for owned, item in found:
        if item.state != "ready":
            return on_the_way, item.reason, f"{owned.ref}: {item.message}"
    return "Running", "", ""
