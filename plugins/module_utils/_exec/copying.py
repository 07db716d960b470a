# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and folders into a container and out of it. By `tar` where the container has it; single files by `head` and `cat` where not."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path, PurePosixPath
from secrets import token_hex

from .._cluster import Cluster
from .._errors import ReleaseError
from .choose import Place
from .packing import content, pack
from .piping import ask, pipe
from .protocol import Ending
from .session import Wanted
from .unpacking import Unpacker, write_whole

_LOOK = """\
if [ -d "$1" ]; then echo folder; elif [ -e "$1" ]; then echo file
elif [ -d "$(dirname "$1")" ]; then echo free; else echo nowhere; fi
command -v tar >/dev/null 2>&1 && echo tar; exit 0"""
_TAKE = """\
[ ! -d "$2" ] || { echo "$2 is a folder there" >&2; exit 1; }
head -c "$3" > "$1" && [ "$(wc -c < "$1")" -eq "$3" ] && chmod "$4" "$1" && mv -f "$1" "$2" || { rm -f "$1"; exit 1; }"""
_GIVE, _TAR, _UNTAR = 'cat "$1"', 'tar -cf - -C "$1" "$2"', 'tar -xof - -C "$1"'
_UNTAR_ONE = """\
[ ! -d "$1/$3" ] || { echo "$1/$3 is a folder there" >&2; exit 1; }
tar -xof - -C "$1" && mv -f "$1/$2" "$1/$3" || { rm -f "$1/$2"; exit 1; }"""
"""By the shell: of a busybox it may be the only program that has a file. One file is written beside its place first, so that nobody there
reads half of it, nor does a copy that breaks off leave half of it."""
_NO_SHELL = "The image has no shell: a volume that another pod mounts, or a debug container (`kubectl debug`), reaches its files."
_QUEUED = 64
_REST = 64 * 1024
_NAME_LETTERS = 40
"""Of a name before which something stands: a whole one may be as long as a file system takes."""


@dataclass(frozen=True)
class Copied:
    """What was copied: regular files, and bytes of content."""

    files: int
    bytes: int


