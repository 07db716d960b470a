"""A fake of an API server, for faults only: it answers what a test tells it to, drops connections, stalls and streams.

What a real API server does is tested on a real one (tests/integration/cluster).
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    groups: list[str]
    body: bytes


Answer = Callable[["Handler"], None]


def reply(document: Any, status: int = 200, **headers: str) -> Answer:
    """Answer with JSON (or bytes as they are); `Retry_After="1"` becomes the header Retry-After."""

    def answer(handler: Handler) -> None:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def refusal(status: int, reason: str, message: str = "no", *, causes: Iterable[dict[str, str]] = (), **headers: str) -> Answer:
    """Answer with a metav1.Status."""
    details = {"causes": list(causes)}
    body = {"kind": "Status", "status": "Failure", "code": status, "reason": reason, "message": message, "details": details}
    return reply(body, status, **headers)


def drop(handler: Handler) -> None:
    """Reset the connection without an answer."""
    # Lingering for zero seconds turns the close into a reset.
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def break_off(handler: Handler) -> None:
    """Promise a long answer, send half of it, hang up."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"kind": "Con')
    handler.close_connection = True


def silence(handler: Handler) -> None:
    """Take the request and say nothing until the server ends."""
    handler.fake.ended.wait(30)
    handler.close_connection = True


def stream(*events: dict[str, Any] | bytes, then: str = "end", chunked: bool = True) -> Answer:
    """A watch's answer. then: `end` in order, `hang` (keep it open, send nothing), `drop` (hang up in the middle)."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        if chunked:
            handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for event in events:
            data = event if isinstance(event, bytes) else json.dumps(event).encode() + b"\n"
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            handler.wfile.flush()
        if then == "hang":
            handler.fake.ended.wait(30)
        if then == "end" and chunked:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = True

    return answer


class Handler(BaseHTTPRequestHandler):
    """Hands each request to the fake."""

    protocol_version = "HTTP/1.1"
    fake: FakeApiServer

    def handle_one_request(self) -> None:
        """As the base, quiet when the other side hangs up."""
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, ValueError):
            self.close_connection = True

    def answer(self) -> None:
        """Record the request, then do what the test said."""
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        groups = self.headers.get_all("Impersonate-Group") or []
        seen = Seen(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), groups, body)
        self.fake.next_answer(seen)(self)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *words: object) -> None:
        """Quiet."""


class Listener(ThreadingHTTPServer):
    """Quiet about handshakes that clients give up."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet."""


@dataclass
class FakeApiServer:
    """Answers from `script` in order, then from `otherwise` (path -> answer), then 404. requests: everything that arrived."""

    context: ssl.SSLContext | None = None
    script: deque[Answer] = field(default_factory=deque)
    otherwise: dict[str, Answer] = field(default_factory=dict)
    requests: list[Seen] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        handler = type("BoundHandler", (Handler,), {"fake": self})
        self.listener = Listener(("127.0.0.1", 0), handler)
        if self.context:
            self.listener.socket = self.context.wrap_socket(self.listener.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.listener.server_port}"

    def next_answer(self, seen: Seen) -> Answer:
        """What to do with a request."""
        self.requests.append(seen)
        if self.script:
            return self.script.popleft()
        return self.otherwise.get(seen.path) or refusal(404, "NotFound", f"the fake knows no {seen.path}")

    def close(self) -> None:
        """End it, with every answer that still hangs."""
        self.ended.set()
        self.listener.shutdown()
        self.listener.server_close()
