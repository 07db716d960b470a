# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances are to be looked at, and when: what came together is one run, what failed waits longer each time. Pure; the clock is
given, in seconds of one that only goes on.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

TOGETHER = 0.05
"""Seconds that are waited for what comes along with a change."""
FIRST, LONGEST = 5.0, 300.0
"""Seconds until what failed is tried again: at first, and at most."""


@dataclass
class Pace:
    """Instances by what they wait for. Not thread-safe."""

    _due: dict[str, float] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _failures: dict[str, int] = field(default_factory=dict)

    @property
    def busy(self) -> Collection[str]:
        """Those that a run is at work on."""
        return self._busy

    def concern(self, instances: Iterable[str], now: float, after: float = TOGETHER) -> None:
        """These are to be looked at so many seconds from now; sooner where that was said already."""
        for name in instances:
            self._due[name] = min(self._due.get(name, math.inf), now + after)

    def take(self, now: float) -> list[str]:
        """Those whose time has come, sorted; they are busy until `done`."""
        taken = sorted(name for name, due in self._due.items() if due <= now and name not in self._busy)
        for name in taken:
            del self._due[name]
        self._busy.update(taken)
        return taken

    def done(self, instances: Iterable[str]) -> None:
        """The run has ended, well or not."""
        self._busy.difference_update(instances)

    def failed(self, instances: Iterable[str], now: float) -> None:
        """These could not be brought to what the documents say: they are tried again, later each time."""
        for name in instances:
            count = self._failures[name] = self._failures.get(name, 0) + 1
            self.concern([name], now, min(LONGEST, FIRST * 2 ** (count - 1)))

    def well(self, instances: Iterable[str]) -> None:
        """These are as they should be."""
        for name in instances:
            self._failures.pop(name, None)

    def wait(self, now: float) -> float:
        """Seconds until something is due, `inf` when nothing is."""
        return max(0.0, min((due for name, due in self._due.items() if name not in self._busy), default=math.inf) - now)
