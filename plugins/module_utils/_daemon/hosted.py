# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One duty within the daemon: begun when there is something for it, guarded, so that what it raises is told and ends nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from .._errors import RoroError
from .._log import tell_bug
from .duty import Duty, S, Told, Work
from .state import State

log = logging.getLogger("roro.daemon")


class Hosted:
    """The desk of a duty. changed: called when something was saved. told: gets its news. shared: see Desk."""

    def __init__(
        self,
        duty: Duty,
        state: State,
        changed: Callable[[], None],
        told: Callable[[str, Told], None],
        shared: Callable[[type[Any]], Any],
    ) -> None:
        self.duty = duty
        self.problem = ""
        """Why it does not work, or not all of it; "" when all is well."""
        self._state, self._changed, self._told, self._shared = state, changed, told, shared
        self._work: Work | None = None
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether it has something to do. One that cannot say so has not."""
        try:
            return self._work is not None and self._work.busy
        except Exception as error:
            self._failed(error)
            return False

    async def resume(self) -> None:
        """Begin where something was kept. A failure is told, and not raised."""
        if any(self.kept.values()):
            async with self._turn:
                with contextlib.suppress(Exception):
                    await self.begin()

    async def begin(self) -> Work:
        """The work, begun when it was not. Raises what the duty raises, which was told."""
        if self._work is not None:
            return self._work
        try:
            self._work = work = self.duty.begin(self)
            work.resume()
        except Exception as error:
            self._failed(error)
            await self.stop()
            raise
        self.problem = ""
        return work

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """One request. A duty that could not begin tries again. Raises what the duty raises."""
        async with self._turn:
            return await (await self.begin()).answer(do, request)

    async def stop(self) -> None:
        """End the work, and what it spawned."""
        (work, self._work), (tasks, self._tasks) = (self._work, None), (self._tasks, set())
        try:
            if work is not None:
                await work.stop()
        except Exception as error:
            self._failed(error)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What the duty is offered, see Desk

    @property
    def kept(self) -> Mapping[str, Any]:
        """See Desk."""
        return self._state.of(self.duty.keeps)

    def save(self) -> None:
        """See Desk. Where the duty cannot say what it keeps, what it kept last stays."""
        self._changed()
        try:
            if self._work is not None:
                self._state.put(self.duty.keeps, self._work.kept())
        except Exception as error:
            self._failed(error)
            return
        self._state.save()

    def tell(self, status: Told) -> None:
        """See Desk."""
        self._told(self.duty.topic, status)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """See Desk."""
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # it may be cancelled before it begins
        return task

    def shared(self, kind: type[S]) -> S:
        """See Desk."""
        found: S = self._shared(kind)
        return found

    def put_aside(self) -> None:
        """See Desk. What the others kept is written anew."""
        self._state.put_aside()
        self._state.put(self.duty.keeps, {})
        self._state.save()

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        """Told once, however often it happens again."""
        words = in_words(error)
        if words == self.problem:
            return
        self.problem = words
        log.error("duty %s", self.duty.name, exc_info=error)
        tell_bug("daemon", error)


def in_words(error: Exception) -> str:
    """An error as a client is told it."""
    return error.problems[0].message if isinstance(error, RoroError) else f"unexpected {type(error).__name__}: {error}"
