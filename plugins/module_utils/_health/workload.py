# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a pod is, and whether that workload may be restarted now. Pure: objects of the cluster in, words out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._objects import KubeObject

RESTARTABLE = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class Hindrance:
    """Why a workload is not restarted now. passing: it may go by itself. reason: machine-readable."""

    reason: str
    message: str
    passing: bool = False


def controller_of(obj: KubeObject) -> tuple[str, str, str] | None:
    """(kind, name, uid) of the object that controls this one, None where nobody does."""
    owners = (obj.get("metadata") or {}).get("ownerReferences") or []
    found = next((owner for owner in owners if owner.get("controller")), None)
    return None if found is None else (str(found.get("kind")), str(found.get("name")), str(found.get("uid")))


def hindrance(workload: KubeObject) -> Hindrance | None:
    """Why it is not restarted now: on its way out, stopped, paused, or in the middle of a rollout. None when nothing speaks against it.

    A rollout is over when the controller saw the newest template and no pod of an earlier one is left:
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment . Available pods are not asked for: the
    hung pod that a restart is to heal may well be the one that is not.
    """
    kind, metadata, spec = str(workload.get("kind")), workload.get("metadata") or {}, workload.get("spec") or {}
    name = f"{kind} {metadata.get('namespace')}/{metadata.get('name')}"
    if metadata.get("deletionTimestamp"):
        return Hindrance("Deleted", f"{name} is being deleted")
    if spec.get("replicas", 1) == 0:
        return Hindrance("Stopped", f"{name} is stopped: it has no replicas", passing=True)
    if spec.get("paused"):
        return Hindrance("Paused", f"{name} is paused, so that a restart would wait for its resume", passing=True)
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return Hindrance("OnDelete", f"{name} updates its pods only when somebody deletes them (OnDelete)")
    if not _rolled_out(kind, workload):
        return Hindrance("RollingOut", f"the rollout of {name} is not done", passing=True)
    return None


def _rolled_out(kind: str, workload: KubeObject) -> bool:
    metadata, spec, status = (workload.get(key) or {} for key in ("metadata", "spec", "status"))
    if int(status.get("observedGeneration") or 0) < int(metadata.get("generation") or 0):
        return False
    if kind == "DaemonSet":
        return _count(status, "updatedNumberScheduled") >= _count(status, "desiredNumberScheduled")
    wanted, updated = int(spec.get("replicas", 1)), _count(status, "updatedReplicas")
    if kind == "StatefulSet":
        partition = int(((spec.get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition") or 0)
        same = status.get("updateRevision") == status.get("currentRevision")
        return same or updated >= wanted - partition
    return updated >= wanted and _count(status, "replicas") <= updated


def _count(status: dict[str, Any], key: str) -> int:
    return int(status.get(key) or 0)
