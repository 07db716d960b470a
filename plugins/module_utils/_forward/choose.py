# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pod and port a connection goes to. Pure: objects in, a choice or a reason out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .types import State, Target


@dataclass(frozen=True)
class PodFacts:
    """What is kept of a pod. ports: name -> number, TCP only; udp: names and numbers of the others. runtime: `containerd`, `cri-o`, ...
    running: by its phase, Ready or not. containers: their names, without those of its start."""

    name: str
    uid: str
    created: str
    ready: bool
    leaving: bool
    gone: bool
    labels: Mapping[str, str]
    owner: tuple[str, str]
    ports: Mapping[str, int]
    udp: frozenset[str] = frozenset()
    runtime: str = ""
    running: bool = False
    containers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ServiceFacts:
    """What is kept of a Service. ports: (name, number, target port, protocol)."""

    name: str
    selector: Mapping[str, str]
    ports: tuple[tuple[str, int, int | str, str], ...]
    external: bool = False


@dataclass(frozen=True)
class SliceFacts:
    """What is kept of an EndpointSlice: the Service's name, its pods, and port name -> number."""

    name: str
    service: str
    pods: frozenset[str]
    ports: Mapping[str, int]


@dataclass(frozen=True)
class Choice:
    """Where connections go: a Ready pod that is not leaving, and the number of its port."""

    pod: str
    uid: str
    port: int
    runtime: str = ""


@dataclass(frozen=True)
class NoChoice:
    """Why there is none. state: Waiting when it may come by itself, Failed when somebody must change something. missing: no such object."""

    state: State
    reason: str
    message: str
    missing: bool = False


@dataclass(frozen=True)
class Scene:
    """The objects of a namespace that a target may lead to, by name."""

    pods: Mapping[str, PodFacts]
    services: Mapping[str, ServiceFacts]
    slices: Mapping[str, SliceFacts]


def pod_facts(obj: Mapping[str, Any]) -> PodFacts:
    """The facts of a Pod. Ready is the condition of that name; gone: it ended, or never starts again."""
    metadata, spec, status = obj.get("metadata") or {}, obj.get("spec") or {}, obj.get("status") or {}
    conditions = {item.get("type"): item.get("status") for item in status.get("conditions") or []}
    owner = next(((o.get("kind", ""), o.get("name", "")) for o in metadata.get("ownerReferences") or [] if o.get("controller")), ("", ""))
    containers = [*(spec.get("initContainers") or []), *(spec.get("containers") or [])]
    every = [port for container in containers for port in container.get("ports") or []]
    tcp = [port for port in every if (port.get("protocol") or "TCP") == "TCP"]
    numbers = {port["containerPort"] for port in tcp}
    udp = {str(port["containerPort"]) for port in every if port not in tcp and port["containerPort"] not in numbers}
    udp |= {port["name"] for port in every if port not in tcp and port.get("name")}
    ids = [item.get("containerID") or "" for item in status.get("containerStatuses") or []]
    return PodFacts(
        name=metadata.get("name", ""),
        uid=metadata.get("uid", ""),
        created=metadata.get("creationTimestamp", ""),
        ready=conditions.get("Ready") == "True",
        leaving=bool(metadata.get("deletionTimestamp")),
        gone=status.get("phase") in ("Succeeded", "Failed"),
        labels=metadata.get("labels") or {},
        owner=owner,
        ports={port["name"]: port["containerPort"] for port in tcp if port.get("name")},
        udp=frozenset(udp),
        runtime=next((text.partition("://")[0] for text in ids if "://" in text), ""),
        running=status.get("phase") == "Running",
        containers=tuple(container["name"] for container in spec.get("containers") or []),
    )


def service_facts(obj: Mapping[str, Any]) -> ServiceFacts:
    """The facts of a Service."""
    spec = obj.get("spec") or {}
    ports = tuple(
        (port.get("name") or "", port["port"], port.get("targetPort") or port["port"], port.get("protocol") or "TCP")
        for port in spec.get("ports") or []
    )
    return ServiceFacts(obj["metadata"]["name"], spec.get("selector") or {}, ports, spec.get("type") == "ExternalName")


def slice_facts(obj: Mapping[str, Any]) -> SliceFacts:
    """The facts of an EndpointSlice. https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/"""
    metadata = obj["metadata"]
    refs = [item.get("targetRef") or {} for item in obj.get("endpoints") or []]
    return SliceFacts(
        metadata["name"],
        (metadata.get("labels") or {}).get("kubernetes.io/service-name", ""),
        frozenset(ref["name"] for ref in refs if ref.get("kind") == "Pod"),
        {port.get("name") or "": port["port"] for port in obj.get("ports") or [] if port.get("port")},
    )


@dataclass(frozen=True)
class Members:
    """The pods of a target, in whatever state. port_of: the number of the wanted port on one of them, or why there is none."""

    pods: list[PodFacts]
    port_of: Callable[[PodFacts], int | NoChoice]


