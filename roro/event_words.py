"""Events of the cluster in words for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .ages import age_of


def often(count: int, first: str, last: str, objects: int = 1) -> str:
    """`(x12 over 3m)`, `(x12 over 3m, 4 objects)`, or "" for what was seen once of one object."""
    if count <= 1 and objects <= 1:
        return ""
    span = age_of(first, last) if first and last else ""
    parts = (f"x{count} over {span}" if span not in ("", "0s") else f"x{count}", f"{objects} objects" if objects > 1 else "")
    return f"({', '.join(part for part in parts if part)})"


def warning_line(event: Mapping[str, Any]) -> str:
    """One warning under an instance that failed, from the record of a result."""
    counted = often(event["count"], event["first"], event["last"], event["objects"])
    return f"{event['kind']} {event['name']}: {event['reason']}: {event['message']} {counted}".strip()
