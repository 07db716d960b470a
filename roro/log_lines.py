"""How lines of logs look: prefixes, colours, times, what structured lines say, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress, repeat
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._logs import Entry, Shaper, Source, level_name, parse_line

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
"""SGR numbers of prefixes; red is for errors."""
LEVEL_COLOURS = {"trace": 2, "debug": 2, "info": 32, "warn": 33, "error": 31, "fatal": 31}
WIDEST = 60
"""Columns that a prefix is padded to at most."""
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]|\xc2[\x80-\x9f]")
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_NEUTRAL = re.compile(r"\x1b\[[0-9;:]*m|[\x00-\x08\x0a-\x1f\x7f-\x9f]")
RESET = "\x1b[0m"


@dataclass(frozen=True)
class Look:
    """How lines are shown. terminal: they go to one. colour: of our own. pattern: what lines must match, or must not (invert).
    structured: lines written for machines are shown for people. level: the least, as a number. records: one JSON object a line."""

    prefix: bool = True
    timestamps: bool = False
    terminal: bool = False
    colour: bool = False
    pattern: re.Pattern[bytes] | None = None
    invert: bool = False
    structured: bool = False
    level: int | None = None
    records: bool = False


class LinePrinter:
    """Makes the shapers of all containers; prefixes are as wide as the widest so far."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._width = 0

    def shaper(self, source: Source) -> Shaper:
        """The shaper of one container."""
        look, name = self._look, prefix_of(source)
        self._width = min(WIDEST, max(self._width, len(name)))
        levels = _Levels(look.level) if look.level is not None else None

        def shape(keys: list[bytes], stamps: list[bytes], texts: list[bytes]) -> tuple[list[bytes], list[bytes]]:
            chosen = self._chosen(texts)
            if chosen is not None:
                keys, stamps, texts = (list(compress(items, chosen)) for items in (keys, stamps, texts))
            if look.records or look.structured or levels is not None:
                return _with_entries(look, source, levels, self._head(name, source), keys, stamps, texts)
            if look.terminal:
                texts = harmless(texts)
            return keys, _joined(self._head(name, source), stamps if look.timestamps else None, texts)

        return shape

    def _chosen(self, texts: list[bytes]) -> list[bool] | None:
        pattern = self._look.pattern
        if pattern is None:
            return None
        return [(match is None) == self._look.invert for match in map(pattern.search, texts)]

    def _head(self, name: str, source: Source) -> bytes:
        if not self._look.prefix or self._look.records:
            return b""
        text = f"{name.ljust(self._width)} | "
        return (f"\x1b[{colour_of(source)}m{text}{RESET}" if self._look.colour else text).encode()


def prefix_of(source: Source) -> str:
    """`api-7d4f-x2x1z/main`; the instance comes first where the pod's name does not begin with it."""
    mine = source.pod == source.instance or source.pod.startswith(f"{source.instance}-")
    return f"{source.pod if mine else f'{source.instance} {source.pod}'}/{source.container}"


def colour_of(source: Source) -> int:
    """The same for a pod in every run."""
    return COLOURS[zlib.crc32(f"{source.instance}/{source.pod}".encode()) % len(COLOURS)]


def harmless(texts: list[bytes]) -> list[bytes]:
    """The lines without what a terminal would obey, but for colours; these end with the line."""
    block = b"\n".join(texts)
    try:
        block.decode()
    except UnicodeDecodeError:
        return [harmless_text(text.decode("utf-8", "replace")).encode() for text in texts]
    if _CONTROL.search(block.replace(b"\n", b"")) is None:
        return texts
    return [harmless_text(text.decode()).encode() if _CONTROL.search(text) else text for text in texts]


def harmless_text(text: str) -> str:
    """One line: control characters become visible, `^[` for an escape; SGR sequences stay."""
    shown = _NEUTRAL.sub(_visible, text.rstrip("\r"))
    return shown + RESET if _COLOUR.search(shown) else shown


def _visible(match: re.Match[str]) -> str:
    found = match[0]
    if len(found) > 1:
        return found
    code = ord(found)
    return f"^{chr(code ^ 0x40)}" if code < 0x80 else f"\\x{code:02x}"


def _joined(head: bytes, stamps: list[bytes] | None, texts: list[bytes]) -> list[bytes]:
    if stamps is not None:
        return list(map(b"".join, zip(repeat(head), stamps, repeat(b" "), texts, strict=False)))
    return list(map(head.__add__, texts)) if head else texts


class _Levels:
    """Which lines are high enough. A line without a level, such as one of a stack trace, goes the way of the line before it."""

    def __init__(self, least: int) -> None:
        self._least = least
        self._open = False

    def passes(self, entry: Entry | None) -> bool:
        """Whether the line is shown."""
        if entry is not None and entry.level is not None:
            self._open = entry.level >= self._least
        return self._open


def _with_entries(
    look: Look, source: Source, levels: _Levels | None, head: bytes, keys: list[bytes], stamps: list[bytes], texts: list[bytes]
) -> tuple[list[bytes], list[bytes]]:
    """Lines that have to be looked into one by one."""
    kept, lines = [], []
    for key, stamp, raw in zip(keys, stamps, texts, strict=True):
        text = raw.decode("utf-8", "replace")
        entry = parse_line(text) if look.structured or levels is not None else None
        if levels is not None and not levels.passes(entry):
            continue
        kept.append(key)
        lines.append(_shown(look, source, head, stamp, text, entry))
    return kept, lines


def _shown(look: Look, source: Source, head: bytes, stamp: bytes, text: str, entry: Entry | None) -> bytes:
    if look.records:
        return json.dumps(record_of(source, stamp, text, entry), ensure_ascii=look.terminal, default=str).encode()
    if look.structured and entry is not None:
        text = entry_text(entry, colour=look.colour, safe=harmless_text if look.terminal else str)
    elif look.terminal:
        text = harmless_text(text)
    time = f"{stamp.decode()} " if look.timestamps else ""
    return head + f"{time}{text}".encode()


def record_of(source: Source, stamp: bytes, text: str, entry: Entry | None) -> dict[str, Any]:
    """One line as `--output json` and the module logs_info tell it."""
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


def entry_text(entry: Entry, *, colour: bool, safe: Callable[[str], str]) -> str:
    """`12:00:00.123 WARN  message key=value`."""
    level = level_name(entry.level) if entry.level is not None else ""
    word = level.upper().ljust(5) if level else ""
    if colour and level:
        word = f"\x1b[{LEVEL_COLOURS[level]}m{word}{RESET}"
    fields = " ".join(f"{key}={_value(value)}" for key, value in entry.fields.items())
    return " ".join(part for part in (safe(_clock(entry.time)), word, safe(entry.message), safe(fields)) if part)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if value and not re.search(r'[\s"=]', value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _clock(time: str) -> str:
    """A number of seconds or milliseconds since 1970 as a time; anything else as it is."""
    try:
        number = float(time)
        seconds = number / 1000 if number > 1e11 else number
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if number > 1e8 else time
    except (ValueError, OverflowError, OSError):
        return time
