# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of an environment's instances, told again whenever it changes: `ps --watch`.

What `status` lists is followed from then on, and what changes there makes it be read again, the way it is always read but from what the
followers know, at most twice a second. So a watch says what `ps` says, and lists nothing again.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

from .._cluster import Cluster, ObjectList, Resource, connect
from .._cluster.follow import Feed, News, Scope, State
from .._errors import RoroError
from .._model import Selection
from .._release import status as release_status
from .choose_cluster import choose_cluster
from .reports import StatusReport
from .request import Request
from .status_names import require_named, status_selection

_DEBOUNCE = 0.1
"""Seconds that are waited for what comes along with a change."""
_PAUSE = 0.5
"""Seconds between two readings at least."""
_AGAIN = 1.0
"""Seconds until what failed is tried again."""
_REFUSED = 5.0
"""Seconds until what may not be watched is read again."""
_HEARTBEAT = 0.2
"""Seconds in which a stop is noticed."""
_MOST_WAITING = 100_000
"""News that wait one by one: a change must not become one with the list before it."""


@dataclass(frozen=True)
class StatusNews:
    """The report as last read. error: why the API server cannot be asked now, and the report may be old; "" when it can."""

    report: StatusReport
    error: str = ""


class _Known:
    """A Cluster whose LISTs are answered from what is followed; the first of each is the server's. asked: what was listed."""

    def __init__(self, cluster: Cluster, feed: Feed) -> None:
        self._cluster, self._feed, self._lock = cluster, feed, threading.Lock()
        self.asked: set[Scope] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cluster, name)

    def list(
        self, resource: Resource, namespace: str | None = None, *, selector: str = "", field_selector: str = "", metadata_only: bool = False
    ) -> ObjectList:
        """As the cluster's. What cannot be followed now is asked of the server, which says why in its own words."""
        scope = Scope(resource, namespace, selector, field_selector, metadata_only)
        self.asked.add(scope)
        follower = self._feed.followers.get(scope)
        if follower is None or follower.state.error is not None or not follower.state.synced:
            found = self._cluster.list(resource, namespace, selector=selector, field_selector=field_selector, metadata_only=metadata_only)
            with self._lock:
                self._feed.follow(scope, known=found)
            return found
        return ObjectList([obj for _, obj in sorted(follower.objects().items())], "")


class StatusWatch:
    """Iterate: the report now, then again with each change, until `stop` is set; raises what nobody expected. nudge(): tell it again though
    nothing changed there."""

    def __init__(self, cluster: Cluster, selection: Selection, stop: threading.Event, names: tuple[str, ...] = ()) -> None:
        """names: only these instances; all when empty."""
        self._cluster, self._selection, self._stop, self._names = cluster, selection, stop, names
        self._feed = cluster.followers.feed(most=_MOST_WAITING)
        self._news: queue.SimpleQueue[StatusNews | Exception | None] = queue.SimpleQueue()
        self._troubles: dict[Scope, str] = {}
        self._begun: set[Scope] = set()
        self._last = self._read()
        require_named(self._last.instances, names, selection)

    @property
    def report(self) -> StatusReport:
        """As last read."""
        return self._last

    def nudge(self) -> None:
        """Somebody else has news about the instances: the last report is told again."""
        self._news.put(None)

    def __iter__(self) -> Iterator[StatusNews]:
        news = StatusNews(self._last)
        yield news
        threading.Thread(target=self._keep_reading, name="roro-status", daemon=True).start()
        while not self._stop.is_set():
            try:
                item = self._news.get(timeout=_HEARTBEAT)
            except queue.Empty:
                continue
            if isinstance(item, Exception):
                raise item
            news = item or news
            yield news

    def _read(self) -> StatusReport:
        """Raises RoroError."""
        known = _Known(self._cluster, self._feed)
        place = (self._selection.workspace.name, self._selection.environment.name)
        notices = list[str]()

        def tell(event: object) -> None:
            notices.append(str(getattr(event, "message", "")))

        found = release_status(cast(Cluster, known), *place, self._selection, tell, self._names)
        for scope in set(self._feed.followers) - known.asked:
            self._feed.leave(scope)
            self._troubles.pop(scope, None)
            self._begun.discard(scope)
        return StatusReport(*place, tuple(found), self._cluster.now().isoformat(), tuple(notices))

    def _keep_reading(self) -> None:
        again = math.inf
        try:
            while not self._stop.is_set():
                if not self._is_news(self._feed.take(_HEARTBEAT)) and time.monotonic() < again:
                    continue
                self._stop.wait(_DEBOUNCE)
                self._is_news(self._feed.take())
                again = time.monotonic() + self._read_again()
                self._stop.wait(_PAUSE)
        except Exception as error:  # a defect of ours: whoever watches must not wait for ever
            self._news.put(error)

    def _read_again(self) -> float:
        """Tell the report as it is now; seconds until it is to be read though nothing is told."""
        try:
            self._last = self._read()
        except RoroError as error:
            self._news.put(StatusNews(self._last, error.problems[0].message))
            return _AGAIN
        self._news.put(StatusNews(self._last, next(iter(self._troubles.values()), "")))
        refused = any(follower.state.refused for follower in self._feed.followers.values())
        return _REFUSED if refused else math.inf

    def _is_news(self, news: Sequence[News]) -> bool:
        """Whether it has to be read again. A server that is away is told at once, and not asked; that a kind is gone, or a right, says the
        reading, in its own words."""
        fresh = False
        for item in news:
            if item.scope not in self._begun:  # what the reading has just listed itself
                self._begun |= {item.scope} if isinstance(item, State) else set()
            elif not isinstance(item, State):
                fresh = True
            elif item.error is None or item.refused:
                fresh = True
                self._troubles.pop(item.scope, None)
            else:
                item.raise_defect()
                self._troubles[item.scope] = item.error.problems[0].message
                self._news.put(StatusNews(self._last, self._troubles[item.scope]))
        return fresh


@contextmanager
def watch_status(request: Request, stop: threading.Event) -> Iterator[StatusWatch]:
    """The status of an environment, or of the instances named, as it changes. Raises RoroError when it cannot be read at first."""
    selection = status_selection(request)
    cluster = connect(choose_cluster(request.connection, selection.environment, root=selection.workspace.root))
    try:
        yield StatusWatch(cluster, selection, stop, request.instances)
    finally:
        stop.set()
        cluster.close()


def same_news(one: StatusNews | None, other: StatusNews) -> bool:
    """Whether nothing but the time is different."""
    return one is not None and replace(one, report=replace(one.report, now=other.report.now)) == other
