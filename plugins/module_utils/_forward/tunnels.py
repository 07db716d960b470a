# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tunnels of one forward: a connection has one to itself while there are few, and one is always open for the next.

So a slow reader holds up nobody else, a new connection waits for no handshake, and a tunnel that breaks is noticed although
nobody uses it.
"""

from __future__ import annotations

import asyncio

from .choose import Choice
from .dial import Dialer
from .streams import Tunnel

MAX_TUNNELS = 256
"""More connections than this at once share tunnels, where the protocol lets them."""
MAX_IDLE = 4
SHARED = 64
"""How many connections a shared tunnel carries at most, before another is opened after all."""


class Tunnels:
    """Tunnels to the pod that is chosen now, and those to earlier ones that are still in use."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._open: dict[Tunnel, str] = {}
        self._spare: asyncio.Task[Tunnel] | None = None
        self._spare_for: tuple[str, int] = ("", 0)
        self._closing: set[asyncio.Task[None]] = set()
        self._dialing = 0
        self._dialled = asyncio.Event()
        self.protocol = ""

    async def warm(self, dialer: Dialer, choice: Choice) -> Tunnel:
        """A tunnel that nobody uses, opened when there is none. Raises DialFailed."""
        idle = self._idle(choice)
        if idle is not None:
            return idle
        return await self._dial(dialer, choice)

    async def take(self, dialer: Dialer, choice: Choice) -> Tunnel:
        """A tunnel for a connection: an unused one, else a new one, else a shared one. Raises DialFailed."""
        idle = self._idle(choice)
        if idle is None and self._spare is not None and self._spare_for == (choice.uid, choice.port):
            spare, self._spare = self._spare, None
            idle = await spare
            if not self._fits(idle, choice):
                idle = None
        if idle is not None:
            return idle
        while self.crowded:
            sharable = [tunnel for tunnel in self._of(choice.uid) if tunnel.reusable and tunnel.load < SHARED]
            if sharable:
                return min(sharable, key=lambda tunnel: tunnel.load)
            if not self._dialing:
                break
            await self._dialled.wait()
        return await self._dial(dialer, choice)

    def prepare(self, dialer: Dialer, choice: Choice) -> None:
        """Open a tunnel for the next connection in the background, when none is free and sharing has not begun."""
        busy = self._spare is not None and not self._spare.done()
        if busy or self._idle(choice) is not None or self.crowded or self.protocol != "SPDY/3.1":
            return
        self._spare_for = (choice.uid, choice.port)
        self._spare = asyncio.create_task(self._dial(dialer, choice))
        self._spare.add_done_callback(_look)

    def give_back(self, tunnel: Tunnel, choice: Choice | None) -> None:
        """A connection ended: keep the tunnel for another, or close it."""
        if tunnel.load:
            return
        wanted = choice is not None and self._open.get(tunnel) == choice.uid and tunnel.reusable
        idle = sum(1 for other in self._of(choice.uid) if not other.load) if choice is not None else 0
        if not wanted or idle > MAX_IDLE:
            self._close(tunnel)

    def retire(self, keep: str) -> None:
        """Close unused tunnels to other pods than `keep` (a uid)."""
        for tunnel, uid in list(self._open.items()):
            if uid != keep and not tunnel.load:
                self._close(tunnel)

    def drop(self, uid: str) -> None:
        """Close all tunnels to a pod, used or not."""
        for tunnel in list(self._of(uid)):
            self._close(tunnel)

    async def close(self) -> None:
        """Close all."""
        if self._spare is not None:
            self._spare.cancel()
        for tunnel in list(self._open):
            self._close(tunnel)
        await asyncio.gather(*self._closing, return_exceptions=True)

    @property
    def crowded(self) -> bool:
        """Whether connections are to share: there are many tunnels, and the protocol lets them."""
        return self.protocol == "SPDY/3.1" and len(self._open) + self._dialing >= MAX_TUNNELS

    def _of(self, uid: str) -> list[Tunnel]:
        for tunnel in [tunnel for tunnel in self._open if tunnel.lost.is_set()]:
            del self._open[tunnel]
        return [tunnel for tunnel, pod in self._open.items() if pod == uid]

    def _idle(self, choice: Choice) -> Tunnel | None:
        return next((tunnel for tunnel in self._of(choice.uid) if self._fits(tunnel, choice)), None)

    def _fits(self, tunnel: Tunnel, choice: Choice) -> bool:
        return tunnel.reusable and not tunnel.load and self._open.get(tunnel) == choice.uid

    async def _dial(self, dialer: Dialer, choice: Choice) -> Tunnel:
        self._dialing += 1
        try:
            tunnel: Tunnel = await dialer.dial(self._namespace, choice.pod, choice.port)
            self._open[tunnel] = choice.uid
            self.protocol = tunnel.protocol
            return tunnel
        finally:
            self._dialing -= 1
            self._dialled.set()
            self._dialled = asyncio.Event()

    def _close(self, tunnel: Tunnel) -> None:
        """In the background: the peer may take its time to say goodbye, and nobody needs to wait for that."""
        self._open.pop(tunnel, None)
        task = asyncio.create_task(tunnel.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _look(task: asyncio.Task[Tunnel]) -> None:
    """A spare that could not be opened is nobody's error: whoever needs one asks again."""
    if not task.cancelled():
        task.exception()
