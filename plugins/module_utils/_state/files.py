# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private directories and atomic private files."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from .._errors import RoroError

PrivateDirectory = Path
"""A directory that this room made: 0700, owned by the user."""


def cache_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_CACHE_HOME/roro/<name>` (default ~/.cache), made when missing. What is in it can be made again.

    Where there is no home, or none that can be written, it is in the runtime directory. Raises RoroError.
    """
    return _at_home("XDG_CACHE_HOME", ".cache", "cache", name)


def state_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_STATE_HOME/roro/<name>` (default ~/.local/state), made when missing; else as the cache. Raises RoroError."""
    return _at_home("XDG_STATE_HOME", ".local/state", "state", name)


def runtime_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_RUNTIME_DIR/roro/<name>`, or `/tmp/roro-<uid>/<name>` where the session has none of its own. Raises RoroError."""
    session = _absolute(os.environ.get("XDG_RUNTIME_DIR"))
    if session is not None and _is_of_another(session):
        session = None  # kept by `su` and `sudo`: what is made there would be in its owner's way
    if session is not None and _is_usable(session / "roro"):
        return _private(session / "roro", name)
    try:
        return _private(Path(tempfile.gettempdir()) / f"roro-{os.getuid()}", name)
    except FileNotFoundError as error:
        raise RoroError("there is no directory for temporary files", hint="Set TMPDIR to one that can be written.") from error


def write_private(path: Path, data: bytes) -> None:
    """Write a 0600 file so that a reader sees the old or the new content, never half. Raises RoroError when it cannot be written."""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink()
            raise
    except OSError as error:
        raise RoroError(f"cannot write {path}: {error.strerror}", hint="Check the free space and the rights of that directory.") from error


def _at_home(variable: str, default: str, kind: str, name: str) -> PrivateDirectory:
    """Below the directory that the variable names, or the default below the home, where it can be written; else for as long as the
    machine runs."""
    base = _absolute(os.environ.get(variable)) or _absolute(os.path.join(os.path.expanduser("~"), default))  # noqa: PTH111, PTH118 - never raises
    if base is not None and _is_usable(base / "roro"):
        return _private(base / "roro", name)
    return _private(runtime_directory(kind), name)


def _absolute(text: str | None) -> Path | None:
    return Path(text) if text and Path(text).is_absolute() else None


def _is_usable(path: Path) -> bool:
    """Whether it is there, or can be made, and can be written. One that is not ours is for `_private` to refuse."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        return True
    except OSError:
        return False
    return path.is_symlink() or path.lstat().st_uid != os.getuid() or os.access(path, os.W_OK | os.X_OK)


def _is_of_another(path: Path) -> bool:
    try:
        return path.stat().st_uid != os.getuid()
    except OSError:
        return False


def _private(base: Path, name: str) -> PrivateDirectory:
    """`base` and every directory of `name` below it, each private: whoever may write to one of them could put another in its place."""
    path = base
    _make_private(path)
    for part in Path(name).parts:
        path = path / part
        _make_private(path)
    return path


def _make_private(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.lstat()
    except OSError as error:
        raise RoroError(f"cannot make {path}: {error.strerror}", hint="Check the rights of the directory above it.") from error
    if info.st_uid != os.getuid() or not stat.S_ISDIR(info.st_mode):
        what = "is a link" if stat.S_ISLNK(info.st_mode) else "belongs to another user"
        raise RoroError(f"{path} {what}", hint="Remove it, or set XDG_CACHE_HOME, XDG_STATE_HOME, XDG_RUNTIME_DIR or TMPDIR.")
    if info.st_mode & 0o077:
        path.chmod(0o700)
