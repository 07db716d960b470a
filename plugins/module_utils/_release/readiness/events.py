# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of an object: when one was seen, the newest, and what it says."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..._objects import KubeObject
from .fields import text


def moment(event: KubeObject) -> str:
    """When an event was last seen, as a string that sorts. Old and new event APIs write different fields."""
    last = (
        text(event, "series", "lastObservedTime")
        or text(event, "lastTimestamp")
        or text(event, "eventTime")
        or text(event, "firstTimestamp")
        or text(event, "metadata", "creationTimestamp")
    )
    return last.removesuffix("Z")


def newest(events: Iterable[KubeObject], reasons: Collection[str] = ()) -> KubeObject | None:
    """The event seen last, among those with one of these reasons if any are given."""
    wanted = [event for event in events if isinstance(event, dict) and (not reasons or text(event, "reason") in reasons)]
    return max(wanted, key=moment, default=None)


def newest_text(events: Iterable[KubeObject], reasons: Collection[str]) -> str:
    """The message of the newest event with one of these reasons, or ""."""
    return text(newest(events, reasons) or {}, "message")
