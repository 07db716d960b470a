"""An admission webhook that misbehaves as a test says, on an address that the API server reaches."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def address_towards(server: str) -> str:
    """This machine's address as the host of that URL sees it."""
    parts = urlsplit(server)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((parts.hostname, parts.port or 443))
        return str(probe.getsockname()[0])


class Handler(BaseHTTPRequestHandler):
    """Answers admission reviews: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"""

    protocol_version = "HTTP/1.1"
    webhook: FaultWebhook

    def do_POST(self) -> None:
        """One review."""
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))["request"]
        how = self.webhook.how(request["name"])
        if how == "time out":
            self.webhook.ended.wait(30)
            self.close_connection = True
            return
        response: dict[str, Any] = {"uid": request["uid"], "allowed": how != "reject"}
        if how == "reject":
            response["status"] = {"code": 403, "reason": "Forbidden", "message": "the label team is missing"}
        data = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}).encode()
        self.send_response_only(500 if how == "break" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words: object) -> None:
        """Quiet."""


class Listener(ThreadingHTTPServer):
    """Quiet about handshakes that clients give up."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet."""


class FaultWebhook:
    """faults: name of an object -> (`reject`, `time out` or `break`, how often). Everything else is allowed. asked: names, in order."""

    def __init__(self, server: str, folder: Path) -> None:
        self.address = address_towards(server)
        self.faults: dict[str, tuple[str, int]] = {}
        self.asked: list[str] = []
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self.certificate, key = folder / "webhook.crt", folder / "webhook.key"
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
        names = ["-subj", "/CN=webhook", "-addext", f"subjectAltName=IP:{self.address}"]
        make = ["openssl", "req", "-x509", *curve, *names, "-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(make, check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self._listener = Listener((self.address, 0), type("BoundHandler", (Handler,), {"webhook": self}))
        self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    def how(self, name: str) -> str:
        """What to do with a review of that object. Counts."""
        with self._lock:
            self.asked.append(name)
            fault, left = self.faults.get(name, ("allow", 0))
            self.faults[name] = (fault, left - 1)
            return fault if left > 0 else "allow"

    def configuration(self, name: str, namespace: str) -> dict[str, Any]:
        """The ValidatingWebhookConfiguration: every ConfigMap of one namespace; one second to answer, and no answer is a refusal."""
        url = f"https://{self.address}:{self._listener.server_address[1]}/"
        rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "operations": ["CREATE", "UPDATE"]}
        hook = {
            "name": "teams.roro.test",
            "clientConfig": {"url": url, "caBundle": base64.b64encode(self.certificate.read_bytes()).decode()},
            "rules": [rule],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "timeoutSeconds": 1,
            "failurePolicy": "Fail",
        }
        api = "admissionregistration.k8s.io/v1"
        return {"apiVersion": api, "kind": "ValidatingWebhookConfiguration", "metadata": {"name": name}, "webhooks": [hook]}

    def close(self) -> None:
        """End it, with every answer that still hangs."""
        self.ended.set()
        self._listener.shutdown()
        self._listener.server_close()
