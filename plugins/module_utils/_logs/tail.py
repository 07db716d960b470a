# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One container's log, read into a lane over broken connections and restarts of the container, each line once.

A thread reads while there is something to read. It is told by the watch of pods how the container is, so nothing is asked for again and
again: a run that has ended is read to its end once more, as the server may have ended the connection for another reason; a container that
was started again is first asked for what its earlier run said last.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal, Protocol

from .._cluster import rfc3339
from .._errors import ApiError, ClusterError, ConnectionFailed
from .cursor import Cursor
from .lines import Splitter, of_the_node, rising, stamped
from .merge import Lane, Merger
from .pods import ContainerState
from .types import LogQuery, Shaper, Source

PAUSES = (0.1, 10.0)
"""Seconds before the first and the later attempts of a connection that broke; doubled each time."""
PATIENCE = 60.0
"""Seconds that a server may stay away while a log is read that is not followed."""
NODE_PATIENCE = 10.0
"""The same for the node of a pod."""
STILL_RUNNING = 1.0
"""Seconds in which the watch usually tells why a log ended; doubled while nothing changes."""
TOLD_AFTER, GIVEN_UP = 3, 5
"""Attempts in a row that fail: when a person is told, and when a pod that is deleted is left."""
_NOT_THERE = frozenset({400, 404})

Ending = Literal["ended", "broken", "away", "absent"]


class LogServer(Protocol):
    """What is needed of a Cluster."""

    def log_stream(
        self, namespace: str, pod: str, container: str, *, follow: bool, previous: bool, since: str, tail: int | None, stop: threading.Event
    ) -> Iterator[bytes]:
        """See Cluster."""

    def now(self) -> datetime:
        """See Cluster."""


class NodeAway(ConnectionFailed):
    """The API server answers, but cannot have the log: the node does not."""


