# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a context as a builder sees them, and their digest.

What files hold is read once: their digests are kept with what stat says of them, in the user's cache, as Git does with its index.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .._errors import BuildError, RoroError
from .._state import cache_directory, write_private
from .ignore import BadPattern, Ignore

_FRESH = 2 * 10**9
"""Nanoseconds in which a file may change again without its times showing it."""
_WRITABLE = 0o022
"""Differs by the umask of who checked the files out, and means nothing in an image."""


@dataclass(frozen=True)
class Entry:
    """One path of a context. kind: file, link or folder. mode: permissions. path: with slashes, below the context."""

    path: str
    kind: str
    mode: int
    stat: os.stat_result = field(repr=False)


def ignore_file(context: Path, dockerfile: Path) -> Path | None:
    """`<Dockerfile>.dockerignore` beside the Dockerfile, else the context's `.dockerignore`, where there is one."""
    for path in (dockerfile.with_name(f"{dockerfile.name}.dockerignore"), context / ".dockerignore"):
        if path.is_file():
            return path
    return None


def entries(context: Path, dockerfile: Path) -> Iterator[Entry]:
    """What the builder sees, folders before what is in them, in a fixed order. Raises BuildError."""
    file = ignore_file(context, dockerfile)
    text = file.read_text(encoding="utf-8", errors="surrogateescape") if file else ""
    try:
        yield from _below(context, "", Ignore(text), (), [])
    except BadPattern as error:
        raise BuildError(f"a pattern that no builder takes: {error}", where=str(file), hint="Correct or remove it.") from None
    except OSError as error:
        raise BuildError(
            f"the context cannot be read: {error.strerror}",
            where=str(error.filename or context),
            hint="Correct its rights, or leave it out in .dockerignore.",
        ) from error


def _below(context: Path, folder: str, ignore: Ignore, verdict: tuple[bool, ...], untold: list[Entry]) -> Iterator[Entry]:
    """untold: folders around that were left out themselves: they are there as soon as something in them is."""
    with os.scandir(context / folder) as listing:
        found = sorted(listing, key=lambda one: os.fsencode(one.name))
    for one in found:
        path = f"{folder}/{one.name}" if folder else one.name
        left_out, mine = ignore.verdict(path, verdict) if ignore.patterns else (False, ())
        is_folder = one.is_dir(follow_symlinks=False)
        if left_out and not (is_folder and ignore.is_looked_into(path)):
            continue
        entry = _entry(path, one.stat(follow_symlinks=False))
        if entry is None:
            continue
        if not left_out:
            yield from untold
            untold.clear()
            yield entry
        if is_folder:
            inside = [entry] if left_out else []
            pending = [*untold, *inside]
            for item in _below(context, path, ignore, mine, pending):
                untold.clear()
                yield item


def _entry(path: str, about: os.stat_result) -> Entry | None:
    """None for sockets, pipes and devices, which no builder sends."""
    kinds = ((stat.S_ISREG, "file"), (stat.S_ISLNK, "link"), (stat.S_ISDIR, "folder"))
    kind = next((name for check, name in kinds if check(about.st_mode)), None)
    return None if kind is None else Entry(path, kind, stat.S_IMODE(about.st_mode), about)


def context_digest(context: Path, dockerfile: Path) -> str:
    """SHA-256, hexadecimal, over paths, kinds, permissions and contents: the same everywhere for the same files. Raises BuildError."""
    known = FileDigests(context)
    whole = hashlib.sha256()
    for entry in entries(context, dockerfile):
        held = {"file": known.of, "link": _target}.get(entry.kind, lambda root, one: "")(context, entry)
        mode = 0 if entry.kind == "link" else entry.mode & ~_WRITABLE
        whole.update(os.fsencode(entry.path) + f"\0{entry.kind}\0{mode:o}\0{held}\0".encode())
    known.keep()
    return whole.hexdigest()


def _target(context: Path, entry: Entry) -> str:
    try:
        return hashlib.sha256(os.fsencode(os.readlink(context / entry.path))).hexdigest()  # noqa: PTH115 - bytes that are no text
    except OSError as error:
        raise BuildError(f"{entry.path} changed while it was read", where=str(context), hint="Run it again.") from error


class FileDigests:
    """Digests of files, kept for the next time: those of which stat says what it said then are not read again."""

    def __init__(self, context: Path) -> None:
        name = hashlib.sha256(os.fsencode(context)).hexdigest()[:32]
        self._file = cache_directory("builds/files") / f"{name}.json"
        self._before = self._read()
        self._now: dict[str, list[int | str]] = {}
        self._began = time.time_ns()

    def _read(self) -> dict[str, list[int | str]]:
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def of(self, context: Path, entry: Entry) -> str:
        """The SHA-256 of a file. Raises BuildError."""
        about = entry.stat
        mark: list[int | str] = [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]
        name = entry.path.encode("utf-8", "surrogateescape").hex() if not entry.path.isprintable() else entry.path
        known = self._before.get(name)
        if known is not None and known[:4] == mark:
            self._now[name] = known
            return str(known[4])
        try:
            with (context / entry.path).open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            words = f"a file of the context cannot be read: {error.strerror}"
            raise BuildError(
                words, where=str(context / entry.path), hint="Correct its rights, or leave it out in .dockerignore."
            ) from error
        if self._began - max(about.st_mtime_ns, about.st_ctime_ns) > _FRESH:
            self._now[name] = [*mark, digest]
        return digest

    def keep(self) -> None:
        """Write what was learned; without it the files are read again next time."""
        if self._now != self._before:
            with contextlib.suppress(RoroError):
                write_private(self._file, json.dumps(self._now).encode())
