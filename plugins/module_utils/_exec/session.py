# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command from its start to its end: bytes in, bytes out, window sizes, and the exit code. Knows no terminal: `Ways` is what it has."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import aiohttp

from .._cluster import Cluster
from .._errors import ClusterError, RoroError
from .._forward.dial import Dialer, DialFailed
from .protocol import (
    ATTACHING,
    END_OF_STDIN,
    PROTOCOLS,
    RUNNING,
    SIZE,
    STATUS,
    STDERR,
    STDIN,
    STDOUT,
    Ending,
    exec_path,
    frames,
    read_ending,
)

CHUNK = 32 * 1024
"""Bytes of stdin in one message."""
LAST_WORDS_SECONDS = 2.0
"""How long the connection may stay open when the command has ended: what it wrote last comes first, then the server closes."""


Window = Callable[[], Awaitable[tuple[int, int]]]
"""(columns, rows) at first, and each time that they have changed."""


@dataclass(frozen=True)
class Wanted:
    """What shall run and where. command: () attaches to what the container runs already. stdin, tty: whether it has them."""

    namespace: str
    pod: str
    container: str
    command: tuple[str, ...] = field(default=(), repr=False)
    stdin: bool = False
    tty: bool = False

    @property
    def where(self) -> str:
        """For a person."""
        return f"{self.namespace}/{self.pod}"


class Ways(Protocol):
    """What the command is connected to on this side."""

    async def begin(self) -> None:
        """The command runs."""

    async def read(self) -> bytes:
        """More for its stdin, b"" at the end."""

    async def write(self, data: bytes, *, error: bool) -> None:
        """What it wrote; `error`: on stderr."""

    async def finish(self) -> None:
        """The command has ended, and all that it wrote was given to `write`."""

    def deaf(self) -> None:
        """The server cannot tell the command that its stdin has ended."""


def converse(cluster: Cluster, wanted: Wanted, ways: Ways, window: Window | None = None) -> Ending:
    """Run the command until it has ended. window: of this side's terminal, where the command has one.
    Raises ClusterError when it cannot be begun, and what `ways` raises."""
    return asyncio.run(_converse(cluster, wanted, ways, window))


async def _converse(cluster: Cluster, wanted: Wanted, ways: Ways, window: Window | None) -> Ending:
    dialer = Dialer(cluster.raw())
    try:
        socket = await _open(dialer, wanted)
        try:
            return await _Session(socket, wanted, ways, window).run()
        finally:
            with contextlib.suppress(aiohttp.ClientError, OSError, asyncio.TimeoutError):
                await socket.close()
    finally:
        await dialer.close()


async def _open(dialer: Dialer, wanted: Wanted) -> aiohttp.ClientWebSocketResponse:
    verb, purpose = ("exec", RUNNING) if wanted.command else ("attach", ATTACHING)
    path = exec_path(wanted.namespace, wanted.pod, wanted.container, wanted.command, stdin=wanted.stdin, tty=wanted.tty, verb=verb)
    try:
        return await dialer.open(path, PROTOCOLS, wanted.where, purpose)
    except DialFailed as error:
        if isinstance(error.__cause__, RoroError):
            raise error.__cause__ from None
        hint = "Ask for the right in a Role of its namespace." if error.reason == "Forbidden" else None
        raise ClusterError(str(error), where=f"Pod {wanted.where}", hint=hint) from error


class _Session:
    """An open WebSocket and what is done with it at the same time."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, wanted: Wanted, ways: Ways, window: Window | None) -> None:
        self._socket, self._wanted, self._ways, self._window = socket, wanted, ways, window

    async def run(self) -> Ending:
        """Until the command has ended. What is typed or piped after that is not read."""
        await self._ways.begin()
        givers: list[Callable[[], Awaitable[None]]] = []
        if self._wanted.stdin:
            givers.append(self._give)
        if self._window is not None:
            givers.append(partial(self._resize, self._window))
        giving = [asyncio.ensure_future(give()) for give in givers]
        taking = asyncio.ensure_future(self._take())
        try:
            # What stops stdin from being read ends all; that stdin has ended does not.
            waiting = {taking, *giving}
            while not taking.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            await self._ways.finish()
            return taking.result()
        finally:
            for task in (taking, *giving):
                task.cancel()
            await asyncio.gather(taking, *giving, return_exceptions=True)

    async def _take(self) -> Ending:
        ending: Ending | None = None
        arriving = frames(self._socket)
        with contextlib.suppress(TimeoutError, aiohttp.ClientError, StopAsyncIteration):
            while True:
                async with asyncio.timeout(LAST_WORDS_SECONDS if ending else None):
                    channel, data = await anext(arriving)
                if channel in (STDOUT, STDERR) and data:
                    await self._ways.write(data, error=channel == STDERR)
                elif channel == STATUS and data:
                    ending = read_ending(data)
        return ending or Ending(None, "Broken", "the connection ended before the command did; it may still run")

    async def _give(self) -> None:
        while data := await self._ways.read():
            for start in range(0, len(data), CHUNK):
                if not await self._sent(bytes((STDIN,)) + data[start : start + CHUNK]):
                    return
        if self._socket.protocol == PROTOCOLS[0]:
            await self._sent(END_OF_STDIN)
        else:
            self._ways.deaf()

    async def _resize(self, window: Window) -> None:
        while True:
            columns, rows = await window()
            if not await self._sent(bytes((SIZE,)) + json.dumps({"Width": columns, "Height": rows}).encode()):
                return

    async def _sent(self, message: bytes) -> bool:
        """Whether the other side still listens; when it does not, `_take` hears why."""
        try:
            await self._socket.send_bytes(message)
        except (aiohttp.ClientError, ConnectionError):
            return False
        return True
