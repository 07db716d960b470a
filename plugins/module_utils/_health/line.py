# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One connection through a tunnel, read and written like a socket; with TLS on top where that is asked for."""

from __future__ import annotations

import asyncio
import ssl

from .._forward.streams import Stream, Tunnel, TunnelLost

MAX_HELD = 256 * 1024
"""What nobody read yet; a pod that sends more is cut off there."""


class Refused(Exception):
    """The node made no connection to the port, or lost it. The text is the node's."""


class _Inbox:
    """What came and was not read yet."""

    full = False

    def __init__(self) -> None:
        self.held = b""
        self.ended = False
        self.refusal = ""
        self.lost_because = ""
        self.news = asyncio.Event()

    def data(self, piece: bytes | memoryview) -> None:
        """See Receiver."""
        if len(self.held) < MAX_HELD:
            self.held += bytes(piece)
        self.news.set()

    def eof(self) -> None:
        """See Receiver."""
        self.ended = True
        self.news.set()

    def verdict(self, message: str) -> None:
        """See Receiver."""
        self.refusal = message
        self.ended = True
        self.news.set()

    def lost(self, reason: str) -> None:
        """See Receiver."""
        self.lost_because = reason
        self.news.set()

    async def drained(self) -> None:
        """Nothing is ever held back."""


class Line:
    """`opened` makes one."""

    def __init__(self, stream: Stream, inbox: _Inbox) -> None:
        self._stream, self._inbox = stream, inbox

    @classmethod
    async def opened(cls, tunnel: Tunnel, port: int) -> Line:
        """A connection to a port of the tunnel's pod. Raises TunnelLost."""
        inbox = _Inbox()
        return cls(await tunnel.open(port, inbox), inbox)

    async def write(self, data: bytes) -> None:
        """Raises TunnelLost."""
        await self._stream.send(data)

    async def read(self) -> bytes:
        """Some bytes, b"" at the end. Raises Refused, and TunnelLost when the way there broke: that says nothing about the pod."""
        inbox = self._inbox
        while not inbox.held:
            if inbox.refusal:
                raise Refused(inbox.refusal)
            if inbox.ended:
                return b""
            if inbox.lost_because:
                raise TunnelLost(inbox.lost_because)
            inbox.news.clear()
            await inbox.news.wait()
        data, inbox.held = inbox.held, b""
        return data

    def close(self) -> None:
        """Drop it."""
        self._stream.abort()


class TlsLine:
    """TLS inside a line. Certificates are not verified: nobody issues one for a pod's own address.

    https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#http-probes does the same.
    """

    def __init__(self, line: Line, server_name: str | None) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._line = line
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        except ValueError:  # no name that TLS can carry
            self._tls = context.wrap_bio(self._incoming, self._outgoing)

    async def handshake(self) -> None:
        """Raises ssl.SSLError, Refused, TunnelLost."""
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                await self._exchange()
        await self._flush()

    async def write(self, data: bytes) -> None:
        """Raises as `handshake` does."""
        self._tls.write(data)
        await self._flush()

    async def read(self) -> bytes:
        """Some bytes, b"" at the end. Raises as `handshake` does."""
        while True:
            try:
                return self._tls.read(65536)
            except ssl.SSLWantReadError:
                await self._exchange()
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLEOFError:  # closed without a word, as many servers do
                return b""

    async def _exchange(self) -> None:
        await self._flush()
        data = await self._line.read()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def _flush(self) -> None:
        if self._outgoing.pending > 0:
            await self._line.write(self._outgoing.read())
