# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as records, and which lines are wanted. Pure."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import compress
from typing import Any

from .structured import Entry, level_name, parse_line
from .types import Shaper, Source


@dataclass(frozen=True)
class Wanted:
    """Which lines. pattern: what they must match, or must not (invert). level: the least, as a number."""

    pattern: re.Pattern[bytes] | None = None
    invert: bool = False
    level: int | None = None

    def matching(self, *columns: list[bytes]) -> tuple[list[bytes], ...]:
        """The columns without the lines that the pattern leaves out; the texts are the last column."""
        if self.pattern is None:
            return columns
        chosen = [(match is None) == self.invert for match in map(self.pattern.search, columns[-1])]
        return tuple(list(compress(column, chosen)) for column in columns)


class LevelGate:
    """Which lines of one container are high enough. A line without a level, such as one of a stack trace, goes the way of the line
    before it. least None: all are."""

    def __init__(self, least: int | None) -> None:
        self._least = least
        self._open = least is None

    def passes(self, entry: Entry | None) -> bool:
        """Whether the line is shown."""
        if self._least is not None and entry is not None and entry.level is not None:
            self._open = entry.level >= self._least
        return self._open


def record_of(source: Source, stamp: bytes, text: str, entry: Entry | None) -> dict[str, Any]:
    """One line as the command and the module logs_info tell it."""
    record: dict[str, Any] = {
        "time": stamp.decode("ascii", "replace") or None,
        "instance": source.instance,
        "namespace": source.namespace,
        "pod": source.pod,
        "container": source.container,
        "line": text,
    }
    if entry is not None:
        record["level"] = level_name(entry.level) if entry.level is not None else None
        record["message"] = entry.message
        record["fields"] = dict(entry.fields)
    return record


def record_shaper(source: Source, wanted: Wanted, *, structured: bool, ascii_only: bool = False) -> Shaper:
    """One JSON object a line. structured: also with level, message and fields. ascii_only: other characters are escaped."""
    gate = LevelGate(wanted.level)

    def shape(keys: list[bytes], stamps: list[bytes], texts: list[bytes]) -> tuple[list[bytes], list[bytes]]:
        kept, lines = [], []
        for key, stamp, raw in zip(*wanted.matching(keys, stamps, texts), strict=True):
            text = raw.decode("utf-8", "replace")
            entry = parse_line(text) if structured or wanted.level is not None else None
            if gate.passes(entry):
                kept.append(key)
                lines.append(json.dumps(record_of(source, stamp, text, entry), ensure_ascii=ascii_only).encode("utf-8", "replace"))
        return kept, lines

    return shape
