# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployment, ReplicaSet, ReplicationController, StatefulSet, DaemonSet.

Counting follows kstatus (sigs.k8s.io/cli-utils, pkg/kstatus/status/core.go) and `kubectl rollout status`; the reason comes from the
pods of the newest revision only, so that pods of a revision on its way out never fail an update.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..._kube_events.reading import newest
from ..._objects import KubeObject
from .failures import BLOCKED_GRACE, DEADLINE_GRACE, match
from .fields import at, condition, condition_status, count, group_kind, is_deleting, number, text, tidy, uid_of
from .pods import QUIET_REASONS, is_ready, pods_trouble, settled
from .types import Cause, Related, Verdict

REVISION = "deployment.kubernetes.io/revision"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
Gap = tuple[str, str]
"""(reason, message) of the first count that is not reached."""


def judge_deployment(obj: KubeObject, related: Related) -> Verdict:
    """Observed, every replica updated and available, no old one left, the rollout reported complete."""
    if not is_observed(obj):
        return not_observed(obj)
    if at(obj, "spec", "paused") is True:
        return Verdict("ready", "Paused", "the document pauses the rollout")
    gap = next(_deployment_gaps(obj), None)
    if gap is None:
        return _all_there(obj, number(obj, "spec", "replicas", default=1), related)
    trouble = _trouble(obj, related)
    deadline = condition(obj, "Progressing")
    if text(deadline, "reason") == "ProgressDeadlineExceeded":
        return _deadline(gap, trouble, tidy(text(deadline, "message")))
    return explain(gap, trouble)


def judge_replicaset(obj: KubeObject, related: Related) -> Verdict:
    """ReplicaSet and ReplicationController: labelled, available and ready replicas, none too many."""
    if not is_observed(obj):
        return not_observed(obj)
    wanted = number(obj, "spec", "replicas", default=1)
    gap = next(_replica_gaps(obj, wanted), None)
    return _all_there(obj, wanted, related) if gap is None else explain(gap, _trouble(obj, related))


def judge_statefulset(obj: KubeObject, related: Related) -> Verdict:
    """Ready replicas, updated down to the partition; with OnDelete the revision is the person's business."""
    if not is_observed(obj):
        return not_observed(obj)
    wanted = number(obj, "spec", "replicas", default=1)
    gap = next(_statefulset_gaps(obj, wanted), None)
    if gap is not None:
        return explain(gap, _trouble(obj, related) or _blocked(obj, related))
    return (_held_back(obj) if wanted else None) or _all_there(obj, wanted, related)


def judge_daemonset(obj: KubeObject, related: Related) -> Verdict:
    """Every node that should run it does, updated unless OnDelete; no such node is fine."""
    if not is_observed(obj):
        return not_observed(obj)
    wanted = number(obj, "status", "desiredNumberScheduled")
    gap = next(_daemonset_gaps(obj, wanted), None)
    if gap is not None:
        return explain(gap, _trouble(obj, related))
    if not wanted:
        return Verdict("ready", "NoNodes", "no node is selected, so none has to run it")
    return settled(Verdict("ready", "Ready", f"ready on {count(wanted, 'node')}"), current_pods(obj, related))


def is_observed(obj: KubeObject) -> bool:
    """Whether the controller has seen the object at all; that it saw the newest generation is checked for every kind before."""
    return at(obj, "status", "observedGeneration") is not None


def not_observed(obj: KubeObject) -> Verdict:
    """For a workload without status.observedGeneration."""
    return Verdict("progressing", "NotObserved", f"the controller has not taken notice of the {text(obj, 'kind')} yet")


def current_pods(obj: KubeObject, related: Related) -> list[KubeObject]:
    """Pods of the newest revision of a workload, those being deleted left out. With OnDelete the revision does not matter."""
    kind, uid = group_kind(obj)[1], uid_of(obj)
    if not uid:
        return []
    if kind == "Deployment":
        replicaset = _current_replicaset(obj, related)
        uid = uid_of(replicaset) if replicaset else ""
    pods = [pod for pod in related.children(uid, "Pod") if not is_deleting(pod)] if uid else []
    label, wanted = ("", "") if _on_delete(obj) else _revision_label(obj, kind)
    return [pod for pod in pods if text(pod, "metadata", "labels", label) == wanted or _is_held_back(obj, pod)] if wanted else pods


def wanted_pods(obj: KubeObject) -> int:
    """How many pods a workload has when it is as it should be; of a DaemonSet as its controller has counted the nodes."""
    if group_kind(obj)[1] == "DaemonSet":
        return number(obj, "status", "desiredNumberScheduled")
    return number(obj, "spec", "replicas", default=1)


def pod_maker(obj: KubeObject, related: Related) -> KubeObject:
    """The object whose controller makes a workload's pods: of a Deployment its newest ReplicaSet, where that is known."""
    return (_current_replicaset(obj, related) or obj) if group_kind(obj)[1] == "Deployment" else obj


