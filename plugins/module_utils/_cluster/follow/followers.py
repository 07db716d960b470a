# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Caches that users share: one list and one watch for each scope, as long as somebody uses it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..._errors import ClusterError
from ..types import Keep, ObjectList, WatchEvent
from .feed import MOST_WAITING, Feed
from .objects import Objects, entry_maker
from .stream import follow, pause
from .types import Defect, Key, News, Scope, State, Watching

log = logging.getLogger("roro.cluster")


class Followers:
    """The followers of one cluster. Thread-safe. cluster: the connection, asked for anew when one was closed under a follower."""

    def __init__(self, cluster: Callable[[], Watching]) -> None:
        self._cluster = cluster
        self._lock = threading.Lock()
        self._followers: dict[tuple[Scope, Keep | None], Follower] = {}

    def feed(self, wake: Callable[[], None] | None = None, *, most: int = MOST_WAITING) -> Feed:
        """A new user. most: see Feed."""
        return Feed(self, wake, most)

    def join(self, feed: Feed, scope: Scope, keep: Keep | None, known: ObjectList | None) -> Follower:
        """For feeds."""
        with self._lock:
            follower = self._followers.get((scope, keep))
            if follower is None:
                follower = self._followers[(scope, keep)] = Follower(self._cluster, scope, keep, known)
            follower.add(feed)
        return follower

    def quit(self, feed: Feed, scope: Scope, keep: Keep | None) -> None:
        """For feeds. The last one out ends the follower."""
        with self._lock:
            follower = self._followers.get((scope, keep))
            if follower is not None and not follower.remove(feed):
                del self._followers[(scope, keep)]
                follower.stop()

    def close(self) -> None:
        """End all of them; their users hear nothing more."""
        with self._lock:
            for follower in self._followers.values():
                follower.stop()
            self._followers.clear()


class Follower:
    """Keeps what is there of one scope, and tells its users what changes. Thread-safe; made by `Feed.follow`."""

    def __init__(self, cluster: Callable[[], Watching], scope: Scope, keep: Keep | None, known: ObjectList | None) -> None:
        self.scope = scope
        self._cluster = cluster
        self._entry = entry_maker(keep)
        self._objects = Objects(scope)
        self._state = State(scope)
        self._feeds: list[Feed] = []
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._version, self._running = "", False
        if known is not None:
            self._version = known.resource_version
            self._take(WatchEvent("RESYNC", {}, tuple(map(self._entry, known.items))))

    @property
    def state(self) -> State:
        """Whether all is known, and why nothing can be learned now."""
        return self._state

    def get(self, key: Key) -> Any:
        """What is kept of an object, None when it is not there."""
        with self._lock:
            entry = self._objects.entries.get(key)
        return None if entry is None else entry.kept

    def objects(self) -> dict[Key, Any]:
        """What is kept of everything that is there. The dict is the caller's, what is in it is shared: not to be changed."""
        with self._lock:
            return {key: entry.kept for key, entry in self._objects.entries.items()}

    def add(self, feed: Feed) -> None:
        """For Followers: what is there comes first. The first user begins it, so that it misses nothing."""
        with self._lock:
            self._feeds.append(feed)
            present: list[News] = [*self._objects.present()]
            feed.put([*present, self._state])
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name=f"roro-follow-{self.scope.resource.plural}", daemon=True).start()

    def remove(self, feed: Feed) -> int:
        """For Followers: how many users are left."""
        with self._lock:
            self._feeds.remove(feed)
            return len(self._feeds)

    def stop(self) -> None:
        """For Followers."""
        self._stop.set()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                for event in follow(self._cluster(), self.scope, stop=self._stop, tell=self._tell, version=self._version, keep=self._entry):
                    failures = 0
                    self._take(event)
            except Exception as error:  # a defect of ours must not end it in silence: all there would be believed for ever
                log.exception("following %s in %s", self.scope.resource.plural, self.scope.namespace)
                self._tell(_defect(error, self.scope))
            self._version = ""  # the next connection may lead to another cluster
            self._stop.wait(pause(failures))
            failures += 1

    def _take(self, event: WatchEvent) -> None:
        with self._lock:
            news: list[News] = [*self._objects.take(event)]
            if event.type == "RESYNC" and not self._state.synced:
                self._state = replace(self._state, synced=True)
                news.append(self._state)
            self._put(news)

    def _tell(self, error: ClusterError | None) -> None:
        with self._lock:
            if str(error) != str(self._state.error):
                self._state = replace(self._state, error=error)
                self._put([self._state])

    def _put(self, news: list[News]) -> None:
        for feed in self._feeds if news else ():
            feed.put(news)


def _defect(error: Exception, scope: Scope) -> Defect:
    defect = Defect(f"unexpected {type(error).__name__} while {scope.resource.plural} were followed")
    defect.__cause__ = error
    return defect
