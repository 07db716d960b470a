# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the daemon is started: by one process at a time, in a session of its own, with code that stays where it is."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .._errors import RoroError
from .._given import given
from .._state import state_directory

if TYPE_CHECKING:
    from . import run  # noqa: F401 - Ansible sends a module what it finds imported; the daemon's own files are begun by name alone

START_SECONDS = 30.0
MAX_LOG = 1 << 20
PROCESS_NAME = "roro-forward"
BEGIN = f"import sys; sys.path.insert(0, sys.argv[2]); from {__package__}.run import main; main(sys.argv[3:])"
_PACKAGE = Path(__file__).parent
_OF_ONE_RUN = frozenset({"KUBECONFIG", "RORO_RUN_ID", "RORO_LOG_PIPE"})
_CREDENTIALS = ("K8S_AUTH_", "RORO_GIT_", "RORO_REGISTRY_")


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
                    words = "another process has been starting the daemon for half a minute"
                    raise RoroError(words, hint=_look_at_log()) from error
                time.sleep(0.02)
        yield
    finally:
        os.close(lock)


def spawn(modules: Sequence[str]) -> None:
    """Start the daemon with the duties of these modules and wait until it listens. Raises RoroError."""
    import subprocess

    with _log_file().open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-c", BEGIN, PROCESS_NAME, str(_code_root()), *modules],
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
        raise RoroError("the daemon did not start", hint=_look_at_log())


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


def log_path() -> Path:
    """What the daemon writes of its own."""
    return state_directory("forward") / "daemon.log"


def _log_file() -> Path:
    """What the daemon writes to stderr; begun anew when it has grown."""
    path = log_path()
    if path.exists() and path.stat().st_size > MAX_LOG:
        path.unlink()
    path.touch(mode=0o600)
    return path


def _look_at_log() -> str:
    return f"See {log_path()}."


def _environment() -> dict[str, str]:
    """This process's, without what would choose a cluster, as each forward says by itself how to reach its own, and without a job's
    credentials."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_CREDENTIALS) and name not in _OF_ONE_RUN}
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
