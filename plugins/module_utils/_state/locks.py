# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks on files that are waited for, but not for ever: whoever holds one may hang."""

from __future__ import annotations

import fcntl
import time

_PAUSE = 0.05
"""Seconds between two tries."""


def lock_within(descriptor: int, seconds: float) -> bool:
    """Take the exclusive lock (flock(2)) of what is open there; False when another process has held it for so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)
        else:
            return True
