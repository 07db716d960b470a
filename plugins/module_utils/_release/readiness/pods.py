# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods: their own verdict, and why the pods of a workload are not ready.

Rules: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/ and kstatus, except that a Failed pod is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..._kube_events.reading import last_seen, moment, newest
from ..._objects import KubeObject
from .containers import container_verdicts, containers_started, crashed_before
from .failures import SCALE_UP_GRACE, SETTLE_GRACE, match
from .fields import condition, condition_status, entries, is_deleting, name_of, text, tidy, uid_of
from .types import Cause, Related, Verdict

QUIET_REASONS = frozenset(
    {"ContainerCreating", "PodInitializing", "Initializing", "ContainerNotReady", "PodPending", "PodNotReady", "PodNotObserved"}
)
"""What any pod goes through: it does not replace a workload's own reason."""


def judge_pod(pod: KubeObject, related: Related) -> Verdict:
    """A pod by its phase, conditions, containers and events."""
    phase = text(pod, "status", "phase")
    if phase == "Succeeded":
        return Verdict("ready", "Completed", "all containers ended with exit code 0")
    if phase == "Failed":
        return _failed_pod(pod)
    if phase == "Running" and condition_status(pod, "Ready") == "True":
        return settled(Verdict("ready", "Ready", "the pod is ready"), [pod])
    return why_not_ready(pod, related)


def settled(ready: Verdict, pods: Iterable[KubeObject]) -> Verdict:
    """The same ready verdict, but one that must last when a pod may be between two crashes."""
    for pod in pods:
        told = crashed_before(pod)
        if told:
            return Verdict("ready", "Restarted", f"{ready.message}; pod {name_of(pod)}: {told}", SETTLE_GRACE)
    return ready


def pod_started(pod: KubeObject) -> bool:
    """Whether the containers of the pod have been started, however they ended."""
    return text(pod, "status", "phase") in ("Succeeded", "Failed") or containers_started(pod)


def is_ready(pod: KubeObject) -> bool:
    """Whether the pod serves."""
    return condition_status(pod, "Ready") == "True"


def why_not_ready(pod: KubeObject, related: Related) -> Verdict:
    """The most telling reason for a pod that is neither ready nor ended: `progressing` or `failed`."""
    events = tuple(related.events(uid_of(pod))) if uid_of(pod) else ()
    if condition_status(pod, "PodScheduled") == "False":
        return _unscheduled(pod, events)
    containers = container_verdicts(pod, events)
    if not any(_tells(verdict) for verdict in containers):
        stuck = _stuck(pod, events)
        if stuck:
            return stuck
    if containers:
        return worst(containers)
    return _waiting_pod(pod)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Failures before progress, shorter grace first, telling reasons before quiet ones; the earlier of equals. At least one is needed."""
    return min(verdicts, key=lambda verdict: (verdict.state != "failed", verdict.grace, not _tells(verdict)))


def pods_trouble(pods: Iterable[KubeObject], related: Related) -> Verdict | None:
    """The worst reason among the pods of a workload that are not ready, naming the pod; None when there is nothing to tell.

    Ended and deleted pods are replaced by their controller, so they count only when nothing else is known.
    """
    found: list[Verdict] = []
    for pod in sorted(pods, key=name_of):
        if is_deleting(pod) or is_ready(pod) or text(pod, "status", "phase") == "Succeeded":
            continue
        reason = why_not_ready(pod, related) if text(pod, "status", "phase") != "Failed" else _replaced(pod)
        cause = reason.cause or Cause(reason.message, pod=name_of(pod))
        found.append(Verdict(reason.state, reason.reason, f"pod {name_of(pod)}: {reason.message}", reason.grace, cause))
    if not found:
        return None
    first = worst(found)
    alike = sum(1 for verdict in found if verdict.state == first.state and verdict.reason == first.reason) - 1
    more = f" (and {alike} more alike)" if alike else ""
    behind = replace(first.cause, others=alike) if first.cause else None
    return Verdict(first.state, first.reason, first.message + more, first.grace, behind)


def _tells(verdict: Verdict) -> bool:
    return verdict.state == "failed" or verdict.reason not in QUIET_REASONS


def _failed_pod(pod: KubeObject) -> Verdict:
    reasons = [verdict for verdict in container_verdicts(pod, ()) if verdict.state == "failed"]
    said, message = text(pod, "status", "reason"), tidy(text(pod, "status", "message"))
    if said:
        return Verdict("failed", said, f"the pod ended: {message or said}")
    return worst(reasons) if reasons else Verdict("failed", "PodFailed", f"the pod ended{': ' + message if message else ' with a failure'}")


def _replaced(pod: KubeObject) -> Verdict:
    ended = _failed_pod(pod)
    return Verdict("progressing", ended.reason, f"{ended.message}; its controller replaces it", cause=ended.cause)


def _unscheduled(pod: KubeObject, events: tuple[KubeObject, ...]) -> Verdict:
    scheduled = condition(pod, "PodScheduled")
    said, message = text(scheduled, "reason"), tidy(text(scheduled, "message"))
    if said == "SchedulingGated":
        gates = ", ".join(text(gate, "name") for gate in entries(pod, "spec", "schedulingGates"))
        return Verdict("progressing", "SchedulingGated", f"scheduling waits for {gates or 'a gate'} to be lifted")
    row = match("scheduling", said, message)
    if row is None:
        return Verdict("progressing", "PodPending", f"not scheduled yet: {message or said or 'no reason given'}")
    decided = newest(events, ("TriggeredScaleUp", "NotTriggerScaleUp"))
    scaling = decided is not None and text(decided, "reason") == "TriggeredScaleUp"
    told = f"cannot be scheduled: {message or said}" + ("; the cluster is adding a node" if scaling else "")
    return Verdict("failed", row.reason, told, SCALE_UP_GRACE if scaling else row.grace)


def _stuck(pod: KubeObject, events: tuple[KubeObject, ...]) -> Verdict | None:
    """Volumes and networks show only in events; they count while nothing newer was said about the pod."""
    if not events or text(pod, "status", "phase") == "Running":
        return None
    latest = max(moment(last_seen(event)) for event in events)
    for event in events:
        said, message = text(event, "reason"), text(event, "message")
        row = match("event", said, message) if moment(last_seen(event)) == latest and text(event, "type") == "Warning" else None
        if row:
            return Verdict("failed", row.reason, f"{said}: {tidy(message)}", row.grace)
    return None


def _waiting_pod(pod: KubeObject) -> Verdict:
    phase = text(pod, "status", "phase")
    if phase == "Unknown":
        return Verdict("progressing", "NodeLost", "its node does not report; the pod's state is unknown")
    if not phase:
        return Verdict("progressing", "PodNotObserved", "no node has taken notice of the pod yet")
    gates = [text(gate, "conditionType") for gate in entries(pod, "spec", "readinessGates")]
    closed = [gate for gate in gates if condition_status(pod, gate) != "True"]
    if phase == "Running" and closed:
        return Verdict("progressing", "ReadinessGate", f"waits for readiness gate {', '.join(closed)}")
    said = tidy(text(condition(pod, "Ready"), "message"))
    if phase == "Running":
        return Verdict("progressing", "PodNotReady", f"runs but is not ready{': ' + said if said else ''}")
    if containers_started(pod):
        return Verdict("progressing", "PodPending", "its containers run or have ended, which its node has not summed up yet")
    return Verdict("progressing", "PodPending", "waits for its node to start the containers")
