# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many pods a workload wants, and how many of them are ready, as the object itself says. Pure."""

from __future__ import annotations

from typing import Any

from ..._objects import KubeObject

Pods = tuple[int, int]
"""(ready, wanted)."""

_SCALED = {("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "ReplicaSet"), ("", "ReplicationController")}


def pods_of(obj: KubeObject) -> Pods | None:
    """None for what runs no pods, or not at this time: a CronJob, a Job or Pod that is done. During a rollout pods beyond what is wanted
    do not count."""
    kind, group = str(obj.get("kind")), str(obj.get("apiVersion")).rpartition("/")[0]
    spec, status = obj.get("spec") or {}, obj.get("status") or {}
    if (group, kind) in _SCALED:
        return _pair(status.get("readyReplicas"), spec.get("replicas", 1))
    if (group, kind) == ("apps", "DaemonSet"):
        return _pair(status.get("numberReady"), status.get("desiredNumberScheduled"))
    if (group, kind) == ("batch", "Job"):
        return _job(spec, status)
    if (group, kind) == ("", "Pod"):
        return None if status.get("phase") == "Succeeded" else _pair(_has(status, "Ready"), 1)
    return None


def _job(spec: dict[str, Any], status: dict[str, Any]) -> Pods | None:
    if spec.get("suspend") or _has(status, "Complete") or _has(status, "Failed"):
        return None
    parallel = int(spec.get("parallelism", 1))
    left = int(spec["completions"]) - int(status.get("succeeded") or 0) if spec.get("completions") is not None else parallel
    return _pair(status.get("ready"), min(parallel, max(left, 0)))


def _pair(ready: Any, wanted: Any) -> Pods:
    count = int(wanted or 0)
    return min(int(ready or 0), count), count


def _has(status: dict[str, Any], condition: str) -> bool:
    return any(item.get("type") == condition and item.get("status") == "True" for item in status.get("conditions") or ())
