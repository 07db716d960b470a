"""Fakes for the local cluster room: commands by name, and an API server that only says how it is."""

from __future__ import annotations

import json
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.kubeconfig import make_kubeconfig


class FakeCommands:
    """Executables in a directory of their own; each writes its arguments to `<name>.calls` and then runs a Python body."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir()

    def add(self, name: str, body: str = "") -> None:
        """`body` may use `args` (list of words), `here` (Path of the directory), `sys`, `os`, `json`."""
        path = self.directory / name
        path.write_text(
            f"#!{sys.executable} -IS\nimport json, os, sys\nfrom pathlib import Path\nargs = sys.argv[1:]\nhere = Path(__file__).parent\n"
            f"with (here / '{name}.calls').open('a') as log: log.write(json.dumps(args) + '\\n')\n{body}\n"
        )
        path.chmod(0o755)

    def calls(self, name: str) -> list[list[str]]:
        """Arguments of every call so far."""
        log = self.directory / f"{name}.calls"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


class FakeApiServer:
    """Answers /readyz by `ready` and /version by v1.33.2, and lists `nodes`."""

    def __init__(self, directory: Path) -> None:
        self.ready = True
        self.nodes: list[dict[str, Any]] = [{"metadata": {"name": "real", "labels": {}}}]
        directory.mkdir()
        authority = Authority(directory, "ca")
        server = authority.issue("server", "server", hosts=["127.0.0.1"])
        client = authority.issue("client", "admin", "system:masters")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body = outer.answer(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(server.certificate, server.key)
        tls.load_verify_locations(authority.pair.certificate)
        tls.verify_mode = ssl.CERT_REQUIRED
        self._http.socket = tls.wrap_socket(self._http.socket, server_side=True)
        threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()
        address = f"https://127.0.0.1:{self._http.server_address[1]}"
        self.kubeconfig = yaml.safe_dump(make_kubeconfig("theirs", address, authority.pair.certificate, client))
        self.address = address

    def answer(self, path: str) -> tuple[int, bytes]:
        """Status and body of a GET."""
        if path == "/readyz":
            return (200, b"ok") if self.ready else (500, b"not yet")
        if path == "/version":
            return 200, b'{"gitVersion": "v1.33.2"}'
        if path.startswith("/api/v1/nodes?labelSelector=roro.dev"):
            return 200, b'{"items": []}'
        return 200, json.dumps({"items": self.nodes}).encode()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()
