# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pod's port takes connections, found by making one."""

from __future__ import annotations

import asyncio

from .dial import DialFailed
from .streams import Tunnel, TunnelLost

SETTLE_SECONDS = 0.25
"""A node tells within milliseconds that a connection was refused; of one that was made it says nothing."""
ANSWER_SECONDS = 3.0
"""How long a sign of life may take before the way counts as broken."""


class _Listener:
    """Takes what a server says first, or why there is no connection."""

    full = False

    def __init__(self) -> None:
        self.known = asyncio.Event()
        self.refusal = ""
        self.lost_because = ""

    def data(self, piece: bytes | memoryview) -> None:
        """It speaks: it is there."""
        self.known.set()

    def eof(self) -> None:
        """It closed; the node's word follows."""

    def verdict(self, message: str) -> None:
        """Why not, or "" for a connection that ended well."""
        self.refusal = message
        self.known.set()

    def lost(self, reason: str) -> None:
        """The tunnel broke."""
        self.lost_because = reason
        self.known.set()

    async def drained(self) -> None:
        """Nothing is kept."""


def silent() -> DialFailed:
    """The way is there, and nothing comes back on it."""
    return DialFailed("Unreachable", f"the API server, or the pod's node, has been silent for {ANSWER_SECONDS:.0f} s")


async def probe(tunnel: Tunnel, port: int) -> str:
    """ "" when the port takes connections, else the node's reason. Raises DialFailed when the tunnel breaks."""
    listener = _Listener()
    try:
        stream = await tunnel.open(port, listener)
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await listener.known.wait()
        except TimeoutError:
            await stream.finish()
            if not await tunnel.answers(ANSWER_SECONDS) and not listener.known.is_set():
                raise silent() from None
    except TunnelLost as error:
        raise DialFailed("Unreachable", str(error)) from error
    if listener.lost_because:
        raise DialFailed("Unreachable", listener.lost_because)
    stream.abort()
    return listener.refusal
