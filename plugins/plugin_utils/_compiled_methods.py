# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods that `dataclasses` writes for the engine's classes, compiled once instead of in each run. Private to this collection.

`dataclasses` makes each method by `exec` of a text; compiling these texts is a third of loading the engine. While the engine is loaded,
that `exec` runs the compiled text where it is known; what a text means does not change by that. They are kept beside Python's own
compiled files of this folder, so whoever may write there may write those too, and nothing is kept where Python keeps nothing.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import marshal
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import CodeType
from typing import Any

MOST = 4000
"""Texts; more are from several versions of the collection, and the file is begun anew."""


def kept_file() -> Path:
    """Where they are kept, for this version of Python."""
    return Path(importlib.util.cache_from_source(str(Path(__file__).with_name("_dataclass_methods.py"))))


@contextmanager
def methods_compiled() -> Iterator[None]:
    """While inside, classes get methods that were compiled before."""
    file = kept_file()
    known = _read(file)
    before = len(known)

    def run(text: Any, *places: Any) -> None:
        code = known.get(text) if isinstance(text, str) else text
        if code is None:
            code = known[text] = compile(text, "<string>", "exec")
        exec(code, *places)  # noqa: S102 - what dataclasses would have done

    dataclasses.exec = run  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del dataclasses.exec  # type: ignore[attr-defined]
        if len(known) > before and not sys.dont_write_bytecode:
            _write(file, known)


def _read(file: Path) -> dict[str, CodeType]:
    with suppress(OSError, EOFError, ValueError, TypeError):
        magic, known = marshal.loads(file.read_bytes())  # noqa: S302 - trusted as Python's own compiled files beside it are
        if magic == importlib.util.MAGIC_NUMBER and isinstance(known, dict) and len(known) < MOST:
            return known
    return {}


def _write(file: Path, known: dict[str, CodeType]) -> None:
    """Seen whole or not at all. That it cannot be written is no matter."""
    with suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        new = file.with_name(f"{file.name}.{os.getpid()}")
        new.write_bytes(marshal.dumps((importlib.util.MAGIC_NUMBER, known)))
        new.replace(file)
