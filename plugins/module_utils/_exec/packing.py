# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders of this machine as a tar stream: GNU format, which busybox reads too; owned by nobody in particular."""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

from .._errors import ReleaseError

_BLOCK = 512
_CHUNK = 256 * 1024


def pack(source: Path, name: str, note: Callable[[str], None], count: Callable[[int], None], begin: Callable[[], None]) -> Iterator[bytes]:
    """The stream of a file or folder, called `name` in it. Links stay links. note: told of what cannot be copied, such as a socket.
    count: told of each file's bytes as they go. begin: told of each file.

    Raises ReleaseError when a file changes its size meanwhile, OSError.
    """
    for path, called in _walk(source, name):
        info = _info(path, called)
        if info is None:
            note(f"{path} is no file, folder or link, and is left out")
            continue
        yield info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
        if info.isreg():
            begin()
            yield from _content(path, info.size, count)
    yield bytes(2 * _BLOCK)


def content(source: Path, count: Callable[[int], None]) -> Iterator[bytes]:
    """A file's bytes."""
    yield from _read(source, source.stat().st_size, count)


def _walk(source: Path, name: str) -> Iterator[tuple[Path, str]]:
    """Folders before what is in them. A link to a folder is one thing; the source itself is what it leads to."""
    yield source, name
    if not source.is_dir():
        return
    for folder, folders, files in os.walk(source):
        below = Path(folder)
        for each in sorted([*folders, *files]):
            path = below / each
            yield path, f"{name}/{path.relative_to(source).as_posix()}"


def _info(path: Path, called: str) -> tarfile.TarInfo | None:
    found = path.lstat() if "/" in called else path.stat()
    info = tarfile.TarInfo(called)
    info.mode, info.mtime = stat.S_IMODE(found.st_mode) & 0o777, int(found.st_mtime)
    if stat.S_ISREG(found.st_mode):
        info.size = found.st_size
    elif stat.S_ISDIR(found.st_mode):
        info.type = tarfile.DIRTYPE
    elif stat.S_ISLNK(found.st_mode):
        info.type, info.linkname = tarfile.SYMTYPE, str(path.readlink())
    else:
        return None
    return info


def _content(path: Path, size: int, count: Callable[[int], None]) -> Iterator[bytes]:
    yield from _read(path, size, count)
    yield bytes(-size % _BLOCK)


def _read(path: Path, size: int, count: Callable[[int], None]) -> Iterator[bytes]:
    """Exactly so many bytes: the other side is told before how many they are."""
    left = size
    with path.open("rb") as file:
        while left:
            data = file.read(min(_CHUNK, left))
            if not data:
                raise ReleaseError(f"{path} became shorter while it was copied", hint="Copy it again when nobody writes it.")
            left -= len(data)
            count(len(data))
            yield data
