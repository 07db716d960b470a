# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's events about an environment's instances: read once, or followed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._cluster import Cluster, connect, rfc3339
from .._errors import UsageError
from .._kube_events import NOWHERE, EventLine, EventReader, Following, ServerState, Whose, second
from .._model import Selection, load_workspace, select
from .._release import Ancestry, Roots, find_roots
from .choose_cluster import choose_cluster
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

    def __init__(self, cluster: Cluster, selection: Selection, request: Request) -> None:
        self._cluster, self._selection = cluster, selection
        place = (selection.workspace.name, selection.environment.name)
        roots = find_roots(cluster, *place, {instance.namespace for instance in selection.instances})
        wanted = _wanted(request, selection, roots)
        whose = Whose(Ancestry(cluster, *place, roots.uids), roots.places)
        self._reader = EventReader(cluster, whose, request.instances)
        self._notices = [roots.notice] if roots.notice else []
        self._versions = self._reader.read(_namespaces(wanted, selection, roots))

    def report(self, *, since: str = "", warnings: bool = False) -> EventsReport:
        """What is there. since: a duration or an RFC 3339 time; only what was seen again after that. warnings: nothing else.

        Raises UsageError.
        """
        after = moment_of(self._cluster, *read_since(since))
        found = [line for line in self._reader.lines() if second(line.last) >= second(after) and (not warnings or line.type == "Warning")]
        place = (self._selection.workspace.name, self._selection.environment.name)
        return EventsReport(*place, tuple(found), rfc3339(self._cluster.now()), (*self._notices, *self._reader.notices))

    def follow(self, stop: threading.Event, *, warnings: bool = False) -> Iterator[EventLine | ServerState]:
        """What comes after, until `stop` is set; and when the API server went away or is back."""
        for item in Following(self._cluster, self._reader, self._versions, stop):
            if isinstance(item, ServerState) or not warnings or item.type == "Warning":
                yield item


@contextmanager
def open_events(request: Request) -> Iterator[OpenEvents]:
    """The events of an environment, or of the instances named. Raises RoroError."""
    selection = select(
        load_workspace(request.workspace), request.environment, profiles=["*"], system_environment=None, with_dependencies=False
    )
    cluster = connect(choose_cluster(request.connection, selection.environment, root=selection.workspace.root))
    try:
        yield OpenEvents(cluster, selection, request)
    finally:
        cluster.close()


def events(request: Request, *, since: str = "", warnings: bool = False) -> EventsReport:
    """What is there now, see OpenEvents.report. Raises RoroError."""
    read_since(since)
    with open_events(request) as opened:
        return opened.report(since=since, warnings=warnings)


def _wanted(request: Request, selection: Selection, roots: Roots) -> set[str]:
    """Ids of instances, those named or all. Raises UsageError for a name that neither documents nor the cluster know."""
    known = {instance.id for instance in selection.instances} | set(roots.instances)
    unknown = [name for name in request.instances if name not in known]
    if unknown:
        there = ", ".join(sorted(known)) or "none"
        where = f"environment {selection.environment.name}"
        raise UsageError(f'there is no instance "{unknown[0]}"', where=where, hint=f"Instances: {there}.")
    return set(request.instances) or known


def _namespaces(wanted: set[str], selection: Selection, roots: Roots) -> list[str]:
    """Where events about these instances may be; those about objects without a namespace are in `default`."""
    found = {instance.namespace for instance in selection.instances if instance.id in wanted}
    found |= {namespace for name in wanted for namespace in roots.namespaces.get(name, ())}
    found |= {NOWHERE for (_, namespace, _), name in roots.places.items() if not namespace and name in wanted}
    return sorted(found)
