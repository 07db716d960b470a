# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One local connection, carried through streams of tunnels: back-pressure, half-close, and another try where nothing was delivered."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from enum import Enum

from . import peer
from .streams import Stream, Tunnel, TunnelLost, never_connected

PIECE = 64 * 1024
HIGH_WATER = 512 * 1024
REPLAY_BYTES = 256 * 1024
"""How much of what a client sent is kept until the pod answers, so that it can be sent again when the pod never got it."""
VERDICT_SECONDS = 2.0
FLUSH_SECONDS = 10.0
HELD_SECONDS = 30.0
"""How long a half-closed connection may be silent where the runtime would cut it (see `Relay`)."""
GLANCE_SECONDS = 2.0


class End(Enum):
    """How a try ended. DONE: in order. CUT: in the middle. NOT_CONNECTED: the pod never got anything, another try is harmless.
    CLIENT_GONE: nobody waits for it any more."""

    DONE = 1
    CUT = 2
    NOT_CONNECTED = 3
    CLIENT_GONE = 4


@dataclass
class Counters:
    """Of a forward: bytes from the pods and to them."""

    received: int = 0
    sent: int = 0


class Relay:
    """A client's connection. Also the `Receiver` of the stream that carries it.

    containerd cuts a connection one second after the client's half-close and never tells the pod of it, so there the half-close is
    held back until the answer has been silent for a while or the client is gone; cri-o and others pass it on at once.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counters: Counters) -> None:
        self._reader, self._writer, self._counters = reader, writer, counters
        self._transport = writer.transport
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        self._pieces: list[bytes | memoryview] = []
        self._size = 0
        self._sent: bytearray | None = bytearray()
        self._client_done = False
        self._answered = False
        self._ended = asyncio.Event()
        self._eof = asyncio.Event()
        self._heard = 0.0
        self._end = End.DONE
        self._duplex = False
        self._doubt: asyncio.TimerHandle | None = None
        self.error = ""
        self.pod = ""

    @property
    def abandoned(self) -> bool:
        """Whether the client went away before it sent anything: nothing is to be delivered, and nobody waits for an answer."""
        return self._reader.at_eof() and self._sent is not None and not self._sent and peer.is_gone(self._transport)

    async def through(self, tunnel: Tunnel, port: int, *, pod: str, holds: bool) -> End:
        """Carry the connection through a tunnel until it ends one way or the other. pod: its uid. holds: the runtime is containerd."""
        self._ended, self._eof, self.error, self.pod = asyncio.Event(), asyncio.Event(), "", pod
        try:
            stream = await tunnel.open(port, self)
        except TunnelLost as error:
            self.error = str(error)
            return End.NOT_CONNECTED
        self._duplex = stream.half_close and not holds
        upload = asyncio.create_task(self._upload(stream))
        try:
            await self._ended.wait()
        finally:
            if self._doubt is not None:
                self._doubt.cancel()
            upload.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await upload
            if self._end is not End.DONE or not self._eof.is_set():
                stream.abort()
        with contextlib.suppress(TunnelLost):
            await stream.finish()
        return self._end

    async def close(self, end: End) -> None:
        """End the client's connection: what came is delivered first; after a cut it ends with a RST."""
        self._flush()
        self._transport.set_write_buffer_limits(high=0)
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._writer.drain()
        if end is End.DONE:
            self._writer.close()
        else:
            await peer.reset(self._transport)

    def cut(self, reason: str) -> None:
        """The pod is gone: end what is under way."""
        self._finish(End.CUT, reason)

    # Receiver

    def data(self, piece: bytes | memoryview) -> None:
        """Bytes for the client. What comes in one turn of the event loop is written at once: a frame holds a few kilobytes only."""
        loop = asyncio.get_running_loop()
        self._answered, self._sent = True, None
        self._counters.received += len(piece)
        self._heard = loop.time()
        if not self._pieces:
            loop.call_soon(self._flush)
        self._pieces.append(piece)
        self._size += len(piece)

    def _flush(self) -> None:
        if self._pieces:
            data, self._pieces, self._size = b"".join(self._pieces), [], 0
            self._writer.write(data)

    def eof(self) -> None:
        """The pod is done. Without an answer, the node's word is waited for: it may be that there was no connection at all."""
        self._eof.set()
        if self._answered or self.error:
            self._remote_done()
        else:
            self._doubt = asyncio.get_running_loop().call_later(VERDICT_SECONDS, self._remote_done)

    def verdict(self, message: str) -> None:
        """The node's last word."""
        if message:
            self.error = message
            unanswered = not self._answered and self._sent is not None and never_connected(message)
            self._finish(End.NOT_CONNECTED if unanswered else End.CUT, message)
        elif self._eof.is_set():
            self._remote_done()

    def lost(self, reason: str) -> None:
        """The tunnel is gone. Where nothing was sent yet, another try is harmless."""
        self._finish(End.NOT_CONNECTED if not self._answered and self._sent is not None and not self._sent else End.CUT, reason)

    @property
    def full(self) -> bool:
        """Whether the client is behind."""
        return self._transport.get_write_buffer_size() + self._size > HIGH_WATER

    async def drained(self) -> None:
        """Wait for the client; one that is gone is not waited for."""
        self._flush()
        with contextlib.suppress(OSError):
            await self._writer.drain()

    # Upwards

    async def _upload(self, stream: Stream) -> None:
        try:
            if self._sent:
                await stream.send(bytes(self._sent))
            while not self._client_done:
                piece = await self._reader.read(PIECE)
                if not piece:
                    self._client_done = True
                    break
                self._keep(piece)
                self._counters.sent += len(piece)
                await stream.send(piece)
            await self._client_finished(stream)
            if self._answered and self._eof.is_set():
                self._remote_done()
        except TunnelLost as error:
            self.lost(str(error))
        except OSError:
            self._finish(End.CLIENT_GONE, "the client closed the connection")

    def _keep(self, piece: bytes) -> None:
        if self._sent is not None:
            self._sent += piece
            if len(self._sent) > REPLAY_BYTES:
                self._sent = None

    async def _client_finished(self, stream: Stream) -> None:
        """The client sends no more: tell the pod, at once or when that no longer costs the answer."""
        if self._duplex and not peer.is_gone(self._transport):
            await stream.finish()
        clock = asyncio.get_running_loop()
        self._heard = clock.time()
        while clock.time() - self._heard < HELD_SECONDS or self._duplex:
            if peer.is_gone(self._transport) or self._transport.is_closing():
                self._finish(End.CLIENT_GONE, "the client closed the connection")
                return
            with contextlib.suppress(asyncio.TimeoutError):
                async with asyncio.timeout(GLANCE_SECONDS):
                    await self._eof.wait()
                    return
        if stream.half_close:
            await stream.finish()
        else:
            self._finish(End.CLIENT_GONE, "nothing came for a while after the client had finished")

    # The end

    def _remote_done(self) -> None:
        """Pass the pod's end on. Where both halves are real, the client may go on sending."""
        if self._ended.is_set():
            return
        self._flush()
        with contextlib.suppress(OSError, RuntimeError):
            if self._writer.can_write_eof() and not self._transport.is_closing():
                self._writer.write_eof()
        if not self._duplex or self._client_done:
            self._finish(End.DONE, "")

    def _finish(self, end: End, error: str) -> None:
        if not self._ended.is_set():
            self._end, self.error = end, error
            self._ended.set()

    async def outlast(self, seconds: float) -> None:
        """After the pod's end: drop what the client still sends, until it closes or `seconds` have passed; closing at once would
        make its kernel throw the answer away."""
        with contextlib.suppress(OSError, asyncio.TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._client_done and await self._reader.read(PIECE):
                    pass
