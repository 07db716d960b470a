# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which correction is a fight: somebody undoes it again and again. Pure; the clock is given.

Two controllers that each want another value would go on for ever, and every round makes new pods. So after MOST corrections of one
object within WINDOW, all undone by the same manager, the correction is left out, and told; the documents, or PEACE without it, end that.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from .types import Finding

MOST = 5
"""Corrections of the same in a row; the next one is not made."""
WINDOW = 600.0
"""Seconds in which they count."""
PEACE = 3600.0
"""Seconds after which it is tried once more."""
Opponent = tuple[str, str, str, str, str]
"""(instance, kind, namespace, name, manager)."""


@dataclass(frozen=True)
class Fight:
    """One that goes on. times: corrections that were undone, within so many seconds. cause: the field, in words."""

    opponent: Opponent
    times: int
    seconds: float
    cause: str

    def __str__(self) -> str:
        _instance, kind, namespace, name, manager = self.opponent
        place = f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
        who = f'"{manager}"' if manager else "somebody"
        return (
            f"{who} undoes each correction of {place} ({self.cause}): {self.times} times within {max(1, round(self.seconds))} s, "
            "so it is no longer corrected. Let one of the two go: drift.ignore in the documents leaves the field to others"
        )


@dataclass
class Fights:
    """Counts corrections. Thread-safe."""

    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    _made: dict[Opponent, list[float]] = field(default_factory=dict)
    _fights: dict[Opponent, tuple[Fight, float]] = field(default_factory=dict)

    def corrected(self, findings: Iterable[Finding], now: float) -> None:
        """These corrections were made. now: seconds of a clock that only goes on."""
        with self._lock:
            for finding in findings:
                self._made.setdefault(_opponent(finding), []).append(now)

    def against(self, findings: Iterable[Finding], now: float) -> list[Fight]:
        """Those of these corrections that would only go on with a fight."""
        with self._lock:
            judged = [self._judged(finding, now) for finding in findings]
        return [fight for fight in judged if fight is not None]

    def _judged(self, finding: Finding, now: float) -> Fight | None:
        opponent = _opponent(finding)
        known = self._fights.pop(opponent, None)
        if known is not None and now - known[1] < PEACE:
            self._fights[opponent] = known
            return known[0]
        times = self._made[opponent] = [when for when in self._made.get(opponent, ()) if now - when < WINDOW]
        if len(times) < MOST:
            return None
        fight = Fight(opponent, len(times), now - times[0], finding.cause)
        self._fights[opponent], self._made[opponent] = (fight, now), []
        return fight

    def forget(self, instances: Iterable[str]) -> None:
        """The documents say something else now of these, or a person had a hand in it."""
        gone = set(instances)
        with self._lock:
            self._made = {opponent: times for opponent, times in self._made.items() if opponent[0] not in gone}
            self._fights = {opponent: fight for opponent, fight in self._fights.items() if opponent[0] not in gone}


def _opponent(finding: Finding) -> Opponent:
    return (finding.instance, finding.kind, finding.namespace, finding.name, finding.manager)
