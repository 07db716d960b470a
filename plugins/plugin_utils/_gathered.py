# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that come within a moment, shown as one: under ansible-runner every text that is displayed is an event, and a row in AWX's
database with some thousand bytes of context. Private to this collection.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import groupby

Show = Callable[[str, str], None]
"""Shows a text of one or several lines; the second argument is its weight."""


class Gathered:
    """Shows what came within `seconds` after a first line, neighbours of one weight together, in their order."""

    def __init__(self, show: Show, seconds: float) -> None:
        self._show = show
        self._seconds = seconds
        self._held: list[tuple[str, str]] = []
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()

    def __call__(self, line: str, weight: str) -> None:
        with self._lock:
            self._held.append((line, weight))
            if self._timer is None:
                self._timer = threading.Timer(self._seconds, self._out)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """Show what is held back."""
        if self._timer is not None:
            self._timer.cancel()
        self._out()

    def _out(self) -> None:
        with self._lock:
            held, self._held, self._timer = self._held, [], None
            for weight, lines in groupby(held, key=lambda one: one[1]):
                self._show("\n".join(line for line, _ in lines), weight)
