# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests over one pool of connections: retries, renewal of credentials, streams. Knows HTTP and TLS, nothing of kinds."""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import urllib3
from urllib3 import exceptions as http
from urllib3.connection import HTTPConnection

from .._errors import ConnectionFailed
from .._version import VERSION
from .clock import ServerClock
from .config import Access
from .connections import PlainPool, SecurePool, bound_socket
from .errors import connection_failed
from .exchange import Answer
from .pause import decode_json
from .request_log import log_request
from .retry import HalfAnswer, Limits, fault_may_pass, reply_may_pass, retry_after
from .tls import CurrentTls

USER_AGENT = f"roro/{VERSION}"
JSON = "application/json"
ANYTHING = "*/*"
"""Accept header of a call whose answer is text."""

Headers: TypeAlias = "dict[str, str] | urllib3.HTTPHeaderDict"
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_KEEPALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), value)
        for name, value in (("TCP_KEEPIDLE", 15), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))
        if hasattr(socket, name)
    ),
]
"""A peer that vanished is noticed after half a minute, also by a watch on which nothing moves."""


class RequestCounter:
    """How many requests were sent, retries included.

    Verbs: get, list, watch, create, apply, update, patch, delete, discovery, version, log, raw.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, verb: str) -> None:
        """Count one request."""
        with self._lock:
            self._counts[verb] += 1

    def __getitem__(self, verb: str) -> int:
        with self._lock:
            return self._counts[verb]

    @property
    def total(self) -> int:
        """All of them."""
        with self._lock:
            return self._counts.total()

    def snapshot(self) -> dict[str, int]:
        """verb -> count, sorted by verb."""
        with self._lock:
            return dict(sorted(self._counts.items()))


@dataclass(frozen=True)
class Call:
    """One call. path: with its query. repeatable: sending it twice does what sending it once does. timeout: seconds for all attempts.
    decode: of the answer, in place of JSON as it is."""

    verb: str
    method: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeatable: bool = True
    timeout: float | None = None
    decode: Callable[[bytes], Any] | None = None


@dataclass(frozen=True)
class Reply:
    """An answer of any status, read whole. attempts: how many requests it took. document: the decoded JSON of a success, None for
    an empty answer and where text was asked for."""

    status: int
    headers: Mapping[str, str]
    data: bytes
    attempts: int = 1
    document: Any = None


class Transport:
    """Thread-safe. concurrency: how many connections are kept. warn: gets each different Warning header of the server once."""

    def __init__(self, access: Access, *, concurrency: int, limits: Limits, warn: Callable[[str], None]) -> None:
        self.access = access
        self.limits = limits
        self.counter = RequestCounter()
        self.clock = ServerClock()
        self._concurrency = concurrency
        self._warn = warn
        self._warned: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.local()
        self._reached = False
        self._lost_at = float("-inf")
        self._lock = threading.Lock()
        self._manager: urllib3.PoolManager | None = None
        self._pool: PlainPool | SecurePool | None = None
        self._base_headers: tuple[str | None, Headers | None] = (None, None)
        self._host, self._base_path = _host_and_path(access.server)
        self._tls = CurrentTls(access)
        if not access.verify:
            # The person chose that; urllib3 would print a warning for every connection.
            urllib3.disable_warnings(http.InsecureRequestWarning)

    def send(self, call: Call) -> Reply:
        """The answer, whatever its status, after the retries it deserves. Raises ConnectionFailed."""
        started = time.monotonic()
        deadline = started + (call.timeout or self.limits.total)
        renewed = False
        attempt = errors = 0
        while True:
            attempt += 1
            sent_with = self.access.credentials.authorization()
            began = time.monotonic()
            try:
                reply = self._attempt(call, sent_with, deadline, attempt)
            except http.HTTPError as error:
                log_request(call.method, call.path, began, attempt, error=type(error).__name__)
                self.lost_connection()
                errors += isinstance(error, HalfAnswer)
                pause = self._pause_after_fault(error, call, attempt, errors, started)
                if pause is None or not self._wait(pause, deadline):
                    raise connection_failed(error, self.access, call.method, attempts=attempt, repeatable=call.repeatable) from error
                continue
            log_request(call.method, call.path, began, attempt, reply.status, reply.headers)
            if reply.status == 401 and not renewed and self._renew(sent_with):
                renewed = True
                continue
            errors += reply.status == 500
            if not reply_may_pass(
                reply.status, reply.headers, reply.data, repeatable=call.repeatable, errors=errors, settling=self.settling
            ):
                return reply
            asked = retry_after(reply.headers)
            pause = self.limits.pause(attempt) if asked is None else asked + self.limits.pause(0)
            if not self._wait(pause, deadline):
                return reply

    def stream(self, call: Call, *, read_timeout: float, on_connect: Callable[[socket.socket], None]) -> urllib3.BaseHTTPResponse:
        """Open an answer to be read as it comes, on a connection of its own. One try, plus one after a 401.

        on_connect: gets the socket before the request is sent, so that another thread can end it.
        Raises urllib3's HTTPError or ConnectionFailed.
        """
        sent_with = self.access.credentials.authorization()
        began = time.monotonic()
        response = self._open(call, sent_with, read_timeout, on_connect)
        log_request(call.method, call.path, began, 1, response.status, response.headers)
        if response.status == 401 and self._renew(sent_with):
            response.close()
            response = self._open(call, self.access.credentials.authorization(), read_timeout, on_connect)
        self._reached = True
        self._note_warnings(response.headers)
        return response

    @contextmanager
    def given_up(self, stop: threading.Event) -> Iterator[None]:
        """See Cluster."""
        before = getattr(self._thread, "stop", None)
        self._thread.stop = stop
        try:
            yield
        finally:
            self._thread.stop = before

    def lost_connection(self) -> None:
        """Remember that a server which had answered went away."""
        if self._reached:
            self._lost_at = time.monotonic()

    @property
    def settling(self) -> bool:
        """Whether the server may just have started, so that its denials are not to be believed yet."""
        return time.monotonic() - self._lost_at < self.limits.settle

    @property
    def closed(self) -> threading.Event:
        """Set by close."""
        return self._closed

    def close(self) -> None:
        """End waiting retries and close the connections."""
        self._closed.set()
        with self._lock:
            if self._manager is not None:
                self._manager.clear()
            self._manager = self._pool = None

    def _open(
        self, call: Call, authorization: str | None, read_timeout: float, on_connect: Callable[[socket.socket], None]
    ) -> urllib3.BaseHTTPResponse:
        self.counter.add(call.verb)
        manager = self._new_manager(self._tls.context(), 1)
        with bound_socket(on_connect):
            return self._ask(manager, call, authorization, urllib3.Timeout(connect=self.limits.connect, read=read_timeout), preload=False)

    def _attempt(self, call: Call, authorization: str | None, deadline: float, attempt: int) -> Reply:
        left = max(0.05, deadline - time.monotonic())
        self.counter.add(call.verb)
        manager = self._current_manager()
        response: Answer | urllib3.BaseHTTPResponse | None = self._over_open(call, authorization, min(self.limits.read, left))
        if response is None:
            timeout = urllib3.Timeout(connect=min(self.limits.connect, left), read=min(self.limits.read, left))
            response = self._ask(manager, call, authorization, timeout, preload=True)
        self._reached = True
        self.clock.note(response.headers)
        self._note_warnings(response.headers)
        return Reply(response.status, response.headers, response.data, attempt, _document(call, response))

    def _over_open(self, call: Call, authorization: str | None, limit: float) -> Answer | None:
        """The answer over a connection that is open already, None where there is none. limit: seconds."""
        pool = self._pool
        if pool is None:
            return None
        headers = self._headers(call, authorization)
        return pool.over_open(call.method, self._base_path + call.path, call.body, headers, limit, steady=call.repeatable)

    def _ask(
        self, manager: urllib3.PoolManager, call: Call, authorization: str | None, timeout: urllib3.Timeout, *, preload: bool
    ) -> urllib3.BaseHTTPResponse:
        headers = self._headers(call, authorization)
        options: dict[str, Any] = {
            "body": call.body,
            "headers": headers,
            "retries": False,
            "redirect": False,
            "timeout": timeout,
            "preload_content": preload,
        }
        if self.access.proxy:
            return manager.request_encode_url(call.method, self.access.server + call.path, **options)
        pool = manager.connection_from_url(self.access.server) if self._pool is None or manager is not self._manager else self._pool
        return pool.request_encode_url(call.method, self._base_path + call.path, **options)

    def _headers(self, call: Call, authorization: str | None) -> Mapping[str, str]:
        """Built once for each authorization; urllib3's own mapping only where a name comes twice, as that is slow."""
        known, base = self._base_headers
        if base is None or known != authorization:
            base = urllib3.HTTPHeaderDict({"Host": self._host, "User-Agent": USER_AGENT, "Accept": JSON, "Accept-Encoding": "identity"})
            for name, value in self.access.impersonation:
                base.add(name, value)
            if authorization:
                base["Authorization"] = authorization
            self._refuse_unsendable(base)
            base = base if self.access.impersonation else dict(base)
            self._base_headers = (authorization, base)
        headers = base.copy()
        headers.update(call.headers)
        return headers

    def _refuse_unsendable(self, headers: urllib3.HTTPHeaderDict) -> None:
        """http.client's own complaint would show the value, which may be a token. RFC 9110, 5.5."""
        for name, value in headers.items():
            if not _FIELD_VALUE.fullmatch(value):
                raise ConnectionFailed(
                    f"the header {name} cannot be sent: it holds a line break or another character that HTTP does not allow",
                    where=f"context {self.access.resolved.context}" if self.access.resolved.context else None,
                    hint=f"Correct the user in the kubeconfig ({self.access.credentials.kind}): a token is one line of letters and digits.",
                )

    def _pause_after_fault(self, error: http.HTTPError, call: Call, attempt: int, errors: int, started: float) -> float | None:
        """Seconds until the next attempt, None when there is to be none."""
        if not fault_may_pass(error, repeatable=call.repeatable, errors=errors):
            return None
        if not self._reached and time.monotonic() - started >= self.limits.first_contact:
            return None
        return self.limits.pause(attempt)

    def _wait(self, pause: float, deadline: float) -> bool:
        """Wait; False when the deadline comes first, the cluster was closed, or the caller gave up."""
        if time.monotonic() + pause >= deadline:
            return False
        stop: threading.Event | None = getattr(self._thread, "stop", None)
        return not self._closed.wait(pause) and not (stop is not None and stop.is_set())

    def _renew(self, refused: str | None) -> bool:
        return self.access.credentials.renew(refused)

    def _current_manager(self) -> urllib3.PoolManager:
        """The pool; a new one after a plugin gave a new certificate, as connections belong to the certificate they began with."""
        context = self._tls.context()
        with self._lock:
            if self._manager is None or self._manager.connection_pool_kw.get("ssl_context") is not context:
                self._manager = self._new_manager(context, self._concurrency)
                pool: Any = None if self.access.proxy else self._manager.connection_from_url(self.access.server)
                self._pool = pool
            return self._manager

    def _new_manager(self, context: ssl.SSLContext | None, size: int) -> urllib3.PoolManager:
        options: dict[str, object] = {
            "num_pools": 1,
            "maxsize": size,
            "block": False,
            "socket_options": [*HTTPConnection.default_socket_options, *_KEEPALIVE],
        }
        if context is not None:
            options["ssl_context"] = context
            if self.access.server_name:
                options["server_hostname"] = self.access.server_name
        manager: urllib3.PoolManager
        if self.access.proxy:
            headers = _proxy_headers(self.access)
            manager = urllib3.ProxyManager(self.access.proxy, proxy_headers=headers, **options)  # type: ignore[arg-type]
        else:
            manager = urllib3.PoolManager(**options)  # type: ignore[arg-type]
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
        return manager

    def _note_warnings(self, headers: Mapping[str, str]) -> None:
        """RFC 7234 warning headers: deprecations, fields that were dropped, pod security. Each text is told once."""
        value = headers.get("Warning")
        if not value:
            return
        for message in warning_texts(value):
            with self._lock:
                known = message in self._warned
                self._warned.add(message)
            if not known:
                self._warn(message)


