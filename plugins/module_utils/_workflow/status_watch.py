# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of an environment's instances, told again whenever it changes: `ps --watch`.

What `status` listed is watched from where each LIST ended; what changes there makes it be read again, the way it is always read, at most
twice a second. So a watch says what `ps` says, and an environment in which nothing happens costs no requests.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

from .._cluster import Cluster, ObjectList, Resource, connect
from .._errors import ApiError, ClusterError, RoroError
from .._model import Selection
from .._release import status as release_status
from .choose_cluster import choose_cluster
from .jobs import StatusReport
from .request import Request
from .status_names import require_named, status_selection

_DEBOUNCE = 0.1
"""Seconds that are waited for what comes along with a change."""
_PAUSE = 0.5
"""Seconds between two readings at least."""
_AGAIN = 1.0
"""Seconds until what failed is tried again."""
_REFUSED = 5.0
"""Seconds until a watch that was refused is tried again: a kind or a right that is gone may come back."""
_HEARTBEAT = 0.2
"""Seconds in which a stop is noticed."""
Place: TypeAlias = "tuple[Resource, str | None, str, str]"
"""What was listed: resource, namespace, label selector, field selector."""


@dataclass(frozen=True)
class StatusNews:
    """The report as last read. error: why the API server cannot be asked now, and the report may be old; "" when it can."""

    report: StatusReport
    error: str = ""


class _Noting:
    """A Cluster that notes what is listed, and to which version."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.listed: dict[Place, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cluster, name)

    def list(
        self, resource: Resource, namespace: str | None = None, *, selector: str = "", field_selector: str = "", metadata_only: bool = False
    ) -> ObjectList:
        """As the cluster's."""
        found = self._cluster.list(resource, namespace, selector=selector, field_selector=field_selector, metadata_only=metadata_only)
        self.listed[(resource, namespace, selector, field_selector)] = found.resource_version
        return found


class StatusWatch:
    """Iterate: the report now, then again with each change, until `stop` is set; raises what nobody expected. nudge(): tell it again though
    nothing changed there."""

    def __init__(self, cluster: Cluster, selection: Selection, stop: threading.Event, names: tuple[str, ...] = ()) -> None:
        """names: only these instances; all when empty."""
        self._cluster, self._selection, self._stop, self._names = cluster, selection, stop, names
        self._dirty = threading.Event()
        self._news: queue.SimpleQueue[StatusNews | Exception | None] = queue.SimpleQueue()
        self._watched: dict[Place, threading.Event] = {}
        self._troubles: dict[Place, str] = {}
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
        noting = _Noting(self._cluster)
        place = (self._selection.workspace.name, self._selection.environment.name)
        notices = list[str]()

        def tell(event: object) -> None:
            notices.append(str(getattr(event, "message", "")))

        found = release_status(cast(Cluster, noting), *place, self._selection, tell, self._names)
        self._watch(noting.listed)
        return StatusReport(*place, tuple(found), self._cluster.now().isoformat(), tuple(notices))

    def _keep_reading(self) -> None:
        while not self._stop.is_set():
            if not self._dirty.wait(_HEARTBEAT):
                continue
            self._stop.wait(_DEBOUNCE)
            self._dirty.clear()
            try:
                self._last = self._read()
            except RoroError as error:
                self._news.put(StatusNews(self._last, error.problems[0].message))
                self._dirty.set()
                self._stop.wait(_AGAIN)
                continue
            except Exception as error:  # a defect of ours: whoever watches must not wait for ever
                self._news.put(error)
                return
            self._news.put(StatusNews(self._last, next(iter([*self._troubles.values()]), "")))
            self._stop.wait(_PAUSE)

    def _watch(self, listed: dict[Place, str]) -> None:
        """Watch exactly these from now on."""
        for place in set(self._watched) - set(listed):
            gone = self._watched.pop(place, None)
            if gone is not None:
                gone.set()
            self._troubles.pop(place, None)
        for place, version in listed.items():
            if place not in self._watched:
                stop = self._watched[place] = threading.Event()
                name = f"roro-status-{place[0].plural}"
                threading.Thread(target=self._look, args=(place, version, stop), name=name, daemon=True).start()

    def _look(self, place: Place, version: str, stop: threading.Event) -> None:
        resource, namespace, selector, fields = place

        def trouble(error: ClusterError | None) -> None:
            self._tell_trouble(place, error, stop)

        while not stop.is_set() and not self._stop.is_set():
            try:
                for event in self._cluster.watch(
                    resource, namespace, selector=selector, field_selector=fields, resource_version=version, stop=stop, trouble=trouble
                ):
                    if event.type != "BOOKMARK":
                        self._dirty.set()
                return
            except ClusterError as error:
                if isinstance(error, ApiError) and error.status in (401, 403, 404, 405):
                    self._refused(place, stop)
                    return
                trouble(error)
            except Exception as error:
                self._news.put(error)
                return
            version = ""
            stop.wait(_AGAIN)

    def _refused(self, place: Place, stop: threading.Event) -> None:
        """The kind is gone, or a right: reading says it with its own words. It is watched again when it is listed again."""
        self._dirty.set()
        until = time.monotonic() + _REFUSED
        while not (stop.is_set() or self._stop.is_set()) and (left := until - time.monotonic()) > 0:
            stop.wait(min(left, _HEARTBEAT))
        if self._watched.get(place) is stop:
            del self._watched[place]
            self._dirty.set()

    def _tell_trouble(self, place: Place, error: ClusterError | None, stop: threading.Event) -> None:
        if error is None or stop.is_set():
            self._troubles.pop(place, None)
            self._dirty.set()
        else:
            self._troubles[place] = error.problems[0].message
            self._news.put(StatusNews(self._last, error.problems[0].message))


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
