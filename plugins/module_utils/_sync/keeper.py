# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All syncs of the daemon, as its socket asks for them. Lives on the daemon's event loop; what works with git does so in threads of its
own, so that neither a slow server nor a big merge holds up another duty."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .._daemon import Desk
from .._errors import UsageError
from .background_types import BackgroundStatus, BackgroundSync, background_of
from .kept_up import KeptUp

AT_ONCE = 4
"""So many clones are synced at a time."""
log = logging.getLogger("roro.sync")


class Keeper:
    """The work of the duty `sync`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._running: dict[str, KeptUp] = {}
        self._threads = ThreadPoolExecutor(AT_ONCE, "sync")
        self._records = self._remembered()

    def resume(self) -> None:
        """Start what ran before. A record that this version cannot use stays as it is."""
        for record in self._records.values():
            try:
                self._launch(background_of(record))
            except UsageError as error:
                log.warning("%s", error)

    @property
    def busy(self) -> bool:
        """Whether a clone is synced."""
        return bool(self._running)

    def statuses(self) -> list[BackgroundStatus]:
        """All syncs."""
        return [kept.status for kept in self._running.values()]

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """See `duty`. Raises UsageError."""
        what = request.get("what")
        changed: dict[str, bool] = {}
        if what == "start":
            changed = await self._start([background_of(record) for record in request["syncs"]])
        elif what == "stop":
            changed = await self._stop([str(key) for key in request.get("ids") or []])
        elif what not in ("list", "watch"):
            raise UsageError(f'the daemon knows no "{what}" of syncs')
        if any(changed.values()):
            self._desk.save()
        return {"changed": changed, "syncs": [status.as_record() for status in self.statuses()]}

    def kept(self) -> dict[str, Any]:
        """What is to be synced, by id."""
        return {"syncs": self._records}

    async def stop(self) -> None:
        """End all; what was to run will run again."""
        await self._halt(list(self._running))
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _start(self, wanted: Iterable[BackgroundSync]) -> dict[str, bool]:
        """See that these run. One that runs otherwise is started anew."""
        changed: dict[str, bool] = {}
        for asked in wanted:
            kept = self._running.get(asked.id)
            changed[asked.id] = kept is None or kept.asked != asked
            if changed[asked.id]:
                await self._halt([asked.id])
                self._records[asked.id] = asked.as_record()
                self._launch(asked)
        return changed

    async def _stop(self, keys: Iterable[str]) -> dict[str, bool]:
        changed = {key: key in self._records for key in keys}
        await self._halt(changed)
        for key in changed:
            self._records.pop(key, None)
        return changed

    def _launch(self, asked: BackgroundSync) -> None:
        kept = KeptUp(asked, self._threads, self._desk.tell)
        self._running[asked.id] = kept
        kept.begin(self._desk.spawn)

    async def _halt(self, keys: Iterable[str]) -> None:
        await asyncio.gather(*(self._running.pop(key).end() for key in list(keys) if key in self._running))

    def _remembered(self) -> dict[str, dict[str, Any]]:
        try:
            return {str(key): dict(record) for key, record in (self._desk.kept.get("syncs") or {}).items()}
        except (ValueError, TypeError, AttributeError):
            log.warning("what was kept of syncs is not usable and put aside")
            self._desk.put_aside()
            return {}
