# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tunnels over a WebSocket: SPDY/3.1 with many connections and half-close (KEP-4006), or one connection by `v4.channel.k8s.io`.

SPDY as Kubernetes speaks it has no flow control of single streams: what one reader does not take holds up all that share its
tunnel. Whoever uses tunnels gives each connection its own for as long as there are few.
"""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from . import spdy
from .streams import Receiver, Stream, TunnelLost

SPDY_PROTOCOL = "SPDY/3.1+portforward.k8s.io"
CHANNEL_PROTOCOL = "v4.channel.k8s.io"
PING_SECONDS = 20.0
"""How long a tunnel may be silent before the peer is asked, and how long the answer may take."""
PIECE = 64 * 1024
LAST_STREAM = 1_000_000
"""A tunnel that carried so many connections is not used for another."""
MAX_ERROR = 8192


class _WebSocketTunnel(ABC):
    """What both kinds share: reading, keep-alive, the end."""

    protocol = ""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._reason = ""
        self._heard = self._spoke = asyncio.get_running_loop().time()
        self._behind = False
        self._silent = False
        self._word = asyncio.Event()
        self.lost = asyncio.Event()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep_alive())]

    async def close(self) -> None:
        """End the WebSocket; connections in it are told that it is lost."""
        self._end("closed")
        with contextlib.suppress(ClientError, OSError, asyncio.TimeoutError):
            await self._socket.close()

    async def answers(self, seconds: float) -> bool:
        """Ask the peer for a sign of life: whether one comes within `seconds`. For a tunnel that nobody uses: bytes under way go first."""
        self._word.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._ping()
                await self._word.wait()
        except (TimeoutError, TunnelLost, ClientError, OSError):
            self._silent = True
        return not self._silent

    async def _send(self, data: bytes) -> None:
        if self.lost.is_set():
            raise TunnelLost(self._reason)
        self._spoke = asyncio.get_running_loop().time()
        try:
            await self._socket.send_bytes(data)
        except (ClientError, OSError, RuntimeError) as error:
            self._end("the connection to the API server broke")
            raise TunnelLost(self._reason) from error

    async def _read(self) -> None:
        reason = "the API server ended the connection"
        clock = asyncio.get_running_loop()
        try:
            while True:
                message = await self._socket.receive()
                self._heard, self._silent = clock.time(), False
                self._word.set()
                if message.type is WSMsgType.BINARY:
                    self._take(message.data)
                    await self._let_readers_catch_up()
                elif message.type is WSMsgType.PING:
                    await self._socket.pong(message.data)
                elif message.type not in (WSMsgType.PONG, WSMsgType.TEXT):
                    reason = f"{reason}: {message.extra}" if message.type is WSMsgType.CLOSE and message.extra else reason
                    break
        except spdy.ProtocolError as error:
            reason = str(error)
        except (ClientError, OSError, RuntimeError):
            reason = "the connection to the API server broke"
        self._end(reason)

    async def _let_readers_catch_up(self) -> None:
        for receiver in self._receivers():
            if receiver.full:
                self._behind = True
                await receiver.drained()
                self._heard = asyncio.get_running_loop().time()
        self._behind = False

    async def _keep_alive(self) -> None:
        """Ask a silent peer. One that has bytes of ours to digest first may not answer in time: it is not judged."""
        clock = asyncio.get_running_loop()
        asked_at = float("-inf")
        while True:
            await asyncio.sleep(PING_SECONDS)
            if self._behind or clock.time() - self._heard < PING_SECONDS:
                continue
            if self._heard < asked_at and self._spoke <= asked_at:
                self._end(f"the API server was silent for {clock.time() - self._heard:.0f} s")
                with contextlib.suppress(ClientError, OSError, asyncio.TimeoutError):
                    await self._socket.close()
                return
            with contextlib.suppress(TunnelLost, ClientError, OSError):
                await self._ping()
            asked_at = self._spoke = clock.time()

    def _end(self, reason: str) -> None:
        if self.lost.is_set():
            return
        self._reason = reason
        self.lost.set()
        for receiver in self._receivers():
            receiver.lost(reason)
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
        self._tasks.clear()  # with them the tunnel would be garbage in a cycle

    @abstractmethod
    def _take(self, data: bytes) -> None:
        """A message from the peer. Raises ProtocolError."""

    @abstractmethod
    def _receivers(self) -> list[Receiver]:
        """The connections inside."""

    @abstractmethod
    async def _ping(self) -> None:
        """Ask the peer for a sign of life. Raises TunnelLost, ClientError, OSError."""


class SpdyTunnel(_WebSocketTunnel):
    """Many connections, each two streams: `error` for the node's words, `data` for the bytes."""

    protocol = "SPDY/3.1"

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._encoder = spdy.Encoder()
        self._decoder = spdy.Decoder()
        self._next = 1
        self._pings = 1
        self._streams: dict[int, _SpdyStream] = {}
        self._leaving = False
        super().__init__(socket)

    @property
    def load(self) -> int:
        """How many connections are in it."""
        return len({id(stream) for stream in self._streams.values()})

    @property
    def reusable(self) -> bool:
        """Whether another connection may begin."""
        return not (self.lost.is_set() or self._silent or self._leaving or self._next > LAST_STREAM)

    async def open(self, port: int, receiver: Receiver) -> Stream:
        """Both streams in one message: bytes may follow at once. Raises TunnelLost."""
        error, data = self._next, self._next + 2
        self._next += 4
        stream = _SpdyStream(self, error, data, receiver)
        self._streams[error] = self._streams[data] = stream
        names = {"port": str(port), "requestid": str(error)}
        message = self._encoder.syn_stream(error, {"streamtype": "error", **names})
        message += spdy.data_header(error, 0, fin=True)
        message += self._encoder.syn_stream(data, {"streamtype": "data", **names})
        await self._send(message)
        return stream

    def _take(self, data: bytes) -> None:
        for frame in self._decoder.feed(data):
            if isinstance(frame, spdy.Data):
                stream = self._streams.get(frame.stream)
                if stream is not None:
                    stream.take(frame)
            elif frame.kind == spdy.RST_STREAM:
                stream = self._streams.get(frame.stream)
                if stream is not None:
                    stream.was_reset(frame.stream)
            elif frame.kind == spdy.SYN_REPLY and frame.fin:
                stream = self._streams.get(frame.stream)
                if stream is not None:
                    stream.take(spdy.Data(frame.stream, b"", fin=True))
            elif frame.kind == spdy.GOAWAY:
                self._leaving = True
            elif frame.kind == spdy.PING and frame.number % 2 == 0:
                asyncio.ensure_future(self._quietly(spdy.ping(frame.number)))  # noqa: RUF006 - short-lived, errors are told elsewhere

    def _receivers(self) -> list[Receiver]:
        return [stream.receiver for number, stream in self._streams.items() if number == stream.data_id]

    async def _ping(self) -> None:
        self._pings += 2
        await self._send(spdy.ping(self._pings))

    async def _quietly(self, data: bytes) -> None:
        with contextlib.suppress(TunnelLost):
            await self._send(data)

    def forget(self, number: int) -> None:
        """A stream ended."""
        self._streams.pop(number, None)


