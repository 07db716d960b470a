# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of some namespaces, read once or followed: over disconnects, 410 Gone and restarts of the API server, nothing twice."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._cluster import Resource, WatchEvent
from .._cluster.follow import Scope, follow
from .._errors import ApiError, ClusterError, ConnectionFailed
from .._objects import KubeObject
from .instance_of_event import Whose
from .reading import KubeEvent, read_event
from .tally import EventLine, Tally, oldest_first

if TYPE_CHECKING:
    from .._cluster import Cluster

EVENTS = Resource("", "v1", "Event", "events", True, frozenset(["list", "watch"]))
MOST_HELD = 2_000
"""Events that nothing tells the instance of yet are kept for what comes after them; the oldest go first."""
_HEARTBEAT = 0.2
"""Seconds in which a stop is noticed."""
_PAUSE = 1.0
"""Seconds until the API server is asked again whose an event is: whoever follows wants to, for as long as it takes."""


@dataclass(frozen=True)
class ServerState:
    """Whether the API server answers. error: why not, for a person; "" when it does again."""

    error: str = ""


class EventReader:
    """Takes Event objects, gives lines of instances. wanted: ids of instances, empty for all. Not thread-safe."""

    def __init__(self, cluster: Cluster, whose: Whose, wanted: Sequence[str] = ()) -> None:
        self._cluster, self._whose, self._wanted = cluster, whose, frozenset(wanted)
        self._tally = Tally()
        self._held: dict[str, KubeEvent] = {}
        self._seen: dict[str, tuple[int, str, str]] = {}
        self.notices: list[str] = []

    def read(self, namespaces: Sequence[str]) -> dict[str, str]:
        """What is there: namespace -> resource version, where a watch continues. Raises ClusterError; a namespace whose events may not be
        read is a notice."""
        versions, found = {}, []
        for namespace in namespaces:
            try:
                listed = self._cluster.list(EVENTS, namespace)
            except ApiError as error:
                if error.status != 403:
                    raise
                self.notices.append(f"no events of namespace {namespace}: {error.problems[0].message}")
                continue
            versions[namespace] = listed.resource_version
            found += listed.items
        self.take(found)
        return versions

    def lines(self) -> list[EventLine]:
        """All that was read so far, oldest first."""
        return self._tally.lines()

    def take(self, objects: Sequence[KubeObject]) -> list[EventLine]:
        """Count these; the lines that are new or have a higher count, oldest first. Raises ConnectionFailed, and then counts nothing."""
        events = [event for event in map(read_event, objects) if self._seen.get(event.id) != _state(event)]
        if not events:
            return []
        held = {**self._held, **{event.id: event for event in events}}
        self._whose.ask_about(event.about for event in held.values())
        self._held = held
        self._seen.update((event.id, _state(event)) for event in events)
        lines = self._attributed()
        for event_id in list(self._held)[:-MOST_HELD]:
            del self._held[event_id]
        return lines

    def drop(self, obj: KubeObject) -> None:
        """The Event object is not there any more."""
        self._drop(read_event(obj).id)

    def keep_only(self, objects: Sequence[KubeObject], namespace: str) -> None:
        """These are all that the namespace has now."""
        ids = {read_event(item).id for item in objects}
        self._tally.keep_only(ids, namespace)
        for event_id in [key for key, (_, _, place) in self._seen.items() if place == namespace and key not in ids]:
            self._drop(event_id)

    def _drop(self, event_id: str) -> None:
        self._tally.drop(event_id)
        self._held.pop(event_id, None)
        self._seen.pop(event_id, None)

    def _attributed(self) -> list[EventLine]:
        """Lines of those whose instance is known; each one known may tell of others, until none does."""
        new: dict[tuple[str, ...], EventLine] = {}
        while True:
            known = [(event, instance) for event in self._held.values() if (instance := self._whose.of(event)) is not None]
            if not known:
                return oldest_first(list(new.values()))
            for event, instance in known:
                del self._held[event.id]
                line = self._tally.take(instance, event) if not self._wanted or instance in self._wanted else None
                if line is not None:
                    new[(line.instance, line.type, line.reason, line.kind, line.namespace, line.name, line.message)] = line


def _state(event: KubeEvent) -> tuple[int, str, str]:
    """What is new when it changes: count and time; and the namespace."""
    return event.count, event.last, event.about.namespace


class Following:
    """Follows namespaces from where a reader stands. Iterate once; ends when `stop` is set, raises what nobody expected."""

    def __init__(self, cluster: Cluster, reader: EventReader, versions: dict[str, str], stop: threading.Event) -> None:
        self._cluster, self._reader, self._stop = cluster, reader, stop
        self._queue: queue.SimpleQueue[tuple[str, WatchEvent | ClusterError | None] | Exception] = queue.SimpleQueue()
        self._versions = versions
        self._away: set[str] = set()
        self._refused: set[str] = set()

    def __iter__(self) -> Iterator[EventLine | ServerState]:
        for namespace in self._versions:
            threading.Thread(target=self._follow, args=(namespace,), name=f"roro-events-{namespace}", daemon=True).start()
        while not self._stop.is_set():
            try:
                item = self._queue.get(timeout=_HEARTBEAT)
            except queue.Empty:
                continue
            if isinstance(item, Exception):
                raise item
            namespace, said = item
            yield from self._taken(namespace, said) if isinstance(said, WatchEvent) else self._states(namespace, said)

    def _follow(self, namespace: str) -> None:
        def put(said: WatchEvent | ClusterError | None) -> None:
            self._queue.put((namespace, said))

        try:
            for event in follow(self._cluster, Scope(EVENTS, namespace), stop=self._stop, tell=put, version=self._versions[namespace]):
                put(event)
        except Exception as error:  # a defect of ours: whoever follows must not wait for ever
            self._queue.put(error)

    def _taken(self, namespace: str, event: WatchEvent) -> Iterator[EventLine | ServerState]:
        """What the change means; asked again until the API server tells whose it is."""
        if event.type == "DELETED":
            self._reader.drop(event.object)
            return
        objects = event.items if event.type == "RESYNC" else (event.object,)
        if event.type == "RESYNC":
            self._reader.keep_only(objects, namespace)
        while not self._stop.is_set():
            try:
                yield from self._reader.take(objects)
                return
            except ConnectionFailed as error:
                yield ServerState(error.problems[0].message)
                self._stop.wait(_PAUSE)

    def _states(self, namespace: str, error: ClusterError | None) -> Iterator[ServerState]:
        """A server that is away is told once for all namespaces, by the first that lost it and the last that has it again; a right that is
        missing once for each."""
        if isinstance(error, ApiError) and error.status in (401, 403):
            if namespace not in self._refused:
                self._refused.add(namespace)
                yield ServerState(error.problems[0].message)
            return
        troubled = bool(self._away) if error is not None else namespace in self._away | self._refused
        self._refused.discard(namespace)
        (self._away.discard if error is None else self._away.add)(namespace)
        if error is not None and not troubled:
            yield ServerState(error.problems[0].message)
        elif error is None and troubled and not self._away:
            yield ServerState()
