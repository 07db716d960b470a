# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the log of a container was read, and which lines of the next connection were there already. Pure.

The API server takes a time to begin at, but only in whole seconds. So the next connection begins at the second of the last line, and what
was read of that is left out: everything before that very line, told by its time, and by how many lines of that time were read.
"""

from __future__ import annotations

from collections.abc import Sequence

from .lines import STAMP_BYTES


class Cursor:
    """Where one container's log goes on. The times are those of `lines.stamped`, before `rising`."""

    def __init__(self) -> None:
        self.last = b""
        """Time of the last line read, b"" for none."""
        self._count = 0
        self._highest = b""
        self._skipping = False
        self._met = 0

    def since(self) -> str:
        """From where to ask: RFC 3339, whole seconds; "" for the beginning."""
        return f"{self.last[:19].decode()}Z" if len(self.last) == STAMP_BYTES else ""

    def reconnected(self) -> None:
        """What comes now begins at `since`."""
        self._skipping = bool(self.last)
        self._met = 0

    def known(self, stamps: Sequence[bytes]) -> int:
        """How many of these lines, from the first, were read before. Call it with each block in turn, before `note` with the rest."""
        if not self._skipping:
            return 0
        for number, stamp in enumerate(stamps):
            if stamp == self.last:
                self._met += 1
                if self._met == self._count:
                    self._skipping = False
                    return number + 1
            elif stamp > self.last and not self._before_a_step_back(stamp):
                self._skipping = False
                return number
        return len(stamps)

    def _before_a_step_back(self, stamp: bytes) -> bool:
        """Whether a line later than the last one was read before it, as the clock was set back between them."""
        return self._met == 0 and stamp <= self._highest

    def note(self, stamps: Sequence[bytes]) -> None:
        """These lines were read."""
        if not stamps:
            return
        last, same = stamps[-1], 0
        for stamp in reversed(stamps):
            if stamp != last:
                break
            same += 1
        self._count = self._count + same if same == len(stamps) and last == self.last else same
        self.last = last
        self._highest = max(self._highest, *stamps)
