# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that programs write for machines: JSON objects, logfmt, and klog's header. Pure.

Levels are numbers as pino and bunyan write them (10 trace ... 60 fatal), so that names and numbers compare. Formats:
https://getpino.io/#/docs/api?id=logger-level , https://brandur.org/logfmt ,
https://kubernetes.io/docs/concepts/cluster-administration/system-logs/#klog-output
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._errors import UsageError

LEVELS = {"trace": 10, "debug": 20, "info": 30, "warn": 40, "error": 50, "fatal": 60}
_NUMBERS = {
    **LEVELS,
    **dict.fromkeys(("verbose", "finest", "finer"), 10),
    **dict.fromkeys(("fine", "config", "dbg"), 20),
    **dict.fromkeys(("information", "informational", "notice", "inf"), 30),
    **dict.fromkeys(("warning", "wrn"), 40),
    **dict.fromkeys(("err", "severe"), 50),
    **dict.fromkeys(("critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic", "ftl"), 60),
}
_LEVEL_KEYS = ("level", "severity", "lvl", "loglevel", "log.level", "levelname", "@level")
_MESSAGE_KEYS = ("message", "msg", "@message", "event", "text")
_TIME_KEYS = ("time", "timestamp", "ts", "@timestamp", "datetime", "date")
_LOGFMT = re.compile(r'\s*([A-Za-z_@][\w.@/-]*)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?=\s|$)')
_KLOG = re.compile(r"([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d{6})\s+\d+ ([^\s\]]+:\d+)\] ?(.*)", re.DOTALL)
_KLOG_LEVELS = {"I": 30, "W": 40, "E": 50, "F": 60}
MAX_DEPTH_ERRORS = (ValueError, RecursionError)


@dataclass(frozen=True)
class Entry:
    """One structured line. level: None where it says none, or one that nobody knows. time: as the program wrote it, "" for none."""

    message: str
    level: int | None = None
    time: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


def parse_line(text: str) -> Entry | None:
    """The entry, None for a line that is not structured."""
    start = text[:1]
    if start == "{":
        return _from_json(text)
    if start in "IWEF" and (match := _KLOG.match(text)):
        return Entry(match[4], _KLOG_LEVELS[match[1]], match[2], {"source": match[3]})
    return _from_logfmt(text) if "=" in text else None


def _from_json(text: str) -> Entry | None:
    try:
        document = json.loads(text)
    except MAX_DEPTH_ERRORS:
        return None
    return _entry(document) if isinstance(document, dict) else None


def _from_logfmt(text: str) -> Entry | None:
    """Only a line that is nothing but pairs, with a level or a message among them: prose has equal signs too."""
    found: dict[str, Any] = {}
    position = 0
    while match := _LOGFMT.match(text, position):
        found[match[1]] = _unquoted(match[2])
        position = match.end()
    if text[position:].strip() or not any(key in found for key in (*_LEVEL_KEYS, *_MESSAGE_KEYS)):
        return None
    return _entry(found)


def _unquoted(value: str) -> str:
    if not value.startswith('"'):
        return value
    try:
        return str(json.loads(value, strict=False))
    except ValueError:
        return value[1:-1]


def _entry(document: dict[str, Any]) -> Entry:
    rest = dict(document)
    level_key = next((key for key in _LEVEL_KEYS if key in rest and _level(rest[key]) is not None), None)
    level = _level(rest.pop(level_key)) if level_key else None
    message_key = next((key for key in _MESSAGE_KEYS if isinstance(rest.get(key), str)), None)
    message = str(rest.pop(message_key)) if message_key else ""
    time_key = next((key for key in _TIME_KEYS if isinstance(rest.get(key), str | int | float)), None)
    return Entry(message, level, str(rest.pop(time_key)) if time_key else "", rest)


def _level(value: Any) -> int | None:
    if isinstance(value, dict):  # Elastic and some Java encoders: {"level": {"name": "INFO"}}
        value = value.get("name")
    if isinstance(value, str):
        word = value.strip().lower()
        return int(word) if word.isascii() and word.isdigit() and len(word) < 4 else _NUMBERS.get(word)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1000 else None


def level_number(word: str) -> int:
    """A level that a person names: `warn`, `warning`, `40`. Raises UsageError."""
    found = _level(word)
    if found is None:
        raise UsageError(f'there is no level "{word}"', hint=f"Levels: {', '.join(LEVELS)}, or a number as pino writes it.")
    return found


def level_name(number: int) -> str:
    """The name of the highest level that is not above this one."""
    return next((name for name, value in reversed(LEVELS.items()) if value <= number), "trace")
