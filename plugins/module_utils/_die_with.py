# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A child process that ends with the one that started it. Everything here runs between fork and the child's work. Imports nothing."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from functools import lru_cache
from typing import Any

_PR_SET_PDEATHSIG = 1


@lru_cache(maxsize=1)
def libc() -> Any:
    """The C library, None where it has not what is needed. Loaded before the fork: nothing is imported after it."""
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with(parent: int, number: int = signal.SIGKILL) -> None:
    """Send this process the signal as soon as `parent` ends, however it ends (prctl(2)); leave at once when it has ended already."""
    library = libc()
    if library is not None:
        library.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
