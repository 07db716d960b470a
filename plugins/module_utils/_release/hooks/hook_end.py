# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a hook: what goes when it succeeded, and in what words it failed. Called in worker threads."""

from __future__ import annotations

from typing import Any

from ..._cluster import Cluster, Resource
from ..._errors import ReleaseError, RoroError
from ..._given import given
from ..._objects import KubeObject, ObjectRef
from ..causes.failure import details_of, telling_lines
from ..data.observed import Observed
from ..data.outcome import Outcome
from ..data.steps import Step
from ..ownership.labels import owner_of
from ..readiness import Verdict

_PODS = Resource("", "v1", "Pod", "pods", True)
_JOB_UID = "batch.kubernetes.io/controller-uid"
"""Label of a Job's pods: https://kubernetes.io/docs/reference/labels-annotations-taints/#batchkubernetesio-controller-uid"""
_LOG_LINES = 8


class HookFailed(ReleaseError):
    """A hook did not complete. reason: the instance's machine reason. log: the last lines that it wrote, as they are.
    details: where it ran."""

    reason = "HookFailed"
    log: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def end_hook(cluster: Cluster, observed: Observed, step: Step, live: KubeObject | None, verdict: Verdict | None) -> Outcome:
    """Delete what is to go, now that the hook completed (no verdict) or failed. Raises HookFailed with what a person needs to know."""
    hook = given(step.hook, "the hook of a step that runs one")
    if verdict is None:
        for ref in hook.sweep:
            _drop(cluster, observed, ref, step)
        return Outcome(step.action, live)
    said = verdict.cause.short if verdict.cause else verdict.message or verdict.reason
    failed = HookFailed(f"hook {hook.moment}: {step.ref}: {said}")
    failed.details = details_of(step.ref, verdict.cause) if verdict.cause else ()
    failed.log = _log(cluster, live)
    if hook.drop_failed:
        _drop(cluster, observed, step.ref, step)
    raise failed


def _drop(cluster: Cluster, observed: Observed, ref: ObjectRef, step: Step) -> None:
    """Only what carries the labels of the hook's instance, by UID."""
    resource = observed.resource(ref) or cluster.resource(ref.api_version, ref.kind)
    live = cluster.get(resource, ref.namespace, ref.name)
    if live is not None and owner_of(live) == owner_of(step.desired or {}):
        cluster.delete(resource, ref.namespace, ref.name, uid=str(live["metadata"].get("uid") or "") or None, propagation="Background")


def _log(cluster: Cluster, live: KubeObject | None) -> tuple[str, ...]:
    """The end of the log of the pod that ended last, () when it has none or it may not be read."""
    if live is None:
        return ()
    metadata = live.get("metadata") or {}
    try:
        pods = [live]
        if live.get("kind") == "Job":
            pods = cluster.list(_PODS, metadata.get("namespace"), selector=f"{_JOB_UID}={metadata.get('uid')}").items
        if not pods:
            return ()
        pod = max(pods, key=lambda pod: str((pod.get("status") or {}).get("startTime") or ""))
        written = cluster.logs(str(metadata.get("namespace")), str(pod["metadata"]["name"]), _culprit(pod), tail=_LOG_LINES)
    except RoroError:
        return ()
    return tuple(telling_lines(written, _LOG_LINES))


def _culprit(pod: KubeObject) -> str:
    """The container that failed, "" for the only one, else the first."""
    status = pod.get("status") or {}
    for state in (*_dicts(status.get("initContainerStatuses")), *_dicts(status.get("containerStatuses"))):
        ended = (state.get("state") or {}).get("terminated") or {}
        if ended.get("exitCode"):
            return str(state.get("name") or "")
    containers = _dicts((pod.get("spec") or {}).get("containers"))
    return str(containers[0].get("name") or "") if len(containers) > 1 else ""


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
