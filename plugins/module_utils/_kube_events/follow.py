# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of some namespaces, read once or followed: over disconnects, 410 Gone and restarts of the API server, nothing twice."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .._cluster import Resource, WatchEvent
from .._errors import ApiError, ClusterError, ConnectionFailed
from .._objects import KubeObject
from .reading import KubeEvent, read_event
from .tally import EventLine, Tally, oldest_first
from .whose import Whose

if TYPE_CHECKING:
    from .._cluster import Cluster

EVENTS = Resource("", "v1", "Event", "events", True, frozenset(["list", "watch"]))
MOST_HELD = 2_000
"""Events that nothing tells the instance of yet are kept for what comes after them; the oldest go first."""
_HEARTBEAT = 0.2
"""Seconds in which a stop is noticed."""
_PAUSE = 1.0
"""Seconds until what failed for good is tried again: whoever follows wants to, for as long as it takes."""


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
    """Watches namespaces from where a reader stands. Iterate once; ends when `stop` is set, raises what a watch did not expect."""

    def __init__(self, cluster: Cluster, reader: EventReader, versions: dict[str, str], stop: threading.Event) -> None:
        self._cluster, self._reader, self._stop = cluster, reader, stop
        self._queue: queue.SimpleQueue[tuple[str, WatchEvent] | ServerState | Exception] = queue.SimpleQueue()
        self._versions = versions
        self._away: set[str] = set()

    def __iter__(self) -> Iterator[EventLine | ServerState]:
        for namespace in self._versions:
            threading.Thread(target=self._watch, args=(namespace,), name=f"roro-events-{namespace}", daemon=True).start()
        while not self._stop.is_set():
            try:
                item = self._queue.get(timeout=_HEARTBEAT)
            except queue.Empty:
                continue
            if isinstance(item, Exception):
                raise item
            if isinstance(item, ServerState):
                yield item
            else:
                yield from self._taken(*item)

    def _taken(self, namespace: str, event: WatchEvent) -> Iterator[EventLine | ServerState]:
        """What the change means; asked again until the API server tells whose it is."""
        if event.type == "DELETED":
            self._reader.drop(event.object)
            return
        objects = event.items if event.type == "RESYNC" else (event.object,) if event.type in ("ADDED", "MODIFIED") else ()
        if event.type == "RESYNC":
            self._reader.keep_only(objects, namespace)
        while not self._stop.is_set():
            try:
                yield from self._reader.take(objects)
                return
            except ConnectionFailed as error:
                yield ServerState(error.problems[0].message)
                self._stop.wait(_PAUSE)

    def _watch(self, namespace: str) -> None:
        version = self._versions[namespace]
        tell = partial(self._tell, namespace)
        while not self._stop.is_set():
            try:
                for event in self._cluster.watch(EVENTS, namespace, resource_version=version, stop=self._stop, trouble=tell):
                    self._queue.put((namespace, event))
                return
            except ClusterError as error:
                if isinstance(error, ApiError) and error.status in (401, 403):
                    self._queue.put(ServerState(error.problems[0].message))
                    return
                tell(error)
            except Exception as error:  # a defect of ours: whoever follows must not wait for ever
                self._queue.put(error)
                return
            version = ""
            self._stop.wait(_PAUSE)

    def _tell(self, namespace: str, error: ClusterError | None) -> None:
        """Once for all namespaces: the first that lost the server, and the last that has it again."""
        before = bool(self._away)
        (self._away.discard if error is None else self._away.add)(namespace)
        if bool(self._away) != before:
            self._queue.put(ServerState(error.problems[0].message if error else ""))
