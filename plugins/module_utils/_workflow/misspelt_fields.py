# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a field that the API server does not know to the line of the template in which it stands."""

from __future__ import annotations

import re
from pathlib import Path

from .._release.data.result import RunResult

_FIELD = re.compile(r"\.(?P<schema>[\w-]+): field not declared in schema|unknown field \"(?:[\w.\[\]-]*\.)?(?P<strict>[\w-]+)\"")
_PLACE = re.compile(r"(?P<file>.+?):(?P<line>\d+)(?::\d+)?")
_LARGEST = 1 << 20
"""Bytes; a bigger file is not searched."""


def locate(result: RunResult, root: Path) -> None:
    """Let failures whose message names such a field say in which line it is written: where the file has the name as a key just once."""
    for item in result.instances:
        field, place = _FIELD.search(item.message), _PLACE.fullmatch(item.where)
        if field is None or place is None:
            continue
        found = find_key(root / place["file"], field["schema"] or field["strict"])
        if found is not None:
            item.where = f"{place['file']}:{found[0]}:{found[1]}"


def find_key(file: Path, name: str) -> tuple[int, int] | None:
    """(line, column) of the only place where the file has this key, or None."""
    try:
        if file.stat().st_size > _LARGEST:
            return None
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    key = re.compile(rf"(?<![\w.-])[\"']?{re.escape(name)}[\"']?\s*:")
    hits = [(number, hit.start() + 1) for number, line in enumerate(lines, start=1) for hit in key.finditer(line)]
    return hits[0] if len(hits) == 1 else None
