"""A proxy in front of the real API server: everything passes, except the faults that a test scripts.

Plain HTTP towards the engine, TLS with the cluster's own credentials towards the API server. It keeps what it saw, so that a test can
count what was really created.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
import ssl
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_HOP = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "host", "authorization"})


@dataclass
class Seen:
    """One request that arrived. answered: the API server's status, 0 when it never got the request. name: of the object that was sent."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    answered: int = 0

    @property
    def name(self) -> str:
        """Path of the object that is meant, also for a POST, whose path names the collection only."""
        plain = urlsplit(self.path).path
        return f"{plain}/{json.loads(self.body)['metadata']['name']}" if self.method == "POST" else plain

    @property
    def created(self) -> bool:
        """Whether the API server made something new."""
        return self.answered == 201 and "dryRun=" not in self.path


@dataclass(frozen=True)
class Upstream:
    """What the API server answered. body None: a stream, to be read from `response`."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes | None
    response: http.client.HTTPResponse


Act = Callable[["Handler", Seen], None]


@dataclass
class Fault:
    """Does `act` instead of passing: for requests of that method whose path with query has `path` (a regular expression) in it, from the
    `first` such request on, `times` times. token: only those that bear it. hit: set when it happened for the first time."""

    method: str
    path: str
    act: Act
    first: int = 1
    times: int = 1
    token: str = ""
    matched: int = 0
    done: int = 0
    hit: threading.Event = field(default_factory=threading.Event)

    def takes(self, seen: Seen) -> bool:
        """Whether this request is for the fault. Counts."""
        if not re.fullmatch(self.method, seen.method) or not re.search(self.path, seen.path):
            return False
        if self.token and seen.headers.get("Authorization") != f"Bearer {self.token}":
            return False
        self.matched += 1
        if self.matched < self.first or self.done >= self.times:
            return False
        self.done += 1
        self.hit.set()
        return True


def refuse(status: int, reason: str, message: str = "no", **headers: str) -> Act:
    """Answer with a metav1.Status, and do not ask the API server; `Retry_After="1"` becomes the header Retry-After."""

    def act(handler: Handler, seen: Seen) -> None:
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason, "message": message}
        told = [("Content-Type", "application/json"), *((name.replace("_", "-"), value) for name, value in headers.items())]
        handler.give(status, told, json.dumps(body).encode())

    return act


def reset_before(handler: Handler, seen: Seen) -> None:
    """Reset the connection; the API server never gets the request."""
    handler.reset()


def reset_after(handler: Handler, seen: Seen) -> None:
    """Let the API server do it, then reset the connection instead of answering."""
    handler.ask(seen)
    handler.reset()


def reset_in_body(handler: Handler, seen: Seen) -> None:
    """Give half of the API server's answer, then reset the connection."""
    answer = handler.ask(seen)
    body = answer.body or b""
    handler.give(answer.status, answer.headers, body[: len(body) // 2], length=len(body))
    handler.reset()


def truncate(handler: Handler, seen: Seen) -> None:
    """Half of the API server's answer, as if it were all: JSON that ends in the middle."""
    answer = handler.ask(seen)
    body = answer.body or b""
    handler.give(answer.status, answer.headers, body[: len(body) // 2])


def stall(handler: Handler, seen: Seen) -> None:
    """Begin a watch and never send anything, as a connection does whose other side vanished."""
    handler.give(200, [("Content-Type", "application/json")], None)
    handler.proxy.ended.wait(60)
    handler.close_connection = True


def garble(data: bytes) -> Act:
    """Begin a watch, send these bytes, and end it in order."""

    def act(handler: Handler, seen: Seen) -> None:
        handler.give(200, [("Content-Type", "application/json")], None)
        handler.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data) if data else b"0\r\n\r\n")
        handler.close_connection = True

    return act


def hang(handler: Handler, seen: Seen) -> None:
    """Take the request, never answer, and never ask the API server."""
    handler.proxy.ended.wait(60)
    handler.close_connection = True


def late(seconds: float) -> Act:
    """Pass the request on, and the answer after so many seconds."""

    def act(handler: Handler, seen: Seen) -> None:
        answer = handler.ask(seen)
        handler.proxy.ended.wait(seconds)
        handler.hand_over(answer)

    return act


class Handler(BaseHTTPRequestHandler):
    """One connection of the engine, and one of its own to the API server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: FaultProxy
    upstream: http.client.HTTPSConnection | None = None

    def handle_one_request(self) -> None:
        """As the base, quiet when either side hangs up: the other is hung up on too."""
        try:
            super().handle_one_request()
        except (OSError, http.client.HTTPException, ValueError):
            self.close_connection = True

    def finish(self) -> None:
        """Close the way to the API server as well."""
        if self.upstream is not None:
            self.upstream.close()
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def pass_on(self) -> None:
        """Record the request, then do the fault that is due, or pass it on."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(self.command, self.path, dict(self.headers.items()), body)
        act = self.proxy.act_for(seen)
        if act is not None:
            act(self, seen)
        else:
            self.hand_over(self.ask(seen))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815 - the names that http.server calls

    def ask(self, seen: Seen) -> Upstream:
        """The API server's answer. Raises OSError or HTTPException when there is none."""
        self.upstream = self.upstream or self.proxy.connection()
        headers = {name: value for name, value in seen.headers.items() if name.lower() not in _HOP}
        self.upstream.request(seen.method, seen.path, seen.body or None, headers)
        response = self.upstream.getresponse()
        seen.answered = response.status
        told = [(name, value) for name, value in response.getheaders() if name.lower() not in _HOP]
        body = None if "watch=true" in seen.path and response.status == 200 else response.read()
        return Upstream(response.status, told, body, response)

    def hand_over(self, answer: Upstream) -> None:
        """Give the engine what the API server answered."""
        self.give(answer.status, answer.headers, answer.body)
        if answer.body is not None:
            return
        self.close_connection = True
        while block := answer.response.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
        self.wfile.write(b"0\r\n\r\n")

    def give(self, status: int, headers: list[tuple[str, str]], body: bytes | None, *, length: int | None = None) -> None:
        """Answer. body None: only the head of a stream. length: what is promised, where that is not what is sent."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if body is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body or b"")
        self.wfile.flush()

    def reset(self) -> None:
        """Reset the connection: lingering for zero seconds turns the close into that."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, *words: object) -> None:
        """Quiet."""


class Listener(ThreadingHTTPServer):
    """Quiet about connections that clients give up."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet."""


class FaultProxy:
    """server: URL of the API server. context: TLS with the credentials for it. requests: all that arrived, in order."""

    def __init__(self, server: str, context: ssl.SSLContext) -> None:
        self.server, self._context = urlsplit(server), context
        self.requests: list[Seen] = []
        self.faults: list[Fault] = []
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._listener = Listener(("127.0.0.1", 0), type("BoundHandler", (Handler,), {"proxy": self}))
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def on(self, method: str, path: str, act: Act, **when: Any) -> Fault:
        """Script a fault; see Fault for the rest."""
        fault = Fault(method, path, act, **when)
        self.faults.append(fault)
        return fault

    def act_for(self, seen: Seen) -> Act | None:
        """What to do with a request, None to pass it."""
        with self._lock:
            self.requests.append(seen)
            return next((fault.act for fault in self.faults if fault.takes(seen)), None)

    def connection(self) -> http.client.HTTPSConnection:
        """A connection to the API server."""
        return http.client.HTTPSConnection(self.server.hostname or "", self.server.port, context=self._context, timeout=60)

    def creations(self) -> Counter[str]:
        """Path of each object -> how often the API server made it."""
        with self._lock:
            return Counter(seen.name for seen in self.requests if seen.created)

    def sent(self, method: str, path: str) -> list[Seen]:
        """The requests of that method with `path` (a regular expression) in their path."""
        with self._lock:
            return [seen for seen in self.requests if seen.method == method and re.search(path, seen.path)]

    def close(self) -> None:
        """End it, with every answer that still hangs."""
        self.ended.set()
        self._listener.shutdown()
        self._listener.server_close()
