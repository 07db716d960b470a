# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon: keeps forwards open, runs health checks, answers clients on its socket, remembers, and ends when nothing is left to do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from .._cluster import Connection
from .._errors import RoroError
from .._log import tell
from .forward import Forward
from .link import Link
from .process import code_stamp, pid_file, socket_path, sole_daemon
from .serve import Serving
from .store import load, save, state_path
from .types import ForwardSpec, ForwardStatus, Told, Topic, connection_key, stopped_status

if TYPE_CHECKING:
    from .._health.keeper import Keeper

IDLE_SECONDS = 600.0
OWNER_SECONDS = 1.0
"""How often the process that a job's forward belongs to is looked at."""
Listener = Callable[[Topic, Told], None]
log = logging.getLogger("roro.forward")


class Daemon:
    """All forwards of a user. Lives on one event loop; the methods are called there."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._memory = load(state)
        self._logged: dict[str, tuple[str, str, str]] = {}
        self._links: dict[str, Link] = {}
        self._forwards: dict[str, Forward] = {}
        self._listeners: set[Listener] = set()
        self._keeper: Keeper | None = None
        self._busy = asyncio.Event()
        self.ending = asyncio.Event()

    def restore(self) -> None:
        """Start what ran before, on the ports it had."""
        for key in sorted(self._memory.running):
            self._launch(self._memory.forwards[key], self._memory.ports.get(key))
        if self._memory.checks:
            self._checks().restore()

    def statuses(self) -> list[ForwardStatus]:
        """All forwards, running and stopped."""
        running = {key: forward.status for key, forward in self._forwards.items()}
        return [running.get(key) or stopped_status(spec, self._memory.ports.get(key)) for key, spec in self._memory.forwards.items()]

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with each change of a status, of a forward or a check; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

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
        self._save()
        return changed

    async def resume(self, keys: list[str]) -> dict[str, bool]:
        """Start known forwards again."""
        return await self.start([self._memory.forwards[key] for key in keys if key in self._memory.forwards])

    async def stop(self, keys: list[str], *, forget: bool = False) -> dict[str, bool]:
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
        self._save()
        return changed

    async def live(self, idle: float, found_by: tuple[Path, ...]) -> None:
        """Until asked to end, until nothing has run for `idle` seconds, or until one of the files that clients find it by is gone (its
        socket, its pid file): nobody could end it any more, and the next daemon could not begin."""
        waiting = asyncio.create_task(self.ending.wait())
        while not self.ending.is_set() and await asyncio.to_thread(_all_there, found_by):
            await asyncio.wait([waiting], timeout=min(OWNER_SECONDS, idle))
            await self._end_orphans()
            if self._forwards or self._listeners or (self._keeper is not None and self._keeper.busy):
                self._quiet_since = asyncio.get_running_loop().time()
            elif asyncio.get_running_loop().time() - self._quiet_since >= idle:
                break
        waiting.cancel()

    async def close(self) -> None:
        """Close everything; what was to run will run again."""
        for forward in list(self._forwards.values()):
            await forward.stop()
        if self._keeper is not None:
            await self._keeper.close()
        for link in self._links.values():
            await link.close()

    async def health(self, what: str, request: dict[str, Any]) -> dict[str, Any]:
        """A request about health checks, see `serve`. Raises RoroError."""
        answer = await self._checks().answer("list" if what == "watch" else what, request)
        if any(answer["changed"].values()):
            await self._drop_links()
            self._save()
        return answer

    def _checks(self) -> Keeper:
        """The keeper of health checks, begun when there are some."""
        if self._keeper is None:
            from .._health.keeper import Keeper

            self._keeper = Keeper(self._memory.checks, self._memory.watching, self._link, lambda status: self._pass_on("check", status))
        return self._keeper

    def _link(self, connection: Connection) -> Link:
        key = connection_key(connection)
        return self._links.get(key) or self._links.setdefault(key, Link(connection))

    def _launch(self, spec: ForwardSpec, wished_port: int | None) -> None:
        forward = Forward(spec, self._link(spec.connection), self._told, wished_port)
        self._forwards[spec.id] = forward
        self._quiet_since = asyncio.get_running_loop().time()
        forward.start()

    async def _halt(self, key: str) -> None:
        forward = self._forwards.pop(key, None)
        if forward is None:
            return
        await forward.stop()
        await self._drop_links()

    async def _drop_links(self) -> None:
        """Close those that nobody uses any more."""
        used = {connection_key(other.spec.connection) for other in self._forwards.values()}
        used |= {connection_key(connection) for connection in (self._keeper.connections() if self._keeper is not None else ())}
        for name in [name for name in self._links if name not in used]:
            await self._links.pop(name).close()

    def _told(self, status: ForwardStatus) -> None:
        self._log(status)
        if status.local_port is not None and status.state != "Stopped" and self._memory.ports.get(status.id) != status.local_port:
            self._memory.remember_port(status.id, status.local_port)
            self._save()
        self._pass_on("status", status)

    def _pass_on(self, topic: Topic, status: Told) -> None:
        for listener in list(self._listeners):
            listener(topic, status)

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

    async def _end_orphans(self) -> None:
        gone = [key for key, spec in self._memory.forwards.items() if spec.owner and not _lives(spec.owner)]
        if gone:
            await self.stop(gone, forget=True)

    def _save(self) -> None:
        try:
            save(self._state, self._memory)
        except RoroError as error:
            log.warning("%s", error)

    _quiet_since = 0.0


def _all_there(files: tuple[Path, ...]) -> bool:
    return all(file.exists() for file in files)


def _lives(owner: tuple[int, float]) -> bool:
    try:
        return abs(psutil.Process(owner[0]).create_time() - owner[1]) < 1.0
    except psutil.Error:
        return False


def run_daemon(ready: Callable[[], None], after: int | None = None) -> None:
    """The whole life of the process. ready: called once clients can connect. after: pid of the daemon that died and is followed.

    Ends at once where another daemon runs, or followed that one already.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of connections that it does not keep
    _many_files()
    path = socket_path()
    with sole_daemon(path, after) as alone:
        if not alone:
            ready()
            _remove_folder(path)
            return
        path.unlink(missing_ok=True)
        try:
            with asyncio.Runner() as runner:
                runner.run(_run(path, ready))
        finally:
            path.unlink(missing_ok=True)
            _remove_folder(path)


def _remove_folder(path: Path) -> None:
    """The socket's, unless something is in it: where the usual one has too long a path, each process makes one."""
    with contextlib.suppress(OSError):
        path.parent.rmdir()


async def _run(path: Path, ready: Callable[[], None]) -> None:
    daemon = Daemon(state_path())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.ending.set)
    serving = Serving(daemon, code_stamp())
    server = await asyncio.start_unix_server(serving.client, str(path), limit=1 << 22)
    _make_private(path)
    daemon.restore()
    ready()
    try:
        await daemon.live(_idle_seconds(), (path, pid_file()))
    finally:
        server.close()
        await serving.close()
        await daemon.close()


def _make_private(path: Path) -> None:
    path.chmod(0o600)


def _idle_seconds() -> float:
    with contextlib.suppress(ValueError):
        return float(os.environ.get("RORO_FORWARD_IDLE", ""))
    return IDLE_SECONDS


def _many_files() -> None:
    """Each connection needs two: take as many as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