def _document(call: Call, response: Answer | urllib3.BaseHTTPResponse) -> Any:
    """The JSON of a success. Raises HalfAnswer: what a proxy cut off without a word of it is not the API server's answer."""
    if response.status >= 300 or not response.data or call.headers.get("Accept") == ANYTHING:
        return None
    try:
        return (call.decode or decode_json)(response.data)
    except ValueError as error:
        raise HalfAnswer("the answer is no JSON, or only a part of it") from error


def _host_and_path(server: str) -> tuple[str, str]:
    """(value of the Host header, path before every path) of a server's URL."""
    parts = urllib3.util.parse_url(server)
    default = {"http": 80, "https": 443}.get(parts.scheme or "")
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    return f"{parts.host or ''}{port}", (parts.path or "").rstrip("/")


def _proxy_headers(access: Access) -> dict[str, str]:
    given = access.proxy_headers
    return urllib3.make_headers(
        basic_auth=given.get("basic_auth"), proxy_basic_auth=given.get("proxy_basic_auth"), user_agent=given.get("user_agent")
    )


def warning_texts(value: str) -> list[str]:
    """The texts of `299 - "text"` entries; the server joins several with commas and escapes quotes inside."""
    texts: list[str] = []
    position = 0
    while (start := value.find('"', position)) >= 0:
        end = start + 1
        while end < len(value) and value[end] != '"':
            end += 2 if value[end] == "\\" else 1
        texts.append(value[start + 1 : end].replace('\\"', '"').replace("\\\\", "\\"))
        position = end + 1
    return texts