def explain(gap: Gap, trouble: Verdict | None) -> Verdict:
    """What is missing, and why where the pods or events tell."""
    reason, message = gap
    if trouble is None:
        return Verdict("progressing", reason, message)
    told, cause = f"{message}; {trouble.message}", trouble.cause or Cause(trouble.message)
    if trouble.state == "failed":
        return Verdict("failed", trouble.reason, told, trouble.grace, cause)
    return Verdict("progressing", reason if trouble.reason in QUIET_REASONS else trouble.reason, told, cause=cause)


def create_failure(obj: KubeObject, related: Related) -> Verdict | None:
    """The controller cannot create pods, by its newest event: StatefulSet, DaemonSet and Job have no condition for it."""
    event = newest(related.events(uid_of(obj)), ("FailedCreate", "SuccessfulCreate")) if uid_of(obj) else None
    if event is None or text(event, "reason") == "SuccessfulCreate":
        return None
    return _cannot_create(text(event, "message"))


def _cannot_create(message: str) -> Verdict | None:
    row = match("create", "FailedCreate", message)
    return Verdict("failed", row.reason, f"pods cannot be created: {tidy(message)}", row.grace) if row else None


def _all_there(obj: KubeObject, wanted: int, related: Related) -> Verdict:
    if not wanted:
        return Verdict("ready", "ScaledToZero", "no replica is wanted and none runs")
    return settled(Verdict("ready", "Ready", f"{count(wanted, 'replica')} ready"), current_pods(obj, related))


def _deployment_gaps(obj: KubeObject) -> Iterator[Gap]:
    wanted = number(obj, "spec", "replicas", default=1)
    have, updated = number(obj, "status", "replicas"), number(obj, "status", "updatedReplicas")
    available, ready = number(obj, "status", "availableReplicas"), number(obj, "status", "readyReplicas")
    if have < wanted:
        yield "LessReplicas", f"{have} of {count(wanted, 'replica')} created"
    if updated < wanted:
        yield "LessUpdated", f"{updated} of {count(wanted, 'replica')} updated"
    if have > wanted:
        yield "ExtraPods", f"{count(have - wanted, 'old replica')} still to be removed"
    if available < updated or ready < wanted:
        yield "LessAvailable", f"{min(available, ready)} of {count(wanted, 'replica')} available"
    rollout = condition(obj, "Progressing")
    if wanted and rollout and not (text(rollout, "status") == "True" and text(rollout, "reason") == "NewReplicaSetAvailable"):
        yield "RolloutNotComplete", "the rollout is not reported complete yet"
    if wanted and condition_status(obj, "Available") != "True":
        yield "NotAvailable", "the Deployment is not reported available yet"


def _replica_gaps(obj: KubeObject, wanted: int) -> Iterator[Gap]:
    have, labelled = number(obj, "status", "replicas"), number(obj, "status", "fullyLabeledReplicas")
    available, ready = number(obj, "status", "availableReplicas"), number(obj, "status", "readyReplicas")
    if labelled < wanted:
        yield "LessReplicas", f"{labelled} of {count(wanted, 'replica')} created"
    if have > wanted:
        yield "ExtraPods", f"{count(have - wanted, 'replica')} still to be removed"
    if min(available, ready) < wanted:
        yield "LessAvailable", f"{min(available, ready)} of {count(wanted, 'replica')} available"


def _statefulset_gaps(obj: KubeObject, wanted: int) -> Iterator[Gap]:
    have, ready = number(obj, "status", "replicas"), number(obj, "status", "readyReplicas")
    if have < wanted:
        yield "LessReplicas", f"{have} of {count(wanted, 'replica')} created"
    if ready < wanted:
        yield "LessReady", f"{ready} of {count(wanted, 'replica')} ready"
    if have > wanted:
        yield "ExtraPods", f"{count(have - wanted, 'replica')} still to be removed"
    if number(obj, "spec", "minReadySeconds") and number(obj, "status", "availableReplicas") < wanted:
        yield "LessAvailable", f"{number(obj, 'status', 'availableReplicas')} of {count(wanted, 'replica')} available"
    if _on_delete(obj):
        return
    partition = number(obj, "spec", "updateStrategy", "rollingUpdate", "partition")
    target, updated = max(0, wanted - partition), number(obj, "status", "updatedReplicas")
    if updated < target:
        yield "LessUpdated", f"{updated} of {count(target, 'replica')} updated"
    if wanted and not partition and text(obj, "status", "currentRevision") != text(obj, "status", "updateRevision"):
        yield "RevisionMismatch", "the update is not reported complete yet"


def _daemonset_gaps(obj: KubeObject, wanted: int) -> Iterator[Gap]:
    if at(obj, "status", "desiredNumberScheduled") is None:
        yield "NotObserved", "the controller has not counted the nodes yet"
    current, updated = number(obj, "status", "currentNumberScheduled"), number(obj, "status", "updatedNumberScheduled")
    available, ready = number(obj, "status", "numberAvailable"), number(obj, "status", "numberReady")
    if current < wanted:
        yield "LessReplicas", f"created on {current} of {count(wanted, 'node')}"
    if updated < wanted and not _on_delete(obj):
        yield "LessUpdated", f"updated on {updated} of {count(wanted, 'node')}"
    if min(available, ready) < wanted:
        yield "LessAvailable", f"available on {min(available, ready)} of {count(wanted, 'node')}"


