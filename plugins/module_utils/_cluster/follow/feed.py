# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One user's news: a queue that has an end also for a user who does not come."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from ..types import Keep, ObjectList
from .types import Change, News, Scope, State

MOST_WAITING = 1000
"""News that wait for a user one by one; of more, those about one object become one."""
_HEARTBEAT = 0.2
"""Seconds in which a stop is noticed."""
log = logging.getLogger("roro.cluster")


class Sources(Protocol):
    """What a feed needs of `Followers`."""

    def join(self, feed: Feed, scope: Scope, keep: Keep | None, known: ObjectList | None) -> Any: ...

    def quit(self, feed: Feed, scope: Scope, keep: Keep | None) -> None: ...


class Feed:
    """The news of any number of scopes for one user. One thread follows and leaves, any may take; what one takes no other gets.

    wake: called when news wait and none did before, in a thread of a follower: it must return at once and neither follow nor leave
    (`loop.call_soon_threadsafe`).
    """

    def __init__(self, sources: Sources, wake: Callable[[], None] | None = None, most: int = MOST_WAITING) -> None:
        self._sources, self._wake, self._most, self._room = sources, wake, most, most
        self._news: list[News] = []
        self._more = threading.Condition()
        self._joined: dict[Scope, tuple[Keep | None, Any]] = {}

    @property
    def followers(self) -> dict[Scope, Any]:
        """What is followed: scope -> Follower."""
        return {scope: follower for scope, (_, follower) in self._joined.items()}

    def follow(self, scope: Scope, keep: Keep | None = None, known: ObjectList | None = None) -> Any:
        """Follow this too; the Follower, for questions about what is there. Following twice is following once.

        keep: what stays of each object; whole objects by default. known: a LIST of exactly that with whole objects, made just now, which
        spares the first user's follower its own.
        """
        if scope not in self._joined:
            self._joined[scope] = (keep, self._sources.join(self, scope, keep, known))
        return self._joined[scope][1]

    def leave(self, scope: Scope) -> None:
        """No more of that; what waits of it is forgotten."""
        if scope in self._joined:
            self._sources.quit(self, scope, self._joined.pop(scope)[0])
            with self._more:
                self._news = [item for item in self._news if item.scope != scope]

    def take(self, timeout: float | None = 0.0) -> list[News]:
        """All that waits, in order; waited for at most so many seconds (None: for ever), [] when nothing came."""
        with self._more:
            self._more.wait_for(lambda: self._news, timeout)
            news, self._news, self._room = self._news, [], self._most
        return news

    def batches(self, stop: threading.Event) -> Iterator[list[News]]:
        """Whatever waits, again and again, until `stop` is set (noticed within 0.2 s)."""
        while not stop.is_set():
            if news := self.take(_HEARTBEAT):
                yield news

    def close(self) -> None:
        """Leave all."""
        for scope in list(self._joined):
            self.leave(scope)

    def __enter__(self) -> Feed:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def put(self, news: Iterable[News]) -> None:
        """For followers."""
        with self._more:
            waited = bool(self._news)
            self._news += news
            if len(self._news) > self._room:
                self._news = condensed(self._news)
                self._room = max(self._most, 2 * len(self._news))
            woken = bool(self._news) and not waited
            self._more.notify_all()
        if woken and self._wake is not None:
            try:
                self._wake()
            except Exception:  # one user's defect, or an event loop that was closed, must not end it for the others
                log.exception("a user of %s could not be woken", next(iter(self._joined), None))


def condensed(news: Iterable[News]) -> list[News]:
    """The same with one change for each object: what came and went between is left out. One that was made anew stays two."""
    found: dict[Any, list[News]] = {}
    for item in news:
        if isinstance(item, State):
            found.pop(item.scope, None)  # it is true of what was told before, so it moves to the end
            found[item.scope] = [item]
            continue
        told = found.setdefault((item.scope, item.key), [])
        before = told[-1] if told else None
        if not isinstance(before, Change) or before.type == "DELETED":
            told.append(item)
            continue
        told.pop()
        if before.type != "ADDED":
            told.append(item)
        elif item.type != "DELETED":
            told.append(Change(item.scope, "ADDED", item.key, item.object))
    return [item for told in found.values() for item in told]
