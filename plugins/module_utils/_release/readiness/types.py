# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verdict is and what it may be judged from. Pure data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ..._objects import KubeObject

State = Literal["ready", "progressing", "failed", "gone"]


@dataclass(frozen=True)
class Verdict:
    """What one object is doing.

    state: `ready` (as its document asks), `progressing` (wait), `failed` (waiting longer is useless), `gone` (deleted, or being deleted).
    reason: for a machine, CamelCase (`ImagePullBackOff`, `Unschedulable`, ...; docs/readiness.md lists them all).
    message: for a person, one sentence.
    grace: seconds that the verdict must persist before it counts; 0 means at once. The caller owns the clock: it restarts the grace when
    the state or the reason changes. Besides `failed` ones, a `ready` verdict has a grace where a container without a readiness probe has
    crashed before: it may be between two crashes. For an object that the run did not touch the caller may take it at once.
    """

    state: State
    reason: str
    message: str
    grace: float = 0.0


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
