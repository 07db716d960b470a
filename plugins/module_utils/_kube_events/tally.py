# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many Event objects -> few lines: what says the same of the same object is one line with a count. Pure.

A count that goes up makes the line new again, an Event that is read again (after a disconnect, or from a new LIST) does not. What the API
server has forgotten, an hour after it was seen by default, stays counted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from .reading import KubeEvent, moment, second

MOST_LINES = 10_000
"""Lines that are kept to be counted on; the ones that nothing was heard of for longest go first."""
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Key = tuple[str, ...]


@dataclass(frozen=True)
class EventLine:
    """One line: what was said of one object, how often, and when first and last (RFC 3339 in UTC). objects: of how many objects the same
    was said, where that is told once (`warnings`). order: see KubeEvent."""

    instance: str
    type: str
    reason: str
    kind: str
    namespace: str
    name: str
    message: str
    count: int
    first: str
    last: str
    source: str = ""
    objects: int = 1
    order: int = 0

    def as_record(self) -> dict[str, Any]:
        """JSON-ready; the keys are stable."""
        return {key: value for key, value in vars(self).items() if key != "order"}


@dataclass
class _Line:
    """counts: Event's id -> its count. gone: of Events that are not there any more."""

    event: KubeEvent
    instance: str
    counts: dict[str, int] = field(default_factory=dict)
    gone: int = 0
    first: str = ""
    last: str = ""
    order: int = 0

    def told(self) -> EventLine:
        event, about = self.event, self.event.about
        words = (self.instance, event.type, event.reason, about.kind, about.namespace, about.name, event.message)
        return EventLine(*words, self.gone + sum(self.counts.values()), self.first, self.last, event.source, order=self.order)


class Tally:
    """All lines of one reader. Not thread-safe."""

    def __init__(self) -> None:
        self._lines: dict[Key, _Line] = {}
        self._keys: dict[str, Key] = {}

    def take(self, instance: str, event: KubeEvent) -> EventLine | None:
        """Count an event; its line when that says something new, None when it was known."""
        key = (instance, event.type, event.reason, *event.about.place, event.message)
        before = self._keys.get(event.id)
        line = self._lines.pop(key, None) or _Line(event, instance)
        self._lines[key] = line  # the newest last
        known = line.counts.get(event.id)
        if known is not None and event.count <= known and moment(event.last) <= moment(line.last):
            return None
        if before is not None and before != key:
            self._move(event.id, before)
        self._keys[event.id] = key
        line.counts[event.id] = max(event.count, known or 0)
        line.first = min((time for time in (line.first, event.first) if time), key=moment, default="")
        line.last = max(line.last, event.last, key=moment)
        line.order = max(line.order, event.order)
        self._forget_old()
        return line.told()

    def drop(self, event_id: str) -> None:
        """The Event object is not there any more; what it counted stays counted."""
        key = self._keys.pop(event_id, None)
        line = self._lines.get(key) if key is not None else None
        if line is not None:
            line.gone += line.counts.pop(event_id, 0)

    def keep_only(self, ids: set[str], namespace: str) -> None:
        """Drop all Events of a namespace's objects but these: what a new LIST of it has."""
        for event_id, key in list(self._keys.items()):
            if event_id not in ids and key[4] == namespace:
                self.drop(event_id)

    def lines(self) -> list[EventLine]:
        """All of them, by when they were seen last, oldest first."""
        return oldest_first([line.told() for line in self._lines.values()])

    def _move(self, event_id: str, before: Key) -> None:
        """A recorder that puts similar events together changes the message of one that is there."""
        line = self._lines.get(before)
        if line is not None:
            line.counts.pop(event_id, None)
            if not line.counts and not line.gone:
                del self._lines[before]

    def _forget_old(self) -> None:
        while len(self._lines) > MOST_LINES:
            oldest = next(iter(self._lines))
            for event_id in self._lines.pop(oldest).counts:
                self._keys.pop(event_id, None)


def oldest_first(lines: list[EventLine]) -> list[EventLine]:
    """By the second in which they were seen last, as most are told in seconds, and in it by when they were written."""
    return sorted(lines, key=lambda line: (second(line.last), line.order, moment(line.last), line.kind, line.name))


def folded(lines: list[EventLine]) -> list[EventLine]:
    """Lines that say the same of several objects of a kind as one, that of the object seen last: ten pods, one reason."""
    found: dict[Key, EventLine] = {}
    for line in oldest_first(lines):
        words = _UID.sub("*", line.message.replace(line.name, "*"))
        key = (line.instance, line.type, line.reason, line.kind, line.namespace, words)
        before = found.pop(key, None)
        first = line.first if before is None else min(line.first, before.first, key=moment)
        count, objects = (0, 0) if before is None else (before.count, before.objects)
        found[key] = replace(line, count=line.count + count, first=first, objects=line.objects + objects)
    return list(found.values())
