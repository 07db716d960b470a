# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app's templates rendered to, kept by the digest of everything that can go in, so that nothing is rendered when nothing changed.

Everything: each file of the app's folder with its content, the variables, the options, the engine's version, this room's own code and the
libraries that it renders with. Only where no secret can be among it (`RenderRequest.secret`), in the private directory of the templates.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from .types import Engine, RenderRequest

MAX_FILES = 2_000
MAX_BYTES = 16 * 1024 * 1024
"""Of an app's folder; above that its templates are rendered each time."""
_LIBRARIES = ("jinja2", "markupsafe", "yaml", "dukpy")
_TIMELESS = frozenset({"jinja2", "tera", "handlebars"})
"""Engines whose templates cannot see the time or a random number."""


def key_of(engine: Engine, request: RenderRequest) -> str | None:
    """The digest of what goes in; None when the result is not to be kept."""
    code = _code()
    if request.secret or engine.name not in _TIMELESS or request.source.options.get("changing") or code is None:
        return None
    folder = request.app.folder
    try:
        content = _folder(folder, Path(os.path.realpath(folder)))
    except (OSError, _TooMuch):
        return None
    parts = [
        engine.name,
        engine.version,
        code,
        content,
        [os.path.relpath(file, folder) for file in request.files],
        os.path.relpath(request.source.path, folder),
        dict(request.source.options),
        dict(request.variables),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def pack(folder: Path, texts: list[Any], inputs: dict[str, str]) -> str:
    """A result as text. Paths are kept below the app's folder: the same workspace elsewhere has the same entry."""
    files = [(os.path.relpath(file, folder), *rest) for file, *rest in texts]
    return json.dumps([files, {os.path.relpath(path, folder): digest for path, digest in inputs.items()}])


def unpack(folder: Path, entry: str) -> tuple[list[Any], dict[str, str]]:
    """What `pack` packed."""
    texts, inputs = json.loads(entry)
    return [(str(folder / file), *rest) for file, *rest in texts], {str(folder / path): digest for path, digest in inputs.items()}


class _TooMuch(Exception):
    """More than is worth looking at."""


def _folder(folder: Path, real: Path) -> str:
    """The digest of every file's path and content; a link's too, where it stays inside."""
    whole = hashlib.sha256()
    size = 0
    for count, path in enumerate(_walk(folder)):
        target = Path(os.path.realpath(path))
        info = target.stat()
        size += info.st_size
        if count >= MAX_FILES or size > MAX_BYTES or not target.is_file() or real not in target.parents:
            raise _TooMuch
        data = target.read_bytes()
        whole.update(f"{os.path.relpath(path, folder)}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        whole.update(data)
    return whole.hexdigest()


def _walk(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if entry.name != ".git":
                yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


@lru_cache(maxsize=1)
def _code() -> str | None:
    """What changes with this room's code and with the libraries; None where they are no files (a module that Ansible carried along)."""
    whole = hashlib.sha256()
    files = sorted(Path(__file__).parent.rglob("*.py"))
    if not files:
        return None
    try:
        for path in files:
            info = path.stat()
            whole.update(f"{path.name} {info.st_size} {info.st_mtime_ns}\n".encode())
        for name in _LIBRARIES:
            found = None
            with suppress(ImportError, ValueError):
                found = importlib.util.find_spec(name)
            if found is not None and found.origin:
                info = Path(found.origin).stat()
                whole.update(f"{name} {info.st_size} {info.st_mtime_ns}\n".encode())
    except OSError:
        return None
    return whole.hexdigest()
