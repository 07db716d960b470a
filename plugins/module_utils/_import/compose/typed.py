# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a merged model in one form each: times as nanoseconds, sizes as bytes, commands as lists, variables as a mapping. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .canonical import containers
from .interpolate import as_boolean
from .quantities import nanoseconds, size, words
from .scalars import as_text
from .wrong import Wrong

Read = Callable[[Any], Any]


def mapping(value: Any) -> dict[str, str | None]:
    """NAME=VALUE, listed or mapped; None where a name has no value."""
    if isinstance(value, dict):
        return {name: None if item is None else as_text(item) for name, item in value.items()}
    found: dict[str, str | None] = {}
    for text in value or ():
        name, equals, item = text.partition("=")
        if name and name[-1].isspace():
            raise ValueError(f'the name "{name}" ends with a blank')
        found[name] = item if equals else None
    return found


def _filled(value: Any) -> dict[str, str]:
    return {name: item or "" for name, item in mapping(value).items()}


def command(value: Any) -> list[str] | None:
    """The words of a command; None where there is none."""
    return words(value) if isinstance(value, str) else value


def _test(value: Any) -> list[str]:
    return ["CMD-SHELL", value] if isinstance(value, str) else value


def _hosts(value: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    pairs = list(value.items()) if isinstance(value, dict) else []
    for text in value if isinstance(value, list) else ():
        sign = "=" if "=" in text else ":"
        name, there, address = text.partition(sign)
        if not there:
            raise ValueError(f'"{text}" has no address')
        pairs.append((name, address.split(",")))
    for name, item in pairs:
        if not name or any(sign in name for sign in ":="):
            raise ValueError(f'"{name}" is no name of a host')
        several = item if isinstance(item, list) else [item]
        found.setdefault(name, []).extend(each[1:-1] if len(each) > 2 and each[0] == "[" and each[-1] == "]" else each for each in several)
    return found


def _whole(value: Any) -> int:
    return int(value)


def _single(value: Any) -> float:
    """A number with the precision that Compose keeps: 32 bits."""
    import struct

    number = float(value)
    if math.isnan(number) or abs(number) > 3e38:
        raise ValueError(f"{value} is no number of processors")
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _boolean(value: Any) -> bool:
    return as_boolean(value) if isinstance(value, str) else bool(value)


def _mode(value: Any) -> int:
    return int(value, 8) if isinstance(value, str) else int(value)


def _texts(value: Any) -> list[str]:
    several = value if isinstance(value, list) else [value]
    return [as_text(item) for item in several]


def _count(value: Any) -> int:
    return -1 if isinstance(value, str) and value.lower() == "all" else int(value)


def _ulimit(value: Any) -> Any:
    return {key: int(item) for key, item in value.items() if not key.startswith("x-")} if isinstance(value, dict) else int(value)


_FILE = {"mode": _mode}
_DEVICE = {"count": _count, "options": _filled}
_CONTAINER: dict[str, Any] = {
    **dict.fromkeys(("annotations", "labels", "sysctls"), _filled),
    **dict.fromkeys(("command", "entrypoint"), command),
    **dict.fromkeys(("cpu_count", "cpu_period", "cpu_quota", "cpu_rt_period", "cpu_rt_runtime", "cpu_shares"), _whole),
    **dict.fromkeys(("oom_score_adj", "pids_limit"), _whole),
    **dict.fromkeys(("cpus", "cpu_percent"), _single),
    **dict.fromkeys(("init", "oom_kill_disable", "privileged", "read_only"), _boolean),
    **dict.fromkeys(("mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit", "shm_size"), size),
    **dict.fromkeys(("tmpfs", "dns_search", "label_file", "group_add"), _texts),
    "environment": mapping,
    "extra_hosts": _hosts,
    "configs": [_FILE],
    "secrets": [_FILE],
    "env_file": [{"required": _boolean}],
    "gpus": [_DEVICE],
    "stop_grace_period": nanoseconds,
    "ulimits": {"*": _ulimit},
    "volumes": [
        {
            "read_only": _boolean,
            "tmpfs": {"size": size, "mode": _mode},
            "bind": {"create_host_path": _boolean},
            "volume": {"nocopy": _boolean, "labels": _filled},
        }
    ],
}
_HOOK = {"command": command, "environment": mapping, "privileged": _boolean}
_ROLLOUT = {"parallelism": _whole, "delay": nanoseconds, "monitor": nanoseconds, "max_failure_ratio": _single}
_RESOURCE = {"cpus": _single, "memory": size, "pids": _whole, "devices": [_DEVICE]}
_WORKLOAD: dict[str, Any] = {
    "build": {
        **dict.fromkeys(("labels",), _filled),
        "args": mapping,
        "extra_hosts": _hosts,
        "no_cache": _boolean,
        "no_cache_filter": _texts,
        "privileged": _boolean,
        "pull": _boolean,
        "secrets": [_FILE],
        "shm_size": size,
        "ulimits": {"*": _ulimit},
    },
    "deploy": {
        "replicas": _whole,
        "labels": _filled,
        "update_config": _ROLLOUT,
        "rollback_config": _ROLLOUT,
        "resources": {"limits": _RESOURCE, "reservations": _RESOURCE},
        "restart_policy": {"delay": nanoseconds, "window": nanoseconds, "max_attempts": _whole},
        "placement": {"max_replicas_per_node": _whole},
    },
    "expose": _texts,
    "healthcheck": {
        **dict.fromkeys(("interval", "timeout", "start_period", "start_interval"), nanoseconds),
        "retries": _whole,
        "disable": _boolean,
        "test": _test,
    },
    "ports": [{"target": _whole, "published": as_text}],
    "stdin_open": _boolean,
    "tty": _boolean,
    "attach": _boolean,
    "develop": {"watch": [{"exec": _HOOK}]},
    "provider": {"options": {"*": _texts}},
    "scale": _whole,
    "post_start": [_HOOK],
    "pre_stop": [_HOOK],
    "depends_on": {"*": {"restart": _boolean}},
    "triggers": {"manual": _boolean},
}
_SECTIONS: dict[str, dict[str, Any]] = {
    "networks": {
        "labels": _filled,
        **dict.fromkeys(("external", "internal", "attachable", "enable_ipv4", "enable_ipv6"), _boolean),
        "driver_opts": _filled,
    },
    "volumes": {"labels": _filled, "external": _boolean, "driver_opts": _filled},
    "secrets": {"labels": _filled, "external": _boolean},
    "configs": {"labels": _filled, "external": _boolean},
}


def give_types(model: dict[str, Any]) -> None:
    """In place. Raises Wrong."""
    for container, path in containers(model):
        _apply(container, _CONTAINER, path)
        if len(path) == 2:
            _apply(container, _WORKLOAD, path)
        else:
            _apply(container, {"per_replica": _boolean}, path)
    for section, rules in _SECTIONS.items():
        for name, resource in (model.get(section) or {}).items():
            if resource:
                _apply(resource, rules, (section, name))


def _apply(value: Any, rules: Any, path: tuple[Any, ...]) -> Any:
    if value is None:
        return None
    if callable(rules):
        try:
            return rules(value)
        except (ValueError, OverflowError) as error:
            raise Wrong(str(error), path) from None
    if isinstance(rules, list):
        for number, item in enumerate(value):
            _apply(item, rules[0], (*path, number))
        return value
    for key in list(value) if "*" in rules else [key for key in rules if key in value]:
        value[key] = _apply(value[key], rules.get(key) or rules["*"], (*path, key))
    return value
