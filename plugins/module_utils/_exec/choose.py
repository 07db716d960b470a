# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of an instance's pods, and which of its containers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import Problem
from .._model.words import listed, suggest
from .._objects import LABEL_ONE_OFF, KubeObject

ANNOTATION_DEFAULT = "kubectl.kubernetes.io/default-container"
"""https://kubernetes.io/docs/reference/labels-annotations-taints/#kubectl-kubernetes-io-default-container"""
_LABEL_INDEX = "apps.kubernetes.io/pod-index"


@dataclass(frozen=True)
class Place:
    """A container that runs. others: names of the instance's other pods that would do."""

    namespace: str
    pod: str
    container: str
    others: tuple[str, ...] = ()


def choose(instance: str, pods: Iterable[KubeObject], container: str = "", name: str = "") -> Place | Problem:
    """The place of a command: a Ready pod before others, the first of a StatefulSet, the newest elsewhere; what is called like the
    instance before its other workloads. name: of a pod, or of the workload that its name begins with."""
    all_of_it = [pod for pod in pods if LABEL_ONE_OFF not in (pod["metadata"].get("labels") or {})]
    named = [pod for pod in all_of_it if not name or pod["metadata"]["name"] == name or pod["metadata"]["name"].startswith(f"{name}-")]
    if name and not named:
        names = sorted(pod["metadata"]["name"] for pod in all_of_it)
        return Problem(f'instance {instance} has no pod "{name}"', hint=suggest(name, names, what="pods"))
    running = sorted((pod for pod in named if _runs(pod)), key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)
    running.sort(key=lambda pod: _rank(instance, pod))
    if not running:
        return _none_runs(instance, named)
    fitting = [pod for pod in running if not container or container in _running_containers(pod)]
    if not fitting:
        known = sorted({each for pod in running for each in _running_containers(pod)})
        return Problem(
            f'no pod of instance {instance} has a running container "{container}"', hint=suggest(container, known, what="containers")
        )
    pod, others = fitting[0], tuple(each["metadata"]["name"] for each in fitting[1:])
    return Place(pod["metadata"]["namespace"], pod["metadata"]["name"], container or _usual(pod), others)


def _rank(instance: str, pod: KubeObject) -> tuple[bool, bool, str, int]:
    workload = workload_of(pod)
    index = str((pod["metadata"].get("labels") or {}).get(_LABEL_INDEX) or "0")
    return (not _is_ready(pod), workload != instance, workload, int(index) if index.isascii() and index.isdigit() else 0)


def workload_of(pod: KubeObject) -> str:
    """The name of what made the pod; of a Deployment's pod that of the Deployment."""
    metadata = pod["metadata"]
    owner = next((item for item in metadata.get("ownerReferences") or [] if item.get("controller")), None)
    if owner is None:
        return str(metadata["name"])
    digest = (metadata.get("labels") or {}).get("pod-template-hash")
    name = str(owner.get("name"))
    return name.removesuffix(f"-{digest}") if owner.get("kind") == "ReplicaSet" and digest else name


def _runs(pod: KubeObject) -> bool:
    return (
        not pod["metadata"].get("deletionTimestamp")
        and _of(pod, "status").get("phase") in ("Running", "Pending")
        and bool(_running_containers(pod))
    )


def _is_ready(pod: KubeObject) -> bool:
    return any(item.get("type") == "Ready" and item.get("status") == "True" for item in _of(pod, "status").get("conditions") or [])


def _running_containers(pod: KubeObject) -> list[str]:
    """Names of the containers that run, in the order of the pod; sidecars and those of its start too."""
    status = _of(pod, "status")
    lists: Sequence[str] = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
    states = [item for key in lists for item in status.get(key) or []]
    return [str(item.get("name")) for item in states if (item.get("state") or {}).get("running") is not None]


def _usual(pod: KubeObject) -> str:
    running = _running_containers(pod)
    wanted = (pod["metadata"].get("annotations") or {}).get(ANNOTATION_DEFAULT)
    if wanted in running:
        return str(wanted)
    main = [item["name"] for item in _of(pod, "spec").get("containers") or [] if item["name"] in running]
    return str((main or running)[0])


def _none_runs(instance: str, pods: Sequence[KubeObject]) -> Problem:
    if not pods:
        return Problem(
            f"instance {instance} has no pods", hint="`roro ps` tells how it is; `roro up` brings it up, `roro start` starts it again."
        )
    names = listed(sorted(str(pod["metadata"]["name"]) for pod in pods), 3)
    return Problem(
        f"no container of instance {instance} runs ({names})", hint="`roro ps` tells why, `roro logs --previous` what it wrote last."
    )


def _of(pod: KubeObject, key: str) -> Mapping[str, Any]:
    value = pod.get(key)
    return value if isinstance(value, dict) else {}