def _on_delete(obj: KubeObject) -> bool:
    return text(obj, "spec", "updateStrategy", "type") == "OnDelete"


def _held_back(obj: KubeObject) -> Verdict | None:
    """A StatefulSet that is as asked while some pods keep the old revision: by OnDelete or by partition."""
    if text(obj, "status", "currentRevision") == text(obj, "status", "updateRevision"):
        return None
    updated = number(obj, "status", "updatedReplicas")
    if _on_delete(obj):
        return Verdict(
            "ready", "OnDelete", f"ready; {count(updated, 'pod')} updated, the others are updated when they are deleted (OnDelete)"
        )
    return Verdict("ready", "Partitioned", f"ready; {count(updated, 'pod')} updated, the partition holds the others back")


def _is_held_back(obj: KubeObject, pod: KubeObject) -> bool:
    """Whether a StatefulSet's partition keeps this pod at its old revision: pods are numbered by the end of their name."""
    ordinal = text(pod, "metadata", "labels", "apps.kubernetes.io/pod-index") or text(pod, "metadata", "name").rpartition("-")[2]
    partition = number(obj, "spec", "updateStrategy", "rollingUpdate", "partition")
    return ordinal.isascii() and ordinal.isdigit() and len(ordinal) < 10 and int(ordinal) < partition


def _deadline(gap: Gap, trouble: Verdict | None, message: str) -> Verdict:
    if trouble is not None and trouble.state == "failed":
        return explain(gap, trouble)
    known = explain(gap, trouble)
    reason = known.reason if trouble is not None and trouble.reason not in QUIET_REASONS else "ProgressDeadlineExceeded"
    return Verdict("failed", reason, f"{known.message}; {message or 'the progress deadline is exceeded'}", DEADLINE_GRACE, known.cause)


def _trouble(obj: KubeObject, related: Related) -> Verdict | None:
    """Why pods are missing (not created) or not ready; a failure wins over progress."""
    missing = _replica_failure(obj, related)
    pods = pods_trouble(current_pods(obj, related), related)
    if pods is not None and (missing is None or (pods.state == "failed" and pods.grace <= missing.grace)):
        return pods
    return missing


def _replica_failure(obj: KubeObject, related: Related) -> Verdict | None:
    kind = group_kind(obj)[1]
    if kind in ("StatefulSet", "DaemonSet"):
        return create_failure(obj, related) if _lacks_pods(obj, kind) else None
    failure = condition(pod_maker(obj, related), "ReplicaFailure")
    return _cannot_create(text(failure, "message")) if text(failure, "status") == "True" else None


def _lacks_pods(obj: KubeObject, kind: str) -> bool:
    if kind == "DaemonSet":
        return number(obj, "status", "currentNumberScheduled") < number(obj, "status", "desiredNumberScheduled")
    return number(obj, "status", "replicas") < number(obj, "spec", "replicas", default=1)


def _blocked(obj: KubeObject, related: Related) -> Verdict | None:
    """A StatefulSet replaces no pod while one of the old revision fails:
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback"""
    update = text(obj, "status", "updateRevision")
    if _on_delete(obj) or not update or update == text(obj, "status", "currentRevision") or not uid_of(obj):
        return None
    label = "controller-revision-hash"
    old = [pod for pod in related.children(uid_of(obj), "Pod") if text(pod, "metadata", "labels", label) != update and not is_ready(pod)]
    trouble = pods_trouble(old, related)
    if trouble is None or trouble.state != "failed":
        return trouble
    name, _, why = trouble.message.removeprefix("pod ").partition(": ")
    space = text(obj, "metadata", "namespace") or "default"
    told = f"pod {name} of the old revision fails and blocks the update until it is deleted (kubectl -n {space} delete pod {name}): {why}"
    return Verdict("failed", "RolloutBlocked", told, max(BLOCKED_GRACE, trouble.grace))


def _current_replicaset(deployment: KubeObject, related: Related) -> KubeObject | None:
    """By the revision that the Deployment itself names: the watch may not have brought the newest ReplicaSet yet."""
    wanted = text(deployment, "metadata", "annotations", REVISION)
    sets = related.children(uid_of(deployment), "ReplicaSet") if uid_of(deployment) and wanted else ()
    return next((item for item in sets if text(item, "metadata", "annotations", REVISION) == wanted), None)


def _revision_label(obj: KubeObject, kind: str) -> tuple[str, str]:
    """The pod label that marks the newest revision, and its value ("" when the object does not say)."""
    if kind == "StatefulSet":
        return "controller-revision-hash", text(obj, "status", "updateRevision")
    if kind == "DaemonSet":
        return "pod-template-generation", text(obj, "metadata", "annotations", TEMPLATE_GENERATION)
    return "", ""
