# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What time it is at the API server: a machine whose clock is off must not write its time into the cluster, nor measure ages with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

TOLERANCE = 2.0
"""Seconds of difference that are no skew: a Date header has whole seconds, and was on its way."""


class ServerClock:
    """Our own clock, put right by the Date header of the last answer (RFC 9110 section 6.6.1). Thread-safe."""

    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None

    def note(self, headers: Mapping[str, str]) -> None:
        """An answer came just now. Cheap: the header is read when it is needed."""
        date = headers.get("Date")
        if date:
            self._last = (date, time.time())

    @property
    def skew(self) -> float:
        """Seconds that the server's clock is ahead of ours; 0 while it is not known."""
        if self._last is None:
            return 0.0
        date, ours = self._last
        theirs = read_date(date)
        ahead = 0.0 if theirs is None else theirs - ours
        return ahead if abs(ahead) > TOLERANCE else 0.0

    def now(self) -> datetime:
        """The time in UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.skew)


def read_date(text: str) -> float | None:
    """An HTTP date as seconds since the epoch, None for what is none."""
    import email.utils

    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None


def rfc3339(moment: datetime) -> str:
    """As Kubernetes writes times, with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
