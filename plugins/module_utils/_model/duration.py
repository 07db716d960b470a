# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Spans of time, as documents, options and the command line write them: "90s", "5m", "1h30m". Pure."""

from __future__ import annotations

import re

from .._errors import UsageError

PATTERN = r"(?=.*[1-9])([0-9]{1,9}(\.[0-9]{1,3})?(ms|s|m|h|d)){1,5}"
"""The grammar: numbers with units, longer than zero. The schema's as well."""
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"([0-9.]+)(ms|s|m|h|d)")
LONGEST = 36_500 * 86_400.0
"""Seconds that stand for whatever is longer: timers and calendars end before what can be written."""
_BARE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?")


def seconds(duration: str | None, default: float) -> float:
    """A duration of a document that was checked, in seconds, at most LONGEST; the default where none is written."""
    if not duration:
        return default
    return min(sum(float(number) * _SECONDS[unit] for number, unit in _SPAN.findall(duration)), LONGEST)


def duration_text(span: float) -> str:
    """A span of seconds as documents write it, to the millisecond: `300` is "5m", `90.5` is "1m30s500ms". At least "1ms"."""
    left = max(round(span * 1000), 1)
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, left = divmod(left, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts)


def read_duration(text: str | None, option: str = "") -> float | None:
    """A duration that a person gave, in seconds; a bare number is seconds; None stays None. Raises UsageError, which names the option."""
    if text is None:
        return None
    given = text.strip()
    if _BARE.fullmatch(given):
        return float(given)
    if not re.fullmatch(PATTERN, given):
        before = f"{option}: " if option else ""
        raise UsageError(f"{before}{text!r} is not a duration", hint='Write seconds, or numbers with units: "90s", "5m", "1h30m".')
    return seconds(given, 0.0)
