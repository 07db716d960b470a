# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Compose adds to a merged model: the default network, dependencies that links and shared namespaces mean, names. Pure."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .canonical import containers
from .keys import CONTAINER
from .merge import merge
from .volumes import clean


def normalize(model: dict[str, Any], name: str, environment: Mapping[str, str]) -> None:
    """In place. name: the project's."""
    _networks(model)
    for container, path in containers(model):
        if len(path) == 2:
            _workload(container, environment)
    for section in ("networks", "volumes", "configs", "secrets"):
        for key, resource in (model.get(section) or {}).items():
            named = resource or {}
            if named.get("name") is None:
                named["name"] = key if named.get("external") is True else f"{name}_{key}"
            model[section][key] = named


def _networks(model: dict[str, Any]) -> None:
    networks = model.get("networks") or {}
    used = False
    for container, path in containers(model):
        if len(path) > 2 or "provider" in container or "network_mode" in container:
            continue
        if not container.get("networks"):
            container["networks"] = {"default": None}
        used = used or "default" in container["networks"]
    if used and "default" not in networks:
        networks["default"] = None
    if networks:
        model["networks"] = networks


def _workload(container: dict[str, Any], environment: Mapping[str, str]) -> None:
    if container.get("pull_policy") == "if_not_present":
        container["pull_policy"] = "missing"
    build = container.get("build")
    if build is not None:
        build.setdefault("context", ".")
        if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
            build["dockerfile"] = "Dockerfile"
        if "args" in build:
            build["args"] = _resolved(build["args"], environment, keep=False)
    if "environment" in container:
        container["environment"] = _resolved(container["environment"], environment, keep=True)
    needs = container.get("depends_on") or {}
    for other, restart in meant(container):
        needs.setdefault(other, {"condition": "service_started", "restart": restart, "required": True})
    if needs:
        container["depends_on"] = needs
    for volume in container.get("volumes") or ():
        volume["target"] = clean(volume["target"])
    _pre_start(container)


def meant(container: Mapping[str, Any]) -> list[tuple[str, bool]]:
    """Services that must be there first, without being named under depends_on."""
    found = [(parts[0] if len(parts := link.split(":")) == 2 else link, True) for link in container.get("links") or ()]
    for key in ("network_mode", "ipc", "pid", "uts", "cgroup"):
        value = container.get(key)
        if isinstance(value, str) and value.startswith("service:"):
            found.append((value.removeprefix("service:"), True))
    found += [(text.split(":")[0], False) for text in container.get("volumes_from") or () if not text.startswith("container:")]
    return found


def _resolved(value: Any, environment: Mapping[str, str], *, keep: bool) -> Any:
    """Names without a value get that of the environment. keep: those that have none stay."""
    if isinstance(value, dict):
        return {
            key: environment.get(key) if item is None else item
            for key, item in value.items()
            if item is not None or keep or key in environment
        }
    found = []
    for text in value:
        if "=" in text or (text not in environment and keep):
            found.append(text)
        elif text in environment:
            found.append(f"{text}={environment[text]}")
    return found


def _pre_start(container: dict[str, Any]) -> None:
    """What runs before a service is like the service where it says nothing else."""
    hooks = container.get("pre_start") or []
    inherited = {key: value for key, value in container.items() if key in CONTAINER and key != "volumes"}
    for number, hook in enumerate(hooks):
        both = merge({"services": {"hook": copy.deepcopy(inherited)}}, {"services": {"hook": hook}})
        hooks[number] = both["services"]["hook"]
