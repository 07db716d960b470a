# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One forward at work: its listener, its pod, its state, and the connections through it.

The listener stays open whatever happens to the pods. A keeper task alone decides whether the way to the pod is open and says so in
the state; connections wait for it, a bounded time. So an outage is asked about by one task with growing pauses, however many
connections wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from .._errors import RoroError
from .choose import Choice, NoChoice, choose
from .dial import DialFailed, no_credentials
from .link import Link
from .listen import BACKLOG, Conflict, bind, free_port
from .probe import ANSWER_SECONDS, probe, silent
from .relay import Counters, End, Relay
from .streams import Tunnel, in_words
from .tunnels import Tunnels
from .types import LOOPBACK, ForwardSpec, ForwardStatus, State, read_target
from .watching import PODS, SERVICES, SLICES, is_final

WAIT_SECONDS = 30.0
"""How long a new connection waits for a Ready pod."""
REFUSED_SECONDS = 5.0
"""How long it goes on trying where a Ready pod refuses it."""
AVOID_SECONDS = 5.0
OUTLAST_SECONDS = 5.0
FIRST_PAUSE, LAST_PAUSE = 0.1, 5.0
ASK_SECONDS = 5.0
"""How often an unused tunnel is asked for a sign of life: a server that stopped, or a network that went away, tells nothing by itself."""
SETTLE_SECONDS = 15.0
"""An API server that starts answers before it knows the roles: a refusal so soon after an outage is not final."""
CONFLICT_SECONDS = 2.0
log = logging.getLogger("roro.forward")

Tell = Callable[[ForwardStatus], None]


