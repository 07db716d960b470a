# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tunnel gives to one connection, and what it takes from it."""

from __future__ import annotations

import asyncio
import re
from typing import Protocol


class Receiver(Protocol):
    """One connection's side that takes what comes from the pod."""

    def data(self, piece: bytes | memoryview) -> None:
        """Bytes of the pod. The view is valid during the call only."""

    def eof(self) -> None:
        """The pod writes no more."""

    def verdict(self, message: str) -> None:
        """The node's last word on the connection: "", or why it failed. What came before it is good; `eof` may come after it."""

    def lost(self, reason: str) -> None:
        """The tunnel ended, or the stream was dropped."""

    @property
    def full(self) -> bool:
        """Whether its reader is behind, so that no more should come."""

    async def drained(self) -> None:
        """Wait until it is not."""


class Stream(Protocol):
    """One connection inside a tunnel."""

    @property
    def half_close(self) -> bool:
        """Whether `finish` reaches the pod's side."""

    async def send(self, data: bytes) -> None:
        """Bytes to the pod; returns when there is room for more. Raises TunnelLost."""

    async def finish(self) -> None:
        """No more bytes will be sent; the answer may go on. Raises TunnelLost."""

    def abort(self) -> None:
        """Drop it in both directions."""


class Tunnel(Protocol):
    """A WebSocket to one pod."""

    @property
    def protocol(self) -> str:
        """`SPDY/3.1` or `v4.channel`."""

    @property
    def lost(self) -> asyncio.Event:
        """Set when it ended, for whatever reason."""

    @property
    def load(self) -> int:
        """How many connections use it now."""

    @property
    def reusable(self) -> bool:
        """Whether another connection may use it."""

    async def open(self, port: int, receiver: Receiver) -> Stream:
        """Begin a connection to a port of the pod. Raises TunnelLost."""

    async def answers(self, seconds: float) -> bool:
        """Whether the peer gives a sign of life within `seconds`; one that does not is not reusable until it does."""

    async def close(self) -> None:
        """End it and what uses it."""


class TunnelLost(Exception):
    """The tunnel ended. The text is for a person."""


_NOT_CONNECTED = re.compile(
    r"connection refused|failed to connect|unable to do port forwarding|namespace.*(no such file|is closed|not found)|"
    r"sandbox.*(not found|not running|not ready)|container.*not (found|running)|pod not found|no route to host|"
    r"error (forwarding|upgrading).*(not found|no such|dial)",
    re.IGNORECASE | re.DOTALL,
)


def never_connected(message: str) -> bool:
    """Whether a node's error says that no connection to the pod's port was made, so that nothing was delivered and another may be tried.

    Wordings: containerd, cri-o ("failed to connect to localhost:80 inside namespace"), cri-dockerd (socat's "Connection refused").
    """
    return bool(_NOT_CONNECTED.search(message))


def in_words(message: str, port: int, pod: str) -> str:
    """A node's error for a person: its long prefix says what the person knows."""
    if "connection refused" in message.lower():
        return f"nothing listens on port {port} of pod {pod}"
    text = re.sub(r"^error forwarding port \d+ to pod \S+, uid ?: ?", "", message.strip())
    return f"pod {pod}: {text[:300]}"
