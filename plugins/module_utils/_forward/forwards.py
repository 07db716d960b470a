# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All forwards of a user at work in the daemon: what is to run, on which ports, and what has to end with its playbook."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import psutil

from .._daemon import Desk
from .._errors import RoroError
from .._log import tell
from .forward import Forward
from .links import Links
from .store import Memory, memory_of
from .types import ForwardSpec, ForwardStatus, spec_of, stopped_status

OWNER_SECONDS = 1.0
"""How often the process that a job's forward belongs to is looked at."""
log = logging.getLogger("roro.forward")


class Forwards:
    """The work of the duty `forward`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._memory = self._remembered()
        self._links = desk.shared(Links)
        self._logged: dict[str, tuple[str, str, str]] = {}
        self._forwards: dict[str, Forward] = {}
        desk.spawn(self._watch_owners())

    @property
    def busy(self) -> bool:
        """Whether a forward runs."""
        return bool(self._forwards)

    def resume(self) -> None:
        """Start what ran before, on the ports it had."""
        for key in sorted(self._memory.running):
            self._launch(self._memory.forwards[key], self._memory.ports.get(key))

    async def answer(self, do: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """See `duty`. Raises UsageError."""
        keys = [str(key) for key in request.get("ids") or []]
        changed: dict[str, bool] = {}
        if do == "start":
            changed = await self.start([spec_of(record) for record in request["forwards"]])
        elif do == "resume":
            changed = await self.start([self._memory.forwards[key] for key in keys if key in self._memory.forwards])
        elif do in ("stop", "remove"):
            changed = await self.end(keys, forget=do == "remove")
        return {"changed": changed, "forwards": [status.as_record() for status in self.statuses()]}

    def kept(self) -> dict[str, Any]:
        """See `store`."""
        return self._memory.as_record()

    async def stop(self) -> None:
        """Close everything; what was to run will run again."""
        for key in list(self._forwards):
            await self._halt(key)

    def statuses(self) -> list[ForwardStatus]:
        """All forwards, running and stopped."""
        running = {key: forward.status for key, forward in self._forwards.items()}
        return [running.get(key) or stopped_status(spec, self._memory.ports.get(key)) for key, spec in self._memory.forwards.items()]

    async def start(self, specs: list[ForwardSpec]) -> dict[str, bool]:
        """See that these run: id -> whether something had to be done. One that runs otherwise (another local port) is started anew."""
        changed = {}
        for spec in specs:
            known, runs = self._memory.forwards.get(spec.id), spec.id in self._forwards
            changed[spec.id] = not (known is not None and runs and known.same_as(spec))
            if changed[spec.id]:
                await self._halt(spec.id)
                self._memory.forwards[spec.id] = spec
                self._memory.running.add(spec.id)
                self._launch(spec, self._memory.ports.get(spec.id) if spec.local_port is None else None)
            elif spec.owner:
                self._memory.forwards[spec.id] = spec
        self._desk.save()
        return changed

    async def end(self, keys: list[str], *, forget: bool) -> dict[str, bool]:
        """Stop forwards: id -> whether something had to be done. forget: as if they had never been; their ports stay remembered."""
        changed = {}
        for key in keys:
            known = key in self._memory.forwards
            changed[key] = known if forget else key in self._forwards
            await self._halt(key)
            self._memory.running.discard(key)
            spec = self._memory.forwards.pop(key, None) if forget else self._memory.forwards.get(key)
            if spec is not None and not forget:
                self._told(stopped_status(spec, self._memory.ports.get(key)))
        self._desk.save()
        return changed

    def _remembered(self) -> Memory:
        try:
            return memory_of(self._desk.kept)
        except (ValueError, KeyError, TypeError, AttributeError, RoroError):
            log.warning("what was kept of forwards is not usable and put aside")
            self._desk.put_aside()
            return Memory()

    def _launch(self, spec: ForwardSpec, wished_port: int | None) -> None:
        forward = Forward(spec, self._links.take(spec.connection), self._told, wished_port)
        self._forwards[spec.id] = forward
        forward.start()

    async def _halt(self, key: str) -> None:
        forward = self._forwards.pop(key, None)
        if forward is not None:
            await forward.stop()
            await self._links.leave(forward.link)

    def _told(self, status: ForwardStatus) -> None:
        self._log(status)
        if status.local_port is not None and status.state != "Stopped" and self._memory.ports.get(status.id) != status.local_port:
            self._memory.remember_port(status.id, status.local_port)
            self._desk.save()
        self._desk.tell(status)

    def _log(self, status: ForwardStatus) -> None:
        """A line of our own log for each change of a state, under the run that asked for the forward."""
        state = (status.state, status.reason, status.pod)
        spec = self._memory.forwards.get(status.id)
        if self._logged.get(status.id) == state or spec is None:
            return
        self._logged[status.id] = state
        level = "warning" if status.state in ("Conflict", "Failed", "Reconnecting") else "info"
        about = {"forward": status.id, "target": status.target, "namespace": status.namespace, "instance": status.origin.instance}
        now = {"state": status.state, "reason": status.reason, "message": status.message, "pod": status.pod, "port": status.local_port}
        tell(level, "daemon", "forward", run=spec.run, **about, **now)

    async def _watch_owners(self) -> None:
        """Forget forwards whose playbook ended."""
        while True:
            await asyncio.sleep(OWNER_SECONDS)
            gone = [key for key, spec in self._memory.forwards.items() if spec.owner and not _lives(spec.owner)]
            if gone:
                await self.end(gone, forget=True)


def _lives(owner: tuple[int, float]) -> bool:
    try:
        return abs(psutil.Process(owner[0]).create_time() - owner[1]) < 1.0
    except psutil.Error:
        return False
