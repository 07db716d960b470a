# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes that outlive the run that started them: known by identity, never by name, and stopped one by one.

A process id alone may have been given to somebody else since; with its start time and the machine's boot it is unique (proc(5)).
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .._state import write_private
from .commands import environment
from .waiting import wait_until

LOG_LIMIT = 64 * 2**20
"""A log larger than this (bytes) is begun anew when its process starts."""


@dataclass(frozen=True)
class ProcessIdentity:
    """pid; started: clock ticks since boot; boot: the kernel's boot id."""

    pid: int
    started: int
    boot: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a zombie does not."""
        return _identity(self.pid) == self


def identify(pid: int) -> ProcessIdentity | None:
    """Identity of a running process, None when it does not run."""
    return _identity(pid)


def _identity(pid: int) -> ProcessIdentity | None:
    fields = _stat(pid)
    if fields is None or fields[0] in ("Z", "X"):
        return None
    return ProcessIdentity(pid, int(fields[19]), Path("/proc/sys/kernel/random/boot_id").read_text().strip())


def _stat(pid: int) -> list[str] | None:
    """Fields of /proc/PID/stat after the command's name: state, ppid, ..."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None


def only_child(pid: int) -> int | None:
    """The child of a process that has at most one, None when it has none yet."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields is not None and int(fields[1]) == pid:
                return int(entry.name)
    return None


def end_all(ours: Callable[[list[str]], bool]) -> None:
    """End every process whose command line `ours` recognises: one that a killed run had started and not yet recorded."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            argv = (entry / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except OSError:
            continue
        identity = identify(int(entry.name)) if ours(argv) else None
        if identity is not None:
            stop(identity, grace=0)


def start(argv: Sequence[str], log: Path, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, with its output added to `log` (0600)."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        flags |= os.O_TRUNC
    handle = os.open(log, flags, 0o600)
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            start_new_session=True,
            cwd="/",
            env={**environment(), **(env or {})},
        )
    finally:
        os.close(handle)


def stop(identity: ProcessIdentity, grace: float = 10.0) -> None:
    """Ask a process to end, and end it after `grace` seconds (0: at once)."""
    if grace > 0 and identity.alive:
        _signal(identity, signal.SIGTERM)
        await_end(identity, grace)
    if identity.alive:
        _signal(identity, signal.SIGKILL)
        await_end(identity, 30)


def await_end(identity: ProcessIdentity, seconds: float) -> bool:
    """Whether the process ended within so many seconds. The kernel tells the moment: pidfd_open(2); where it cannot, we look."""
    try:
        handle = os.pidfd_open(identity.pid)
    except (AttributeError, OSError):  # no Linux, Linux before 5.3, or there is no such process any more
        return wait_until(lambda: not identity.alive, seconds)
    try:
        end = select.poll()
        end.register(handle, select.POLLIN)
        return not identity.alive or bool(end.poll(seconds * 1000))  # after the open: else it might be another process of that number
    finally:
        os.close(handle)


def _signal(identity: ProcessIdentity, number: signal.Signals) -> None:
    try:
        os.kill(identity.pid, number)
    except ProcessLookupError:
        return


@dataclass(frozen=True)
class ProcessFile:
    """A process's identity and what it was started with, in a private file."""

    path: Path

    def read(self) -> tuple[ProcessIdentity, str] | None:
        """Identity and digest of the command; None when there is no (readable) file: then nothing was started by us."""
        try:
            data = json.loads(self.path.read_bytes())
            return ProcessIdentity(data["pid"], data["started"], data["boot"]), data["digest"]
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, identity: ProcessIdentity, digest: str) -> None:
        """Keep the identity; `digest` says what it was started with."""
        write_private(self.path, json.dumps(asdict(identity) | {"digest": digest}).encode())

    def alive(self) -> ProcessIdentity | None:
        """The identity if that process still runs."""
        found = self.read()
        return found[0] if found is not None and found[0].alive else None
