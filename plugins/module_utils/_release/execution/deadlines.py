# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens because nothing happened: when the scheduler's thread must look up, and what it then finds to be over.

Belongs to the scheduler's thread. Time comes in as monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from ..._objects import Identity
from ..readiness import Verdict
from .awaited_effects import Awaited
from .instance_progress import Progress
from .judge_instances import Judge

HEARTBEAT = 0.1
"""Seconds in which a cancel is noticed, and a deletion that lasts is told."""


class Over(Protocol):
    """Whom it concerns."""

    def settled(self, identity: Identity) -> None:
        """The object stayed ready for as long as it had to."""

    def lasted(self, identity: Identity, verdict: Verdict) -> None:
        """The object's failure lasted for as long as it may."""

    def expired(self, progress: Progress) -> None:
        """The instance's time is over; told once."""


class Deadlines:
    """Of the run's instances and of what they wait for."""

    def __init__(self, progress: Mapping[str, Progress], judge: Judge, awaited: Awaited, over: Over, clock: Callable[[], float]) -> None:
        self._progress, self._judge, self._awaited, self._over = progress, judge, awaited, over
        self._beat = clock()

    def next(self) -> float:
        """The first of them."""
        return min([self._beat + HEARTBEAT, *self._judge.due(), *(progress.expires for progress in self._progress.values())])

    def look(self, now: float) -> None:
        """Tell of what is over by now, each once."""
        self._beat = now
        self._awaited.remind(now)
        failed, settled = self._judge.expired(now)
        for identity in settled:
            self._over.settled(identity)
        for identity, verdict in failed:
            self._over.lasted(identity, verdict)
        for progress in self._progress.values():
            if now >= progress.expires:
                progress.expiring = True
                self._over.expired(progress)
