# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that the API server never lets change: such a change needs a new object. Pure.

Rules are the API server's validation, by kind: https://kubernetes.io/docs/reference/kubernetes-api/
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._objects import KubeObject
from .references import group_of

_SELECTOR = ("spec.selector",)
_ROLE = ("roleRef",)
_FIXED: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "ReplicaSet"): _SELECTOR,
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "StatefulSet"): ("spec",),
    ("batch", "Job"): ("spec.template", "spec.selector", "spec.completionMode", "spec.completions", "spec.podFailurePolicy"),
    ("", "Pod"): ("spec",),
    ("", "PersistentVolumeClaim"): ("spec",),
    ("", "Secret"): ("type",),
    ("", "Service"): ("spec.clusterIP", "spec.clusterIPs"),
    ("rbac.authorization.k8s.io", "RoleBinding"): _ROLE,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): _ROLE,
    ("storage.k8s.io", "StorageClass"): ("provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"),
    ("scheduling.k8s.io", "PriorityClass"): ("value", "preemptionPolicy"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): ("spec.scope", "spec.group"),
}
_MUTABLE: dict[tuple[str, str], re.Pattern[str]] = {
    ("apps", "StatefulSet"): re.compile(
        r"spec\.(replicas|template|updateStrategy|persistentVolumeClaimRetentionPolicy|minReadySeconds|ordinals|revisionHistoryLimit)\b"
    ),
    ("", "Pod"): re.compile(r"spec\.((initC|c)ontainers\[[^]]*\]\.image$|activeDeadlineSeconds|tolerations|schedulingGates|nodeSelector)"),
    ("", "PersistentVolumeClaim"): re.compile(r"spec\.(resources|volumeAttributesClassName)\b"),
}
_SEALED = {("", "ConfigMap"): ("data", "binaryData", "immutable"), ("", "Secret"): ("data", "type", "immutable")}


def immutable_changes(paths: Iterable[str], live: KubeObject) -> list[str]:
    """Those of the changed paths that the server would refuse to change on this live object."""
    key = (group_of(live), str(live.get("kind")))
    fixed = _FIXED.get(key, ())
    if live.get("immutable") is True:
        fixed = (*fixed, *_SEALED.get(key, ()))
    mutable = _MUTABLE.get(key)
    return [path for path in paths if any(_below(path, prefix) for prefix in fixed) and not (mutable and mutable.match(path))]


def _below(path: str, prefix: str) -> bool:
    return path.startswith(prefix) and (len(path) == len(prefix) or path[len(prefix)] in ".[")
