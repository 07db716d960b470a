# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of an app are rendered, and reading them without ever leaving the app's folder.

Hidden files are skipped; a file or folder whose name starts with `_` holds partials: it can be included, it is not rendered on its own.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from .._errors import Problem, RenderError
from .._model import DEFAULT_INCLUDE, ManifestSource

ENGINE_SUFFIXES = {".j2": "jinja2", ".tera": "tera", ".hbs": "handlebars"}
"""A template's last suffix -> the engine that renders it when the document names none."""
MAX_FILE_BYTES = 8 * 1024 * 1024


class AppFiles:
    """The files of one app. Every read goes through here: nothing outside `folder` is opened, by path or by link, and
    `inputs` remembers what was read (absolute path -> hex SHA-256 of the content).

    workspace: what an engine may read whose apps share files (kustomize's bases); the app's folder where none is given.
    on_read: told of each file before it is read.
    """

    def __init__(self, folder: Path, workspace: Path | None = None, border: str = "the app's folder") -> None:
        self.folder = folder
        self._border = border
        self.workspace = workspace or folder
        self.inputs: dict[Path, str] = {}
        self.on_read: Callable[[Path], None] | None = None
        self._real = Path(os.path.realpath(folder))

    def inside(self, path: Path) -> Path | None:
        """The real path when it lies below the app's folder, else None."""
        real = Path(os.path.realpath(path))
        return real if real == self._real or self._real in real.parents else None

    def shared(self) -> AppFiles:
        """The same, with the workspace as the border. `inputs` is the same too."""
        wider = AppFiles(self.workspace, border="the workspace")
        wider.inputs = self.inputs
        return wider

    def walk(self, folder: Path, skip: Callable[[os.DirEntry[str]], bool], problems: list[Problem]) -> Iterator[Path]:
        """Everything below a folder that is no folder, sorted; a link to a folder above itself ends there. skip: what is left out, with
        all below it. problems: takes each link that leads outside the app's folder, which is not followed."""
        return self._walk(folder, skip, problems, frozenset())

    def _walk(
        self, folder: Path, skip: Callable[[os.DirEntry[str]], bool], problems: list[Problem], above: frozenset[str]
    ) -> Iterator[Path]:
        real = os.path.realpath(folder)
        if real in above:
            return
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        for entry in entries:
            path = folder / entry.name
            if skip(entry):
                continue
            if entry.is_symlink() and self.inside(path) is None:
                hint = f"Make it point below {self.folder}, or copy what it points to."
                problems.append(Problem("this link leads outside the app's folder", str(path), hint))
            elif entry.is_dir():
                yield from self._walk(path, skip, problems, above | {real})
            else:
                yield path

    def read_bytes(self, path: Path) -> bytes:
        """The content of a file. Raises RenderError when it is outside the app's folder, no regular file or too big."""
        real = self.inside(path)
        if real is None:
            raise RenderError(
                f"this file is outside {self._border}",
                where=str(path),
                hint=f"Templates may only read files below {self.folder}: copy the file there, or make the link point inside.",
            )
        if self.on_read is not None:
            self.on_read(path)
        data = _read_regular(real, path)
        self.inputs[path] = hashlib.sha256(data).hexdigest()
        return data

    def read(self, path: Path) -> str:
        """The text of a file. Raises RenderError as `read_bytes` does, and when it is not UTF-8."""
        data = self.read_bytes(path)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise RenderError("this file is not UTF-8 text", where=f"{path}:{line}", hint="Save it as UTF-8.") from error


def _read_regular(real: Path, shown: Path) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe must not wait for a writer. O_NOFOLLOW: the path was resolved a moment ago.
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            info = os.fstat(handle)
            if not stat.S_ISREG(info.st_mode):
                raise RenderError("this is not a regular file", where=str(shown), hint="Only regular files are read.")
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise RenderError(f"cannot read this file: {error.strerror}", where=str(shown), hint="Check its name and its rights.") from error
    if len(data) > MAX_FILE_BYTES:
        raise RenderError(f"this file is bigger than {MAX_FILE_BYTES // 1024**2} MiB", where=str(shown), hint="Split it.")
    return data


def find_files(source: ManifestSource, app: AppFiles) -> tuple[Path, ...]:
    """The files to render, sorted by path. `source.path` may also be one file.

    Raises RenderError when the folder is missing or outside the app's folder, or when a link leads outside; all at once.
    """
    root = source.path
    if app.inside(root) is None:
        raise RenderError(
            "the manifests are outside the app's folder", where=str(root), hint=f"Name a folder below {app.folder} in `manifests.path`."
        )
    if root.is_file():
        return (root,)
    if not root.is_dir():
        raise RenderError(
            "the folder of manifests does not exist",
            where=str(root),
            hint="Make it, or name another one in `manifests.path` of the app document.",
        )
    patterns = [_pattern(glob) for glob in source.include or DEFAULT_INCLUDE]
    problems: list[Problem] = []
    below = list(app.walk(root, lambda entry: entry.name.startswith((".", "_")), problems))
    found = [path for path in below if any(pattern.fullmatch(path.relative_to(root).as_posix()) for pattern in patterns)]
    if problems:
        raise RenderError.of(problems)
    return tuple(sorted(found, key=lambda path: path.relative_to(root).parts))


@lru_cache(maxsize=256)
def _pattern(glob: str) -> re.Pattern[str]:
    """A glob over `/`-separated paths: `**/` any folders, `*` and `?` within one name, `[...]` a class, `{a,b}` is not special."""
    parts: list[str] = []
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at):
            parts.append("(?:[^/]+/)*")
            at += 3
            continue
        if glob.startswith("**", at):
            parts.append(".*")
            at += 2
            continue
        end = glob.find("]", at + 2) if glob[at] == "[" else -1
        if end > 0:
            inner = glob[at + 1 : end].replace("\\", "\\\\").replace("[", "\\[")
            parts.append(f"[^{inner[1:]}]" if inner[0] in "!^" else f"[{inner}]")
            at = end + 1
            continue
        parts.append({"*": "[^/]*", "?": "[^/]"}.get(glob[at], re.escape(glob[at])))
        at += 1
    return re.compile("".join(parts), re.DOTALL)


def format_of(file: Path) -> str:
    """`json` or `yaml`: how the rendered text of this file is read. `a.json.j2` is JSON."""
    name = file.name
    for suffix in ENGINE_SUFFIXES:
        name = name.removesuffix(suffix)
    return "json" if name.endswith(".json") else "yaml"
