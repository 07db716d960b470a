# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts of containers that Kubernetes calls ready for no other reason than that they run.

A container without a readiness or startup probe is ready once it runs
(https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes). Kubelets before 1.36 looked once a second, so
that a program that ended at once was not told as ready. From 1.36 on they look as soon as they have started it (feature gate
PLEGOnDemandRelist, on by default: pkg/features/kube_features.go and pkg/kubelet/pleg/generic.go of k8s.io/kubernetes), and tell its end
when they look again, up to a second later.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..._model import ReadinessRule
from ..._objects import KubeObject
from .containers import each_container
from .fields import at, group_kind, number, uid_of
from .kinds import kind_of
from .pods import is_ready
from .rules import rules_for
from .types import Related
from .workloads import current_pods, wanted_pods

AT_ONCE_SINCE = (1, 36)
"""The first version of Kubernetes whose kubelets tell a container as ready as soon as they have started it."""
FRESH_SECONDS = 1.0
"""Seconds after its start in which the end of a container may not be told yet: the kubelet's pause between two looks
(genericPlegRelistPeriod of pkg/kubelet/kubelet.go)."""


class Start(NamedTuple):
    """One start of a container. pod: UID."""

    pod: str
    container: str
    restarts: int


def tells_at_once(version: str) -> bool:
    """Whether kubelets of this version (`v1.36.3-eks-1`) tell a container as ready as soon as they have started it; True for a version
    that cannot be read, as a moment too long is the smaller harm."""
    found = re.match(r"v?(\d{1,5})\.(\d{1,5})", version)
    return found is None or (int(found[1]), int(found[2])) >= AT_ONCE_SINCE


def unproven_starts(pod: KubeObject) -> list[Start]:
    """The newest starts of its running containers and sidecars that no probe vouches for."""
    return [
        Start(uid_of(pod), str(spec.get("name")), number(status, "restartCount"))
        for role, spec, status in each_container(pod)
        if role != "init container"
        and at(status, "state", "running") is not None
        and not at(spec, "readinessProbe")
        and not at(spec, "startupProbe")
    ]


def rests_on(obj: KubeObject, related: Related, rules: Sequence[ReadinessRule] = ()) -> frozenset[Start] | None:
    """The unproven starts that the ready verdict of an object rests on; None where its controller counts pods as ready that are not known
    to be. Empty for Jobs, which have to end, for kinds without pods, and where a rule of the user decides."""
    group, kind = group_kind(obj)
    if not kind_of(group, kind).runs_pods or kind == "Job" or at(obj, "spec", "paused") is True or rules_for(obj, rules):
        return frozenset()
    pods = [obj] if kind == "Pod" else current_pods(obj, related)
    if kind != "Pod" and sum(is_ready(pod) for pod in pods) < wanted_pods(obj):
        return None
    return frozenset(start for pod in pods for start in unproven_starts(pod))
