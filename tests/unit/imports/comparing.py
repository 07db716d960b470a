"""Our model of a Compose project and that of compose-go in one form, so that they can be compared.

compose-go writes times as `1m30s`, sizes as texts, and leaves out what is empty or its default; so does `ours` here.
"""

from __future__ import annotations

import struct
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._import.compose.quantities import nanoseconds, size

_TIMES = {"interval", "timeout", "start_period", "start_interval", "stop_grace_period", "delay", "monitor", "window"}
_SIZES = {"mem_limit", "mem_reservation", "memswap_limit", "mem_swappiness", "shm_size", "memory", "size"}
_FREE = {"environment", "labels", "annotations", "networks", "args", "depends_on", "volumes", "models", "sysctls", "options", "driver_opts"}
_FREE |= {"ulimits", "services", "jobs", "extra_hosts", "secrets", "configs"}
_EMPTY = ("", 0, False, None)


def theirs(answer: dict[str, Any]) -> Any:
    """What compose-go answered."""
    model = answer["model"]
    for name, keys in answer.get("ssh", {}).items():
        model["services"][name]["build"]["ssh"] = {key: path or None for key, path in keys.items()}
    for service in model["services"].values():
        for devices in (service.get("blkio_config") or {}).values():
            for device in devices if isinstance(devices, list) else ():
                for key in list(device):
                    device[key.lower()] = device.pop(key)
    return _plain(model, ())


def ours(model: dict[str, Any], disabled: frozenset[str] = frozenset()) -> Any:
    """What we read, without what no profile has."""
    kept = dict(model)
    for section in ("services", "jobs"):
        if section in kept:
            kept[section] = {name: item for name, item in kept[section].items() if name not in disabled}
    return _plain(_as_theirs(kept), ())


def _as_theirs(model: dict[str, Any]) -> dict[str, Any]:
    found = {
        key: value for key, value in model.items() if not key.startswith("x-") and key != "models"
    }  # compose-go leaves models out of its JSON
    for secret in (found.get("secrets") or {}).values():
        secret.pop("x-#value", None)
    for config in (found.get("configs") or {}).values():
        if config.get("environment"):
            config.pop("content", None)
    return found


def _plain(value: Any, path: tuple[str, ...]) -> Any:
    """Without extensions and what is empty; numbers with the precision that both keep."""
    key = path[-1] if path else ""
    if key == "extra_hosts" and isinstance(value, dict):
        return {name: sorted(addresses) for name, addresses in value.items()}
    if isinstance(value, dict):
        found = {
            name: _plain(item, (*path, name))
            for name, item in value.items()
            if not name.startswith("x-") or key in ("labels", "annotations", "environment", "options", "driver_opts")
        }
        for name in ("create_host_path", "required" if "path" in found else ""):
            if found.get(name) is True:
                del found[name]
        free = key in _FREE
        return {name: item for name, item in found.items() if free or not _is_empty(item, name)}
    if isinstance(value, list):
        if key == "extra_hosts":
            return _hosts(value)
        return [_plain(item, (*path, "[]")) for item in value]
    if key in _TIMES and isinstance(value, str):
        return nanoseconds(value)
    if key in _SIZES and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if key == "rate":
        return size(value)
    if key == "mode" and isinstance(value, str) and value.isdigit():
        return int(value, 8)
    if isinstance(value, float) and not isinstance(value, bool):
        return round(struct.unpack("f", struct.pack("f", value))[0], 6)
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value) if key in ("cpus", "cpu_percent", "max_failure_ratio", "priority", "gw_priority") else value
    return value


def _is_empty(value: Any, name: str) -> bool:
    if name in ("command", "entrypoint"):
        return value is None
    if isinstance(value, dict):
        return not value
    return value == [] or any(value is empty or (type(value) is type(empty) and value == empty) for empty in _EMPTY) or value == 0.0


def _hosts(value: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in value:
        name, _, address = text.partition("=")
        found.setdefault(name, []).append(address)
    return {name: sorted(addresses) for name, addresses in found.items()}


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two forms differ, a line each."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            line
            for key in sorted({*one, *other})
            for line in differences(one.get(key, "<absent>"), other.get(key, "<absent>"), f"{path}.{key}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [line for number, pair in enumerate(zip(one, other, strict=True)) for line in differences(*pair, f"{path}[{number}]")]
    return [] if one == other and type(one) is type(other) else [f"{path}: ours {one!r}, theirs {other!r}"]
