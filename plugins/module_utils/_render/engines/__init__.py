# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The template engines, one file each, behind the one `Engine` interface. A new engine is a file here and a line in `ENGINES`.

An engine that takes a folder as a whole is in `WHOLE` too.
"""

from __future__ import annotations

from pathlib import Path

from ..._errors import Problem, RenderError
from ..._model import ManifestSource
from ..files import ENGINE_SUFFIXES
from ..near_names import nearest
from ..types import Engine, FolderEngine
from .handlebars import HandlebarsEngine
from .helm import HelmEngine
from .jinja2 import Jinja2Engine
from .kustomize import KustomizeEngine
from .raw import RawEngine
from .tera import TeraEngine

WHOLE: dict[str, FolderEngine] = {engine.name: engine for engine in (HelmEngine(), KustomizeEngine())}
_OF_FILES: tuple[Engine, ...] = (Jinja2Engine(), TeraEngine(), HandlebarsEngine(), RawEngine())
ENGINES: dict[str, Engine] = {engine.name: engine for engine in (*_OF_FILES, *WHOLE.values())}
NEED_NO_CHILD = frozenset({"raw", *WHOLE})
"""Engines that run no template in this process: nothing to run, or a command of its own."""


def whole(source: ManifestSource) -> FolderEngine | None:
    """The engine that takes `source.path` as a whole: the named one, else by what is in the folder; None for one that renders files."""
    if source.engine is not None:
        return WHOLE.get(source.engine)
    return next((engine for engine in WHOLE.values() if engine.accepts(source.path)), None)


def choose(source: ManifestSource, files: tuple[Path, ...]) -> list[tuple[Engine, tuple[Path, ...]]]:
    """Which engine renders which files: the named one for all, else by suffix. Order of the files is kept within an engine.

    Raises RenderError for an engine that is not there, naming those that are.
    """
    if source.engine is not None:
        return [(_named(source.engine, source.path), files)]
    chosen: dict[str, list[Path]] = {}
    problems: list[Problem] = []
    for file in files:
        name = ENGINE_SUFFIXES.get(file.suffix) or next(engine.name for engine in ENGINES.values() if engine.accepts(file))
        if name not in ENGINES:
            problems.append(_missing(name, file))
        chosen.setdefault(name, []).append(file)
    if problems:
        raise RenderError.of(problems)
    return [(ENGINES[name], tuple(group)) for name, group in chosen.items()]


def _named(name: str, path: Path) -> Engine:
    if name not in ENGINES:
        raise RenderError.of([_missing(name, path)])
    return ENGINES[name]


def _missing(name: str, path: Path) -> Problem:
    *others, last = sorted(ENGINES)
    available = f"{', '.join(others)} and {last}"
    guess = nearest(name, ENGINES)
    meant = f"Did you mean {guess}? " if guess else ""
    return Problem(f"there is no template engine {name}", str(path), f"{meant}Available engines: {available}.")
