# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""urllib3's connections, with three things of our own: answers that are read whole are read by `exchange`; what is sent on a connection
that is open already goes past urllib3's preparations, which cost more than the request; and who asks for it is told the socket, so that a
read which waits for data can be ended from another thread."""

from __future__ import annotations

import contextlib
import errno
import http.client
import queue
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from socket import socket
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ProtocolError, ReadTimeoutError, SSLError
from urllib3.util.connection import is_connection_dropped

from .exchange import Answer, read_answer, request_bytes

_STEADY = 0.1
"""Seconds after an answer in which a connection is taken to be open, where what is lost may be sent again."""
_AS_IT_IS = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@/?-]*")
"""Targets in which urllib3 would escape nothing."""
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
        try:
            return super().wrap_socket(sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session)
        except ssl.SSLError:
            self._known().pop(server_hostname, None)
            raise

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
    _answered = 0.0
    """Monotonic seconds of the last answer."""
    _limit: float | None = None
    """Seconds that the socket waits, as far as that is known."""

    def connect(self) -> None:
        """Connect, then tell the socket."""
        super().connect()
        self._fresh, self._limit = True, None
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
        self._limit = None
        return self._answer(self._whole)

    def exchange(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], limit: float) -> Answer:
        """A request and its answer on a connection that is open. limit: seconds for each piece of either.

        Raises OSError, http.client.HTTPException, ProtocolError.
        """
        sock: Any = self.sock
        if self._limit != limit:
            sock.settimeout(limit)
            self._limit = limit
        try:
            sock.sendall(request_bytes(method, target, headers, body))
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE):  # the server may have answered and gone
                raise
        return self._answer(method)

    def is_open(self, *, steady: bool) -> bool:
        """Whether a request can be sent. steady: a connection that has just brought an answer is not looked at."""
        if self.sock is None:
            return False
        return (steady and time.monotonic() - self._answered < _STEADY) or not is_connection_dropped(self)  # type: ignore[arg-type]

    def _answer(self, method: str) -> Answer:
        answer = read_answer(self.sock.recv, method)
        if self._fresh:
            self._fresh = False
            context = getattr(self.sock, "context", None)
            if isinstance(context, ResumingContext):
                context.remember(self.sock)  # type: ignore[arg-type]
        if answer.last or self._has_unread():
            self.close()
        self._answered = time.monotonic()
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


class _Pool(HTTPConnectionPool):
    """A pool to a server without a proxy between."""

    def over_open(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str], limit: float, *, steady: bool
    ) -> Answer | None:
        """The answer over a connection that is open already; None, with nothing sent, where there is none, which urllib3 then makes.

        limit: seconds for each piece of request and answer. steady: see `_Exchange.is_open`. Raises what urllib3 raises then.
        """
        kept: Any = self.pool
        if kept is None or not _AS_IT_IS.fullmatch(target):
            return None
        try:
            connection = kept.get(block=False)
        except queue.Empty:
            return None
        try:
            if not isinstance(connection, _Exchange) or not connection.is_open(steady=steady):
                return None
            return connection.exchange(method, target, body, headers, limit)
        except BaseException as error:
            connection.close()
            if isinstance(error, TimeoutError):
                raise ReadTimeoutError(self, target, f"Read timed out. (read timeout={limit})") from error
            if isinstance(error, ssl.SSLError):
                raise SSLError(error) from error
            if isinstance(error, (OSError, http.client.HTTPException)):
                raise ProtocolError("Connection aborted.", error) from error
            raise
        finally:
            self._put_conn(connection)


class PlainPool(_Pool):
    """Pool of plain connections."""

    ConnectionCls = PlainConnection  # type: ignore[assignment]


class SecurePool(_Pool, HTTPSConnectionPool):
    """Pool of TLS connections."""

    ConnectionCls = SecureConnection  # type: ignore[assignment]
