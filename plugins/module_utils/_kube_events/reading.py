# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Event object of Kubernetes as plain data. Pure.

Three generations of fields are in use at once: `count`, `firstTimestamp` and `lastTimestamp` (kubelet and controllers), `eventTime` and
`series` (the scheduler and newer recorders), and the same with `deprecated` before them where events.k8s.io is read.
https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ , KEP-383
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._objects import KubeObject


class About(NamedTuple):
    """The object that an event is about: `involvedObject`, in events.k8s.io `regarding`. Parts that are not said are ""."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str

    @property
    def place(self) -> tuple[str, str, str]:
        """(kind, namespace, name)."""
        return (self.kind, self.namespace, self.name)


@dataclass(frozen=True)
class KubeEvent:
    """One Event object. id: its own UID. type: Normal or Warning. count: how often it was seen; first and last: when, RFC 3339 in UTC, ""
    where it does not say. source: the component that reports. order: of its last write among all writes, 0 where that is not known."""

    id: str
    type: str
    reason: str
    message: str
    about: About
    source: str
    count: int
    first: str
    last: str
    order: int = 0


def read_event(obj: KubeObject) -> KubeEvent:
    """The event of a decoded Event of either API group, all words printable. What is malformed counts as not said."""
    metadata = _mapping(obj.get("metadata"))
    about = _mapping(obj.get("involvedObject")) or _mapping(obj.get("regarding"))
    counts = (_mapping(obj.get("series")).get("count"), obj.get("count"), obj.get("deprecatedCount"))
    return KubeEvent(
        id=_text(metadata, "uid") or f"{_text(metadata, 'namespace')}/{_text(metadata, 'name')}",
        type=one_line(_text(obj, "type")) or "Normal",
        reason=one_line(_text(obj, "reason")),
        message=one_line(_text(obj, "message") or _text(obj, "note")),
        about=About(*(one_line(_text(about, key)) for key in ("apiVersion", "kind", "namespace", "name", "uid"))),
        source=one_line(_text(obj, "reportingComponent") or _text(obj, "reportingController") or _source(obj)),
        count=max([1, *(count for count in counts if isinstance(count, int) and not isinstance(count, bool))]),
        first=first_seen(obj),
        last=last_seen(obj),
        order=int(version) if (version := _text(metadata, "resourceVersion")).isdecimal() else 0,
    )


def first_seen(obj: KubeObject) -> str:
    """When it was seen first."""
    metadata = _mapping(_mapping(obj).get("metadata"))
    given = (_text(obj, key) for key in ("firstTimestamp", "deprecatedFirstTimestamp", "eventTime"))
    return next((time for time in given if time), "") or _text(metadata, "creationTimestamp") or last_seen(obj)


def last_seen(obj: KubeObject) -> str:
    """When it was seen last; `moment` makes such times comparable."""
    metadata, series = (_mapping(_mapping(obj).get(key)) for key in ("metadata", "series"))
    keys = ("lastTimestamp", "deprecatedLastTimestamp", "eventTime", "firstTimestamp", "deprecatedFirstTimestamp")
    given = (_text(series, "lastObservedTime"), *(_text(obj, key) for key in keys), _text(metadata, "creationTimestamp"))
    return next((time for time in given if time), "")


def moment(time: str) -> str:
    """A time as a string that sorts, as some have fractions of seconds and some have none."""
    return time.removesuffix("Z")


def second(time: str) -> str:
    """The second that a time is in, as a string that sorts: most components tell no fractions."""
    return time[: len("2026-01-01T00:00:00")]


def newest(events: Iterable[KubeObject], reasons: Collection[str] = ()) -> KubeObject | None:
    """The Event object seen last, among those with one of these reasons if any are given."""
    wanted = [event for event in events if isinstance(event, dict) and (not reasons or _text(event, "reason") in reasons)]
    return max(wanted, key=lambda event: moment(last_seen(event)), default=None)


def newest_text(events: Iterable[KubeObject], reasons: Collection[str]) -> str:
    """The message of the newest event with one of these reasons, or ""."""
    return _text(newest(events, reasons) or {}, "message")


def one_line(message: str) -> str:
    """One printable line: messages come from registries and containers, so control characters must not reach a terminal."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in message).split())


def _source(obj: KubeObject) -> str:
    return _text(_mapping(obj.get("source")), "component") or _text(_mapping(obj.get("deprecatedSource")), "component")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(obj: Any, key: str) -> str:
    value = _mapping(obj).get(key)
    return value if isinstance(value, str) else ""
