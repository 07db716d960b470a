# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of an object: the newest, the newest warning, and what to tell of one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ..._objects import KubeObject
from .fields import is_deleting, text, tidy, uid_of
from .types import Related


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


def newest_warning(obj: KubeObject, related: Related) -> str:
    """`Reason: message` of the newest warning about the object or its pods (also those of its ReplicaSets), or "". For timeouts."""
    owners = [obj, *_children(obj, related, "ReplicaSet")]
    about = owners + [pod for owner in owners for pod in _children(owner, related, "Pod") if not is_deleting(pod)]
    warnings = [event for item in about if uid_of(item) for event in related.events(uid_of(item)) if text(event, "type") == "Warning"]
    event = newest(warnings)
    return tidy(f"{text(event, 'reason')}: {text(event, 'message')}") if event else ""


def _children(owner: KubeObject, related: Related, kind: str) -> Sequence[KubeObject]:
    return related.children(uid_of(owner), kind) if uid_of(owner) else ()
