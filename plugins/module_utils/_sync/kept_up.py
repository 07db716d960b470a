# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One clone that the daemon syncs again and again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from .. import _log as log
from .._errors import GitError, Interrupted, RoroError
from .again import pause
from .background_types import BackgroundStatus, BackgroundSync
from .types import Synced
from .workspace_clone import DEFAULT_INTERVAL, WorkspaceClone, open_clone, sync_and_record

Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
_BUSY_SECONDS = 5.0
"""Until the next try where somebody else is at work on the clone."""


class KeptUp:
    """Lives on the daemon's event loop. threads: where git is waited for. told: gets each status that differs from the one before."""

    def __init__(self, asked: BackgroundSync, threads: Executor, told: Callable[[BackgroundStatus], None]) -> None:
        self.asked = asked
        self.status = BackgroundStatus(asked.id, asked.root)
        self._threads, self._told = threads, told
        self._cancel = threading.Event()
        self._ends = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._chance = Random()  # noqa: S311 - spreads requests, protects nothing

    def begin(self, spawn: Spawn) -> None:
        """Sync from now on."""
        self._task = spawn(self._run())

    async def end(self) -> None:
        """What is under way is cancelled, and waited for: the next sync takes up what was begun."""
        self._cancel.set()
        self._ends.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._ends.is_set():
            seconds = await loop.run_in_executor(self._threads, self._once)
            if self._ends.is_set():
                return
            self._become(due=_soon(seconds))
            try:
                await asyncio.wait_for(self._ends.wait(), seconds)
            except TimeoutError:
                continue

    def _once(self) -> float:
        """One sync, in a thread; the seconds until the next. What it says is kept in the status, which the loop tells of."""
        interval = self.asked.interval or DEFAULT_INTERVAL
        try:
            clone = open_clone(Path(self.asked.root))
            interval = self.asked.interval or clone.interval
            done = self._synced(clone)
        except Interrupted:
            return interval
        except GitError as error:
            if error.reason == "Busy":
                return min(interval, _BUSY_SECONDS)
            return self._failed(error, error.reason, interval)
        except RoroError as error:
            return self._failed(error, "", interval)
        except Exception as error:  # a defect of ours must not end the duty for this clone
            log.tell_bug("daemon", error)
            return self._failed(RoroError(f"unexpected {type(error).__name__}: {error}"), "Unexpected", interval)
        return self._ended(done, clone.trouble, interval)

    def _synced(self, clone: WorkspaceClone) -> Synced:
        """Raises RoroError."""
        asked = self.asked
        options = clone.options(
            strategy=asked.strategy, push=asked.push, branch=asked.branch, follow_rewritten=asked.follow_rewritten, message=asked.message
        )
        return sync_and_record(clone.repository, clone.background_server(asked.agent), options, cancel=self._cancel)

    def _ended(self, done: Synced, trouble: str, interval: float) -> float:
        names = ", ".join(clash.name for clash in done.clashes)
        self.status = replace(
            self.status,
            state="Conflict" if names else "Active",
            outcome=done.state,
            reason="Conflict" if names else "",
            message=f"both sides changed {names}; settle it: roro sync --resolve" if names else trouble,
            branch=done.branch,
            upstream=done.upstream,
            commit=self.status.commit if names else done.after,
            synced=_soon(0),
            failures=0,
        )
        if done.changed:
            log.tell("info", "sync", "synced", root=self.asked.root, state=done.state, commit=done.after, notes="; ".join(done.notes))
        return pause(interval, 0, self._chance)

    def _failed(self, error: RoroError, reason: str, interval: float) -> float:
        failures = self.status.failures + 1
        words = str(error.problems[0])
        if words != self.status.message:
            log.tell("warning", "sync", "sync failed", root=self.asked.root, reason=reason)
        self.status = replace(
            self.status, state="Failed", outcome="Failed", reason=reason, message=words, synced=_soon(0), failures=failures
        )
        return pause(interval, failures, self._chance)

    def _become(self, due: str) -> None:
        self.status = replace(self.status, due=due)
        self._told(self.status)


def _soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="seconds")
