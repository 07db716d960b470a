# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All health checks of the daemon, as its socket asks for them. Lives on the daemon's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .._daemon import Desk
from .._errors import UsageError
from .._forward.links import Links
from .check import AT_ONCE, Check
from .store import Memory, memory_of
from .types import HealthSpec, HealthStatus, quiet_status, spec_of

log = logging.getLogger("roro.health")


class Keeper:
    """The work of the duty `health`. Clusters are reached by the links that forwards use too."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._links = desk, desk.shared(Links)
        self._memory = self._remembered()
        self._specs: dict[str, HealthSpec] = {}
        self._checks: dict[str, Check] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        for key, record in list(self._memory.checks.items()):
            try:
                self._specs[key] = spec_of(record)
            except UsageError as error:
                log.warning("%s", error)
                del self._memory.checks[key]
        self._memory.watching.intersection_update(self._specs)

    def resume(self) -> None:
        """Start what ran before."""
        for key in sorted(self._memory.watching):
            self._launch(self._specs[key])

    @property
    def busy(self) -> bool:
        """Whether a check runs."""
        return bool(self._checks)

    def statuses(self) -> list[HealthStatus]:
        """All checks, running and stopped."""
        return [self._checks[key].status if key in self._checks else quiet_status(spec, "Stopped") for key, spec in self._specs.items()]

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """See `duty`. Raises UsageError."""
        what, keys = request.get("what"), [str(key) for key in request.get("ids") or []]
        changed: dict[str, bool] = {}
        if what == "start":
            changed = await self._start([spec_of(record) for record in request["checks"]])
        elif what == "resume":
            changed = await self._start([self._specs[key] for key in keys if key in self._specs])
        elif what in ("stop", "remove"):
            changed = await self._stop(keys, forget=what == "remove")
        elif what not in ("list", "watch"):
            raise UsageError(f'the daemon knows no "{what}" of health checks')
        if any(changed.values()):
            self._desk.save()
        return {"changed": changed, "checks": [status.as_record() for status in self.statuses()]}

    def kept(self) -> dict[str, Any]:
        """See `store`."""
        return self._memory.as_record()

    async def stop(self) -> None:
        """End all; what was to run will run again."""
        await self._halt(list(self._checks))

    async def _start(self, specs: Iterable[HealthSpec]) -> dict[str, bool]:
        """See that these run: id -> whether something had to be done. One that runs otherwise is started anew."""
        wanted = {spec.id: spec for spec in specs}
        changed = {key: not (key in self._checks and self._specs.get(key) == spec) for key, spec in wanted.items()}
        await self._halt([key for key in wanted if changed[key]])
        for key in [key for key in wanted if changed[key]]:
            self._specs[key] = wanted[key]
            self._memory.checks[key] = wanted[key].as_record()
            self._memory.watching.add(key)
            self._launch(wanted[key])
        return changed

    async def _stop(self, keys: Collection[str], *, forget: bool) -> dict[str, bool]:
        changed = {key: key in self._specs if forget else key in self._checks for key in keys}
        await self._halt(keys)
        for key in keys:
            self._memory.watching.discard(key)
            if forget:
                self._specs.pop(key, None)
                self._memory.checks.pop(key, None)
            elif changed[key]:
                self._desk.tell(quiet_status(self._specs[key], "Stopped"))
        return changed

    def _remembered(self) -> Memory:
        try:
            return memory_of(self._desk.kept)
        except (ValueError, TypeError, AttributeError):
            log.warning("what was kept of health checks is not usable and put aside")
            self._desk.put_aside()
            return Memory()

    def _launch(self, spec: HealthSpec) -> None:
        check = Check(spec, self._links.take(spec.connection), self._desk.tell, self._at_once)
        check.start(len(self._checks))
        self._checks[spec.id] = check

    async def _halt(self, keys: Iterable[str]) -> None:
        """End some, together: each may have to wait for a peer that takes its time to say goodbye."""
        checks = [self._checks.pop(key) for key in keys if key in self._checks]
        await asyncio.gather(*(check.stop() for check in checks))
        for check in checks:
            await self._links.leave(check.link)
