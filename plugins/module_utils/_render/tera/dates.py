# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tera's filter `date`: chrono's formats over a Unix timestamp or an ISO 8601 text."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .arguments import Arguments

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d\d:?\d\d)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_ITEM = re.compile(r"%(?:([-_0])?([a-zA-Z+%])|(\.?[369]?f)|(:{1,3}z|#z))")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_COMPOSED = {
    "D": "%m/%d/%y",
    "x": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "v": "%e-%b-%Y",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "X": "%H:%M:%S",
    "r": "%I:%M:%S %p",
    "c": "%a %b %e %H:%M:%S %Y",
    "+": "%Y-%m-%dT%H:%M:%S%.f%:z",
}


@dataclass(frozen=True)
class _Moment:
    """at: with a time zone unless the moment came from a bare timestamp. zone: what `%Z` prints."""

    at: datetime.datetime
    nanoseconds: int
    zone: str | None


# A number's item: (how it is computed, width, what it is filled with).
_NUMBERS: dict[str, tuple[Callable[[datetime.datetime], int], int, str]] = {
    "Y": (lambda at: at.year, 4, "0"),
    "C": (lambda at: at.year // 100, 2, "0"),
    "y": (lambda at: at.year % 100, 2, "0"),
    "m": (lambda at: at.month, 2, "0"),
    "d": (lambda at: at.day, 2, "0"),
    "e": (lambda at: at.day, 2, " "),
    "w": (lambda at: at.isoweekday() % 7, 1, "0"),
    "u": (lambda at: at.isoweekday(), 1, "0"),
    "U": (lambda at: (at.timetuple().tm_yday + 6 - at.isoweekday() % 7) // 7, 2, "0"),
    "W": (lambda at: (at.timetuple().tm_yday + 6 - at.weekday()) // 7, 2, "0"),
    "G": (lambda at: at.isocalendar()[0], 4, "0"),
    "g": (lambda at: at.isocalendar()[0] % 100, 2, "0"),
    "V": (lambda at: at.isocalendar()[1], 2, "0"),
    "j": (lambda at: at.timetuple().tm_yday, 3, "0"),
    "H": (lambda at: at.hour, 2, "0"),
    "k": (lambda at: at.hour, 2, " "),
    "I": (lambda at: (at.hour - 1) % 12 + 1, 2, "0"),
    "l": (lambda at: (at.hour - 1) % 12 + 1, 2, " "),
    "M": (lambda at: at.minute, 2, "0"),
    "S": (lambda at: at.second, 2, "0"),
}
_TEXTS: dict[str, Callable[[datetime.datetime], str]] = {
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "h": lambda at: _MONTHS[at.month - 1][:3],
    "B": lambda at: _MONTHS[at.month - 1],
    "a": lambda at: _DAYS[at.weekday()][:3],
    "A": lambda at: _DAYS[at.weekday()],
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "P": lambda at: "am" if at.hour < 12 else "pm",
    "n": lambda _at: "\n",
    "t": lambda _at: "\t",
    "%": lambda _at: "%",
}


def date(value: Any, arguments: Arguments) -> str:
    """The filter. Raises Fault for a value, format or time zone that is not understood."""
    template = arguments.text("format", "%Y-%m-%d")
    name = arguments.text("timezone", "")
    return _format(_moment(value, _zone(name, arguments) if "timezone" in arguments.values else None, arguments), template, arguments)


def _zone(name: str, arguments: Arguments) -> zoneinfo.ZoneInfo:
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise arguments.wrong(f"there is no time zone {name} on this machine") from None


def _moment(value: Any, zone: zoneinfo.ZoneInfo | None, arguments: Arguments) -> _Moment:
    try:
        if type(value) is int:
            return _of_seconds(value, zone, arguments)
        if type(value) is str and "T" in value:
            found = _MOMENT.fullmatch(value)
            if found is not None:
                return _parsed(found, zone)
        elif type(value) is str:
            day = _DAY.fullmatch(value)
            if day is not None:
                return _Moment(datetime.datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=datetime.UTC), 0, "UTC")
    except (ValueError, OverflowError):
        pass
    raise arguments.wrong(
        "the value must be a whole number of seconds, YYYY-MM-DD or a moment such as 2026-01-31T12:00:00Z, of the years 1 to 9999"
    )


def _of_seconds(seconds: int, zone: zoneinfo.ZoneInfo | None, arguments: Arguments) -> _Moment:
    try:
        at = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(seconds=seconds)
        return _Moment(at.replace(tzinfo=None), 0, None) if zone is None else _in_zone(at, 0, zone)
    except OverflowError:
        raise arguments.refused("these seconds are not within the years 1 to 9999") from None


def _parsed(found: re.Match[str], zone: zoneinfo.ZoneInfo | None) -> _Moment:
    at = datetime.datetime(*(int(found[number]) for number in range(1, 7)))  # type: ignore[arg-type]
    nanoseconds = int((found[7] or "0").ljust(9, "0"))
    if found[8] is None:
        return _Moment(at.replace(tzinfo=datetime.UTC), nanoseconds, "UTC")
    offset = datetime.timedelta()
    if found[8] not in "Zz":
        digits = found[8].replace(":", "")
        offset = datetime.timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5])) * (-1 if digits[0] == "-" else 1)
    fixed = at.replace(tzinfo=datetime.timezone(offset))
    return _Moment(fixed, nanoseconds, _offset(fixed, ":")) if zone is None else _in_zone(fixed, nanoseconds, zone)


