# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which function judges which kind, and what must be watched for it. Data."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..._objects import KubeObject
from . import simple
from .custom import judge_custom
from .jobs import judge_cronjob, judge_job
from .pods import judge_pod
from .types import Related, Verdict
from .workloads import judge_daemonset, judge_deployment, judge_replicaset, judge_statefulset

Judge = Callable[[KubeObject, Related], Verdict]
Watched = tuple[tuple[str, str], ...]

_EVENT = ("v1", "Event")
_PODS: Watched = (("v1", "Pod"), _EVENT)


class Kind(NamedTuple):
    """judge: the rule of the kind. watch: (apiVersion, kind) of what it looks at besides. runs_pods: `started` waits for its pods."""

    judge: Judge
    watch: Watched = ()
    runs_pods: bool = False


KINDS: dict[tuple[str, str], Kind] = {
    ("apps", "Deployment"): Kind(judge_deployment, (("apps/v1", "ReplicaSet"), *_PODS), True),
    ("apps", "ReplicaSet"): Kind(judge_replicaset, _PODS, True),
    ("apps", "StatefulSet"): Kind(judge_statefulset, _PODS, True),
    ("apps", "DaemonSet"): Kind(judge_daemonset, _PODS, True),
    ("", "ReplicationController"): Kind(judge_replicaset, _PODS, True),
    ("batch", "Job"): Kind(judge_job, _PODS, True),
    ("batch", "CronJob"): Kind(judge_cronjob),
    ("", "Pod"): Kind(judge_pod, (_EVENT,), True),
    ("", "Service"): Kind(simple.judge_service, (_EVENT,)),
    ("", "PersistentVolumeClaim"): Kind(simple.judge_claim, (_EVENT,)),
    ("", "PersistentVolume"): Kind(simple.judge_volume),
    ("", "Namespace"): Kind(simple.judge_namespace),
    ("", "Node"): Kind(simple.judge_node),
    ("networking.k8s.io", "Ingress"): Kind(simple.judge_ingress),
    ("policy", "PodDisruptionBudget"): Kind(simple.judge_budget),
    ("autoscaling", "HorizontalPodAutoscaler"): Kind(simple.judge_autoscaler),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): Kind(simple.judge_definition),
    ("apiregistration.k8s.io", "APIService"): Kind(simple.judge_api_service),
    ("certificates.k8s.io", "CertificateSigningRequest"): Kind(simple.judge_signing_request),
}

BUILT_IN_GROUPS = frozenset(
    ["", "apps", "autoscaling", "batch", "policy"]
    + [
        f"{name}.k8s.io"
        for name in [
            "admissionregistration",
            "apiextensions",
            "apiregistration",
            "authentication",
            "authorization",
            "certificates",
            "coordination",
            "discovery",
            "events",
            "flowcontrol.apiserver",
            "internal.apiserver",
            "networking",
            "node",
            "rbac.authorization",
            "resource",
            "scheduling",
            "storage",
        ]
    ]
)
"""Other `*.k8s.io` groups (Gateway API, volume snapshots) are custom resources."""

_EXISTS = Kind(simple.judge_existing)
_CUSTOM = Kind(judge_custom, (_EVENT,))


def kind_of(group: str, kind: str) -> Kind:
    """The entry of a kind: its own, `exists` for other built-in groups, conditions for custom resources."""
    return KINDS.get((group, kind)) or (_EXISTS if group in BUILT_IN_GROUPS else _CUSTOM)