class Forward:
    """Started by `start`, ended by `stop`. tell: gets each change of the status. wished_port: the one to take
    again while it is free, where no number is asked for."""

    def __init__(self, spec: ForwardSpec, link: Link, tell: Tell, wished_port: int | None = None) -> None:
        self.spec, self.link, self._tell = spec, link, tell
        self._target = read_target(spec.target)
        self._wished = wished_port
        self._kinds = (PODS, SERVICES, SLICES) if self._target.kind == "Service" else (PODS,)
        self._choice: Choice | NoChoice | None = None
        self._refused: dict[str, float] = {}
        self._poked = asyncio.Event()
        self._tunnels = Tunnels(spec.namespace)
        self._servers: list[asyncio.Server] = []
        self._relays: set[Relay] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._counters = Counters()
        self._was_active = False
        self._doubted = False
        self._unsettled_until = 0.0
        self._is_open = False
        self._news = asyncio.Event()
        self._clock = asyncio.get_running_loop()
        self._status = ForwardStatus(
            spec.id, spec.target, spec.namespace, spec.port, spec.context, spec.server, spec.origin, spec.scope, spec.open, since=_now()
        )

    @property
    def status(self) -> ForwardStatus:
        """How it is now, with the figures of this moment."""
        count = self._counters
        status = replace(self._status, received=count.received, sent=count.sent, connections=len(self._relays))
        return replace(status, protocol=self._tunnels.protocol)

    def start(self) -> None:
        """Begin; returns at once."""
        self._spawn(self._run())

    async def stop(self) -> None:
        """Close the listener and everything open through it."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for server in self._servers:
            server.close()
        with contextlib.suppress(KeyError):
            view = self.link.view(self.spec.namespace)
            view.listeners.discard(self._look)
            self.link.leave(self.spec.namespace)
        await self._tunnels.close()
        self._become("Stopped")

    # The keeper

    async def _run(self) -> None:
        await self._listen()
        failures = 0
        while True:
            self._poked.clear()
            try:
                await self._open_the_way()
            except Exception as error:
                failures += 1
                self._doubted = True
                self._set_open(False)
                self._blocked(error if isinstance(error, DialFailed) else _defect(self.spec, error))
                await self._pause(failures)
                with contextlib.suppress(RoroError):
                    await self.link.reload()
                continue
            failures = 0

    async def _open_the_way(self) -> None:
        """Watch, choose, open a tunnel, try the port; then rest until something changes. Raises DialFailed."""
        self._watch()
        choice = self._choice
        if not isinstance(choice, Choice):
            self._set_open(False)
            if isinstance(choice, NoChoice):
                self._become(choice.state, choice.reason, choice.message)
            await self._poked.wait()
            return
        tunnel = await self._tunnels.warm(self.link.dialer, choice)
        if not self._doubted:
            self._set_open(True)
        self._doubted = True
        refusal = await probe(tunnel, choice.port)
        if refusal:
            raise DialFailed("ConnectionRefused", in_words(refusal, choice.port, choice.pod))
        self._was_active, self._doubted = True, False
        self._refused.pop(choice.uid, None)
        self._become("Active", pod=choice.pod)
        self._set_open(True)
        spare = await self._tunnels.warm(self.link.dialer, choice) if tunnel.protocol == "SPDY/3.1" else None
        self._tunnels.retire(choice.uid)
        await self._until_something_happens(choice, spare)

    async def _until_something_happens(self, choice: Choice, spare: Tunnel | None) -> None:
        """Until the pods change or the spare tunnel breaks. Raises DialFailed when the server falls silent: connections under way are left
        alone, as it may wake up, and new ones wait."""
        while not await _any_of(ASK_SECONDS, self._poked, *([spare.lost] if spare else [])):
            if spare is None or self._tunnels.crowded:
                continue
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    unused = await self._tunnels.warm(self.link.dialer, choice)
            except TimeoutError:
                raise silent() from None
            if not await unused.answers(ANSWER_SECONDS):
                raise silent()

    def _watch(self) -> None:
        """See that the namespace is watched, and take its errors. Raises DialFailed."""
        try:
            self.link.open()
        except RoroError as error:
            raise DialFailed("NoCredentials", no_credentials(error), final=True) from error
        view = self.link.view(self.spec.namespace)
        view.need(*self._kinds)
        if self._look not in view.listeners:
            view.listeners.add(self._look)
            self._look()
        if not view.synced(*self._kinds):
            failure = view.error(*self._kinds)
            if failure is not None:
                hint = failure.problems[0].hint
                words = f"{no_credentials(failure)}; {hint}" if hint else no_credentials(failure)
                raise DialFailed("Forbidden" if is_final(failure) else "Unreachable", words, final=is_final(failure))

    def _look(self) -> None:
        """Something in the namespace changed: choose again, and let go of pods that are gone."""
        view = self.link.view(self.spec.namespace)
        if not view.synced(*self._kinds):
            if view.error(*self._kinds):
                self._poked.set()
            return
        scene, now = view.scene, self._clock.time()
        self._refused = {uid: until for uid, until in self._refused.items() if until > now}
        current = self._choice.uid if isinstance(self._choice, Choice) else ""
        chosen = choose(self._target, self.spec.port, scene, current, self._refused)
        if chosen != self._choice:
            self._choice = chosen
            self._doubted = False
            self._set_open(False)
            self._poked.set()
        alive = {pod.uid for pod in scene.pods.values() if not pod.gone}
        for relay in list(self._relays):
            if relay.pod and relay.pod not in alive:
                self._tunnels.drop(relay.pod)
                relay.cut("the pod is gone")

    def _blocked(self, error: DialFailed) -> None:
        """The state while the way is not open."""
        now = self._clock.time()
        if not error.final:
            self._unsettled_until = now + SETTLE_SECONDS
        if error.final and now > self._unsettled_until:
            self._become("Failed", error.reason, str(error))
        elif error.reason == "ConnectionRefused":
            self._become("Waiting", error.reason, str(error))
        else:
            self._become("Reconnecting" if self._was_active else "Starting", error.reason, str(error))

    async def _pause(self, failures: int) -> None:
        """Exponential with jitter, cut short when the namespace changes."""
        seconds = min(LAST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._poked.wait()

    # The listener

    async def _listen(self) -> None:
        while True:
            try:
                sockets = self._bind()
            except Conflict as conflict:
                self._become("Conflict", conflict.reason, conflict.message, free_port=conflict.free)
                await asyncio.sleep(CONFLICT_SECONDS)
                continue
            break
        for opened in sockets:
            self._servers.append(await asyncio.start_server(self._accept, sock=opened, limit=256 * 1024, backlog=BACKLOG))
        names = [(opened.family, *opened.getsockname()[:2]) for opened in sockets]
        addresses = tuple(f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}" for family, host, port in names)
        self._become("Starting", local_port=names[0][2], addresses=addresses, free_port=None)

    def _bind(self) -> list[socket.socket]:
        """The port that was asked for, the one of last time while it is free, or any. Raises Conflict with an offer."""
        addresses = self.spec.bind or LOOPBACK
        if isinstance(self.spec.local_port, int):
            try:
                return bind(addresses, self.spec.local_port)
            except Conflict as conflict:
                conflict.free = free_port(addresses)
                raise
        if self._wished:
            with contextlib.suppress(Conflict):
                return bind(addresses, self._wished)
        return bind(addresses, None)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        relay = Relay(reader, writer, self._counters)
        self._relays.add(relay)
        self._status = replace(self._status, total=self._status.total + 1)
        self._tell(self.status)
        end = End.CUT
        try:
            end = await self._carry(relay)
            if end is End.DONE:
                await relay.outlast(OUTLAST_SECONDS)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._relays.discard(relay)
            await relay.close(end)
            self._tell(self.status)

    async def _carry(self, relay: Relay) -> End:
        """Carry a connection, on to another pod as long as nothing was delivered and there is time."""
        deadline = self._clock.time() + WAIT_SECONDS
        refused: dict[str, float] = {}
        while True:
            choice = await self._way(deadline, refused)
            if choice is None:
                self._note(relay.error or self._status.message or "no Ready pod in time")
                return End.CUT
            if relay.abandoned:
                return End.CLIENT_GONE
            try:
                tunnel = await self._tunnels.take(self.link.dialer, choice)
            except DialFailed as error:
                relay.error = str(error)
                self._close_the_way()
                continue
            self._tunnels.prepare(self.link.dialer, choice)
            end = await relay.through(tunnel, choice.port, pod=choice.uid, holds=choice.runtime == "containerd")
            current = self._choice if isinstance(self._choice, Choice) else None
            self._tunnels.give_back(tunnel, current)
            if relay.error and end is not End.CLIENT_GONE:
                self._note(in_words(relay.error, choice.port, choice.pod))
            if end is not End.NOT_CONNECTED:
                return end
            if not tunnel.lost.is_set():
                refused.setdefault(choice.uid, self._clock.time() + REFUSED_SECONDS)
            self._refused[choice.uid] = self._clock.time() + AVOID_SECONDS
            self._close_the_way()

    async def _way(self, deadline: float, refused: Mapping[str, float]) -> Choice | None:
        """The pod, once the way to it is open; None when that is too late or never.

        refused: uid of a pod that refused this connection -> until when it is waited for, Ready as it is.
        """
        while True:
            choice = self._choice
            if self._is_open and isinstance(choice, Choice):
                return choice
            if isinstance(choice, NoChoice) and choice.state == "Failed":
                return None
            until = min(deadline, refused.get(choice.uid, deadline)) if isinstance(choice, Choice) else deadline
            if self._clock.time() >= until:
                return None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._news.wait()

    def _set_open(self, is_open: bool) -> None:
        """Say whether connections may try, and wake those that wait for news."""
        self._is_open = is_open
        self._news.set()
        self._news = asyncio.Event()

    def _close_the_way(self) -> None:
        """What the keeper believed was wrong: let it look again before anybody else tries."""
        self._doubted = True
        self._set_open(False)
        self._look()
        self._poked.set()

    # The state

    def _note(self, error: str) -> None:
        self._status = replace(self._status, last_error=error)

    def _become(self, state: State, reason: str = "", message: str = "", **more: object) -> None:
        pod = more.pop("pod", self._status.pod if state in ("Active", "Reconnecting") else "")
        before = self._status
        since = before.since if (before.state, before.reason) == (state, reason) else _now()
        after = replace(before, state=state, reason=reason, message=message, since=since, pod=str(pod), **more)  # type: ignore[arg-type]
        if message and state not in ("Starting", "Stopped"):
            after = replace(after, last_error=message)
        self._status = after
        if after != before:
            self._tell(self.status)

    def _spawn(self, work: object) -> None:
        task = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _defect(spec: ForwardSpec, error: Exception) -> DialFailed:
    """A defect of ours must not end the keeper in silence: its state would be believed for ever."""
    log.error("forward %s", spec.target, exc_info=error)
    return DialFailed("Unexpected", f"unexpected {type(error).__name__}: {error}")


async def _any_of(seconds: float, *events: asyncio.Event) -> bool:
    """Wait until one of them is set; False when `seconds` passed first."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        done, _ = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    return bool(done)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