def _in_zone(at: datetime.datetime, nanoseconds: int, zone: zoneinfo.ZoneInfo) -> _Moment:
    local = at.astimezone(zone)
    return _Moment(local, nanoseconds, local.tzname())


def _offset(at: datetime.datetime, separator: str, parts: int = 2) -> str:
    seconds = round((at.utcoffset() or datetime.timedelta()).total_seconds())
    sign = "-" if seconds < 0 else "+"
    numbers = (abs(seconds) // 3600, abs(seconds) // 60 % 60, abs(seconds) % 60)
    return sign + separator.join(f"{number:02}" for number in numbers[:parts])


def _format(moment: _Moment, template: str, arguments: Arguments) -> str:
    pieces: list[str] = []
    at = 0
    while at < len(template):
        if template[at] != "%":
            end = template.find("%", at)
            pieces.append(template[at : end if end >= 0 else len(template)])
            at = end if end >= 0 else len(template)
            continue
        item = _ITEM.match(template, at)
        piece = _item(moment, item, arguments) if item else None
        if item is None or piece is None:
            raise arguments.wrong(f"{template[at : at + 3]} in the format is not understood")
        pieces.append(piece)
        at = item.end()
    return arguments.meter.made("".join(pieces))  # type: ignore[no-any-return]


def _item(moment: _Moment, item: re.Match[str], arguments: Arguments) -> str | None:
    padding, name, fraction, offset = item.groups()
    if fraction is not None:
        return _fraction(moment.nanoseconds, fraction)
    if offset is not None or name in ("Z", "z"):
        return _zone_item(moment, offset or name, arguments)
    if name in _NUMBERS:
        compute, width, fill = _NUMBERS[name]
        fill = {"-": "", "_": " ", "0": "0"}.get(padding, fill) if padding else fill
        number = str(compute(moment.at))
        return number.rjust(width, fill) if fill else number
    if padding is not None:
        return None
    if name in _TEXTS:
        return _TEXTS[name](moment.at)
    if name == "s":
        aware = moment.at if moment.at.tzinfo else moment.at.replace(tzinfo=datetime.UTC)
        return str(int((aware - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)).total_seconds()))
    if name == "f":
        return f"{moment.nanoseconds:09}"
    return _format(moment, _COMPOSED[name], arguments) if name in _COMPOSED else None


def _fraction(nanoseconds: int, item: str) -> str:
    digits = f"{nanoseconds:09}"
    if item == ".f":
        short = digits if nanoseconds % 1000 else digits[:6] if nanoseconds % 1_000_000 else digits[:3]
        return f".{short}" if nanoseconds else ""
    count = int(item.strip(".f") or 9)
    return ("." if item.startswith(".") else "") + digits[:count]


def _zone_item(moment: _Moment, item: str, arguments: Arguments) -> str:
    if moment.zone is None:
        raise arguments.wrong("a number of seconds has no time zone to print: give the argument timezone")
    if item == "Z":
        return moment.zone
    if item == "#z":
        raise arguments.wrong("%#z is only for reading dates")
    colons = item.count(":")
    return _offset(moment.at, ":" if colons else "", {0: 2, 1: 2, 2: 3, 3: 1}[colons])
