# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A workspace's folder kept together with its Git server while something goes on: a sync now and then, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from .._errors import RoroError
from .._git import open_repository
from .._sync import DEFAULT_INTERVAL, Synced, open_clone, pause, sync_and_record

_LOOK = 0.2
_LOOK_AT_USE = 10.0


@dataclass
class GitFollower:
    """folder: of the workspace. interval: seconds between two syncs, None for what the workspace says. tell: each new outcome and each
    new trouble, in words."""

    folder: Path
    interval: float | None = None
    tell: Callable[[str], None] = lambda words: None
    _trouble: str = ""
    _stop: threading.Event = field(default_factory=threading.Event)
    _synced: threading.Event = field(default_factory=threading.Event)
    _failed: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def trouble(self) -> str:
        """Why the newest commit of the server is not in use, "" where it is."""
        return self._trouble

    def start(self) -> None:
        """Begin; where the folder is no clone, or has no server, nothing is followed, and that is told. Raises nothing."""
        try:
            open_clone(self.folder).server_address()
        except RoroError as error:
            self.tell(f"no Git server is followed: {error.problems[0].message}")
            return
        self._thread = threading.Thread(target=self._run, name="roro-git", daemon=True)
        self._thread.start()

    def await_newest(self, in_use: Callable[[], Collection[str]], stop: threading.Event, alive: Callable[[], None]) -> bool:
        """Wait until what is here may be used: a sync went well, or it did not and this clone has the commits that are in use already. Else
        somebody who stood by would take back what was deployed meanwhile. alive: called while it waits. False when `stop` came first."""
        looked, told = -_LOOK_AT_USE, False
        while not stop.is_set():
            if self._thread is None or self._synced.is_set():
                return True
            if self._failed.is_set() and time.monotonic() - looked > _LOOK_AT_USE:
                looked = time.monotonic()
                missing = self._missing(in_use())
                if not missing:
                    return True
                if not told:
                    self.tell(f"commit {missing[0][:12]} is in use and not here yet: nothing is done before a sync with the Git server")
                told = True
            alive()
            stop.wait(_LOOK)
        return False

    def _missing(self, commits: Collection[str]) -> list[str]:
        """Those that are not part of what is checked out here."""
        try:
            repository = open_repository(self.folder)
            head = repository.head().commit or ""
            return [one for one in commits if one and not (head and repository.resolve(one) and repository.contains(head, one))]
        except RoroError:
            return [one for one in commits if one]

    def close(self) -> None:
        """End; a sync under way is interrupted and leaves the folder as it was, or is taken up by the next one."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10.0)

    def _run(self) -> None:
        chance, failures = Random(), 0  # noqa: S311 - spreads requests, protects nothing
        while not self._stop.is_set():
            interval = DEFAULT_INTERVAL
            try:
                interval = self._once()
                failures = 0
            except RoroError as error:
                failures += 1
                self._failed.set()
                self._say(f"the sync with the Git server failed, the last good commit stays in use: {error.problems[0].message}")
            except Exception as error:  # a defect of ours must not end it in silence
                failures += 1
                self._failed.set()
                self._say(f"the sync with the Git server failed: unexpected {type(error).__name__}: {error}")
            self._stop.wait(pause(self.interval or interval, failures, chance))

    def _once(self) -> float:
        """Sync; the interval that the workspace asks for. Raises RoroError."""
        clone = open_clone(self.folder)
        done = sync_and_record(clone.repository, clone.background_server(), clone.options(), cancel=self._stop)
        if done.clashes:
            self._failed.set()
            names = ", ".join(clash.name for clash in done.clashes[:3])
            self._say(f"the Git server's changes conflict with those made here ({names}), the last good commit stays in use: roro sync")
        else:
            self._trouble = ""
            self._synced.set()
            self._news(done)
        return clone.interval

    def _news(self, done: Synced) -> None:
        if done.changed:
            self.tell(f"the Git server had news: {done.state}, now at {done.after[:12]}")

    def _say(self, words: str) -> None:
        if words != self._trouble:
            self._trouble = words
            self.tell(words)
