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
    """`$XDG_CACHE_HOME/roro/<name>` (default ~/.cache), made when missing. What is in it can be made again."""
    return _private(_base("XDG_CACHE_HOME", ".cache") / "roro", name)


def state_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_STATE_HOME/roro/<name>` (default ~/.local/state), made when missing."""
    return _private(_base("XDG_STATE_HOME", ".local/state") / "roro", name)


def runtime_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_RUNTIME_DIR/roro/<name>`, or `/tmp/roro-<uid>/<name>` where the session has none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return _private(Path(runtime) / "roro" if runtime else Path(tempfile.gettempdir()) / f"roro-{os.getuid()}", name)


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


def _base(variable: str, default: str) -> Path:
    value = os.environ.get(variable, "")
    return Path(value) if Path(value).is_absolute() else Path.home() / default


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
        raise RoroError(f"{path} {what}", hint="Remove it, or set XDG_CACHE_HOME, XDG_STATE_HOME or XDG_RUNTIME_DIR.")
    if info.st_mode & 0o077:
        path.chmod(0o700)
