# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restarts the workload of an unhealthy pod, when the cluster's own memory of restarts allows it, and tells the cluster by events.

Blocking calls, for a worker thread. The restart is that of `roro restart`: an annotation of the pod template, by the same field
manager; so a `roro restart` by hand forgets the memory, and counting begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from .._cluster import Cluster, Resource, rfc3339
from .._errors import ApiError, RoroError
from .._forward import Origin
from .._given import given
from .._objects import ANNOTATION_RESTARTED, RESTART_MANAGER, KubeObject, lock_name
from .limits import ANNOTATION_RESTARTS, CALM, MOST, decide, read_history, write_history
from .workload import RESTARTABLE, controller_of, hindrance

EVENT_COMPONENT = "roro"
EventReason = Literal["HealthCheckFailed", "HealthCheckRestarted", "HealthCheckPassed"]

_KINDS = {
    "Pod": Resource("", "v1", "Pod", "pods", True),
    "ReplicaSet": Resource("apps", "v1", "ReplicaSet", "replicasets", True),
    "Deployment": Resource("apps", "v1", "Deployment", "deployments", True),
    "StatefulSet": Resource("apps", "v1", "StatefulSet", "statefulsets", True),
    "DaemonSet": Resource("apps", "v1", "DaemonSet", "daemonsets", True),
}
"""Reached without discovery."""
_LEASES = Resource("coordination.k8s.io", "v1", "Lease", "leases", True)
_EVENTS = Resource("", "v1", "Event", "events", True)
_DEPTH = 4
MAX_MESSAGE = 1024
"""Bytes that an Event's message may have: https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/"""


@dataclass(frozen=True)
class Healing:
    """What came of the wish to restart. done: when it was restarted. again: whether asking again makes sense. workload: the UID of what was
    restarted, history: its restarts that count from now on."""

    message: str
    done: datetime | None = None
    again: bool = True
    workload: str = ""
    history: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Memory:
    """What a check knows itself.

    calm: how long ago a time of health that lasted for CALM ended, None where there was none. restarts: UID of a workload -> those that it
    made, for an annotation that somebody else takes away again and again.
    """

    calm: timedelta | None = None
    restarts: Mapping[str, Sequence[datetime]] = field(default_factory=dict)


def find_workload(cluster: Cluster, namespace: str, pod: str) -> KubeObject | None:
    """What owns a pod, up to what can be restarted; the topmost that may be read where that is nothing. Raises ApiError."""
    found = cluster.get(_KINDS["Pod"], namespace, pod)
    for _ in range(_DEPTH):
        if found is None or found.get("kind") in RESTARTABLE:
            break
        owner = controller_of(found)
        if owner is None or owner[0] not in _KINDS:
            break
        above = cluster.get(_KINDS[owner[0]], namespace, owner[1])
        if above is None or (above.get("metadata") or {}).get("uid") != owner[2]:
            break
        found = above
    return found


def heal(cluster: Cluster, namespace: str, pod: str, origin: Origin, memory: Memory) -> Healing:
    """Restart the workload of a pod, if it is the instance's and now is the time. Never raises RoroError."""
    try:
        if _run_at_work(cluster, namespace, origin.instance):
            return Healing(f"a run is at work on instance {origin.instance}")
        return _heal(cluster, namespace, pod, origin, memory)
    except ApiError as error:
        if error.status == 409:
            return Healing("somebody else changed the workload at this moment")
        if error.status == 403:
            return Healing(f"not restarted: {error.problems[0].message}", again=False)
        return Healing(f"not restarted: {error.problems[0].message}")
    except RoroError as error:
        return Healing(f"not restarted: {error.problems[0].message}")


def _run_at_work(cluster: Cluster, namespace: str, instance: str) -> bool:
    """Whether somebody's run holds the instance's lock: what is unhealthy then is that run's to judge. A stale lock does not count."""
    try:
        lease = cluster.get(_LEASES, namespace, lock_name(instance))
    except ApiError as error:
        if error.status == 403:
            return False
        raise
    spec = (lease or {}).get("spec") or {}
    renewed = read_history(str(spec.get("renewTime") or ""))
    return bool(renewed) and cluster.now() - renewed[-1] < timedelta(seconds=2.0 * float(spec.get("leaseDurationSeconds") or 0))


