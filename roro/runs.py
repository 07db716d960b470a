"""The private directory of one run: 0700, gone when the run ends, swept up by the next run when it was killed."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._state import lock_within, runtime_directory

LOCK_SECONDS = 30.0
"""That another command may take to make or sweep up the directories of runs."""


@contextmanager
def private_run() -> Iterator[Path]:
    """A fresh directory that is locked for as long as this process lives."""
    runs = runtime_directory("runs")
    with _locked(runs):  # nobody sweeps up a directory that was made and is not locked yet
        _sweep(runs)
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
        lock = _lock(folder, LOCK_SECONDS)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def _lock(folder: Path, seconds: float) -> int:
    """The lock is the directory's own: one that is half removed has it still. Raises BlockingIOError when another has it for so long."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if not lock_within(handle, seconds):
            raise BlockingIOError(errno.EWOULDBLOCK, f"another command has kept it locked for {seconds:g} s", str(folder))
    except BaseException:
        os.close(handle)
        raise
    return handle


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = _lock(folder, LOCK_SECONDS)
    try:
        yield
    finally:
        os.close(handle)


def _remove(folder: Path) -> None:
    """Moved away first: what still writes into it by its path fails, instead of leaving a file behind."""
    leaving = folder.with_name(f"{folder.name}.leaving")
    try:
        folder.rename(leaving)
    except OSError:
        leaving = folder
    shutil.rmtree(leaving, ignore_errors=True)


def _sweep(runs: Path) -> None:
    """Remove what killed runs left: a directory that nobody has locked."""
    for folder in runs.glob("run-*"):
        try:
            lock = _lock(folder, 0.0)
        except OSError:
            continue
        try:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
