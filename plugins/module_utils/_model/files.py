# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only module of this room that touches files: find the workspace, discover folders, read documents, list manifests.

A workspace may come from somebody else's repository: nothing outside its folder is opened, neither through patterns
(`..`, absolute) nor through symbolic links; only regular files of bounded size are read; walks are bounded.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

SUFFIXES = (".json", ".yaml", ".yml")
MAX_BYTES = 512 * 1024
MAX_ENTRIES = 50_000


def is_document_name(path: str) -> bool:
    """Whether a file with this path (with `/`) is a document by its name."""
    stem, dot, suffix = path.rpartition("/")[2].rpartition(".")
    return stem in ("workspace", "app", "environment") and f"{dot}{suffix}" in SUFFIXES


class Refused(Exception):
    """A file or pattern that is not followed. hint: what to do. line: 1-based, where the file is known."""

    def __init__(self, message: str, hint: str | None = None, line: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line


def candidates(folder: Path, kind: str) -> list[Path]:
    """The documents of this kind in a folder: one is right, several are a mistake."""
    return [file for suffix in SUFFIXES if os.path.lexists(file := folder / f"{kind}{suffix}")]


def find_upwards(start: Path) -> list[Path]:
    """The workspace documents at `start` or the nearest parent that has one; [] when none has."""
    folder = Path(os.path.realpath(start))
    for place in (folder, *folder.parents):
        found = candidates(place, "workspace")
        if found:
            return found
    return []


def inside(root: Path, path: Path) -> bool:
    """Whether path, with every link followed, is root or below it."""
    real, base = os.path.realpath(path), os.path.realpath(root)
    return real == base or real.startswith(base.rstrip(os.sep) + os.sep)


def read_text(file: Path) -> str:
    """The text of a document. Raises Refused."""
    try:
        # Not blocking: opening a named pipe would wait for a writer.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise Refused("not a regular file", "a document is a plain file")
            if status.st_size > MAX_BYTES:
                raise Refused(f"larger than {MAX_BYTES // 1024} KiB", "documents are small: move the data into a manifest")
            with os.fdopen(os.dup(handle), "rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        finally:
            os.close(handle)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror or error}", "check that it exists and its permissions") from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused("not UTF-8", "save the file as UTF-8", line) from None


def check_pattern(pattern: str) -> tuple[str, ...]:
    """The segments of a pattern. Raises Refused for one that could lead outside."""
    segments = tuple(segment for segment in pattern.split("/") if segment not in ("", "."))
    if pattern.startswith("/") or ".." in segments or "\\" in pattern or "\0" in pattern or not segments:
        raise Refused(f'the pattern "{pattern}" could lead outside the folder', 'write it relative, without "..", such as apps/*')
    return segments


def folders(root: Path, pattern: str, kind: str) -> list[Path]:
    """The folders below root that match and hold a document of this kind, sorted. Raises Refused."""
    return [folder for folder in _matching(root, root, check_pattern(pattern)) if candidates(folder, kind)]


def _matching(root: Path, folder: Path, segments: tuple[str, ...]) -> Iterator[Path]:
    """Folders that match, sorted; hidden ones only where the pattern says so."""
    if not segments:
        yield folder
        return
    first, rest = segments[0], segments[1:]
    if first == "**":
        yield from _matching(root, folder, rest)
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                yield from _matching(root, Path(entry.path), segments)
        return
    for entry in _entries(folder):
        hidden = entry.name.startswith(".") and not first.startswith(".")
        if hidden or not fnmatch.fnmatchcase(entry.name, first):
            continue
        if entry.is_symlink() and not inside(root, Path(entry.path)):
            raise Refused(f"{Path(entry.path).relative_to(root)} is a link that leads outside the workspace", "put the folder itself there")
        if entry.is_dir():
            yield from _matching(root, Path(entry.path), rest)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """Sorted entries; [] for what cannot be listed."""
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return []
    if len(entries) > MAX_ENTRIES:
        raise Refused(f"{folder.name} holds more than {MAX_ENTRIES} entries", "use a narrower pattern")
    return entries


def holds_manifests(folder: Path, include: Sequence[str]) -> bool:
    """Whether a file below the folder matches a pattern; hidden files and partials (_...) do not count. Raises Refused."""
    patterns = [check_pattern(pattern) for pattern in include]
    seen = 0
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if not name.startswith((".", "_"))]
        relative = Path(place).relative_to(folder).parts
        seen += len(files) + len(names)
        if seen > MAX_ENTRIES:
            raise Refused(f"{folder.name} holds more than {MAX_ENTRIES} files", "name a smaller folder")
        visible = (name for name in files if not name.startswith((".", "_")))
        if any(matches((*relative, name), pattern) for name in visible for pattern in patterns):
            return True
    return False


def matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the segments of a path match those of a pattern, where ** stands for any number of folders."""
    reachable = {0}
    for part in parts:
        reachable = _skip(reachable, pattern)
        following = {at for at in reachable if at < len(pattern) and pattern[at] == "**"}
        following |= {at + 1 for at in reachable if at < len(pattern) and pattern[at] != "**" and fnmatch.fnmatchcase(part, pattern[at])}
        reachable = following
    return len(pattern) in _skip(reachable, pattern)


def _skip(reachable: set[int], pattern: Sequence[str]) -> set[int]:
    """The same places, and those after a ** that stands for nothing."""
    result = set(reachable)
    for at in sorted(reachable):
        while at < len(pattern) and pattern[at] == "**":
            at += 1
            result.add(at)
    return result
