# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's events about an environment's instances: read once, or followed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .._cluster import rfc3339
from .._kube_events import NOWHERE, EventLine, EventReader, Following, ServerState, Whose, second
from .open_environment import OpenEnvironment, open_environment
from .request import Request
from .since import moment_of, read_since


@dataclass(frozen=True)
class EventsReport:
    """What `events` shows, oldest first. now: by the server's clock, RFC 3339 in UTC. notices: what could not be looked at."""

    workspace: str
    environment: str
    events: tuple[EventLine, ...]
    now: str
    notices: tuple[str, ...] = ()


class OpenEvents:
    """The events that are there, and after them those that come."""

    def __init__(self, opened: OpenEnvironment, notices: Sequence[str]) -> None:
        self._cluster, self._key, self._notices = opened.cluster, opened.key, notices
        self._reader = EventReader(opened.cluster, Whose(opened.ancestry(), opened.roots.places), opened.names)
        self._versions = self._reader.read(_namespaces(opened))

    def report(self, *, since: str = "", warnings: bool = False) -> EventsReport:
        """What is there. since: a duration or an RFC 3339 time; only what was seen again after that. warnings: nothing else.

        Raises UsageError.
        """
        after = moment_of(self._cluster, *read_since(since))
        found = [line for line in self._reader.lines() if second(line.last) >= second(after) and (not warnings or line.type == "Warning")]
        return EventsReport(*self._key, tuple(found), rfc3339(self._cluster.now()), (*self._notices, *self._reader.notices))

    def follow(self, stop: threading.Event, *, warnings: bool = False) -> Iterator[EventLine | ServerState]:
        """What comes after, until `stop` is set; and when the API server went away or is back."""
        for item in Following(self._cluster, self._reader, self._versions, stop):
            if isinstance(item, ServerState) or not warnings or item.type == "Warning":
                yield item


@contextmanager
def open_events(request: Request) -> Iterator[OpenEvents]:
    """The events of an environment, or of the instances named. Raises RoroError."""
    notices: list[str] = []
    with open_environment(request, notices.append) as opened:
        yield OpenEvents(opened, notices)


def events(request: Request, *, since: str = "", warnings: bool = False) -> EventsReport:
    """What is there now, see OpenEvents.report. Raises RoroError."""
    read_since(since)
    with open_events(request) as opened:
        return opened.report(since=since, warnings=warnings)


def _namespaces(opened: OpenEnvironment) -> list[str]:
    """Where events about the instances may be; those about objects without a namespace are in `default`."""
    homeless = any(not namespace and name in opened.wanted for (_, namespace, _), name in opened.roots.places.items())
    return sorted({*opened.namespaces, *([NOWHERE] if homeless else [])})
