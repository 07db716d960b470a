# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintenance windows: whether one is open, and when that changes. Pure, but for the time zones that the machine knows.

A window begins and ends at times of a wall clock. A time that a clock shows twice when summer time ends means the first one; one that it
leaves out when summer time begins means as long after the time before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from .types import Window

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(7))
_AHEAD = 15
"""Days that are looked ahead: two weeks, as summer time can leave out a whole window of a weekday."""
_HEAD = "([A-Z][A-Za-z0-9_+-]*)(/[A-Za-z0-9_+-]+)*"
"""How names of the IANA database are spelled; what else a file of theirs can be called (`localtime`) differs from machine to machine."""


class UnknownZoneError(Exception):
    """There is no such time zone. known: the names there are; none where the machine has no database of them."""

    def __init__(self, known: Iterable[str]) -> None:
        super().__init__()
        self.known = tuple(known)


def window(raw: Mapping[str, Any]) -> Window:
    """One of `windows` in a document that was checked."""
    days = raw.get("days")
    return Window(
        days=_EVERY_DAY if days is None else _days(days),
        start=_minutes(raw["from"]),
        end=_minutes(raw["to"]),
        timezone=raw.get("timezone") or "UTC",
    )


def written_window(item: Window) -> dict[str, str]:
    """The window as documents have it."""
    days = {} if item.days == _EVERY_DAY else {"days": ",".join(DAYS[day] for day in sorted(item.days))}
    return {**days, "from": _clock(item.start), "to": _clock(item.end), "timezone": item.timezone}


def is_open(windows: Sequence[Window], now: datetime) -> bool:
    """Whether something may be changed now, an aware time. No windows: always."""
    return not windows or any(start <= now < end for item in windows for start, end in _spans(item, now, 0))


def next_change(windows: Sequence[Window], now: datetime) -> datetime | None:
    """When `is_open` changes next, in UTC; None where it never does."""
    spans = _joined(span for item in windows for span in _spans(item, now, _AHEAD))
    for start, end in spans:
        if now < start:
            return start
        if now < end:
            return end if end < now + timedelta(days=_AHEAD - 2) else None
    return None


@lru_cache(maxsize=64)
def zone(name: str) -> tzinfo:
    """The time zone of this name. Raises UnknownZoneError."""
    import re
    import zoneinfo

    if name == "UTC":
        return UTC
    try:
        if re.fullmatch(_HEAD, name):
            return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise UnknownZoneError(zoneinfo.available_timezones())


def _days(text: str) -> frozenset[int]:
    """`mon-wed,sun` as numbers; `fri-mon` goes over the week's end."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        begin = DAYS.index(first)
        count = (DAYS.index(last) - begin) % 7 if last else 0
        found.update((begin + number) % 7 for number in range(count + 1))
    return frozenset(found)


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _spans(item: Window, now: datetime, ahead: int) -> Iterator[tuple[datetime, datetime]]:
    """When the window is open, in UTC: from the day before today, as it may last over midnight, to `ahead` days from now."""
    place = zone(item.timezone)
    today = now.astimezone(place).date()
    for number in range(-1, ahead + 1):
        day = today + timedelta(days=number)
        if day.weekday() in item.days:
            start, end = _at(day, item.start, place), _at(day, item.end + (1440 if item.end <= item.start else 0), place)
            if start < end:
                yield start, end


def _at(day: date, minutes: int, place: tzinfo) -> datetime:
    """The moment in UTC at which clocks there show this time of the day; from 1440 on the next day."""
    later, rest = divmod(minutes, 1440)
    return datetime.combine(day + timedelta(days=later), time(rest // 60, rest % 60), place).astimezone(UTC)


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same in order, those that touch as one."""
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