class Tail:
    """One container. `see` is for the thread of the watch; all else happens in a thread of its own. tell: notices for a person.
    lost: gets what could not be read, in words. late: the container began after the reading did, so that a run which was over before it was
    seen is new as well."""

    def __init__(
        self,
        server: LogServer,
        merger: Merger,
        source: Source,
        query: LogQuery,
        shaper: Shaper,
        tell: Callable[[str], None],
        lost: Callable[[str], None],
        stop: threading.Event,
        *,
        late: bool = False,
    ) -> None:
        self._server, self._merger, self._source, self._query, self._late = server, merger, source, query, late
        self._shaper, self._tell, self._lost, self._stop = shaper, tell, lost, stop
        self._changed = threading.Condition()
        self._state = ContainerState(source.container, source.kind)
        self._gone = False
        self._lane: Lane | None = None
        self._begun = ""
        self._read_whole = ""
        self._unended = b""
        self._cursor = Cursor()
        self._floor = b""
        self._opened = ""
        self._first = self._missed = b""
        self._looked_back = not late

    def see(self, state: ContainerState, *, gone: bool = False) -> None:
        """How the container is now. gone: its pod was deleted."""
        with self._changed:
            self._state, self._gone = state, gone
            self._changed.notify_all()
            if self._lane is not None or self._read_whole == state.run or (gone and not self._begun):
                return
            self._lane = lane = self._merger.lane(self._source)
        threading.Thread(target=self._work, args=(lane,), name=f"roro-log-{self._source.pod}", daemon=True).start()

    def _work(self, lane: Lane) -> None:
        try:
            if self._query.follow:
                self._follow()
            else:
                self._read_once()
        except BaseException as error:
            self._merger.fail(error)
        finally:
            with self._changed:
                if self._lane is lane:  # else it has left, and the next thread may have begun already
                    self._leave()

    def _leave(self) -> None:
        """This thread puts nothing more. Called with the lock."""
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.end()

    def _read_once(self) -> None:
        """The log as it is now, over broken connections."""
        failing_since, failures = time.monotonic(), 0
        while not self._stop.is_set():
            before = self._cursor.last
            try:
                self._read(follow=False, previous=self._query.previous)
                return
            except ConnectionFailed as error:
                if self._cursor.last != before:
                    failing_since, failures = time.monotonic(), 0
                if time.monotonic() - failing_since > (NODE_PATIENCE if isinstance(error, NodeAway) else PATIENCE):
                    if not isinstance(error, NodeAway):
                        raise
                    self._lost(f"{self._source}: {error.problems[0].message}")
                    return
            failures += 1
            self._stop.wait(_pause(failures))

    def _follow(self) -> None:
        """Until the run that the pod tells of was read whole, and there is no other."""
        failures = quiet = 0
        while not self._stop.is_set():
            with self._changed:
                state, gone = self._state, self._gone
                if self._read_whole == state.run or (gone and failures > GIVEN_UP):
                    self._leave()
                    return
            before = self._cursor.last
            ending = self._step(state, over=state.over or gone)
            failures = failures + 1 if ending in ("broken", "away") else 0
            quiet = quiet + 1 if self._cursor.last == before and not failures else 0
            if failures == TOLD_AFTER and ending == "away":  # of the API server the watch tells, once for all
                self._tell(f"{self._source}: the log cannot be read for now; it goes on where it was as soon as it can")
            if failures:
                self._wait_for_change(state, _pause(failures))
            elif not state.over:
                self._wait_for_change(state, min(PAUSES[1], STILL_RUNNING * 2.0**quiet))

    def _step(self, state: ContainerState, *, over: bool) -> Ending:
        """One connection, or two where the container was started again."""
        try:
            unread = state.earlier not in ("", state.run, self._read_whole)
            if unread and self._begun != state.run and (self._begun or self._late):
                self._look_back()
                self._read(follow=False, previous=True)
            self._begun = state.run
            ending = self._read(follow=not over, previous=False)
        except ConnectionFailed as error:
            return "away" if isinstance(error, NodeAway) else "broken"
        if over:
            if ending == "absent" and self._unended:
                self._take([self._unended], len(self._unended))
            self._read_whole, self._unended = state.run, b""
        return ending

    def _wait_for_change(self, state: ContainerState, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self._changed:
            while self._state == state and not self._gone and not self._stop.is_set() and (left := until - time.monotonic()) > 0:
                self._changed.wait(min(left, 0.5))

    def _read(self, *, follow: bool, previous: bool) -> Ending:
        """One connection, from where the last one ended. Raises ConnectionFailed, and ApiError for what asking again does not mend."""
        first = not self._cursor.last
        since, tail = self._cursor.since() or self._query.since, self._query.tail if first else None
        if tail == 0:  # nothing will tell where that began
            since, tail = (self._opened, None) if self._opened else (since, 0)
            self._opened = self._opened or rfc3339(self._server.now())
        self._cursor.reconnected()
        if self._lane is not None:
            self._lane.opened(_present(self._server.now()), again=not first)
        splitter = Splitter()
        try:
            for block in self._server.log_stream(
                self._source.namespace,
                self._source.pod,
                self._source.container,
                follow=follow,
                previous=previous,
                since=since,
                tail=tail,
                stop=self._stop,
            ):
                self._take(splitter.feed(block), len(block))
        except ApiError as error:
            return self._refused(error)
        self._unended = splitter.rest()
        if not follow and not self._stop.is_set() and self._unended:
            self._take([self._unended], len(self._unended))
        return "ended"

    def _look_back(self) -> None:
        """What the earlier run of a late container said before the first line that was read, which usually is nothing.

        Where the container was started again just before the first connection, that was meant for the earlier run and got the log of the
        later one.
        """
        if self._looked_back or not self._first:
            return
        try:
            for lines, size in self._lines_of_the_earlier_run():
                stamps, texts = stamped(lines, self._missed)
                begin, end = bisect_right(stamps, self._missed), bisect_left(stamps, self._first)
                if begin < end:
                    self._missed = stamps[end - 1]
                    self._put(stamps[begin:end], texts[begin:end], size)
                if end < len(stamps):
                    break
            self._looked_back = True
        except ApiError as error:
            self._refused(error)

    def _lines_of_the_earlier_run(self) -> Iterator[tuple[list[bytes], int]]:
        """(lines, their bytes), from the first on."""
        splitter, where = Splitter(), (self._source.namespace, self._source.pod, self._source.container)
        for block in self._server.log_stream(*where, follow=False, previous=True, since="", tail=None, stop=self._stop):
            yield splitter.feed(block), len(block)
        if rest := splitter.rest():
            yield [rest], len(rest)

    def _refused(self, error: ApiError) -> Ending:
        """What an answer means that is no log."""
        if error.status in _NOT_THERE:
            if not self._query.follow:
                self._tell(f"{self._source}: {error.problems[0].message}")
            return "absent"
        if error.status == 429 or error.status >= 500:
            raise NodeAway(error.problems[0].message, where=str(self._source), hint=error.problems[0].hint) from error
        if error.status == 403:
            raise ClusterError(
                f"you may not read the logs of pods in namespace {self._source.namespace}",
                hint="Ask for the verb get on pods/log there.",
            ) from error
        raise error

    def _take(self, lines: list[bytes], size: int) -> None:
        """Lines as they came, into the lane."""
        said = of_the_node(lines)
        if said:
            lines = [line for line in lines if line not in said]
            if not self._query.follow:  # else the pod tells what became of it
                self._tell(f"{self._source}: its node has no such log: {said[0].decode(errors='replace')}")
        if not lines:
            return
        stamps, texts = stamped(lines, self._cursor.last)
        known = self._cursor.known(stamps)
        if known:
            stamps, texts = stamps[known:], texts[known:]
            if not stamps:
                return
        self._cursor.note(stamps)
        self._first = self._first or stamps[0]
        self._put(stamps, texts, size)

    def _put(self, stamps: list[bytes], texts: list[bytes], size: int) -> None:
        keys = rising(stamps, self._floor)
        self._floor = keys[-1]
        if self._lane is not None:
            self._lane.put(self._floor, *self._shaper(keys, stamps, texts), size)


def _pause(failures: int) -> float:
    return min(PAUSES[1], PAUSES[0] * 2.0**failures)


def _present(now: datetime) -> bytes:
    """The time as a key."""
    return now.strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode()
