# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only one object at a time can have, as far as manifests say it: then what has it goes before what is to have it. Pure.

Each claim is one that the API server refuses to give twice (a node port, a cluster IP, the names of a kind), or that leaves the new object
waiting for ever (a host port, an address of a load balancer), or that two must never have at once (a volume of one writer). What is taken
by rules that only the cluster knows is found by its refusal, see `refusals.in_the_way`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ..._objects import Identity, KubeObject
from .interception import DEFINITION
from .references import group_of, pod_template

Claim = tuple[str, str]
"""(what, which), in words that a person reads: ("node port", "30778")."""

_CLAIM = ("", "PersistentVolumeClaim")
_SHARED_MODES = {"ReadWriteMany", "ReadOnlyMany"}
_ADDRESSES = (
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
    "lbipam.cilium.io/ips",
    "io.cilium/lb-ipam-ips",
    "kube-vip.io/loadbalancerIPs",
)
"""Annotations by which a Service asks a load balancer for an address of its own."""
_SHARING = (
    "metallb.io/allow-shared-ip",
    "metallb.universe.tf/allow-shared-ip",
    "lbipam.cilium.io/sharing-key",
    "io.cilium/lb-ipam-sharing-key",
)


def claims(obj: KubeObject) -> frozenset[Claim]:
    """What the object has, or asks for, alone. Claims of volumes: see `sole_writers`."""
    spec = _dict(obj.get("spec"))
    found: Iterator[Claim] = iter(())
    match (group_of(obj), obj.get("kind")):
        case ("", "Service"):
            found = _of_service(spec, _dict(_dict(obj.get("metadata")).get("annotations")))
        case ("scheduling.k8s.io", "PriorityClass") if obj.get("globalDefault") is True:
            found = iter([("place of", "the default PriorityClass")])
        case ("", "PersistentVolumeClaim") if spec.get("volumeName"):
            found = iter([("volume", str(spec["volumeName"]))])
        case kind if kind == DEFINITION:
            found = _of_definition(spec)
        case _:
            found = _of_pods(obj)
    return frozenset(found)


def _of_service(spec: Mapping[str, Any], annotations: Mapping[str, Any]) -> Iterator[Claim]:
    for address in {str(spec.get("clusterIP") or ""), *map(str, spec.get("clusterIPs") or [])} - {"", "None"}:
        yield "cluster IP", address
    for port in (*(item.get("nodePort") for item in _dicts(spec.get("ports"))), spec.get("healthCheckNodePort")):
        if port:
            yield "node port", str(port)
    if spec.get("type") == "LoadBalancer" and not any(annotations.get(name) for name in _SHARING):
        wanted = [str(spec.get("loadBalancerIP") or ""), *(str(annotations.get(name) or "") for name in _ADDRESSES)]
        for address in {part.strip() for text in wanted for part in text.split(",")} - {""}:
            yield "load balancer address", address


def _of_definition(spec: Mapping[str, Any]) -> Iterator[Claim]:
    """Names are shared by all resources of a group: the server accepts the second one never (`NamesAccepted`)."""
    names, group = _dict(spec.get("names")), str(spec.get("group"))
    words = {str(names.get(key) or "") for key in ("plural", "singular")} | {str(name) for name in names.get("shortNames") or []}
    words |= {str(names.get("kind") or "").lower()}
    for word in sorted(words - {""}):
        yield "resource name", f"{word}.{group}"
    for kind in sorted({str(names.get(key) or "") for key in ("kind", "listKind")} - {""}):
        yield "kind", f"{kind}.{group}"


def _of_pods(obj: KubeObject) -> Iterator[Claim]:
    """Ports of the node. With the node's network every declared port is one; undeclared ones are taken to go with the image."""
    if obj.get("kind") in ("Job", "CronJob"):
        return
    pod = _dict((pod_template(obj) or {}).get("spec"))
    for container in (*_dicts(pod.get("containers")), *_dicts(pod.get("initContainers"))):
        ports = _dicts(container.get("ports"))
        for port in ports:
            number = port.get("hostPort") or (port.get("containerPort") if pod.get("hostNetwork") else None)
            if number:
                yield "host port", f"{number}/{port.get('protocol') or 'TCP'}" + (f" of {port['hostIP']}" if port.get("hostIP") else "")
        if pod.get("hostNetwork") and not ports and container.get("image"):
            yield "host network of", str(container["image"])


def sole_writers(obj: KubeObject, known: Mapping[Identity, KubeObject]) -> Iterator[Claim]:
    """The volume claims that the object's pods write and that only one node, or one pod, can have. known: the claims that are there or
    come; of one that is not known nothing is said."""
    namespace = str(_dict(obj.get("metadata")).get("namespace") or "")
    template = pod_template(obj)
    if template is None or obj.get("kind") in ("Job", "CronJob"):
        return
    for name in _claim_names(obj, _dict(template.get("spec"))):
        claim = known.get((*_CLAIM, namespace, name))
        modes = set(_dict((claim or {}).get("spec")).get("accessModes") or [])
        if modes and not modes & _SHARED_MODES:
            yield "volume claim", f"{namespace}/{name}"


def _claim_names(obj: KubeObject, pod: Mapping[str, Any]) -> Iterator[str]:
    for volume in _dicts(pod.get("volumes")):
        source = _dict(volume.get("persistentVolumeClaim"))
        if source.get("claimName") and not source.get("readOnly"):
            yield str(source["claimName"])
    spec = _dict(obj.get("spec"))
    if obj.get("kind") == "StatefulSet":
        name, start = str(_dict(obj.get("metadata")).get("name")), _dict(spec.get("ordinals")).get("start") or 0
        count = spec.get("replicas")
        for template in _dicts(spec.get("volumeClaimTemplates")):
            for number in range(start, start + min(1 if count is None else int(count), 1000)):
                yield f"{_dict(template.get('metadata')).get('name')}-{name}-{number}"


def let_go(live: KubeObject, desired: KubeObject) -> frozenset[Claim]:
    """What an update of the object gives up for something else of the same sort: an address or a port that is only left out is kept."""
    wanted = claims(desired)
    sorts = {what for what, _ in wanted} | {"place of"}
    return frozenset(claim for claim in claims(live) - wanted if claim[0] in sorts)


def without_claims(obj: KubeObject) -> KubeObject:
    """A Service without the addresses and ports that it asks for alone; everything else as it is."""
    if (group_of(obj), obj.get("kind")) != ("", "Service"):
        return obj
    spec = {key: value for key, value in _dict(obj.get("spec")).items() if key not in ("clusterIPs", "healthCheckNodePort")}
    if spec.get("clusterIP") != "None":
        spec.pop("clusterIP", None)
    spec["ports"] = [{key: value for key, value in port.items() if key != "nodePort"} for port in _dicts(spec.get("ports"))]
    return {**obj, "spec": spec}


def meet(mine: Collection[Claim], theirs: Collection[Claim]) -> list[Claim]:
    """What both claim, in order."""
    return sorted(set(mine) & set(theirs))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