class _SpdyStream:
    """One connection: its two streams."""

    half_close = True

    def __init__(self, tunnel: SpdyTunnel, error_id: int, data_id: int, receiver: Receiver) -> None:
        self._tunnel = tunnel
        self._error_id = error_id
        self.data_id = data_id
        self.receiver = receiver
        self._error = b""
        self._remote_done = False
        self._local_done = False

    async def send(self, data: bytes) -> None:
        """In frames of one piece each. Raises TunnelLost."""
        for start in range(0, len(data), PIECE):
            piece = data[start : start + PIECE] if len(data) > PIECE else data
            await self._tunnel._send(spdy.data_header(self.data_id, len(piece)) + piece)

    async def finish(self) -> None:
        """FIN of the data stream. Raises TunnelLost."""
        if not self._local_done:
            self._local_done = True
            await self._tunnel._send(spdy.data_header(self.data_id, 0, fin=True))
            self._maybe_done()

    def abort(self) -> None:
        """RST both streams; what still comes is dropped."""
        if self._tunnel._streams.get(self.data_id) is self:
            self._drop()
            frames = spdy.rst_stream(self.data_id) + spdy.rst_stream(self._error_id)
            asyncio.ensure_future(self._tunnel._quietly(frames))  # noqa: RUF006

    def take(self, frame: spdy.Data) -> None:
        """Bytes of either stream."""
        if frame.stream == self._error_id:
            self._error = (self._error + bytes(frame.data))[:MAX_ERROR]
            if frame.fin:
                self._tunnel.forget(self._error_id)
                self.receiver.verdict(self._error.decode("utf-8", "replace"))
            return
        if frame.data:
            self.receiver.data(frame.data)
        if frame.fin and not self._remote_done:
            self._remote_done = True
            self.receiver.eof()
            self._maybe_done()

    def was_reset(self, number: int) -> None:
        """The node dropped a stream."""
        if number == self._error_id:
            self._tunnel.forget(number)
            return
        self._drop()
        self.receiver.lost("the node dropped the connection")

    def _maybe_done(self) -> None:
        if self._local_done and self._remote_done:
            self._tunnel.forget(self.data_id)

    def _drop(self) -> None:
        self._tunnel.forget(self.data_id)
        self._tunnel.forget(self._error_id)


