"""A TLS connection that breaks is a broken connection, and no matter of trust."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed

FATAL = b"\x15\x03\x03\x00\x02\x02"
"""A TLS alert that ends the connection, but for its number (RFC 8446, 6)."""


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[int]]]:
    """A server that reads what a client begins with, answers so and closes: its address, and an entry for each connection."""
    seen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _peer = listener.accept()
                except OSError:
                    return
                with connection:
                    seen.append(len(connection.recv(65536)))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", seen
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize("answer", [b"", FATAL + bytes([50]), FATAL + bytes([80])], ids=["end", "decode error", "internal error"])
def test_a_handshake_that_breaks_must_be_tried_again_and_told_as_unreachable(
    cluster_on: Callable[..., Cluster], configmaps: Resource, answer: bytes
) -> None:
    with answering(answer) as (host, seen), pytest.raises(ConnectionFailed) as caught:
        cluster_on(Connection(host=host, validate_certs=False)).get(configmaps, "n", "a")
    assert len(seen) > 1
    assert caught.value.problems[0].reason == "Unreachable"
    assert "ended the TLS connection" in str(caught.value)


@pytest.mark.parametrize("alert", [42, 116], ids=["bad certificate", "certificate required"])
def test_a_refused_certificate_must_be_told_at_once(cluster_on: Callable[..., Cluster], configmaps: Resource, alert: int) -> None:
    with answering(FATAL + bytes([alert])) as (host, seen), pytest.raises(ConnectionFailed) as caught:
        cluster_on(Connection(host=host, validate_certs=False)).get(configmaps, "n", "a")
    assert len(seen) == 1
    assert caught.value.problems[0].reason == "NotTrusted"
