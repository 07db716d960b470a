"""How long ago something was, and how long it took, for a table."""

from __future__ import annotations

import time
from datetime import datetime


def age_of(updated: str, now: str) -> str:
    """How long before `now` an RFC 3339 time was, in one unit; empty for none, and for what is no time. Both are of the server's clock."""
    try:
        seconds = (datetime.fromisoformat(now) - datetime.fromisoformat(updated)).total_seconds()
    except (ValueError, TypeError):  # the latter of one without a zone
        return ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return f"{max(0, int(seconds))}s"


def lasted(began: float | None, ended: float | None) -> float:
    """Seconds between two readings of the monotonic clock; until now while it has not ended, 0 before it has begun."""
    if began is None:
        return 0.0
    return (time.monotonic() if ended is None else ended) - began
