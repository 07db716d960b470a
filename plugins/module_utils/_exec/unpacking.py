# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tar stream out of a container as files of this machine. The container is not trusted: nothing is made outside of the target, no link
leads out of it, nothing runs as somebody else, and no half file ever has a whole one's name."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import stat
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from .._errors import ReleaseError

_PART = 256 * 1024
MAX_HEADER = 1024 * 1024
"""Bytes of a name, or of what else is told of one file beside its content; Go's archive/tar has the same bound. Python reads it as a
whole, whatever size the stream says; content is read in smaller parts."""


class _Forward(io.RawIOBase):
    """The stream as tarfile reads it: forward only, and never more than a header may have. What tarfile calls inside itself differs from
    one release of Python to the next, so what a header says is judged by what is asked for here."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._place, self.last = stream, 0, b""

    def read(self, size: int = -1) -> bytes:
        """All of it, less only at the end. Raises ReleaseError."""
        if not 0 <= size <= MAX_HEADER:
            raise ReleaseError(f"the container tells {size} bytes about one file: nothing more is taken from it")
        parts = []
        while size and (part := self._stream.read(size)):
            parts.append(part)
            size -= len(part)
        self.last = b"".join(parts)
        self._place += len(self.last)
        return self.last

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """On to `place`, which may be behind the end."""
        if whence != os.SEEK_SET or place < self._place:
            raise tarfile.StreamError("a stream cannot be read twice")
        while self._place < place and self.read(min(place - self._place, _PART)):
            pass
        return self._place

    def tell(self) -> int:
        return self._place


class Unpacker:
    """Makes `target` of what the stream has as `name` (".": all of it) and below it. note: told of what is left out. count: of
    bytes as they come."""

    def __init__(self, target: Path, name: str, note: Callable[[str], None], count: Callable[[int], None]) -> None:
        self._target, self._name, self._note, self._count = target, name, note, count
        self._folders: list[tuple[Path, int]] = []
        self.files = 0

    def unpack(self, stream: IO[bytes]) -> None:
        """All of it. Raises ReleaseError, OSError."""
        try:
            forward = _Forward(stream)
            with tarfile.TarFile(fileobj=forward, errorlevel=2) as archive:
                for member in archive:
                    self._make(archive, member)
            if any(forward.last):  # a damaged header is an end to tarfile; a whole archive ends with a block of nothing
                raise ReleaseError("what came is not whole: a header is damaged")
        except (tarfile.TarError, ValueError, LookupError, RecursionError) as error:  # the latter from headers that nobody's tar writes
            raise ReleaseError(f"what came is not whole: {error}") from error
        # Last and deepest first: a folder that may not be written takes nothing more.
        for folder, mode in reversed(self._folders):
            folder.chmod(mode)

    def _make(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        path = self._path(member.name)
        mode = member.mode & 0o777
        if member.isdir():
            self._fold(path, mode)
        elif member.issparse():
            raise ReleaseError(f'the container sends "{member.name}" with holes, which it was not asked for: nothing more is taken from it')
        elif member.isreg():
            content = archive.extractfile(member)
            if content is not None:
                self._file(path, content, mode, member.mtime)
        elif member.issym():
            self._link(path, member.linkname)
        elif member.islnk():
            self._file_again(path, member.linkname)
        else:
            self._note(f"{member.name} is no file, folder or link, and is left out")

    def _path(self, name: str) -> Path:
        """Where it goes. Raises ReleaseError for a name that leads out."""
        parts = [part for part in PurePosixPath(name).parts if part != "."]
        if self._name == ".":
            parts.insert(0, ".")
        if name.startswith("/") or ".." in parts or not parts or parts[0] != self._name or "\0" in name:
            raise ReleaseError(f'the container sent "{name}", which is not part of "{self._name}": nothing more is taken from it')
        path = self._target
        for part in parts[1:]:
            if path.is_symlink():
                raise ReleaseError(f"{path} is a link: nothing is written through it")
            path = path / part
        return path

    def _fold(self, path: Path, mode: int) -> None:
        if path.is_symlink() and path != self._target:
            raise ReleaseError(f"{path} is a link: nothing is written through it")
        path.mkdir(exist_ok=True)
        self._folders.append((path, mode | stat.S_IRWXU))

    def _file(self, path: Path, content: IO[bytes], mode: int, when: float) -> None:
        """Beside its place first."""
        number, beside = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        try:
            with os.fdopen(number, "wb") as file:
                while data := content.read(_PART):
                    file.write(data)
                    self._count(len(data))
            self._place(Path(beside), path, mode, when)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
            raise

    def _place(self, beside: Path, path: Path, mode: int, when: float | None) -> None:
        beside.chmod(mode)
        if when is not None:
            with contextlib.suppress(OSError, OverflowError, ValueError):
                os.utime(beside, (when, when))
        beside.replace(path)
        self.files += 1

    def _link(self, path: Path, to: str) -> None:
        """Only one that stays inside."""
        if not self._stays(path, to):
            self._note(f"{path} would be a link to {to}, outside of what is copied, and is left out")
            return
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        path.symlink_to(to)

    def _stays(self, path: Path, to: str) -> bool:
        """Whether a link leads to a place inside, whatever becomes a link later: upwards only at its beginning, where folders are real."""
        if path == self._target or not to or to.startswith("/") or "\0" in to:
            return False
        parts = [part for part in PurePosixPath(to).parts if part != "."]
        upwards = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
        return upwards <= len(path.parent.relative_to(self._target).parts) and ".." not in parts[upwards:]

    def _file_again(self, path: Path, to: str) -> None:
        """A second name of a file that came before: a copy of it."""
        first = self._path(to)
        if first.is_symlink() or not first.is_file():
            self._note(f"{path} is a second name of {to}, which was left out")
            return
        number, beside = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
        os.close(number)
        shutil.copyfile(first, beside)
        self._place(Path(beside), path, stat.S_IMODE(first.stat().st_mode), None)


def write_whole(target: Path, mode: int = 0o666) -> _Whole:
    """A file that gets its name when all of it is there."""
    return _Whole(target, mode)


class _Whole:
    def __init__(self, target: Path, mode: int) -> None:
        self._target, self._mode = target, mode
        number, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        self._file, self._beside = os.fdopen(number, "wb"), Path(name)

    def write(self, data: bytes) -> None:
        """More of it."""
        self._file.write(data)

    def keep(self) -> None:
        """All of it is there."""
        self._file.close()
        self._beside.chmod(self._mode & ~_umask())
        self._beside.replace(self._target)

    def drop(self) -> None:
        """It came to nothing."""
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._beside.unlink()


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
