# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a container gets: limits, and what is reserved, which is nothing where Compose reserves nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..compose.quantities import size
from .app import App


def resources(app: App, said: Mapping[str, Any]) -> dict[str, Any]:
    """`resources` of a container; {} where nothing is said."""
    deploy = (said.get("deploy") or {}).get("resources") or {}
    limits, reserved = deploy.get("limits") or {}, deploy.get("reservations") or {}
    most: dict[str, Any] = {}
    least: dict[str, Any] = {}
    cpus = limits.get("cpus") or said.get("cpus") or said.get("cpu_count") or _quota(said)
    if cpus:
        most["cpu"] = cpu(cpus)
    memory_limit = limits.get("memory") or said.get("mem_limit")
    if memory_limit:
        most["memory"] = memory(memory_limit)
    shares = said.get("cpu_shares") or 0
    if reserved.get("cpus") or shares:
        least["cpu"] = cpu(reserved.get("cpus") or shares / 1024)
    if reserved.get("memory") or said.get("mem_reservation"):
        least["memory"] = memory(reserved.get("memory") or said["mem_reservation"])
    disk = (said.get("storage_opt") or {}).get("size")
    if disk:
        try:
            most["ephemeral-storage"] = memory(size(disk))
        except ValueError:
            app.tell(("storage_opt", "size"), f"{disk} is no size")
    for name in most:
        if name in ("cpu", "memory"):
            least.setdefault(name, "0")  # without it Kubernetes would reserve the whole limit
    if "ephemeral-storage" in most:
        least.setdefault("ephemeral-storage", "0")
    most |= _devices(app, [*(said.get("gpus") or ()), *(reserved.get("devices") or ())])
    found = {"requests": least, "limits": most}
    return {name: values for name, values in found.items() if values}


def _quota(said: Mapping[str, Any]) -> float:
    quota, period = said.get("cpu_quota") or 0, said.get("cpu_period") or 100_000
    return quota / period if quota > 0 else 0.0


def cpu(number: float) -> str:
    """Processors as Kubernetes writes them."""
    thousandths = max(1, round(number * 1000))
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def memory(number: int) -> str:
    """Bytes as Kubernetes writes them, in the largest unit that is exact."""
    for power, unit in ((4, "Ti"), (3, "Gi"), (2, "Mi"), (1, "Ki")):
        if number and number % 1024**power == 0:
            return f"{number // 1024**power}{unit}"
    return str(number)


def _devices(app: App, asked: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Graphics cards by the name that the vendor's device plugin gives them."""
    found: dict[str, int] = {}
    for device in asked:
        capabilities = device.get("capabilities") or ["gpu"]
        vendor = {"nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu", "": "nvidia.com/gpu"}.get(device.get("driver") or "")
        if "gpu" not in capabilities or vendor is None:
            app.tell(
                "deploy", f"no resource is known for a device with {', '.join(capabilities)} of {device.get('driver') or 'any vendor'}"
            )
            continue
        count = device.get("count", -1)
        if count == -1:
            app.tell(
                "gpus" if app.said.get("gpus") else "deploy", "all graphics cards: Kubernetes wants a number, one is asked for", lost=False
            )
        found[vendor] = found.get(vendor, 0) + max(1, count)
    return found
