# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verdict is and what it may be judged from. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ..._objects import KubeObject

State = Literal["ready", "progressing", "failed", "gone"]


@dataclass(frozen=True)
class Cause:
    """What in a pod is behind a verdict.

    short: one clause without names, `image x:1 cannot be pulled (no such host)`. detail: what the cluster says of it in full, or "".
    pod, role, container: where. others: how many pods are in the same trouble.
    crashed: it wrote a log before it ended. restarts: how often it was started again.
    hasty: it ended with an error a moment after its start, as often as is known.
    """

    short: str
    detail: str = ""
    pod: str = ""
    role: str = "container"
    container: str = ""
    others: int = 0
    crashed: bool = False
    restarts: int = 0
    hasty: bool = False

    @property
    def place(self) -> str:
        """`pod api-1, container main (and 2 more alike)`."""
        parts = (f"pod {self.pod}" if self.pod else "", f"{self.role} {self.container}" if self.container else "")
        return ", ".join(part for part in parts if part) + (f" (and {self.others} more alike)" if self.others else "")


@dataclass(frozen=True)
class Verdict:
    """What one object is doing.

    state: `ready` (as its document asks), `progressing` (wait), `failed` (waiting longer is useless), `gone` (deleted, or being deleted).
    reason: for a machine, CamelCase (`ImagePullBackOff`, `Unschedulable`, ...; docs/readiness.md lists them all).
    message: for a person, one sentence.
    grace: seconds that the verdict must persist before it counts; 0 means at once. The caller owns the clock: it restarts the grace when
    the state or the reason changes. Besides `failed` ones, a `ready` verdict has a grace where a container without a readiness probe has
    crashed before: it may be between two crashes. For an object that the run did not touch the caller may take it at once.
    cause: what in its pods is behind it, where that is known; the message tells of it, too.
    """

    state: State
    reason: str
    message: str
    grace: float = 0.0
    cause: Cause | None = field(default=None, compare=False)


class Related(Protocol):
    """Objects around the one that is judged, from whatever the caller has in memory. Both return () for what is unknown."""

    def children(self, uid: str, kind: str) -> Sequence[KubeObject]:
        """Objects of a kind (`Pod`, `ReplicaSet`, `Job`, `PersistentVolumeClaim`) with `uid` among their metadata.ownerReferences."""

    def events(self, uid: str) -> Sequence[KubeObject]:
        """Events (core `v1`) whose involvedObject has this uid, in any order."""


class NothingRelated:
    """A `Related` that knows nothing: verdicts then come from the object alone."""

    def children(self, uid: str, kind: str) -> Sequence[KubeObject]:
        """No children are known."""
        return ()

    def events(self, uid: str) -> Sequence[KubeObject]:
        """No events are known."""
        return ()


NOTHING_RELATED = NothingRelated()
