"""An admission webhook as ingress controllers have one: a host and path belong to one Ingress."""

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


def routes(ingress: dict[str, Any]) -> set[tuple[str, str]]:
    """(host, path) of an Ingress."""
    return {(rule.get("host", ""), path["path"]) for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]}


class UniqueRoutes:
    """Refuses an Ingress of `namespace` whose host and path another one there has."""

    def __init__(self, cluster: Any, namespace: str, folder: Path) -> None:
        self.cluster, self.namespace = cluster, namespace
        parts = urlsplit(cluster.server)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((parts.hostname, parts.port or 443))
            address = str(probe.getsockname()[0])
        key, self._certificate = folder / "hook.key", folder / "hook.crt"
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
        names = ["-subj", "/CN=hook", "-addext", f"subjectAltName=IP:{address}"]
        subprocess.run([*make, *names, "-keyout", str(key), "-out", str(self._certificate)], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate, key)
        self._listener = ThreadingHTTPServer((address, 0), type("BoundReview", (_Review,), {"hook": self}))
        self._listener.daemon_threads = True
        self._listener.socket = context.wrap_socket(self._listener.socket, server_side=True, do_handshake_on_connect=False)
        self._url = f"https://{address}:{self._listener.server_address[1]}/"
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self) -> None:
        """No more answers."""
        self._listener.shutdown()
        self._listener.server_close()

    def configuration(self) -> dict[str, Any]:
        """The ValidatingWebhookConfiguration."""
        rule = {"apiGroups": ["networking.k8s.io"], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["ingresses"]}
        webhook = {
            "name": "routes.roro.test",
            "clientConfig": {"url": self._url, "caBundle": base64.b64encode(self._certificate.read_bytes()).decode()},
            "rules": [rule],
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": self.namespace}},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "failurePolicy": "Ignore",
        }
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": self.namespace},
            "webhooks": [webhook],
        }

    def refusal(self, ingress: dict[str, Any]) -> str:
        """Why it is refused, in the words of ingress-nginx, or ""."""
        resource = self.cluster.resource("networking.k8s.io/v1", "Ingress")
        for other in self.cluster.list(resource, self.namespace).items:
            both = routes(ingress) & routes(other) if other["metadata"]["name"] != ingress["metadata"]["name"] else set()
            for host, path in both:
                return f'host "{host}" and path "{path}" is already defined in ingress {self.namespace}/{other["metadata"]["name"]}'
        return ""


class _Review(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hook: UniqueRoutes

    def do_POST(self) -> None:
        """One review: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/"""
        request = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))["request"]
        words = self.hook.refusal(request["object"])
        response = {"uid": request["uid"], "allowed": not words, **({"status": {"message": words, "code": 400}} if words else {})}
        body = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""
