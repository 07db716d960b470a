# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a pod says of its containers: which of them have a log, which run of each it is of, and why one has none. Pure.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodStatus
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .._cluster.follow import Fields
from .._objects import KubeObject
from .types import ContainerKind

_LISTS: tuple[tuple[str, str, ContainerKind], ...] = (
    ("initContainers", "initContainerStatuses", "init"),
    ("containers", "containerStatuses", "main"),
    ("ephemeralContainers", "ephemeralContainerStatuses", "ephemeral"),
)
POD_FIELDS = Fields(
    *(f"metadata.{name}" for name in ("namespace", "name", "uid", "resourceVersion", "labels", "ownerReferences")),
    *(f"spec.{name}.name" for name, _, _ in _LISTS),
    "status",
)
"""What is read of a pod here, and by whoever tells whose it is."""
ON_THE_WAY = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Reasons to wait that pass by themselves."""


@dataclass(frozen=True)
class ContainerState:
    """A container as the pod tells it.

    run: the id of the run whose log is to be had, "" for none. over: whether that run has ended. earlier: the id of the run before it
    whose log is still there, or "". waiting: why it does not run, in words, or "". on_the_way: that passes by itself.
    """

    name: str
    kind: ContainerKind
    run: str = ""
    over: bool = False
    earlier: str = ""
    waiting: str = ""
    on_the_way: bool = True


def containers_of(pod: KubeObject) -> list[ContainerState]:
    """All containers of the pod: init, main, ephemeral, each in the order of the pod."""
    spec, status = _dict(pod.get("spec")), _dict(pod.get("status"))
    found = []
    for of_spec, of_status, kind in _LISTS:
        told = {str(item.get("name")): item for item in _items(status.get(of_status))}
        for item in _items(spec.get(of_spec)):
            name = str(item.get("name") or "")
            found.append(_state(name, kind, told.get(name, {}), status))
    return found


def _state(name: str, kind: ContainerKind, told: Mapping[str, Any], status: Mapping[str, Any]) -> ContainerState:
    state = _dict(told.get("state"))
    earlier = str(_dict(_dict(told.get("lastState")).get("terminated")).get("containerID") or "")
    if isinstance(state.get("running"), dict):
        return ContainerState(name, kind, str(told.get("containerID") or ""), False, earlier)
    ended = _dict(state.get("terminated"))
    if ended.get("containerID"):
        return ContainerState(name, kind, str(ended["containerID"]), True, earlier)
    waiting = _dict(state.get("waiting"))
    reason, words = str(waiting.get("reason") or ended.get("reason") or ""), str(waiting.get("message") or ended.get("message") or "")
    if not told and (unscheduled := _unscheduled(status)):
        reason, words = unscheduled
    text = ": ".join(part for part in (reason, words) if part) or "not started yet"
    return ContainerState(name, kind, earlier, True, earlier, text, reason in ON_THE_WAY)


def _unscheduled(status: Mapping[str, Any]) -> tuple[str, str] | None:
    """(reason, message) of why the pod runs nowhere."""
    for condition in _items(status.get("conditions")):
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("reason") or "Unschedulable"), str(condition.get("message") or "")
    if status.get("reason"):
        return str(status["reason"]), str(status.get("message") or "")
    return None


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> Iterator[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())
