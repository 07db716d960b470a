# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which daemon runs: one for each user, found by a lock, an identity in a file and the age of its code."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._state import runtime_directory, state_directory, write_private
from .._version import VERSION

MAX_SOCKET_PATH = 100
"""The kernel's limit for a socket's path is 104 or 108 bytes."""
_ENGINE = Path(__file__).parents[1]

Stamp = tuple[tuple[int, ...], int]


@dataclass(frozen=True)
class Identity:
    """Which daemon runs. created: the process's creation time, as a pid may be used again. stamp: of its code."""

    pid: int
    created: float
    socket: str
    stamp: Stamp

    def alive(self) -> bool:
        """Whether that very process runs."""
        import psutil  # here and below: every `roro` imports this file, few need these

        try:
            return abs(psutil.Process(self.pid).create_time() - self.created) < 1.0
        except psutil.Error:
            return False


def code_stamp() -> Stamp:
    """The version and the newest change of the engine's code, of which the daemon may run any. Code inside an archive has no age."""
    version = tuple(int(part) for part in VERSION.split(".") if part.isdigit())
    newest, folders = 0, [str(_ENGINE)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    newest = max(newest, entry.stat().st_mtime_ns)
                elif entry.name != "__pycache__" and entry.is_dir():
                    folders.append(entry.path)
    return version, newest


def pid_file() -> Path:
    """Held locked by the daemon as long as it runs; says who and where it is."""
    return state_directory("forward") / "daemon.json"


def socket_path() -> Path:
    """In the runtime directory, or in a shorter private one where that path is too long for a socket."""
    import tempfile

    path = runtime_directory("forward") / "daemon.sock"
    if len(os.fsencode(path)) <= MAX_SOCKET_PATH:
        return path
    return Path(tempfile.mkdtemp(prefix="roro-", dir="/tmp")) / "daemon.sock"


def remove_socket(path: Path) -> None:
    """Of a daemon that has ended, with its folder, unless something else is in that: where the usual path is too long, each daemon makes
    a folder of its own."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
        path.parent.rmdir()


def recorded_identity() -> Identity | None:
    """The daemon that the pid file names, which may have died; None where there is none, as after a daemon that ended in order."""
    try:
        record: dict[str, Any] = json.loads(pid_file().read_text(encoding="utf-8"))
        version, changed = record["stamp"]
        return Identity(int(record["pid"]), float(record["created"]), str(record["socket"]), (tuple(version), int(changed)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_identity() -> Identity | None:
    """The daemon that the pid file names, when it is alive."""
    identity = recorded_identity()
    return identity if identity is not None and identity.alive() else None


@contextlib.contextmanager
def sole_daemon(socket: Path, after: int | None = None) -> Iterator[bool]:
    """Hold the lock of the one daemon while the block runs; gives False when another has it.

    after: pid of the daemon that died and is to be followed; False as well where another one has followed it and may have ended since.
    """
    import psutil

    lock = os.open(pid_file().with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        last = recorded_identity()
        if after is not None and (last is None or last.pid != after):
            yield False
            return
        if last is not None and last.socket != str(socket):
            remove_socket(Path(last.socket))  # it holds no lock, so it is dead; one that was killed could not
        me = {"pid": os.getpid(), "created": psutil.Process().create_time(), "socket": str(socket), "stamp": code_stamp()}
        write_private(pid_file(), json.dumps(me).encode())
        yield True
        pid_file().unlink(missing_ok=True)
    finally:
        os.close(lock)
