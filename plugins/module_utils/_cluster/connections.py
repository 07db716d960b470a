# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""urllib3's connections, with two things of our own: answers that are read whole are read by `exchange`, and who asks for it is told the
socket, so that a read which waits for data can be ended from another thread."""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from socket import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .exchange import read_answer, request_bytes

_bound = threading.local()


@contextlib.contextmanager
def bound_socket(on_connect: Callable[[socket], None]) -> Iterator[None]:
    """Connections that this thread opens inside the block hand their socket to `on_connect`."""
    _bound.on_connect = on_connect
    try:
        yield
    finally:
        _bound.on_connect = None


class ResumingContext(ssl.SSLContext):
    """Begins each further connection to a server with the session of one before: no certificate is sent, signed or checked again, which
    is most of the work of a handshake on both sides (RFC 8446, 2.2). A server that does not want that does the whole handshake."""

    _sessions: dict[str | bytes | None, ssl.SSLSession]

    def wrap_socket(
        self,
        sock: socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """See ssl.SSLContext."""
        session = session or self._known().get(server_hostname)
        return super().wrap_socket(sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session)

    def remember(self, opened: ssl.SSLSocket) -> None:
        """Keep the session of a connection that has brought an answer: TLS 1.3 gives tickets with the first bytes."""
        session = opened.session
        if session is not None and session.has_ticket:
            self._known()[opened.server_hostname] = session

    def _known(self) -> dict[str | bytes | None, ssl.SSLSession]:
        try:
            return self._sessions
        except AttributeError:
            self._sessions = {}
            return self._sessions


class _Exchange(HTTPConnection):
    """A connection that writes and reads whole requests and answers itself, and leaves streams to urllib3."""

    _whole: str | None = None
    _fresh = True

    def connect(self) -> None:
        """Connect, then tell the socket."""
        super().connect()
        self._fresh = True
        on_connect = getattr(_bound, "on_connect", None)
        if on_connect is not None and self.sock is not None:
            on_connect(self.sock)

    def request(  # type: ignore[override]
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, **options: Any
    ) -> None:
        """See urllib3. A request whose answer is preloaded goes out as one write."""
        if not options.get("preload_content", True):
            self._whole = None
            return super().request(method, url, body=body, headers=headers, **options)
        self._whole = method
        if self.sock is None:
            self.connect()
        self.sock.settimeout(self.timeout)
        self.sock.sendall(request_bytes(method, url, headers or {}, body))
        return None

    def getresponse(self) -> Any:
        """See urllib3. A connection on which no more can be asked is closed."""
        if self._whole is None or self.sock is None:
            return super().getresponse()
        self.sock.settimeout(self.timeout)
        answer = read_answer(self.sock.recv, self._whole)
        if self._fresh:
            self._fresh = False
            context = getattr(self.sock, "context", None)
            if isinstance(context, ResumingContext):
                context.remember(self.sock)  # type: ignore[arg-type]
        if answer.last or self._has_unread():
            self.close()
        return answer

    def _has_unread(self) -> bool:
        """Whether TLS has taken more from the socket than the answer was: looking at the socket would not show it, and the next answer
        would begin with it."""
        pending = getattr(self.sock, "pending", None)
        return pending is not None and pending() > 0


class PlainConnection(_Exchange):
    """Without TLS."""


class SecureConnection(_Exchange, HTTPSConnection):
    """With TLS."""


class PlainPool(HTTPConnectionPool):
    """Pool of plain connections."""

    ConnectionCls = PlainConnection  # type: ignore[assignment]


class SecurePool(HTTPSConnectionPool):
    """Pool of TLS connections."""

    ConnectionCls = SecureConnection  # type: ignore[assignment]
