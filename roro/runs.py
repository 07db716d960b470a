"""The private directory of one run: 0700, gone when the run ends, swept up by the next run when it was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._state import runtime_directory


@contextmanager
def private_run() -> Iterator[Path]:
    """A fresh directory that holds a lock for as long as this process lives."""
    runs = runtime_directory("runs")
    _sweep(runs)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=runs))
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        _remove(folder)
        os.close(lock)


def _remove(folder: Path) -> None:
    """Moved away first: what still writes into it by its path fails, instead of leaving a file behind."""
    leaving = folder.with_name(f"{folder.name}.leaving")
    try:
        folder.rename(leaving)
    except OSError:
        leaving = folder
    shutil.rmtree(leaving, ignore_errors=True)


def _sweep(runs: Path) -> None:
    """Remove what killed runs left: a directory whose lock nobody holds."""
    for folder in runs.glob("run-*"):
        try:
            lock = os.open(folder / "lock", os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)
