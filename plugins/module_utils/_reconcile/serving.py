# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP port of a reconciler: `/metrics` for Prometheus, `/healthz` and `/readyz` for the kubelet. It reads, and changes nothing.

Only a few connections are served at a time and each for a few seconds, so that no client holds the process up.
"""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .._errors import UsageError
from .metrics import CONTENT_TYPE, Metrics

LOOPBACK = "127.0.0.1"
_AT_ONCE = 16
_SECONDS = 5.0


def read_address(text: str) -> tuple[str, int]:
    """`PORT`, `HOST:PORT` or `[IPV6]:PORT` as host and port; without a host only this machine reaches it. Raises UsageError."""
    host, _, port = text.rpartition(":")
    if not port.isascii() or not port.isdigit() or int(port) > 65535 or (":" in host and not (host[0] == "[" and host[-1] == "]")):
        raise UsageError(f'"{text}" is no address to serve metrics at', hint="Write 9464, 0.0.0.0:9464 or [::]:9464.")
    return host.strip("[]") or LOOPBACK, int(port)


class MetricsServer:
    """The open port. `address`: host and port, where port 0 was asked for the one that was given."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self.address: tuple[str, int] = (str(server.server_address[0]), int(server.server_address[1]))
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="roro-metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No longer listen."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(2.0)

    def __enter__(self) -> MetricsServer:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def serve_metrics(metrics: Metrics, host: str = LOOPBACK, port: int = 0) -> MetricsServer:
    """Listen at once, in threads of its own. Raises UsageError where the address cannot be had."""
    try:
        return MetricsServer(_Server(metrics, host, port))
    except OSError as error:
        hint = "Choose another port, or end what listens there."
        raise UsageError(f"metrics cannot be served at {host}:{port}: {error.strerror or error}", hint=hint) from error


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, metrics: Metrics, host: str, port: int) -> None:
        self.metrics = metrics
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        super().__init__((host, port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for each connection, up to a number; one too many is closed."""
        if not self._slots.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or talks no HTTP, is no news."""

    def server_bind(self) -> None:
        """As HTTPServer's, without its question to the name server."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version = "roro"
    sys_version = ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer one request."""
        status, kind, text = self._answer(self.path.partition("?")[0])
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def _answer(self, path: str) -> tuple[int, str, str]:
        metrics, plain = self.server.metrics, "text/plain; charset=utf-8"
        if path == "/metrics":
            return 200, CONTENT_TYPE, metrics.text()
        if path == "/healthz":
            silent = metrics.silent
            return (503, plain, f"the loop has given no sign of life for {silent:.0f} s\n") if silent else (200, plain, "ok\n")
        if path == "/readyz":
            return (200, plain, "ok\n") if metrics.is_ready else (503, plain, "not begun yet\n")
        return 404, plain, "there are /metrics, /healthz and /readyz\n"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: each probe would be a line."""
