# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a run is: for people in words, and so that another run on the same machine can tell whether its process is still there."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from ..._run_id import run_id


@dataclass(frozen=True)
class Holder:
    """who: `user@host`. pid: of the process. run: its id, with digits of this part of it. process: `<machine>:<pid>:<start>`, "" where it
    cannot be known."""

    who: str
    pid: int
    run: str
    process: str

    def __str__(self) -> str:
        return f"{self.who} pid {self.pid} run {self.run}"


def this_process() -> Holder:
    """The run that begins here and now."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"
    pid, machine = os.getpid(), _machine()
    start = _start_of(pid)
    return Holder(
        f"{user}@{socket.gethostname()}", pid, f"{run_id()}.{secrets.token_hex(2)}", f"{machine}:{pid}:{start}" if machine and start else ""
    )


def is_gone(process: str) -> bool:
    """Whether that process was on this machine and ended. False when it runs, or was elsewhere, where nobody here can tell."""
    machine, _, rest = process.partition(":")
    pid, _, start = rest.partition(":")
    return bool(machine) and machine == _machine() and pid.isdigit() and _start_of(int(pid)) != start


def _machine() -> str:
    """This boot of this machine, and the namespace in which its process ids count: pid_namespaces(7). "" where it cannot be known."""
    if not sys.platform.startswith("linux"):
        return ""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
    return f"{boot}/{space.partition('[')[2].rstrip(']')}"


def _start_of(pid: int) -> str:
    """When the process started, in clock ticks since boot; "" when there is none, or it is dead and not collected. proc_pid_stat(5)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]
