# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the room of logs takes and gives. Pure data."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

Lines = tuple[list[bytes], list[bytes], list[bytes]]
"""(keys that they are merged by, times as they were told, texts), of equal length."""
Shaper = Callable[[list[bytes], list[bytes], list[bytes]], tuple[list[bytes], list[bytes]]]
"""From `Lines` of one container to (keys, lines as they are written, without their ends): may leave lines out. Called for a block at a
time, in that container's thread."""
ContainerKind = Literal["main", "init", "ephemeral"]


@dataclass(frozen=True)
class Source:
    """One container of one pod of an instance. uid: the pod's."""

    instance: str
    namespace: str
    pod: str
    container: str
    kind: ContainerKind = "main"
    uid: str = ""

    def __str__(self) -> str:
        return f"Pod {self.namespace}/{self.pod}, container {self.container}"


@dataclass(frozen=True)
class LogQuery:
    """Which lines. since: RFC 3339 in whole seconds, "" for all. tail: so many of each container, None for all. previous: of the
    containers before their last restart. containers: names, empty for all. hold: seconds that a line is held back while it is
    followed, so that an earlier one of another pod comes before it."""

    follow: bool = False
    since: str = ""
    tail: int | None = None
    previous: bool = False
    containers: frozenset[str] = frozenset()
    hold: float = 0.3


@dataclass(frozen=True)
class LogScope:
    """Whose logs. instances: ids, None for all of the environment. namespaces: where to look for pods. roots: UID of an instance's
    object -> its id, see `_release.Roots`."""

    workspace: str
    environment: str
    instances: Collection[str] | None
    namespaces: Collection[str]
    roots: Mapping[str, str] = field(default_factory=dict)
