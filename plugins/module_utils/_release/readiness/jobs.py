# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Job and CronJob: https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup

Unlike kstatus, a running Job is not ready: only its end tells whether it failed. A rule of the user can say otherwise.
"""

from __future__ import annotations

from dataclasses import replace

from ..._objects import KubeObject
from .fields import at, condition, condition_status, count, group_kind, mapping, name_of, number, text, tidy, uid_of
from .pods import pods_trouble, worst
from .types import Cause, Related, Verdict
from .workloads import create_failure, current_pods

QUEUE_LABEL = "kueue.x-k8s.io/queue-name"
_OWN_RETRY = frozenset({"CrashLoopBackOff", "OOMKilled", "Error", "RunContainerError"})
"""Failures that a Job retries by itself, up to its backoffLimit."""


def judge_job(job: KubeObject, related: Related) -> Verdict:
    """Complete is ready, Failed is failed; in between what its pods are doing."""
    if condition_status(job, "Complete") == "True":
        return Verdict("ready", "Completed", f"completed, {count(number(job, 'status', 'succeeded'), 'pod')} succeeded")
    for kind in ("Failed", "FailureTarget"):
        if condition_status(job, kind) == "True":
            return _failed(job, related, kind)
    if at(job, "spec", "suspend") is True:
        return _suspended(job)
    if condition_status(job, "SuccessCriteriaMet") == "True":
        return Verdict("progressing", "JobFinishing", "succeeded; its last pods are ending")
    return _running(job, related)


def cleaned_up(job: KubeObject) -> bool:
    """Whether it is a Job that completed, and goes since or is gone because its `ttlSecondsAfterFinished` says so: it did what was asked.
    https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/"""
    wished = group_kind(job) == ("batch", "Job") and at(job, "spec", "ttlSecondsAfterFinished") is not None
    return wished and condition_status(job, "Complete") == "True"


def judge_cronjob(job: KubeObject, related: Related) -> Verdict:
    """Ready as soon as it exists: its Jobs belong to the schedule, not to the deployment."""
    if at(job, "spec", "suspend") is True:
        return Verdict("ready", "Suspended", "exists; the document suspends its schedule")
    return Verdict("ready", "Exists", "scheduled")


def _running(job: KubeObject, related: Related) -> Verdict:
    trouble = pods_trouble([pod for pod in current_pods(job, related) if text(pod, "status", "phase") != "Failed"], related)
    created = create_failure(job, related) if not number(job, "status", "active") else None
    if created is not None:
        trouble = worst([created, trouble]) if trouble else created
    message = _progress(job)
    if trouble is None:
        reason = "JobRunning" if text(job, "status", "startTime") else "JobNotStarted"
        return Verdict("progressing", reason, message + _ended(_last_failure(job, related)))
    told = f"{message}; {trouble.message}"
    if trouble.state == "failed" and trouble.reason not in _OWN_RETRY:
        return Verdict("failed", trouble.reason, told, trouble.grace, trouble.cause)
    return Verdict("progressing", trouble.reason, told, cause=trouble.cause)


def _progress(job: KubeObject) -> str:
    wanted = number(job, "spec", "completions", default=1)
    done, failed = number(job, "status", "succeeded"), number(job, "status", "failed")
    attempts = f", {count(failed, 'failed attempt')} (limit {number(job, 'spec', 'backoffLimit', default=6)})" if failed else ""
    return f"{done} of {count(wanted, 'completion')}{attempts}"


def _suspended(job: KubeObject) -> Verdict:
    queue = text(job, "metadata", "labels", QUEUE_LABEL)
    if queue:
        return Verdict("progressing", "JobQueued", f"waits in queue {queue} to be admitted")
    return Verdict("ready", "Suspended", "exists; the document suspends it")


def _failed(job: KubeObject, related: Related, kind: str) -> Verdict:
    failure = condition(job, kind)
    said, message = text(failure, "reason") or "Failed", tidy(text(failure, "message"))
    last = _last_failure(job, related)
    told = f"failed ({said}){': ' + message if message else ''}{_ended(last)}"
    short = f"failed ({said}): {last.cause.short}" if last and last.cause else told
    cause = replace(last.cause, short=short, detail=message) if last and last.cause else Cause(short)
    return Verdict("failed", "JobFailed", told, cause=cause)


def _ended(last: Verdict | None) -> str:
    return f"; {last.message.removesuffix('; its controller replaces it')}" if last else ""


def _last_failure(job: KubeObject, related: Related) -> Verdict | None:
    """How the newest failed pod of the Job ended, or None."""
    pods = related.children(uid_of(job), "Pod") if uid_of(job) else ()
    failed = [pod for pod in pods if text(pod, "status", "phase") == "Failed"]
    if not failed:
        return None
    newest = max(failed, key=lambda pod: text(pod, "status", "startTime"))
    trouble = pods_trouble([{**newest, "metadata": {**mapping(newest, "metadata"), "deletionTimestamp": None}}], related)
    return trouble or Verdict("failed", "PodFailed", f"pod {name_of(newest)} failed", cause=Cause("its pod failed", pod=name_of(newest)))