def _heal(cluster: Cluster, namespace: str, pod: str, origin: Origin, memory: Memory) -> Healing:
    workload = find_workload(cluster, namespace, pod)
    if workload is None:
        return Healing(f"pod {namespace}/{pod} is gone already")
    kind, name = str(workload.get("kind")), str(workload["metadata"]["name"])
    if kind not in RESTARTABLE:
        return Healing(f"{kind} {namespace}/{name} belongs to nothing that can be restarted", again=False)
    if not _is_part_of(cluster, workload, origin):
        return Healing(f"not restarted: {kind} {namespace}/{name} is no part of instance {origin.instance}", again=False)
    hindered = hindrance(workload)
    if hindered is not None:
        return Healing(hindered.message, again=hindered.passing)
    now = cluster.now()
    history, calm = _history(workload, memory), None if memory.calm is None else now - memory.calm
    decision = decide(history, now, calm=calm)
    if decision.gave_up:
        calm_minutes = CALM.total_seconds() / 60
        return Healing(f"gave up: {MOST} restarts did not help; {calm_minutes:.0f} minutes of health, or `roro restart`, begin anew")
    if not decision.go:
        until = given(decision.until, "the end of a pause")
        return Healing(f"restarted {len(history)} times; not again before {until.strftime('%H:%M:%SZ')}")
    written = write_history(history, now, calm=calm)
    cluster.apply(_KINDS[kind], _patch(workload, written, now), force=True, field_manager=RESTART_MANAGER)
    uid = str(workload["metadata"].get("uid"))
    return Healing(f"restarted {kind} {namespace}/{name}", done=now, workload=uid, history=tuple(read_history(written)))


def _is_part_of(cluster: Cluster, workload: KubeObject, origin: Origin) -> bool:
    """Whether the workload, or what owns it, carries the instance's labels: a Service may select other people's pods too."""
    from .._release import Ancestry

    return Ancestry(cluster, origin.workspace, origin.environment).instance_of(workload) == origin.instance


def _history(workload: KubeObject, memory: Memory) -> list[datetime]:
    """The restarts of the annotation, and our own where it was taken away. A later restart by hand, which takes it away as well, begins
    anew."""
    metadata, template = workload["metadata"], (workload.get("spec") or {}).get("template") or {}
    told = read_history((metadata.get("annotations") or {}).get(ANNOTATION_RESTARTS, ""))
    own = memory.restarts.get(str(metadata.get("uid")), ())
    marks = read_history(((template.get("metadata") or {}).get("annotations") or {}).get(ANNOTATION_RESTARTED, ""))
    by_hand = bool(marks and own) and marks[-1] - own[-1] >= timedelta(seconds=1)
    return told if told or by_hand else list(own)


def _patch(workload: KubeObject, written: str, now: datetime) -> KubeObject:
    """uid and resourceVersion: this very object in the state that was judged, or ApiError Conflict."""
    metadata = {key: workload["metadata"][key] for key in ("name", "namespace", "uid", "resourceVersion")}
    metadata["annotations"] = {ANNOTATION_RESTARTS: written}
    template = {"metadata": {"annotations": {ANNOTATION_RESTARTED: rfc3339(now)}}}
    return {"apiVersion": "apps/v1", "kind": workload["kind"], "metadata": metadata, "spec": {"template": template}}


def tell(cluster: Cluster, namespace: str, pod: str, reason: EventReason, message: str) -> None:
    """An Event about the workload of a pod. Best effort: whoever may not write events does without. Never raises RoroError."""
    try:
        about = find_workload(cluster, namespace, pod)
        if about is not None:
            cluster.create(_EVENTS, _event(about, namespace, cluster.now(), reason, message))
    except RoroError:
        return


def _event(about: KubeObject, namespace: str, now: datetime, reason: EventReason, message: str) -> KubeObject:
    metadata = about["metadata"]
    involved = {"apiVersion": about.get("apiVersion"), "kind": about.get("kind"), "namespace": namespace}
    involved |= {key: metadata[key] for key in ("name", "uid", "resourceVersion") if metadata.get(key)}
    moment = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{metadata['name'][:200]}.{int(now.timestamp() * 1e6):x}", "namespace": namespace},
        "involvedObject": involved,
        "reason": reason,
        "message": message.encode()[:MAX_MESSAGE].decode("utf-8", "ignore"),
        "type": "Normal" if reason == "HealthCheckPassed" else "Warning",
        "source": {"component": EVENT_COMPONENT},
        "firstTimestamp": moment,
        "lastTimestamp": moment,
        "count": 1,
    }
