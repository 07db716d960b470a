# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for a condition with a deadline, with something to read meanwhile.

For what tells nobody when it changes: a socket that does not answer yet, a cgroup, a link, a node that is starting.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from .spec import Progress

PAUSE = 0.05


def wait_until(done: Callable[[], bool], seconds: float, check: Callable[[], None] | None = None) -> bool:
    """True as soon as `done()`; False when `seconds` passed. `check` runs every round and may raise to stop early."""
    deadline = time.monotonic() + seconds
    while not done():
        if check is not None:
            check()
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE)
    return True


class Ticker:
    """Repeats a line with the elapsed time, so that a long step does not look dead."""

    def __init__(self, progress: Progress, phase: str, message: str, every: float = 10.0) -> None:
        self._progress, self._phase, self._message, self._every = progress, phase, message, every
        self._began = self._told = time.monotonic()
        progress(phase, message)

    def tick(self, detail: str = "") -> None:
        """Call often; says something every `every` seconds."""
        now = time.monotonic()
        if now - self._told >= self._every:
            self._told = now
            self._progress(self._phase, f"{self._message}: {detail}{', ' if detail else ''}{elapsed(now - self._began)}")

    def done(self, message: str) -> None:
        """Say how it ended and how long it took."""
        self._progress(self._phase, f"{message} ({elapsed(time.monotonic() - self._began)})")


def elapsed(seconds: float) -> str:
    """`7 s`, `2 min 05 s`."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
