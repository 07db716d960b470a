# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon as a process: one per user, found by a lock and an identity, started in a session of its own, replaced by newer code."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import RoroError
from .._given import given
from .._state import runtime_directory, state_directory, write_private
from .._version import VERSION

if TYPE_CHECKING:
    from . import run  # noqa: F401 - Ansible sends a module what it finds imported; the daemon's own files are begun by name alone

START_SECONDS = 30.0
MAX_SOCKET_PATH = 100
"""The kernel's limit for a socket's path is 104 or 108 bytes."""
MAX_LOG = 1 << 20
BEGIN = (
    "import sys; sys.path.insert(0, sys.argv[2]); from ansible_collections.roro.kube.plugins.module_utils._forward.run import main; main()"
)
_PACKAGE = Path(__file__).parent
_OF_ONE_RUN = frozenset({"KUBECONFIG", "RORO_RUN_ID", "RORO_LOG_PIPE"})

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
    """The version and the newest change of the code that the daemon runs. Code inside an archive has no age."""
    version = tuple(int(part) for part in VERSION.split(".") if part.isdigit())
    times = [file.stat().st_mtime_ns for folder in ("_forward", "_health", "_cluster") for file in (_PACKAGE.parent / folder).rglob("*.py")]
    return version, max(times, default=0)


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
        me = {"pid": os.getpid(), "created": psutil.Process().create_time(), "socket": str(socket), "stamp": code_stamp()}
        write_private(pid_file(), json.dumps(me).encode())
        yield True
        pid_file().unlink(missing_ok=True)
    finally:
        os.close(lock)


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Only one process at a time looks for the daemon and starts it. Raises RoroError after half a minute."""
    lock = os.open(state_directory("forward") / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if time.monotonic() > end:
                    words = "another process has been starting the forward daemon for half a minute"
                    raise RoroError(words, hint=_look_at_log()) from error
                time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def spawn() -> None:
    """Start the daemon and wait until it listens. Raises RoroError with what it said."""
    import subprocess

    with _log_file().open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", BEGIN, "roro-forward", str(_code_root())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
    with given(child.stdout, "the pipe that was asked for") as told:
        word = _first_line(told.fileno())
    child.wait(START_SECONDS)
    if word != b"ready":
        raise RoroError("the forward daemon did not start", hint=_look_at_log())


def _first_line(handle: int) -> bytes:
    """What the daemon says: `ready`, or nothing when it ended or half a minute passed."""
    import select

    end, line = time.monotonic() + START_SECONDS, b""
    while not line.endswith(b"\n"):
        left = end - time.monotonic()
        if left <= 0 or not select.select([handle], [], [], left)[0]:
            return b""
        piece = os.read(handle, 64)
        if not piece:
            return b""
        line += piece
    return line.strip()


def _log_file() -> Path:
    """What the daemon writes to stderr; begun anew when it has grown."""
    path = state_directory("forward") / "daemon.log"
    if path.exists() and path.stat().st_size > MAX_LOG:
        path.unlink()
    path.touch(mode=0o600)
    return path


def _look_at_log() -> str:
    return f"See {state_directory('forward') / 'daemon.log'}."


def _environment() -> dict[str, str]:
    """This process's, without what would choose a cluster: each forward says by itself how to reach its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("K8S_AUTH_") and name not in _OF_ONE_RUN}
    if kept.get("RORO_LOG_FILE"):
        kept["RORO_LOG_FILE"] = os.path.abspath(kept["RORO_LOG_FILE"])  # noqa: PTH100 - resolve() would follow links
    return kept


def _code_root() -> Path:
    """Where `ansible_collections` can be imported from, also after this process's own files are gone."""
    collection, names = _PACKAGE.parents[2], [part.name for part in _PACKAGE.parents[2:5]]
    root = _PACKAGE.parents[5]
    if root.is_file():  # a module that Ansible sent here in an archive, which it removes afterwards
        return _kept_archive(root)
    if names == ["kube", "roro", "ansible_collections"]:
        return root
    linked = state_directory("forward/code/ansible_collections/roro")
    with contextlib.suppress(FileNotFoundError):
        (linked / "kube").unlink()
    (linked / "kube").symlink_to(collection)
    return linked.parents[1]


def _kept_archive(archive: Path) -> Path:
    """A copy for the daemon that is about to start; those of daemons before it go, as none of them runs any more."""
    import shutil

    folder = state_directory("forward/code")
    for old in folder.glob("payload-*.zip"):
        old.unlink(missing_ok=True)
    kept = folder / f"payload-{os.getpid()}-{time.time_ns()}.zip"
    shutil.copyfile(archive, kept)
    kept.chmod(0o600)
    return kept
