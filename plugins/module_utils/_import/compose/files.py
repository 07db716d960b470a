# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only module of this room that reads files: nothing outside of the project's folder, unless its folder was allowed.

A Compose file may be somebody else's: `include`, `extends`, `env_file`, `label_file`, configs, secrets and binds name files. Links are
followed before it is decided; only regular files of bounded size are read, and bounded many.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from ..._model.files import inside
from .wrong import Wrong

MAX_BYTES = 1024 * 1024
MAX_FILES = 2000
MAX_TOTAL = 64 * 1024 * 1024


class Files:
    """Files below `root` and the folders that were allowed. read: those that were, in order, relative to root where they are below it."""

    def __init__(self, root: Path, allowed: Sequence[Path] = ()) -> None:
        self.root = Path(os.path.realpath(root))
        self._allowed = tuple(Path(os.path.realpath(folder)) for folder in allowed)
        self.read: dict[Path, None] = {}
        self._total = 0

    def may(self, path: Path) -> bool:
        """Whether a file may be looked at."""
        return any(inside(folder, path) for folder in (self.root, *self._allowed))

    def kind(self, path: Path) -> str:
        """`file`, `folder`, `missing` or `other`; `outside` for what may not be looked at."""
        if not self.may(path):
            return "outside"
        try:
            mode = path.stat().st_mode
        except OSError:
            return "missing"
        return "file" if stat.S_ISREG(mode) else "folder" if stat.S_ISDIR(mode) else "other"

    def names(self, folder: Path) -> list[str]:
        """What a folder holds, sorted; [] for what cannot be listed. At most a thousand names."""
        if self.kind(folder) != "folder":
            return []
        try:
            with os.scandir(folder) as found:
                return sorted(entry.name for entry, _ in zip(found, range(1000), strict=False))
        except OSError:
            return []

    def text(self, path: Path, at: tuple[str | int, ...] = ()) -> str:
        """The text of a file. at: where in the model it is named. Raises Wrong."""
        try:
            return self.content(path, at).decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Wrong(f"{self.shown(path)} is not UTF-8", at, "save the file as UTF-8") from None

    def content(self, path: Path, at: tuple[str | int, ...] = ()) -> bytes:
        """The bytes of a file. Raises Wrong."""
        shown = self.shown(path)
        if not self.may(path):
            raise Wrong(
                f"{shown} is outside of the project's folder and is not read",
                at,
                f"allow it with --allow-read {path.parent}, or copy it into the project",
            )
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # not blocking: a named pipe would wait for a writer
            with os.fdopen(handle, "rb") as stream:
                status = os.fstat(handle)
                if not stat.S_ISREG(status.st_mode):
                    raise Wrong(f"{shown} is no regular file", at)
                content = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise Wrong(f"{shown} cannot be read: {error.strerror or error}", at, "check the path, and its permissions") from None
        self._count(path, len(content), at)
        return content

    def _count(self, path: Path, size: int, at: tuple[str | int, ...]) -> None:
        self._total += size
        self.read[path] = None
        if size > MAX_BYTES:
            raise Wrong(f"{self.shown(path)} is larger than {MAX_BYTES // 1024} KiB", at)
        if len(self.read) > MAX_FILES or self._total > MAX_TOTAL:
            raise Wrong(f"more than {MAX_FILES} files, or {MAX_TOTAL // 1024 // 1024} MiB, are named", at, "import a part of the project")

    def shown(self, path: Path) -> str:
        """The path for a message: relative to the project's folder where it is below it."""
        real = os.path.normpath(path)
        root = str(self.root)
        return os.path.relpath(real, root) if real == root or real.startswith(root + os.sep) else str(real)
