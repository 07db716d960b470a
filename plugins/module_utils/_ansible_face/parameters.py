# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values between Ansible and the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._errors import UsageError

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


def seconds(duration: str | None) -> float | None:
    """`"90"`, `"90s"`, `"5m"` or `"1h30m"` in seconds; None stays None. Raises UsageError."""
    if duration is None or duration == "":
        return None
    text = duration.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise UsageError(f"timeout: {duration!r} is not a duration", hint='Write seconds, or a number and a unit: "90s", "5m", "1h30m".')
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def plain(value: Any) -> Any:
    """The same data in Python's own types: Ansible's values are subclasses that carry tags, which YAML and JSON writers may refuse."""
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind.__str__(value) if kind is str else kind(value)
    return str(value)