class ChannelTunnel(_WebSocketTunnel):
    """One connection to the port that the WebSocket was opened for. The protocol has no half-close: the end is the end of both ways."""

    protocol = "v4.channel"
    half_close = False

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._receiver: Receiver | None = None
        self._early: list[bytes] = []
        self._greeted = {0: 2, 1: 2}
        super().__init__(socket)

    @property
    def load(self) -> int:
        """One, once it is used."""
        return 1 if self._receiver else 0

    @property
    def reusable(self) -> bool:
        """Only as long as nobody used it."""
        return self._receiver is None and not self.lost.is_set()

    async def open(self, port: int, receiver: Receiver) -> Stream:
        """Take the one connection. Raises TunnelLost."""
        if self.lost.is_set():
            raise TunnelLost(self._reason)
        self._receiver = receiver
        for data in self._early:
            self._take(data)
        return self

    async def send(self, data: bytes) -> None:
        """Bytes on the data channel. Raises TunnelLost."""
        for start in range(0, len(data), PIECE):
            await self._send(b"\0" + data[start : start + PIECE])

    async def finish(self) -> None:
        """Cannot be said in this protocol."""

    def abort(self) -> None:
        """Close the WebSocket."""
        asyncio.ensure_future(self.close())  # noqa: RUF006

    def _take(self, data: bytes) -> None:
        if self._receiver is None:
            self._early.append(data)
            return
        if not data or data[0] > 1:
            return
        channel, piece = data[0], memoryview(data)[1:]
        skip = min(self._greeted[channel], len(piece))  # each channel begins with its port's number
        self._greeted[channel] -= skip
        piece = piece[skip:]
        if channel == 0 and piece:
            self._receiver.data(piece)
        elif piece:
            self._receiver.verdict(bytes(piece[:MAX_ERROR]).decode("utf-8", "replace"))

    def _end(self, reason: str) -> None:
        # The WebSocket's orderly end is how this protocol says that the pod closed the connection.
        if self._receiver and not self.lost.is_set() and self._socket.close_code in (1000, 1001):
            self._receiver.eof()
            self._receiver.verdict("")
        super()._end(reason)

    def _receivers(self) -> list[Receiver]:
        return [self._receiver] if self._receiver else []

    async def _ping(self) -> None:
        await self._socket.ping()


def tunnel_for(socket: ClientWebSocketResponse) -> SpdyTunnel | ChannelTunnel:
    """The tunnel of the protocol that the server chose."""
    return SpdyTunnel(socket) if socket.protocol == SPDY_PROTOCOL else ChannelTunnel(socket)
