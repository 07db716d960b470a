# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few daemon threads that make API calls. Daemons, so that a run that is interrupted never waits for a slow server."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from .._cluster import collector_seldom

T = TypeVar("T")
Done = Callable[[Any, "BaseException | None"], None]


def _put(ended: queue.SimpleQueue[tuple[int, Any, BaseException | None]], position: int, result: Any, error: BaseException | None) -> None:
    ended.put((position, result, error))


class Workers:
    """At most `count` calls at a time. Threads start when they are needed and end with `close`."""

    def __init__(self, count: int) -> None:
        self._count = max(1, count)
        self._calls: queue.SimpleQueue[tuple[Callable[[], Any], Done] | None] = queue.SimpleQueue()
        self._threads = 0
        self._busy = 0
        self._lock = threading.Lock()

    def submit(self, call: Callable[[], Any], done: Done) -> None:
        """Run `call` in a thread, then `done(result, error)` in that thread. `done` must not raise."""
        with self._lock:
            self._busy += 1
            start = self._busy > self._threads and self._threads < self._count
            self._threads += start
        if start:
            threading.Thread(target=self._work, name="roro-worker", daemon=True).start()
        self._calls.put((call, done))

    def all(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """The results of all calls, in order; raises the first error once every call has ended."""
        ended: queue.SimpleQueue[tuple[int, Any, BaseException | None]] = queue.SimpleQueue()
        for position, call in enumerate(calls):
            self.submit(call, partial(_put, ended, position))
        results = sorted((ended.get() for _ in calls), key=lambda item: item[0])
        for _, _, error in results:
            if error is not None:
                raise error
        return [result for _, result, _ in results]

    def close(self) -> None:
        """Let the threads end after what they are doing; does not wait for them."""
        with self._lock:
            for _ in range(self._threads):
                self._calls.put(None)

    def _work(self) -> None:
        while (item := self._calls.get()) is not None:
            call, done = item
            result, error = None, None
            try:
                result = call()
            except BaseException as caught:
                error = caught
            with self._lock:
                self._busy -= 1
            done(result, error)


@contextmanager
def workers_at_work(count: int) -> Iterator[Workers]:
    """Workers for a job; meanwhile the cyclic garbage collector runs seldom."""
    workers = Workers(count)
    try:
        with collector_seldom():
            yield workers
    finally:
        workers.close()


def all_at_once(calls: Sequence[Callable[[], T]]) -> list[T]:
    """The results of all calls, each in a thread of its own, in order; raises the first error once every call has ended."""
    workers = Workers(len(calls))
    try:
        return workers.all(calls)
    finally:
        workers.close()
