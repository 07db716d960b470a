# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private directories and atomic private files."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from .._errors import RoroError

PrivateDirectory = Path
"""A directory that this room made: 0700, owned by the user."""


def cache_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_CACHE_HOME/roro/<name>` (default ~/.cache), made when missing. What is in it can be made again."""
    return _private(_base("XDG_CACHE_HOME", ".cache") / "roro" / name)


def state_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_STATE_HOME/roro/<name>` (default ~/.local/state), made when missing."""
    return _private(_base("XDG_STATE_HOME", ".local/state") / "roro" / name)


def runtime_directory(name: str = "") -> PrivateDirectory:
    """`$XDG_RUNTIME_DIR/roro/<name>`, or `/tmp/roro-<uid>/<name>` where the session has none."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(runtime) / "roro" if runtime else Path(tempfile.gettempdir()) / f"roro-{os.getuid()}"
    return _private(base / name)


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


def _private(path: Path) -> PrivateDirectory:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = path.lstat()
    except OSError as error:
        raise RoroError(f"cannot make {path}: {error.strerror}", hint="Check the rights of the directory above it.") from error
    if info.st_uid != os.getuid():
        raise RoroError(f"{path} belongs to another user", hint="Remove it, or set XDG_CACHE_HOME, XDG_STATE_HOME or XDG_RUNTIME_DIR.")
    if info.st_mode & 0o077:
        path.chmod(0o700)
    return path
