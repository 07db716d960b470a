# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of variables beside the documents: `envFile` of an app, and `.env` beside workspace.json, which is read only for names that
documents take from the system environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from .dotenv import parse_dotenv
from .files import Refused, inside, read_text
from .locate import within
from .parse import Malformed
from .problems import Problems
from .types import App, Place, Position

BESIDE = ".env"


def read_env_files(problems: Problems, document: Path, raw: Mapping[str, Any]) -> tuple[tuple[Path, Mapping[str, str]], ...]:
    """The files that the document names, weakest first, each with its variables. What is wrong with one is told to `problems`."""
    named = raw.get("envFile")
    files: list[tuple[Path, Mapping[str, str]]] = []
    known: dict[str, str] = {}
    for number, item in enumerate(named if isinstance(named, list) else ()):
        wanted = item if isinstance(item, str) else item.get("path")
        if not isinstance(wanted, str):
            continue
        file, place = Path(os.path.normpath(document.parent / wanted)), Place(document, ("envFile", number))
        if not inside(problems.root, file):
            problems.add(place, f'"{wanted}" leads outside the workspace', "put the file into the workspace")
        elif os.path.lexists(file):
            found = _read(problems, file, known)
            known.update(found)
            files.append((file, found))
    return tuple(files)


def absent_files(app: App) -> list[tuple[Place, str]]:
    """Those that must be there and are not: told only when an instance of the app takes part."""
    there = {file for file, _ in app.files}
    named = [(number, item) for number, item in enumerate(app.raw.get("envFile") or ()) if _is_required(item)]
    wanted = [(Place(app.document, ("envFile", number)), item if isinstance(item, str) else str(item["path"])) for number, item in named]
    return [(place, path) for place, path in wanted if Path(os.path.normpath(app.folder / path)) not in there]


def hint_for(file: str) -> str:
    """What to do about an absent file."""
    return f'make it, or write {{"path": "{file}", "required": false}} where it may be missing'


def _is_required(item: Any) -> bool:
    return isinstance(item, str) or item.get("required") is not False


def _read(problems: Problems, file: Path, known: Mapping[str, str]) -> dict[str, str]:
    text = ""
    try:
        text = read_text(file)
        return {name: value for name, (value, _) in parse_dotenv(text, known).items()}
    except Refused as error:
        problems.add_at(Position(file, error.line, 1), error.message, error.hint)
    except Malformed as error:
        problems.add_at(within(file, text, error.line or 1, error.column), error.message, error.hint)
    return {}


class SystemEnvironment(Mapping[str, str]):
    """What `systemEnvironment` of the documents may read: the environment of the process, and under it `.env` beside workspace.json, which
    is opened when a name is not in the first. Raises DocumentError then where it cannot be read."""

    def __init__(self, environ: Mapping[str, str], root: Path) -> None:
        self._environ, self._root = environ, root

    def __getitem__(self, name: str) -> str:
        return self._environ[name] if name in self._environ else self._file[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._file, **self._environ})

    def __len__(self) -> int:
        return len({**self._file, **self._environ})

    def place_of(self, name: str) -> Place | None:
        """In the file, for a name that is taken from there."""
        return Place(self._root / BESIDE, ("variables", name)) if name not in self._environ and name in self._file else None

    @cached_property
    def _file(self) -> dict[str, str]:
        file, problems = self._root / BESIDE, Problems(self._root)
        if not os.path.lexists(file):
            return {}
        if not inside(self._root, file):
            problems.add_at(Position(file, 1, 1), "a link that leads outside the workspace", "put the file itself there")
            found: dict[str, str] = {}
        else:
            found = _read(problems, file, {})
        problems.raise_any()
        return found
