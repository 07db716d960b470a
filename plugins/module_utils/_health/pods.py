# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pods a check asks, and on which port. Pure.

Every pod of the target that runs and is not ending, Ready or not: a pod that hangs is what a check is there for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .._forward.choose import NoChoice, PodFacts, Scene, members
from .._forward.types import read_target

MOST = 10
"""So many pods are asked in one round; where there are more, in turn."""


@dataclass(frozen=True)
class Asked:
    """One pod to ask. port: 0 for a command."""

    pod: PodFacts
    port: int


@dataclass(frozen=True)
class Nobody:
    """Why nobody can be asked. final: somebody must change something first."""

    reason: str
    message: str
    final: bool = False


def pods_of(target: str, port: int | str | None, scene: Scene) -> list[Asked] | Nobody:
    """The pods, by name; port None: a command needs none."""
    wanted = read_target(target)
    found = members(wanted, port, scene)
    if isinstance(found, NoChoice):
        return Nobody(found.reason, found.message, found.state == "Failed")
    running = sorted((pod for pod in found.pods if pod.running and not pod.leaving and not pod.gone), key=lambda pod: pod.name)
    if not running:
        return Nobody("NoPods", f"{wanted} has no running pod")
    asked = []
    for pod in running:
        number = 0 if port is None else found.port_of(pod)
        if isinstance(number, NoChoice):
            return Nobody(number.reason, number.message, final=True)
        asked.append(Asked(pod, number))
    return asked


def in_turn(asked: Iterable[Asked], turn: int, most: int = MOST) -> list[Asked]:
    """At most `most` of them, others the next time."""
    every = list(asked)
    if len(every) <= most:
        return every
    first = turn * most % len(every)
    return (every + every)[first : first + most]
