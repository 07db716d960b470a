"""A workspace of many environments on the tests' cluster, and clusters that cannot be used: each environment names its own kubeconfig."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from command_workspace import Workspace
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

UNREACHABLE, UNAUTHORIZED, EXPIRED, SLOW = "down", "wrong-token", "expired", "slow"


def add_environments(workspace: Workspace, names: list[str], document: dict[str, Any]) -> None:
    """Environments of the same document, in the place of those that were there."""
    for folder in (workspace.root / "environments").iterdir():
        (folder / "environment.json").unlink()
        folder.rmdir()
    for name in names:
        folder = workspace.root / "environments" / name
        folder.mkdir()
        (folder / "environment.json").write_text(json.dumps(document))


def point_to(workspace: Workspace, environment: str, kubeconfig: Path) -> None:
    """The environment's own cluster."""
    workspace.edit(f"environments/{environment}/environment.json", lambda document: document.update(kubeconfig=str(kubeconfig)))


class Kubeconfigs:
    """Copies of the tests' kubeconfig, each with one thing changed."""

    def __init__(self, source: Path, folder: Path) -> None:
        self._source = source
        self._document = yaml.safe_load(source.read_text())
        self._folder = folder
        self.server = str(self._document["clusters"][0]["cluster"]["server"])

    def unreachable(self) -> Path:
        """A server where nothing listens."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        return self._write(UNREACHABLE, {"server": f"https://127.0.0.1:{port}"})

    def unauthorized(self) -> Path:
        """A token that the server does not know."""
        return self._write(UNAUTHORIZED, user={"token": "no-such-token"})

    def expired(self) -> Path:
        """A client certificate of the cluster's own authority whose time is over."""
        pki = self._source.parent / "pki"
        authority = x509.load_pem_x509_certificate((pki / "ca.crt").read_bytes())
        signer: Any = serialization.load_pem_private_key((pki / "ca.key").read_bytes(), None)
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "roro:admin")]))
            .issuer_name(authority.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=2))
            .not_valid_after(now - timedelta(days=1))
            .add_extension(x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .sign(signer, hashes.SHA256())
        )
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        encoded = {"client-certificate-data": certificate.public_bytes(serialization.Encoding.PEM), "client-key-data": pem}
        return self._write(EXPIRED, user={name: base64.b64encode(data).decode() for name, data in encoded.items()})

    def through(self, port: int) -> Path:
        """The same server by way of a port of this machine."""
        name = urlsplit(self.server).hostname
        return self._write(SLOW, {"server": f"https://127.0.0.1:{port}", "tls-server-name": name})

    def good(self) -> Path:
        """As it is."""
        return self._write("good")

    def _write(self, name: str, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Path:
        document = deepcopy(self._document)
        document["clusters"][0]["cluster"].update(cluster or {})
        if user is not None:
            document["users"][0]["user"] = user
        path = self._folder / f"{name}.kubeconfig"
        path.touch(0o600)
        path.write_text(yaml.safe_dump(document))
        return path


@contextmanager
def slow_way(server: str, seconds: float) -> Iterator[int]:
    """A port that leads to the server: what the server says arrives so much later. The server itself is the real one."""
    parts = urlsplit(server)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while not stop.is_set():
                with suppress(OSError):
                    client, _ = listener.accept()
                    upstream = socket.create_connection((str(parts.hostname), int(parts.port or 443)))
                    threading.Thread(target=_pass, args=(client, upstream, stop, 0.0), daemon=True).start()
                    threading.Thread(target=_pass, args=(upstream, client, stop, seconds), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        stop.set()


def _pass(source: socket.socket, sink: socket.socket, stop: threading.Event, seconds: float) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            stop.wait(seconds)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
