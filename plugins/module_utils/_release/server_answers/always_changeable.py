# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that every API server lets change, so that it need not be asked before the run. Pure.

Only to save requests: what is not listed is asked for, and what is listed and refused all the same is known when it is written.
By the validation of updates of each kind, https://kubernetes.io/docs/reference/kubernetes-api/ .
"""

from __future__ import annotations

from collections.abc import Sequence

from ..._objects import KubeObject
from ..manifests.references import group_of

_ALL = ("",)
_RULES = ("rules", "aggregationRule")
_WORKLOAD = tuple(
    f"spec.{name}"
    for name in (
        *("template", "replicas", "strategy", "updateStrategy", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"),
        *("paused", "persistentVolumeClaimRetentionPolicy", "ordinals"),
    )
)
_RBAC = "rbac.authorization.k8s.io"
_CHANGEABLE: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "ConfigMap"): _ALL,
    ("", "Secret"): ("data", "stringData"),
    ("", "Service"): ("spec.ports", "spec.selector", "spec.sessionAffinity", "spec.publishNotReadyAddresses"),
    ("", "ServiceAccount"): _ALL,
    ("", "LimitRange"): _ALL,
    ("", "ResourceQuota"): ("spec.hard",),
    ("apps", "Deployment"): _WORKLOAD,
    ("apps", "DaemonSet"): _WORKLOAD,
    ("apps", "StatefulSet"): _WORKLOAD,
    ("batch", "CronJob"): _ALL,
    ("batch", "Job"): ("spec.parallelism", "spec.suspend", "spec.activeDeadlineSeconds", "spec.ttlSecondsAfterFinished"),
    (_RBAC, "Role"): _RULES,
    (_RBAC, "ClusterRole"): _RULES,
    (_RBAC, "RoleBinding"): ("subjects",),
    (_RBAC, "ClusterRoleBinding"): ("subjects",),
    ("autoscaling", "HorizontalPodAutoscaler"): _ALL,
    ("networking.k8s.io", "Ingress"): _ALL,
    ("networking.k8s.io", "NetworkPolicy"): _ALL,
    ("policy", "PodDisruptionBudget"): _ALL,
}


def surely_changeable(paths: Sequence[str], live: KubeObject) -> bool:
    """Whether the server lets all these paths of this live object change. False for no paths: then it is not known what changes."""
    if not paths or live.get("immutable") is True:
        return False
    return not fixed_among(paths, live)


def fixed_among(paths: Sequence[str], live: KubeObject) -> list[str]:
    """Those of the paths that are not known to be changeable."""
    known = ("metadata", *_CHANGEABLE.get((group_of(live), str(live.get("kind"))), ()))
    return [path for path in paths if not any(_below(path, prefix) for prefix in known)]


def _below(path: str, prefix: str) -> bool:
    return not prefix or (path.startswith(prefix) and (len(path) == len(prefix) or path[len(prefix)] in ".["))
