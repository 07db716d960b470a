# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What instances use now: processor and memory of their pods, as the cluster's metrics API tells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._cluster import Cluster
from .._errors import ApiError, ClusterError
from .._objects import KubeObject
from .._release.fields.quantity import parse_quantity
from .commands_inside import PODS
from .open_environment import open_environment
from .request import Request

_API, _KIND = "metrics.k8s.io/v1beta1", "PodMetrics"
_HINT = "Install metrics-server (https://github.com/kubernetes-sigs/metrics-server); `roro cluster up` brings it along."


@dataclass(frozen=True)
class ContainerUsage:
    """cpu: in processors (0.25). memory: bytes. limits: the same, None where there is none."""

    instance: str
    namespace: str
    pod: str
    container: str
    cpu: float
    memory: int
    cpu_limit: float | None = None
    memory_limit: int | None = None


@dataclass(frozen=True)
class UsageReport:
    """containers: of the pods that were measured already. waiting: names of pods that were not."""

    workspace: str
    environment: str
    containers: Sequence[ContainerUsage]
    waiting: Sequence[str] = ()


def usage(request: Request, tell: Callable[[str], None]) -> UsageReport:
    """Of the instances named, or of all. tell: notices for a person. Raises RoroError."""
    with open_environment(request, tell) as opened:
        cluster, namespaces = opened.cluster, opened.namespaces
        pods = [pod for namespace in namespaces for pod in cluster.list(PODS, namespace).items]
        measured = {key: value for namespace in namespaces for key, value in _measured(cluster, namespace).items()}
        owners = opened.ancestry().instances_of(pods)
    ours = [
        (whose, pod)
        for whose, pod in zip(owners, pods, strict=True)
        if whose is not None and (not request.instances or whose in request.instances) and _runs(pod)
    ]
    found = [each for whose, pod in ours for each in _of_pod(whose, pod, measured.get(_key(pod), {}))]
    waiting = [pod["metadata"]["name"] for _, pod in ours if _key(pod) not in measured]
    return UsageReport(*opened.key, sorted(found, key=lambda item: (item.instance, item.pod, item.container)), sorted(waiting))


def _measured(cluster: Cluster, namespace: str) -> dict[tuple[str, str], dict[str, Mapping[str, Any]]]:
    """(namespace, pod) -> container -> usage as the API has it. Raises ClusterError."""
    resource = cluster.find_resource(_API, _KIND)
    if resource is None:
        raise ClusterError(f"this cluster does not measure what pods use: it does not serve {_API}", hint=_HINT)
    try:
        items = cluster.list(resource, namespace).items
    except ApiError as error:
        if error.status == 503 or error.status == 404:
            words = f"this cluster does not measure what pods use now: what serves {_API} does not answer"
            raise ClusterError(words, hint="See its pods: `kubectl -n kube-system get pods -l k8s-app=metrics-server`.") from error
        raise
    return {_key(item): {str(each.get("name")): each.get("usage") or {} for each in item.get("containers") or []} for item in items}


def _of_pod(instance: str, pod: KubeObject, measured: Mapping[str, Mapping[str, Any]]) -> list[ContainerUsage]:
    spec = pod.get("spec") or {}
    containers = {item["name"]: item for key in ("initContainers", "containers") for item in spec.get(key) or []}
    found = []
    for name, used in measured.items():
        limits = ((containers.get(name) or {}).get("resources") or {}).get("limits") or {}
        memory_limit = _number(limits.get("memory"))
        found.append(
            ContainerUsage(
                instance,
                *_key(pod),
                name,
                _number(used.get("cpu")) or 0.0,
                int(_number(used.get("memory")) or 0),
                _number(limits.get("cpu")),
                None if memory_limit is None else int(memory_limit),
            )
        )
    return found


def _number(text: Any) -> float | None:
    found = parse_quantity(str(text)) if text is not None else None
    return None if found is None else float(found)


def _key(obj: KubeObject) -> tuple[str, str]:
    return str(obj["metadata"]["namespace"]), str(obj["metadata"]["name"])


def _runs(pod: KubeObject) -> bool:
    return (pod.get("status") or {}).get("phase") == "Running"
