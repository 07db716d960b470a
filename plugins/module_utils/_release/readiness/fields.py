# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading decoded objects that may be malformed: every accessor returns a value of its type, whatever it finds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..._kube_events.reading import one_line
from ..._objects import KubeObject


def at(obj: Any, *path: str) -> Any:
    """The value under these keys, or None when any part is missing or not a mapping."""
    for key in path:
        if not isinstance(obj, dict):
            return None
        obj = obj.get(key)
    return obj


def text(obj: Any, *path: str) -> str:
    """The string there, or ""."""
    value = at(obj, *path)
    return value if isinstance(value, str) else ""


def number(obj: Any, *path: str, default: int = 0) -> int:
    """The whole number there, or the default."""
    value = at(obj, *path)
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def mapping(obj: Any, *path: str) -> dict[str, Any]:
    """The mapping there, or {}."""
    value = at(obj, *path)
    return value if isinstance(value, dict) else {}


def entries(obj: Any, *path: str) -> list[dict[str, Any]]:
    """The mappings of the list there; other items are left out."""
    value = at(obj, *path)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def condition(obj: Any, kind: str) -> dict[str, Any]:
    """The condition of this type in status.conditions, or {}."""
    return next((item for item in entries(obj, "status", "conditions") if text(item, "type") == kind), {})


def condition_status(obj: Any, kind: str) -> str:
    """`True`, `False` or `Unknown`, or "" when the condition is not there."""
    return text(condition(obj, kind), "status")


def group_kind(obj: Any) -> tuple[str, str]:
    """(API group, kind); the core group is ""."""
    return text(obj, "apiVersion").rpartition("/")[0], text(obj, "kind")


def name_of(obj: Any) -> str:
    """metadata.name or "?"."""
    return text(obj, "metadata", "name") or "?"


def uid_of(obj: Any) -> str:
    """metadata.uid or ""."""
    return text(obj, "metadata", "uid")


def is_deleting(obj: Any) -> bool:
    """Whether a deletion has been asked for."""
    return bool(at(obj, "metadata", "deletionTimestamp"))


def generation_gap(obj: KubeObject) -> tuple[int, int] | None:
    """(generation, observedGeneration) when both are there and differ; some controllers write the latter as a string."""
    generation, observed = at(obj, "metadata", "generation"), at(obj, "status", "observedGeneration")
    if isinstance(observed, str) and observed.isascii() and observed.isdigit() and len(observed) < 19:
        observed = int(observed)
    if not isinstance(generation, int) or not isinstance(observed, int):
        return None
    return (generation, observed) if generation != observed else None


def seconds_between(began: str, ended: str) -> float | None:
    """The time from one RFC 3339 time to another, or None where one of them is none."""
    try:
        return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except (ValueError, TypeError):
        return None


def tidy(message: str, limit: int = 400) -> str:
    """One printable line of bounded length."""
    line = one_line(message)
    return line if len(line) <= limit else line[: limit - 3].rstrip() + "..."


def count(amount: int, noun: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"
