# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scheduler's thread lives on: calls that other threads hand to it, and the time."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from functools import partial


class Inbox:
    """Thread-safe. A test may give another `clock` and another `get`."""

    def __init__(self) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def clock(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def put(self, call: Callable[[], None]) -> None:
        """To be made in the scheduler's thread, in turn."""
        self._calls.put(call)

    def answer(self, then: Callable[[object, BaseException | None], None], result: object, error: BaseException | None) -> None:
        """A worker has ended: `then(result, error)` is to be made in the scheduler's thread."""
        self.put(partial(then, result, error))

    def get(self, due: float) -> Callable[[], None] | None:
        """The next call, waited for until `due` (monotonic seconds); None when none came."""
        try:
            return self._calls.get(timeout=max(0.0, due - self.clock()))
        except queue.Empty:
            return None
