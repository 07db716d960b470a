# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All health checks of the daemon, as its socket asks for them. Lives on the daemon's event loop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, MutableMapping
from typing import Any

from .._cluster import Connection
from .._errors import UsageError
from .._forward.link import Link
from .check import AT_ONCE, Check
from .types import HealthSpec, HealthStatus, quiet_status, spec_of

log = logging.getLogger("roro.health")


class Keeper:
    """records: id -> what was asked for, running: ids of those that are to run; both the daemon's memory, kept up to date here.

    link: the way to a cluster, shared with the forwards. told: gets each change of a state.
    """

    def __init__(
        self,
        records: MutableMapping[str, dict[str, Any]],
        running: set[str],
        link: Callable[[Connection], Link],
        told: Callable[[HealthStatus], None],
    ) -> None:
        self._records, self._running, self._link, self._told = records, running, link, told
        self._specs: dict[str, HealthSpec] = {}
        self._checks: dict[str, Check] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        for key, record in list(records.items()):
            try:
                self._specs[key] = spec_of(record)
            except UsageError as error:
                log.warning("%s", error)
                del records[key]
        running.intersection_update(self._specs)

    def restore(self) -> None:
        """Start what ran before."""
        for key in sorted(self._running):
            self._launch(self._specs[key])

    @property
    def busy(self) -> bool:
        """Whether a check runs."""
        return bool(self._checks)

    def connections(self) -> list[Connection]:
        """Those that the running checks use."""
        return [check.spec.connection for check in self._checks.values()]

    def statuses(self) -> list[HealthStatus]:
        """All checks, running and stopped."""
        return [self._checks[key].status if key in self._checks else quiet_status(spec, "Stopped") for key, spec in self._specs.items()]

    async def answer(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        """A request of the socket: start (`checks`: records), resume, stop, remove (`ids`), list. Raises UsageError."""
        keys = [str(key) for key in request.get("ids") or []]
        changed: dict[str, bool] = {}
        if what == "start":
            changed = await self._start([spec_of(record) for record in request["checks"]])
        elif what == "resume":
            changed = await self._start([self._specs[key] for key in keys if key in self._specs])
        elif what in ("stop", "remove"):
            changed = await self._stop(keys, forget=what == "remove")
        elif what != "list":
            raise UsageError(f'the daemon knows no "{what}" of health checks')
        return {"changed": changed, "checks": [status.as_record() for status in self.statuses()]}

    async def close(self) -> None:
        """End all; what was to run will run again."""
        checks, self._checks = list(self._checks.values()), {}
        await asyncio.gather(*(check.stop() for check in checks))

    async def _start(self, specs: Iterable[HealthSpec]) -> dict[str, bool]:
        """See that these run: id -> whether something had to be done. One that runs otherwise is started anew."""
        wanted = {spec.id: spec for spec in specs}
        changed = {key: not (key in self._checks and self._specs.get(key) == spec) for key, spec in wanted.items()}
        await self._halt([key for key in wanted if changed[key]])
        for key in [key for key in wanted if changed[key]]:
            self._specs[key] = wanted[key]
            self._records[key] = wanted[key].as_record()
            self._running.add(key)
            self._launch(wanted[key])
        return changed

    async def _stop(self, keys: Collection[str], *, forget: bool) -> dict[str, bool]:
        changed = {key: key in self._specs if forget else key in self._checks for key in keys}
        await self._halt(keys)
        for key in keys:
            self._running.discard(key)
            if forget:
                self._specs.pop(key, None)
                self._records.pop(key, None)
            elif changed[key]:
                self._told(quiet_status(self._specs[key], "Stopped"))
        return changed

    def _launch(self, spec: HealthSpec) -> None:
        check = Check(spec, self._link(spec.connection), self._told, self._at_once)
        check.start(len(self._checks))
        self._checks[spec.id] = check

    async def _halt(self, keys: Iterable[str]) -> None:
        """End some, together: each may have to wait for a peer that takes its time to say goodbye."""
        checks = [self._checks.pop(key) for key in keys if key in self._checks]
        await asyncio.gather(*(check.stop() for check in checks))
