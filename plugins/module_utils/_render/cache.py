# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled templates and rendered texts, remembered by the digest of their input: in this process and, where a directory is given, on disk.

Compiling is nine tenths of a render (benchmarks/render.py). What is kept on disk is code made from the template's own text: no variable, no
value and nothing rendered, so no secret that is not in the repository anyway. What an app rendered to is kept too, because a process
(`helm`, or the child that renders) costs more than a template; not where something that went in may be a secret.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from types import CodeType

from .._errors import RoroError
from .._state import write_private

MAX_FILES = 4096
"""Entries kept on disk; when there are more, the oldest half goes."""
MAX_RESULTS = 1024
"""Rendered texts kept, in memory and on disk."""


class RenderCache:
    """Compiled templates, the most recently used `size` of them. Safe to share between threads.

    directory: a private directory (`_state.cache_directory("templates")`) or None for memory only. Trouble with it is no error: the
    template is compiled again.
    """

    def __init__(self, directory: Path | None = None, size: int = 4096) -> None:
        self._directory = directory
        self._size = size
        self._codes: OrderedDict[tuple[str, ...], CodeType] = OrderedDict()
        self._results: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()
        self._grown = False
        self.hits = 0
        self.misses = 0

    def code(self, key: tuple[str, ...], compile_: Callable[[], CodeType]) -> CodeType:
        """The code for this key, compiled when it is not there. key: everything the compiled code depends on, apart from Python."""
        with self._lock:
            code = self._codes.get(key)
            if code is not None:
                self._codes.move_to_end(key)
                self.hits += 1
                return code
        code = self._load(key)
        if code is None:
            code = compile_()
            self._save(key, code)
            with self._lock:
                self.misses += 1
        else:
            with self._lock:
                self.hits += 1
        with self._lock:
            self._codes[key] = code
            while len(self._codes) > self._size:
                self._codes.popitem(last=False)
        return code

    def count(self, hits: int, misses: int) -> None:
        """Count what a child counted. Its code is not taken over: a child is not trusted. The next one finds it on disk."""
        with self._lock:
            self.hits += hits
            self.misses += misses
            self._grown |= misses > 0

    def _path(self, key: tuple[str, ...]) -> Path | None:
        if self._directory is None:
            return None
        whole = "\0".join((*key, sys.version)).encode() + MAGIC_NUMBER
        return self._directory / f"{hashlib.sha256(whole).hexdigest()}.code"

    def _load(self, key: tuple[str, ...]) -> CodeType | None:
        path = self._path(key)
        if path is None:
            return None
        try:
            data = path.read_bytes()
        except OSError:
            return None
        digest, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != digest:  # cut off or damaged: marshal would not notice
            return None
        code = marshal.loads(body)  # noqa: S302 - our own file in a directory that only this user can write, like __pycache__
        return code if isinstance(code, CodeType) else None

    def _save(self, key: tuple[str, ...], code: CodeType) -> None:
        path = self._path(key)
        if path is None:
            return
        body = marshal.dumps(code)
        self._grown = True
        with contextlib.suppress(RoroError):  # a full or read-only disk only costs time
            write_private(path, hashlib.sha256(body).digest() + body)

    def result(self, key: str, make: Callable[[], str], *, keep: bool) -> str:
        """The text of this key, made when it is not there. key: hex digest of everything that it depends on. keep: on disk too."""
        with self._lock:
            if key in self._results:
                return self._results[key]
        path = self._directory / f"{key}.text" if self._directory is not None and keep else None
        text = _read_text(path) if path is not None else None
        if text is None:
            text = make()
            if path is not None:
                data = text.encode()
                self._grown = True
                with contextlib.suppress(RoroError):
                    write_private(path, hashlib.sha256(data).digest() + data)
        with self._lock:
            self._results[key] = text
            while len(self._results) > MAX_RESULTS:
                self._results.popitem(last=False)
        return text

    def tidy(self) -> None:
        """Remove the oldest half of the files when there are more than `MAX_FILES`, of texts when there are more than `MAX_RESULTS`.
        Where nothing was added since the last time there is nothing to look for."""
        if self._directory is None or not self._grown:
            return
        self._grown = False
        for pattern, most in (("*.code", MAX_FILES), ("*.text", MAX_RESULTS)):
            with contextlib.suppress(OSError):
                files = sorted(self._directory.glob(pattern), key=lambda path: path.stat().st_mtime)
                for path in files[: len(files) // 2] if len(files) > most else ():
                    path.unlink(missing_ok=True)


def _read_text(path: Path) -> str | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    return data[32:].decode() if hashlib.sha256(data[32:]).digest() == data[:32] else None


SHARED = RenderCache()
"""Used where the caller brings none: memory only."""
