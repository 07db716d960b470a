# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop and start of what is deployed, as data: workloads without replicas, CronJobs suspended, and back to what the revision says. Pure.

What the manifests say is remembered by the revision. Where they leave the number of replicas to somebody else (an autoscaler, a person),
the record remembers how many there were, and they are given back before the manifest is applied again: an apply without that field
would leave the workload at zero, or give it one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..._model import Instance, InstanceDependency
from ..._objects import Identity, KubeObject, ref_of
from ..data.steps import Step

_SCALED = frozenset({("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "ReplicaSet"), ("", "ReplicationController")})
_SUSPENDED = frozenset({("batch", "CronJob")})
_KEEPS_RUNNING = frozenset({("apps", "DaemonSet"), ("batch", "Job"), ("", "Pod")})


def at_rest(obj: KubeObject) -> KubeObject | None:
    """The manifest of the same object when it is stopped; None for what cannot be stopped."""
    kind = ref_of(obj).identity[:2]
    if kind in _SCALED:
        return {**obj, "spec": {**(obj.get("spec") or {}), "replicas": 0}}
    if kind in _SUSPENDED:
        return {**obj, "spec": {**(obj.get("spec") or {}), "suspend": True}}
    return None


def keeps_running(obj: KubeObject) -> bool:
    """Whether the object may have pods that a stop does not end."""
    return ref_of(obj).identity[:2] in _KEEPS_RUNNING


def remembered(steps: Iterable[Step]) -> dict[Identity, int]:
    """The live replicas of the workloads that these steps stop; those that are at zero already are left out."""
    found: dict[Identity, int] = {}
    for step in steps:
        replicas = ((step.live or {}).get("spec") or {}).get("replicas")
        if step.ref.identity[:2] in _SCALED and isinstance(replicas, int) and replicas > 0:
            found[step.ref.identity] = replicas
    return found


def given_back(step: Step, scales: Mapping[Identity, int]) -> Step:
    """The step with the replicas that a stop took away, where its manifest does not say how many."""
    desired, live = (step.desired or {}).get("spec") or {}, (step.live or {}).get("spec") or {}
    replicas = scales.get(step.ref.identity)
    if replicas is None or step.action != "update" or "replicas" in desired or live.get("replicas") != 0:
        return step
    return replace(step, replicas=replicas, cause=f"started again with {replicas} replicas")


def backwards(instances: Sequence[Instance]) -> list[Instance]:
    """The same instances, each waiting for those that depend on it instead of the other way round."""
    needing: dict[str, list[str]] = {instance.id: [] for instance in instances}
    for instance in instances:
        for dependency in instance.depends_on:
            if dependency.instance in needing:
                needing[dependency.instance].append(instance.id)
    turned = [
        replace(instance, depends_on=tuple(InstanceDependency(name, "healthy", False) for name in needing[instance.id]))
        for instance in instances
    ]
    return turned[::-1]
