# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no shape can say: keys that exclude each other, names that must be there, circles. Pure; each raises Wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..._model import find_cycle, suggest
from .canonical import containers
from .ports import is_address
from .wrong import Wrong


def check_resources(model: Mapping[str, Any]) -> None:
    """Of one file and what it includes, before names are looked up."""
    for name, volume in (model.get("volumes") or {}).items():
        if volume and volume.get("external") is True:
            others = [key for key in volume if key not in ("name", "external") and not key.startswith("x-")]
            if others:
                raise Wrong(f'"external" and "{others[0]}" exclude each other', ("volumes", name, others[0]))
    for section, keys in (("configs", ("file", "environment", "content")), ("secrets", ("file", "environment"))):
        for name, resource in (model.get(section) or {}).items():
            said = [key for key in keys if key in resource]
            if len(said) > 1:
                raise Wrong(f"{' and '.join(said)} exclude each other", (section, name), "keep one of them")
            if not said and "driver" not in resource and "external" not in resource:
                raise Wrong(f"one of {', '.join(keys)} is needed", (section, name))
    for container, path in containers(dict(model)):
        _container(container, path)


def _container(container: Mapping[str, Any], path: tuple[Any, ...]) -> None:
    for number, port in enumerate(container.get("ports") or ()):
        if "host_ip" in port and not is_address(port["host_ip"]):
            raise Wrong(f"{port['host_ip']} is no address", (*path, "ports", number))
    for number, watch in enumerate((container.get("develop") or {}).get("watch") or ()):
        if not watch.get("path"):
            raise Wrong("an empty path", (*path, "develop", "watch", number))
    for number, volume in enumerate(container.get("volumes") or ()):
        if volume.get("type") == "bind" and "source" not in volume:
            raise Wrong('a mount of type bind has no "source"', (*path, "volumes", number))
        if "target" not in volume:
            raise Wrong('a mount has no "target"', (*path, "volumes", number))
    reserved = (((container.get("deploy") or {}).get("resources") or {}).get("reservations") or {}).get("devices") or ()
    for device in (*(container.get("gpus") or ()), *reserved):
        if "count" in device and "device_ids" in device:
            raise Wrong('"count" and "device_ids" exclude each other', path)


def check_names(model: Mapping[str, Any], enabled: Mapping[str, Any], jobs: Mapping[str, Any]) -> None:
    """Of the whole project: every name that a service or job uses is there. enabled, jobs: those whose profiles are active."""
    services = model.get("services") or {}
    for name, service in enabled.items():
        path = ("services", name)
        if not any(key in service for key in ("image", "build", "provider")):
            raise Wrong("neither an image nor a build", path, 'add "image" or "build"')
        _service(model, name, service, services, enabled)
    for name in model.get("jobs") or {}:
        if name in services:
            raise Wrong("a service and a job have the same name", ("jobs", name), "rename one of them")
    for name, job in jobs.items():
        for needed, how in (job.get("depends_on") or {}).items():
            if needed in jobs or needed in enabled or (needed in services and how.get("required") is False):
                continue
            raise Wrong(f'there is no service or job "{needed}"', ("jobs", name, "depends_on", needed), suggest(needed, [*services, *jobs]))
    graph = {name: [need for need in (item.get("depends_on") or {}) if need in enabled] for name, item in enabled.items()}
    circle = find_cycle(graph)
    if circle:
        raise Wrong(
            f"services that wait for each other: {' -> '.join(circle)}", ("services", circle[0], "depends_on"), "remove one of them"
        )


def _service(
    model: Mapping[str, Any], name: str, service: Mapping[str, Any], services: Mapping[str, Any], enabled: Mapping[str, Any]
) -> None:
    path = ("services", name)
    build = service.get("build") or {}
    if "dockerfile_inline" in build and "dockerfile" in build:
        raise Wrong("dockerfile and dockerfile_inline exclude each other", (*path, "build"))
    if service.get("network_mode") and service.get("networks"):
        raise Wrong("network_mode and networks exclude each other", (*path, "network_mode"))
    for network in service.get("networks") or {}:
        _known(network, "network", model.get("networks"), (*path, "networks", network))
    test = (service.get("healthcheck") or {}).get("test")
    if test and test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        raise Wrong('the test must begin with "CMD", "CMD-SHELL" or "NONE"', (*path, "healthcheck", "test"))
    for needed, how in (service.get("depends_on") or {}).items():
        if needed in enabled or (needed in services and how.get("required") is False):
            continue
        left_out = " (it is left out by its profiles)" if needed in services else ""
        raise Wrong(f'there is no service "{needed}"{left_out}', (*path, "depends_on", needed), suggest(needed, services))
    for volume in service.get("volumes") or ():
        if volume.get("type") == "volume" and volume.get("source"):
            _known(volume["source"], "volume", model.get("volumes"), (*path, "volumes", volume["source"]))
    for section in ("configs", "secrets"):
        for used in (*(service.get(section) or ()), *(build.get(section) or ())):
            _known(used.get("source"), section[:-1], model.get(section), (*path, section, used.get("source") or 0))
    for used in service.get("models") or {}:
        _known(used, "model", model.get("models"), (*path, "models", used))
    _numbers(service, path)
    _mounts(service, path)


def _known(name: Any, what: str, known: Any, path: tuple[Any, ...]) -> None:
    if name not in (known or {}):
        raise Wrong(f'there is no {what} "{name}"', path, suggest(str(name), known or {}, what=f"{what}s that are there"))


def _numbers(service: Mapping[str, Any], path: tuple[Any, ...]) -> None:
    """What may be said in two places must be the same in both."""
    deploy = service.get("deploy") or {}
    scale, replicas = service.get("scale"), deploy.get("replicas")
    if scale is not None and replicas is not None and scale != replicas:
        raise Wrong("scale and deploy.replicas are different", (*path, "scale"), "keep one of them")
    if any(number is not None and number < 0 for number in (scale, replicas)):
        raise Wrong("fewer than no replicas", (*path, "scale" if scale is not None else "deploy"))
    resources = deploy.get("resources") or {}
    limits, reservations = resources.get("limits"), resources.get("reservations")
    for key, place, other in (
        ("cpus", limits, "cpus"),
        ("mem_limit", limits, "memory"),
        ("mem_reservation", reservations, "memory"),
        ("pids_limit", limits, "pids"),
    ):
        if service.get(key) and place is not None and place.get(other, 0) != service[key]:
            raise Wrong(f"{key} and {other} below deploy.resources are different", (*path, key), "keep one of them")
    if (scale if scale is not None else replicas if replicas is not None else 1) > 1 and service.get("container_name"):
        raise Wrong("container_name with several replicas: a name can be had only once", (*path, "container_name"))


def _mounts(service: Mapping[str, Any], path: tuple[Any, ...]) -> None:
    targets = [text.partition(":")[0] for text in service.get("tmpfs") or ()]
    targets += [volume["target"] for volume in service.get("volumes") or ()]
    for target in targets:
        if targets.count(target) > 1:
            raise Wrong(f"two mounts at {target}", (*path, "volumes", target), "keep one of them")
