# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the duties keep: one private JSON file, some keys for each. Keys that no duty here claims are another version's and stay."""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._errors import RoroError
from .._state import state_directory, write_private

FORMAT = 1
VERSION, DUTIES = "version", "duties"
log = logging.getLogger("roro.daemon")


def state_path() -> Path:
    """The file. Raises RoroError."""
    return state_directory("forward") / "forwards.json"


def kept_path() -> Path | None:
    """The file, None where nothing was kept: also on a machine that keeps no files. Raises nothing."""
    try:
        return path if (path := state_path()).exists() else None
    except (RoroError, OSError):
        return None


def read(path: Path) -> dict[str, Any]:
    """What the file says; {} where there is none. What is no JSON object is put aside, never trusted halfway."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        document = None
    if isinstance(document, dict):
        return document
    put_aside(path)
    return {}


def put_aside(path: Path) -> None:
    """Rename the file, for a person to look at. Raises nothing."""
    with contextlib.suppress(OSError):
        path.replace(path.with_suffix(".unreadable"))


class State:
    """The file as the daemon holds it, each key as the text that is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        document = read(path)
        duties = document.pop(DUTIES, None)
        self.duties = {str(name): str(module) for name, module in duties.items()} if isinstance(duties, dict) else {}
        """Name of a duty -> the module that it is in."""
        document.pop(VERSION, None)
        self._texts = {key: json.dumps(value, indent=1) for key, value in document.items()}

    def of(self, keys: tuple[str, ...]) -> dict[str, Any]:
        """What is kept under these keys."""
        return {key: json.loads(self._texts[key]) for key in keys if key in self._texts}

    def put(self, keys: tuple[str, ...], values: Mapping[str, Any]) -> None:
        """Replace what is kept under these keys. Raises TypeError or ValueError for what is no JSON, or under another key."""
        if others := set(values) - set(keys):
            raise ValueError(f"not its own to keep: {sorted(others)}")
        texts = {key: json.dumps(value, indent=1) for key, value in values.items()}
        self._texts = {key: text for key, text in self._texts.items() if key not in keys} | texts

    def save(self) -> None:
        """Write the file. What cannot be written is logged."""
        texts = {VERSION: str(FORMAT), DUTIES: json.dumps(self.duties), **self._texts}
        lines = ",\n".join(f" {json.dumps(key)}: {text}" for key, text in texts.items())
        try:
            write_private(self._path, f"{{\n{lines}\n}}".encode())
        except RoroError as error:
            log.warning("%s", error)

    def put_aside(self) -> None:
        """See `put_aside`; what is held stays."""
        put_aside(self._path)
