"""How lines of logs look: prefixes, colours, times, what structured lines say, and nothing that a terminal would obey."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._logs import (
    Entry,
    LevelGate,
    Shaper,
    Source,
    Wanted,
    level_name,
    parse_line,
    record_shaper,
)

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
"""SGR numbers of prefixes; red is for errors."""
LEVEL_COLOURS = {"trace": 2, "debug": 2, "info": 32, "warn": 33, "error": 31, "fatal": 31}
WIDEST = 60
"""Columns that a prefix is padded to at most."""
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]|\xc2[\x80-\x9f]")
_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_NEUTRAL = re.compile(r"\x1b\[[0-9;:]*m|[\x00-\x08\x0a-\x1f\x7f-\x9f]")
RESET = "\x1b[0m"
ALL = Wanted()


@dataclass(frozen=True)
class Look:
    """How lines are shown. terminal: they go to one. colour: of our own. structured: lines written for machines are shown for people.
    records: one JSON object a line."""

    prefix: bool = True
    timestamps: bool = False
    terminal: bool = False
    colour: bool = False
    wanted: Wanted = ALL
    structured: bool = False
    records: bool = False


class LinePrinter:
    """Makes the shapers of all containers; prefixes are as wide as the widest so far."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._width = 0

    def shaper(self, source: Source) -> Shaper:
        """The shaper of one container."""
        look, name = self._look, prefix_of(source)
        if look.records:
            return record_shaper(source, look.wanted, structured=look.structured, ascii_only=look.terminal)
        self._width = min(WIDEST, max(self._width, len(name)))
        gate = LevelGate(look.wanted.level)

        def shape(keys: list[bytes], stamps: list[bytes], texts: list[bytes]) -> tuple[list[bytes], list[bytes]]:
            keys, stamps, texts = look.wanted.matching(keys, stamps, texts)
            if look.structured or look.wanted.level is not None:
                keys, stamps, texts = _looked_into(look, gate, keys, stamps, texts)
            elif look.terminal:
                texts = harmless(texts)
            return keys, _joined(self._head(name, source), stamps if look.timestamps else None, texts)

        return shape

    def _head(self, name: str, source: Source) -> bytes:
        if not self._look.prefix:
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


def _looked_into(
    look: Look, gate: LevelGate, keys: list[bytes], stamps: list[bytes], texts: list[bytes]
) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Lines that have to be looked into one by one."""
    kept: tuple[list[bytes], list[bytes], list[bytes]] = ([], [], [])
    safe = harmless_text if look.terminal else str
    for key, stamp, raw in zip(keys, stamps, texts, strict=True):
        text = raw.decode("utf-8", "replace")
        entry = parse_line(text)
        if gate.passes(entry):
            if look.structured and entry is not None:
                raw = entry_text(entry, colour=look.colour, safe=safe).encode("utf-8", "replace")
            elif look.terminal:
                raw = safe(text).encode()
            for column, value in zip(kept, (key, stamp, raw), strict=True):
                column.append(value)
    return kept


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