def choose(target: Target, port: int | str, scene: Scene, current: str = "", refused: Iterable[str] = ()) -> Choice | NoChoice:
    """The pod for a new connection: the current one (a uid) while it is good, else the newest that is.

    refused: uids of pods whose port did not answer just now; taken only when there is no other.
    """
    found = members(target, port, scene)
    return found if isinstance(found, NoChoice) else _of(found.pods, target, current, refused, found.port_of)


def members(target: Target, port: int | str | None, scene: Scene) -> Members | NoChoice:
    """The pods of a target. port None: none is wanted."""
    if target.kind == "Service":
        service = scene.services.get(target.name)
        return _missing(target, scene.services) if service is None else _behind(service, port, scene)
    if target.kind == "Pod":
        pod = scene.pods.get(target.name)
        if pod is None:
            return _missing(target, scene.pods)
        pods = [pod]
    else:
        pods = [pod for pod in scene.pods.values() if _owned(pod, target)]
    return Members(pods, lambda pod: _pod_port(pod, port or 0))


def _behind(service: ServiceFacts, port: int | str | None, scene: Scene) -> Members | NoChoice:
    target = Target("Service", service.name)
    if service.external:
        return NoChoice("Failed", "ExternalName", f"{target} is an ExternalName: it has no pods; connect to that name yourself")
    found = next((item for item in service.ports if port in (item[0] or None, item[1])), None) if port else ("", 0, 0, "TCP")
    if found is None:
        listed = ", ".join(f"{number} ({name})" if name else str(number) for name, number, _, _ in service.ports) or "none"
        return NoChoice("Failed", "UnknownPort", f"{target} has no port {port}; it has: {listed}")
    name, _, goal, protocol = found
    if protocol != "TCP":
        return NoChoice("Failed", "NotTCP", f"port {port} of {target} is {protocol}; Kubernetes forwards TCP only")
    if service.selector:
        pods = [pod for pod in scene.pods.values() if service.selector.items() <= pod.labels.items()]
        return Members(pods, lambda pod: _pod_port(pod, goal))
    slices = [item for item in scene.slices.values() if item.service == service.name]
    pods = [pod for pod in scene.pods.values() if any(pod.name in item.pods for item in slices)]
    if not pods:
        return NoChoice("Waiting", "NoPods", f"{target} selects no pods, and its endpoints name none")
    numbers = {pod.name: item.ports.get(name, goal) for item in slices for pod in pods if pod.name in item.pods}
    return Members(pods, lambda pod: _pod_port(pod, numbers[pod.name]))


def _of(
    pods: list[PodFacts], target: Target, current: str, refused: Iterable[str], port_of: Callable[[PodFacts], int | NoChoice]
) -> Choice | NoChoice:
    good = [pod for pod in pods if pod.ready and not pod.leaving and not pod.gone]
    avoided = set(refused)
    good = [pod for pod in good if pod.uid not in avoided] or good
    if not good:
        return NoChoice("Waiting", "NoPods" if all(pod.gone for pod in pods) else "NoReadyPod", _none_ready(pods, target))
    pod = next((pod for pod in good if pod.uid == current), None) or max(good, key=lambda pod: (pod.created, pod.name))
    number = port_of(pod)
    return number if isinstance(number, NoChoice) else Choice(pod.name, pod.uid, number, pod.runtime)


def _none_ready(pods: list[PodFacts], target: Target) -> str:
    if not pods:
        return f"{target} has no pod"
    if any(pod.gone for pod in pods) and all(pod.gone for pod in pods):
        return f"the pods of {target} have ended" if target.kind != "Pod" else f"{target} has ended"
    leaving = sum(pod.leaving for pod in pods)
    words = f"{len(pods)} not ready" if not leaving else f"{len(pods) - leaving} not ready, {leaving} ending"
    return f"no Ready pod of {target} ({words})" if target.kind != "Pod" else f"{target} is {'ending' if leaving else 'not ready'}"


def _pod_port(pod: PodFacts, port: int | str) -> int | NoChoice:
    if str(port) in pod.udp:
        return NoChoice("Failed", "NotTCP", f"port {port} of pod {pod.name} is not TCP; Kubernetes forwards TCP only")
    if isinstance(port, int):
        return port
    number = pod.ports.get(port)
    if number is None:
        known = ", ".join(sorted(pod.ports)) or "none"
        return NoChoice("Failed", "UnknownPort", f'pod {pod.name} has no port named "{port}"; named ports: {known}')
    return number


def _owned(pod: PodFacts, target: Target) -> bool:
    """Whether the pod's controller is the target; a Deployment owns through ReplicaSets named `<deployment>-<hash>`."""
    kind, name = pod.owner
    if target.kind == "Deployment":
        return kind == "ReplicaSet" and name.rpartition("-")[0] == target.name
    return (kind, name) == (target.kind, target.name)


def _missing(target: Target, known: Mapping[str, object]) -> NoChoice:
    import difflib

    near = difflib.get_close_matches(target.name, list(known), n=1)
    offer = f"; there is {target.kind.lower()}/{near[0]}" if near else ""
    return NoChoice("Waiting", "NotFound", f"{target} is not there{offer}", missing=True)
