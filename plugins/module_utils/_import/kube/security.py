# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a container is and what it may: user, capabilities, security_opt, namespaces of the node. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .app import App

_SAFE_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
)


def container_security(app: App, said: Mapping[str, Any]) -> dict[str, Any]:
    """`securityContext` of a container."""
    found: dict[str, Any] = {}
    user, group = _user(app, said)
    if user is not None:
        found["runAsUser"] = user
    if group is not None:
        found["runAsGroup"] = group
    if said.get("privileged"):
        found["privileged"] = True
    if said.get("read_only"):
        found["readOnlyRootFilesystem"] = True
    capabilities = {
        name: [item.upper().removeprefix("CAP_") for item in said[key]]
        for name, key in (("add", "cap_add"), ("drop", "cap_drop"))
        if said.get(key)
    }
    if capabilities:
        found["capabilities"] = capabilities
    for option in said.get("security_opt") or ():
        _option(app, option, found)
    return found


def _user(app: App, said: Mapping[str, Any]) -> tuple[int | None, int | None]:
    text = str(said.get("user") or "")
    user, _, group = text.partition(":")
    numbers: list[int | None] = []
    for part in (user, group):
        if part == "root":
            numbers.append(0)
        elif part.isascii() and part.isdigit() and int(part) < 2**31:
            numbers.append(int(part))
        else:
            numbers.append(None)
            if part:
                app.tell(
                    "user",
                    f'Kubernetes knows users only by number: the image\'s own user runs, not "{part}"',
                    'write the number, as `id` says it in the image: user: "1000:1000"',
                )
    return numbers[0], numbers[1]


def _option(app: App, option: str, found: dict[str, Any]) -> None:
    name, _, value = option.replace("=", ":", 1).partition(":") if ":" not in option.partition("=")[0] else option.partition(":")
    if name == "no-new-privileges":
        if value in ("", "true"):
            if found.get("privileged") or "SYS_ADMIN" in found.get("capabilities", {}).get("add", ()):
                app.tell(("security_opt", option), "a privileged container may always gain privileges")
            else:
                found["allowPrivilegeEscalation"] = False
    elif name == "seccomp" and value == "unconfined":
        found["seccompProfile"] = {"type": "Unconfined"}
    elif name == "apparmor":
        unconfined = value == "unconfined"
        found["appArmorProfile"] = {"type": "Unconfined"} if unconfined else {"type": "Localhost", "localhostProfile": value}
        if not unconfined:
            app.tell(("security_opt", option), f'the profile "{value}" must be loaded on each node', lost=False)
    elif name == "label" and (part := re.fullmatch(r"(user|role|type|level):(.+)", value)):
        found.setdefault("seLinuxOptions", {})[part.group(1)] = part.group(2)
    else:
        app.tell(
            ("security_opt", option),
            f"security_opt {option} has no equivalent",
            "a profile lies on the nodes: seccompProfile.localhostProfile",
        )


def pod_security(app: App, said: Mapping[str, Any], claims: bool) -> dict[str, Any]:
    """`securityContext` of the pod. claims: whether it has volumes that must be writable for its group."""
    found: dict[str, Any] = {}
    user, _, group = str(said.get("user") or "").partition(":")
    owner = group or user
    if claims and owner.isdigit() and owner != "0":
        found["fsGroup"] = int(owner)
    groups = [int(item) for item in said.get("group_add") or () if item.isdigit()]
    for item in said.get("group_add") or ():
        if not item.isdigit():
            app.tell(("group_add", item), f'Kubernetes knows groups only by number: "{item}" is left out', "write its number")
    if groups:
        found["supplementalGroups"] = groups
    sysctls = said.get("sysctls") or {}
    if sysctls:
        found["sysctls"] = [{"name": name, "value": value} for name, value in sysctls.items()]
    for name in sysctls:
        if name not in _SAFE_SYSCTLS:
            app.tell(
                ("sysctls", name),
                f"{name} is unsafe: a node refuses the pod unless its kubelet allows it",
                "kubelet --allowed-unsafe-sysctls",
                lost=False,
            )
    return found


def namespaces(app: App, said: Mapping[str, Any]) -> dict[str, Any]:
    """`hostNetwork` and the like."""
    found: dict[str, Any] = {}
    for key, field in (("network_mode", "hostNetwork"), ("pid", "hostPID"), ("ipc", "hostIPC")):
        value = said.get(key)
        if value == "host":
            found[field] = True
        elif value and value.startswith(("service:", "container:")):
            app.tell(key, f"{key}: {value}: only containers of one pod share it", "put both containers into one manifest")
        elif value == "none":
            app.tell(key, "a pod always has a network", "a NetworkPolicy without rules closes it")
        elif value and value not in ("bridge", "private", "shareable", "default"):
            app.tell(key, f"{key}: {value} has no equivalent")
    if found.get("hostNetwork"):
        found["dnsPolicy"] = "ClusterFirstWithHostNet"
    if said.get("userns_mode") not in (None, "", "host"):
        app.tell("userns_mode", f"userns_mode: {said['userns_mode']} has no equivalent")
    if said.get("init") and not found.get("hostPID"):
        found["shareProcessNamespace"] = True
    return found
