# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run asks before it calls an instance healthy: each of its checks has to pass once. Needs no daemon.

Everything happens on an event loop in a thread of its own, which begins with the first instance that asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from .._cluster import Cluster, Connection
from .._forward.link import Link
from .._model import HealthCheck, Instance
from .asking import Asking, Round
from .check import AT_ONCE
from .verdict import PASSED, Answer

FIRST_PAUSE, LAST_PAUSE = 0.2, 2.0
"""Seconds between two rounds; a change among the pods ends the pause."""
SETTLE = 0.05
"""Seconds: changes come in flocks, and are looked at together."""
CLOSE_SECONDS = 5.0
log = logging.getLogger("roro.health")


@dataclass(frozen=True)
class CheckWord:
    """What one check has found. passed: it will not be asked again. final: asking again does not help until somebody changes something."""

    name: str
    passed: bool = False
    reason: str = ""
    message: str = ""
    final: bool = False


Tell = Callable[[CheckWord], None]


class HealthGate:
    """cluster: the run's client, which stays open. Usable from any thread."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._link: Link | None = None
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def begin(self, instance: Instance, tell: Tell) -> Callable[[], None]:
        """Ask the checks of an instance until each passed. tell: gets what is new, from the gate's thread. Returns what ends it."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="roro-health", daemon=True)
                self._thread.start()
            task = asyncio.run_coroutine_threadsafe(self._ask_all(instance, tell), self._loop)
        return lambda: (task.cancel(), None)[1]

    def close(self) -> None:
        """End what is still asked, and close what is open."""
        with self._lock:
            loop, thread, self._loop = self._loop, self._thread, None
        if loop is None or thread is None:
            return
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._end(), loop).result(CLOSE_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSE_SECONDS)
        if not thread.is_alive():
            loop.close()

    async def _ask_all(self, instance: Instance, tell: Tell) -> None:
        if self._link is None:
            self._link = Link(Connection(), cluster=self._cluster)
        await asyncio.gather(*(self._ask(check, instance.namespace, self._link, tell) for check in instance.health))

    async def _ask(self, check: HealthCheck, namespace: str, link: Link, tell: Tell) -> None:
        asking, told, pause = Asking(check, namespace, link, self._at_once), None, FIRST_PAUSE
        try:
            while True:
                asking.news.clear()
                answer = outcome_of(await _asked(asking, check.name))
                word = CheckWord(check.name, answer is PASSED, answer.reason, answer.message, answer.final)
                if word != told:
                    told = word
                    tell(word)
                if word.passed or word.final:
                    return
                await _until(asking.news, min(pause, check.interval))
                pause = min(LAST_PAUSE, 2.0 * pause)
        finally:
            await asking.close()

    async def _end(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._link is not None:
            await self._link.close()


async def _asked(asking: Asking, name: str) -> Round:
    """One round. A defect of ours is told and asked again: it must not end the asking in silence, and the run wait for nothing."""
    try:
        return await asking.round()
    except Exception as error:
        log.debug("health check %s", name, exc_info=True)
        return Round(Answer("unknown", "Unexpected", f"unexpected {type(error).__name__}: {error}"))


def outcome_of(found: Round) -> Answer:
    """What the pods answered, taken together: PASSED when all passed, else the worst."""
    if found.nobody is not None:
        return found.nobody
    if not found.answers:
        return Answer("unknown", "PodGone", "its pods went while they were asked")
    answers = [answer for _, answer in found.answers.values() if answer.outcome != "passed"]
    return min(answers, key=lambda answer: ("failed", "unknown").index(answer.outcome), default=PASSED)


async def _until(news: asyncio.Event, seconds: float) -> None:
    await asyncio.sleep(SETTLE)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await news.wait()
