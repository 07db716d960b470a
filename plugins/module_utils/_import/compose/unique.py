# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists whose items have a name of their own keep the last of each: a variable, a mount's target, a port. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .rules import Rules, spread
from .volumes import short_volume

Index = Callable[[Any], Any]


def keep_last(model: Any, rules: Rules | None = None) -> Any:
    """The model with such lists shortened, in place."""
    at = UNIQUE if rules is None else rules
    if isinstance(model, dict):
        for key, value in model.items():
            below = at.down(key)
            if below is not None and isinstance(value, (dict, list)):
                model[key] = keep_last(value, below)
    elif isinstance(model, list) and at.value is not None:
        found: dict[Any, Any] = {}
        for item in model:
            found[at.value(item)] = item  # the last value, where the first one stood
        return list(found.values())
    return model


def _name(item: Any) -> Any:
    return item.partition("=")[0] if isinstance(item, str) else str(item)


def _volume(item: Any) -> Any:
    if isinstance(item, dict):
        return item.get("target")
    try:
        return short_volume(item).get("target")
    except ValueError:
        return item


def _device(item: Any) -> Any:
    if isinstance(item, dict):
        return item.get("target")
    return item.split(":")[1] if ":" in item else item


def _mounted(folder: str) -> Index:
    def index(item: Any) -> Any:
        if isinstance(item, str):
            return f"{folder}/{item}"
        return item["target"] if "target" in item else f"{folder}/{item.get('source')}"

    return index


def _port(item: Any) -> Any:
    if not isinstance(item, dict):
        return str(item)
    published = item.get("published")
    target = item.get("target")
    address = item.get("host_ip", "0.0.0.0")  # noqa: S104 - what Compose takes for every address
    return (address, type(published), published, type(target), target, item.get("protocol", "tcp"))


def _env_file(item: Any) -> Any:
    return item["path"] if isinstance(item, dict) else item


_NAMES: tuple[str, ...] = (
    *("annotations", "build.args", "build.additional_contexts", "build.platform", "build.tags", "build.labels", "cap_add", "cap_drop"),
    *("deploy.labels", "dns", "dns_opt", "dns_search", "environment", "labels", "links", "networks.*.aliases", "profiles", "sysctls"),
    *("networks.*.link_local_ips", "tmpfs"),
)
UNIQUE = Rules(
    {
        **dict.fromkeys(("networks.*.labels", "networks.*.ipam.options"), _name),
        **spread(
            ("services.*",),
            {
                **dict.fromkeys(_NAMES, _name),
                "configs": _mounted(""),
                "devices": _device,
                "env_file": _env_file,
                "expose": str,
                "ports": _port,
                "secrets": _mounted("/run/secrets"),
                "volumes": _volume,
            },
        ),
    }
)
