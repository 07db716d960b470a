# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Since when logs and events are wanted: so long ago, by the server's clock, or since a time."""

from __future__ import annotations

from datetime import datetime, timedelta

from .._cluster import Cluster, rfc3339
from .._errors import UsageError
from .._model import read_duration


def read_since(text: str) -> tuple[float | None, str]:
    """(seconds before now, time as RFC 3339), one of them or none. Raises UsageError."""
    if not text:
        return None, ""
    try:
        if text[:4].isdigit() and text[4:5] == "-":
            return None, rfc3339(datetime.fromisoformat(text).astimezone())
        return read_duration(text, "since"), ""
    except (ValueError, OverflowError, UsageError):
        hint = "For example 90s, 10m, 1h30m, or 2026-01-31T12:00:00Z."
        raise UsageError(f'since: "{text}" is neither a duration nor a time', hint=hint) from None


def moment_of(cluster: Cluster, ago: float | None, moment: str) -> str:
    """What was read as an RFC 3339 time; "" for neither."""
    return moment if ago is None else rfc3339(cluster.now() - timedelta(seconds=ago))
