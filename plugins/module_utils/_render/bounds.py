# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process that renders may use up, and that it ends with the one that started it. Everything here runs between fork and its work.

Linux gives all of it; elsewhere the limits of POSIX hold (`setrlimit`), and what is missing is left out.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .._die_with import libc

MIB = 1024 * 1024
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000


@dataclass(frozen=True)
class Bounds:
    """cpu_seconds: processor time. wall_seconds: time on the clock, generous because a busy machine must not fail anybody.
    memory: bytes that may be taken beside what the process begins with. output: bytes that it may write."""

    cpu_seconds: float
    wall_seconds: float
    memory: int
    output: int


def without_network() -> None:
    """A network of this process's own, without any device. Best effort: where the system forbids it, nothing changes."""
    library = libc()
    if library is not None and library.unshare(CLONE_NEWNET) != 0:
        library.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def without_descriptors(keep: int) -> None:
    """Whatever this process has inherited (connections, files, pipes) leads to nothing now, but for `keep`.

    The numbers stay taken: an object of the parent that is freed here would close what has been opened under its number since.
    """
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    for number in list(_open_descriptors()):
        if number not in (keep, nothing):
            with suppress(OSError):
                os.dup2(nothing, number, inheritable=False)


def _open_descriptors() -> Iterator[int]:
    try:
        numbers = [int(path.name) for path in Path("/dev/fd").iterdir()]
    except OSError:
        numbers = list(range(min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 65_536)))
    for number in numbers:
        with suppress(OSError):
            os.fstat(number)
            yield number


def limit_cpu(seconds: float, *, again: bool = False) -> None:
    """The kernel kills this process when it has used this much more processor time than by now.

    again: the limit will be set anew, so only the soft one is; a program may then catch the signal, as those written in Go do.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 1, keep_hard=again)


def limit_memory(amount: int) -> None:
    """This process may take `amount` bytes more than it has. RLIMIT_DATA counts what can be written, so that what Go reserves is free."""
    kind = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
    _lower(kind, _writable_bytes() + amount)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, wanted: int, *, keep_hard: bool = False) -> None:
    _soft, hard = resource.getrlimit(kind)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(kind, (limit, hard if keep_hard else limit))


def _writable_bytes() -> int:
    """VmData of proc(5): what RLIMIT_DATA counts; 0 where it cannot be told, as before the first page is taken."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
