# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Short forms become long ones, and what is not said gets its default. Pure.

Done after each file is merged, as a later file may override either form of an earlier one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .ports import short_port
from .scalars import as_text
from .volumes import short_volume
from .wrong import Wrong

Path_ = tuple[Any, ...]
Long = Callable[[Any, Path_], Any]


def containers(model: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Path_]]:
    """Every container of a model with its path: services, jobs, and what runs before a service."""
    for section in ("services", "jobs"):
        for name, workload in (model.get(section) or {}).items():
            if not isinstance(workload, dict):
                continue
            yield workload, (section, name)
            for number, hook in enumerate(workload.get("pre_start") or ()):
                yield hook, (section, name, "pre_start", number)


def make_long(model: dict[str, Any]) -> dict[str, Any]:
    """The model in long forms, in place. Raises Wrong."""
    for container, path in containers(model):
        for table in (_CONTAINER,) if len(path) > 2 else (_CONTAINER, _WORKLOAD):
            for key, long in table.items():
                if key in container:
                    container[key] = long(container[key], (*path, key))
    for section in ("volumes", "networks", "secrets", "configs"):
        for name, resource in (model.get(section) or {}).items():
            if isinstance(resource, dict):
                _external(resource, (section, name))
    return model


def _env_files(value: Any, _path: Path_) -> Any:
    several = [value] if isinstance(value, str) else value
    return [{"path": item, "required": True} if isinstance(item, str) else {"required": True, **item} for item in several]


def _listed(value: Any, _path: Path_) -> Any:
    return [value] if isinstance(value, str) else value


def _dns(value: Any, path: Path_) -> Any:
    return [item for item in _listed(value, path) if item]


def _gpus(value: Any, _path: Path_) -> Any:
    return [{"count": "all"}] if isinstance(value, str) else value


def _names(value: Any, _path: Path_) -> Any:
    return dict.fromkeys(value) if isinstance(value, list) else value


def _volume_list(value: Any, path: Path_) -> Any:
    return [_told(short_volume, item, (*path, number)) if isinstance(item, str) else item for number, item in enumerate(value)]


def _told(read: Callable[[str], Any], text: str, path: Path_) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise Wrong(str(error), path) from None


def _devices(value: Any, path: Path_) -> Any:
    return [_device(item, (*path, number)) if isinstance(item, str) else item for number, item in enumerate(value)]


def _device(text: str, path: Path_) -> dict[str, Any]:
    parts = text.split(":")
    if len(parts) > 3:
        raise Wrong("too many colons for a device", path, "write source, target and permissions")
    target = parts[1] if len(parts) > 1 and parts[1] else parts[0]
    return {"source": parts[0], "target": target, "permissions": parts[2] if len(parts) == 3 else "rwm"}


def _files(value: Any, _path: Path_) -> Any:
    return [{"source": item} if isinstance(item, str) else item for item in value]


def _depends(value: Any, _path: Path_) -> Any:
    if isinstance(value, list):
        return {name: {"condition": "service_started", "required": True} for name in value}
    return {name: {"condition": "service_started", "required": True, **item} for name, item in value.items()}


def _extends(value: Any, _path: Path_) -> Any:
    return {"service": value} if isinstance(value, str) else value


def _ports(value: Any, path: Path_) -> Any:
    found: list[Any] = []
    for number, item in enumerate(value):
        if isinstance(item, dict):
            found.append(item)
        else:
            found += _told(short_port, item if isinstance(item, str) else as_text(item), (*path, number))
    return found


def _build(value: Any, path: Path_) -> Any:
    if isinstance(value, str):
        return {"context": value}
    for key, long in _BUILD.items():
        if key in value:
            value[key] = long(value[key], (*path, key))
    return value


def _key_values(value: Any, path: Path_) -> Any:
    if isinstance(value, dict):
        return value
    for number, item in enumerate(value):
        if "=" not in item:
            raise Wrong("expected NAME=VALUE", (*path, number))
    return {item.partition("=")[0]: item.partition("=")[2] for item in value}


def _ssh(value: Any, path: Path_) -> Any:
    if isinstance(value, dict):
        return value
    for number, item in enumerate(value):
        if "=" not in item and item != "default":
            raise Wrong("expected NAME=PATH, or default", (*path, number))
    return {item.partition("=")[0]: item.partition("=")[2] if "=" in item else None for item in value}


def _word(value: Any, _path: Path_) -> Any:
    return value if isinstance(value, str) else as_text(value)


def _watch(value: Any, _path: Path_) -> Any:
    for item in (value or {}).get("watch") or ():
        for key in ("ignore", "include"):
            if isinstance(item.get(key), str):
                item[key] = [item[key]]
    return value


def _triggers(value: Any, _path: Path_) -> Any:
    if "schedule" in value:
        value["schedule"] = [{"cron": item} if isinstance(item, str) else item for item in value["schedule"]]
    return value


def _external(resource: dict[str, Any], path: Path_) -> None:
    """`external: {name: ...}` is the old form of `external: true` with `name`."""
    external = resource.get("external")
    if not isinstance(external, dict):
        return
    resource["external"] = True
    if "name" in external:
        if resource.get("name", external["name"]) != external["name"]:
            raise Wrong("name and external.name say different things", path, "keep name")
        resource["name"] = external["name"]


_CONTAINER: dict[str, Long] = {
    "env_file": _env_files,
    "label_file": _listed,
    "gpus": _gpus,
    "networks": _names,
    "models": _names,
    "volumes": _volume_list,
    "dns": _dns,
    "devices": _devices,
    "secrets": _files,
    "configs": _files,
}
_BUILD: dict[str, Long] = {
    "secrets": _files,
    "provenance": _word,
    "sbom": _word,
    "additional_contexts": _key_values,
    "ssh": _ssh,
}
_WORKLOAD: dict[str, Long] = {
    "depends_on": _depends,
    "extends": _extends,
    "ports": _ports,
    "build": _build,
    "develop": _watch,
    "triggers": _triggers,
}


def set_defaults(model: dict[str, Any]) -> None:
    """What Compose takes where nothing is said, in place."""
    for container, path in containers(model):
        if len(path) > 2:
            continue
        if isinstance(container.get("build"), dict):
            container["build"].setdefault("context", ".")
        for secret in container.get("secrets") or ():
            secret.setdefault("target", f"/run/secrets/{secret.get('source')}")
        for port in container.get("ports") or ():
            port.setdefault("protocol", "tcp")
            port.setdefault("mode", "ingress")
        for volume in container.get("volumes") or ():
            if isinstance(volume.get("bind"), dict):
                volume["bind"].setdefault("create_host_path", True)
        reserved = (((container.get("deploy") or {}).get("resources") or {}).get("reservations") or {}).get("devices") or ()
        for device in (*(container.get("gpus") or ()), *reserved):
            if "count" not in device and "device_ids" not in device:
                device["count"] = "all"