class Copier:
    """Copies to and from one container. note: told of what is left out. count: told of bytes as they go."""

    def __init__(self, cluster: Cluster, place: Place, note: Callable[[str], None], count: Callable[[int], None]) -> None:
        self._cluster, self._place, self._note, self._tell = cluster, place, note, count
        self._bytes = self._files = 0

    def into(self, source: Path, path: str) -> Copied:
        """A local file or folder becomes `path`, or goes into it where that is a folder. Raises ReleaseError, ClusterError, OSError."""
        if not source.exists():
            raise ReleaseError(f"{source} is not there")
        path = _no_option(path)
        kind, has_tar = self._look(path)
        if kind == "folder":
            name = source.resolve().name or "root"
            folder, path = path, str(PurePosixPath(path) / name)
        else:
            folder, name = str(PurePosixPath(path).parent), PurePosixPath(path).name
        if kind == "nowhere" or (path.endswith("/") and kind == "free"):
            raise ReleaseError(f"{folder} is not a folder of the container", where=self._where)
        if source.is_dir() and kind == "file":
            raise ReleaseError(f"{path} is a file there, and {source} is a folder", where=self._where)
        beside = f".{name[:_NAME_LETTERS]}.{token_hex(4)}"
        if has_tar and source.is_dir():
            self._run(("sh", "-c", _UNTAR, "sh", folder), source=self._packed(source, name))
        elif has_tar:
            self._run(("sh", "-c", _UNTAR_ONE, "sh", folder, beside, name), source=self._packed(source, beside))
        elif source.is_dir():
            raise ReleaseError("this container has no tar: only single files can be copied", where=self._where)
        else:
            found = source.stat()
            mode, self._files = f"{found.st_mode & 0o777:o}", 1
            self._run(("sh", "-c", _TAKE, "sh", f"{folder}/{beside}", path, str(found.st_size), mode), source=content(source, self._count))
        return Copied(self._files, self._bytes)

    def out(self, path: str, target: Path) -> Copied:
        """`path` of the container becomes `target`, or goes into it where that is a folder. Raises as `into`."""
        path = _no_option(path)
        kind, has_tar = self._look(path)
        if kind not in ("folder", "file"):
            raise ReleaseError(f"{path} is not there", where=self._where)
        name = PurePosixPath(path).name if PurePosixPath(path).name not in ("", "..") else ""
        if target.is_dir():
            target = target.resolve() / (name or self._place.container)
        elif not target.parent.is_dir():
            raise ReleaseError(f"{target.parent} is not a folder")
        if kind == "file" and target.is_dir():
            raise ReleaseError(f"{target} is a folder, and {path} is a file")
        if has_tar:
            return self._unpacked(path, name, target)
        if kind == "folder":
            raise ReleaseError("this container has no tar: only single files can be copied", where=self._where)
        whole = write_whole(target)

        def take(data: bytes) -> None:
            whole.write(data)
            self._count(len(data))

        try:
            self._run(("sh", "-c", _GIVE, "sh", path), sink=take)
        except BaseException:
            whole.drop()
            raise
        whole.keep()
        return Copied(1, self._bytes)

    def _unpacked(self, path: str, name: str, target: Path) -> Copied:
        """A folder without a name of its own (/, ..) is taken by what is in it."""
        folder, what = (str(PurePosixPath(path).parent), name) if name else (path, ".")
        what = f"./{what}"  # whatever its name begins with, it is no option
        unpacker = Unpacker(target, name or ".", self._note, self._count)
        reading = _Reading(unpacker)
        try:
            self._run(("sh", "-c", _TAR, "sh", folder, what), sink=reading.feed)
        except BaseException:
            reading.give_up()
            raise
        reading.end()
        return Copied(unpacker.files, self._bytes)

    @property
    def _where(self) -> str:
        return f"Pod {self._place.namespace}/{self._place.pod}, container {self._place.container}"

    def _wanted(self, command: tuple[str, ...], stdin: bool) -> Wanted:
        return Wanted(self._place.namespace, self._place.pod, self._place.container, command, stdin)

    def _look(self, path: str) -> tuple[str, bool]:
        """(what `path` is in the container, whether it has tar)."""
        ending, said = ask(self._cluster, self._wanted(("sh", "-c", _LOOK, "sh", path), stdin=False))
        if ending.reason == "NoCommand":
            raise ReleaseError("nothing can be copied without a shell in the container", where=self._where, hint=_NO_SHELL)
        self._refuse(ending, "")
        words = said.split()
        return words[0] if words else "nowhere", "tar" in words[1:]

    def _run(self, command: tuple[str, ...], *, source: Iterator[bytes] | None = None, sink: Callable[[bytes], None] | None = None) -> None:
        ending, said = pipe(self._cluster, self._wanted(command, source is not None), source=source, sink=sink)
        self._refuse(ending, said)
        if said:
            self._note(said)

    def _refuse(self, ending: Ending, said: str) -> None:
        if ending.code == 0:
            return
        why = said.splitlines()[-1] if said else ending.message or f"exit code {ending.code}"
        raise ReleaseError(f"the copy is not complete: {why}", where=self._where)

    def _packed(self, source: Path, name: str) -> Iterator[bytes]:
        return pack(source, name, self._note, self._count, self._begin)

    def _begin(self) -> None:
        self._files += 1

    def _count(self, number: int) -> None:
        self._bytes += number
        self._tell(number)


def _no_option(path: str) -> str:
    return f"./{path}" if path.startswith("-") else path


class _Reading(RawIOBase):
    """A stream that is written by one thread and unpacked by another."""

    def __init__(self, unpacker: Unpacker) -> None:
        self._parts: queue.Queue[bytes | None] = queue.Queue(_QUEUED)
        self._rest = b""
        self._broken = False
        self._error: BaseException | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(unpacker,), name="roro-unpack", daemon=True)
        self._thread.start()

    def feed(self, data: bytes) -> None:
        """More of it. Raises what unpacking raised."""
        if not self._taken(data) and self._error is not None:
            raise self._error

    def end(self) -> None:
        """That was all. Raises what unpacking raised."""
        self._taken(None)
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _taken(self, part: bytes | None) -> bool:
        """Whether there was a place for it, which there never is when unpacking has ended."""
        while not self._done.is_set():
            try:
                self._parts.put(part, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def give_up(self) -> None:
        """The rest never comes."""
        self._broken = True
        while self._thread.is_alive():
            try:
                self._parts.put(None, timeout=0.1)
            except queue.Full:
                continue
            self._thread.join(0.1)

    def readable(self) -> bool:
        """See io.RawIOBase."""
        return True

    def read(self, size: int = -1) -> bytes:
        """As many bytes as that, fewer only at the end."""
        while len(self._rest) < size or size < 0:
            part = self._parts.get()
            if part is None:
                self._parts.put(None)
                if self._broken:
                    raise ReleaseError("the copy is not complete: the connection ended")
                break
            self._rest += part
        size = len(self._rest) if size < 0 else size
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    def _work(self, unpacker: Unpacker) -> None:
        try:
            unpacker.unpack(self)  # type: ignore[arg-type]
            while self.read(_REST):
                pass  # what comes after the end of the archive
        except BaseException as error:
            self._error = error
        finally:
            self._done.set()
