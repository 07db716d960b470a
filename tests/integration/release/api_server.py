"""An API server of one kind, on an address that the cluster's own API server reaches: what stands behind an APIService."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


class OneKind:
    """Serves kind `Late` (plural `lates`) of `group`/v1. objects: by path."""

    def __init__(self, server: str, group: str, folder: Path) -> None:
        self.group, self.objects = group, dict[str, dict[str, Any]]()
        parts = urlsplit(server)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((parts.hostname, parts.port or 443))
            self.address = str(probe.getsockname()[0])
        key, certificate = folder / "api.key", folder / "api.crt"
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
        subprocess.run([*make, "-subj", "/CN=api", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._listener = _Listener((self.address, 0), type("BoundHandler", (_Handler,), {"kind": self}))
        self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """No more answers."""
        self._listener.shutdown()
        self._listener.server_close()

    def resources(self) -> dict[str, Any]:
        """The discovery document."""
        resource = {"name": "lates", "singularName": "late", "namespaced": True, "kind": "Late", "verbs": VERBS}
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": f"{self.group}/v1", "resources": [resource]}


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet about handshakes that clients give up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kind: OneKind

    def do_GET(self) -> None:
        """Discovery, one object, or all."""
        path, root = urlsplit(self.path).path, f"/apis/{self.kind.group}/v1"
        if path == root:
            self._answer(200, self.kind.resources())
        elif path in self.kind.objects:
            self._answer(200, self.kind.objects[path])
        elif path.startswith(root) and path.endswith("/lates"):
            items = [obj for place, obj in self.kind.objects.items() if place.startswith(path)]
            self._answer(
                200, {"kind": "LateList", "apiVersion": f"{self.kind.group}/v1", "metadata": {"resourceVersion": "1"}, "items": items}
            )
        else:
            self._nothing()

    def do_PATCH(self) -> None:
        """An apply."""
        obj = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        obj["metadata"] |= {"uid": "late-1", "resourceVersion": "2"}
        path = urlsplit(self.path).path
        created = path not in self.kind.objects
        self.kind.objects[path] = obj
        self._answer(201 if created else 200, obj)

    def do_DELETE(self) -> None:
        """Gone at once."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.kind.objects.pop(urlsplit(self.path).path, None) is None:
            self._nothing()
        else:
            self._answer(200, {"kind": "Status", "apiVersion": "v1", "status": "Success"})

    def _nothing(self) -> None:
        self._answer(
            404, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound", "message": "not found"}
        )

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Quiet."""
