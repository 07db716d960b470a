"""What goes through a forward on the real cluster: whole, both ways, many at once."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
from collections.abc import Callable

import pytest
from forward_scene import SECONDS, SIZE, STAY, WEB, ForwardScene, deployment, dial, exchanged, get, in_threads


@pytest.mark.parametrize(
    ("target", "port"),
    [("service/tool", 80), ("service/tool", "http"), ("service/headless", 80), ("deployment/tool", "http"), ("deployment/tool", 8080)],
)
def test_a_target_must_be_reached_by_number_and_by_name(shared: ForwardScene, target: str, port: int | str) -> None:
    forward = shared.forward(target, port)
    assert get(forward.local_port) == forward.pod


def test_a_pod_of_a_statefulset_must_be_reached_and_its_successor_of_the_same_name(
    shared: ForwardScene, eventually: Callable[..., object]
) -> None:
    app = deployment("queue", WEB + STAY, grace=0)
    del app["spec"]["strategy"]
    shared.apply({**app, "kind": "StatefulSet", "spec": {**app["spec"], "serviceName": "queue"}})
    forward = shared.forward("statefulset/queue", "http")
    first = shared.uid("queue-0")
    assert get(forward.local_port) == forward.pod == "queue-0"
    shared.delete_pod("queue-0")
    eventually(lambda: shared.uid("queue-0") not in ("", first), SECONDS)
    assert get(forward.local_port) == "queue-0"


def test_a_pod_must_be_reached_on_both_loopback_addresses(shared: ForwardScene) -> None:
    pod = shared.forward("deployment/tool", 8080).pod
    forward = shared.forward(f"pod/{pod}", 8080)
    assert forward.addresses == (f"127.0.0.1:{forward.local_port}", f"[::1]:{forward.local_port}")
    with dial(forward.local_port, "::1") as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.")


def test_a_download_must_arrive_whole(shared: ForwardScene) -> None:
    forward = shared.forward("service/tool", 80)
    expected = get(forward.local_port, "/sum").split()[0]
    digest, count = hashlib.sha256(), 0
    with dial(forward.local_port) as connection:
        connection.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(65536)
        piece = head.partition(b"\r\n\r\n")[2]
        while count < SIZE:
            digest.update(piece)
            count += len(piece)
            piece = connection.recv(1 << 20) if count < SIZE else b""
            assert piece or count == SIZE, f"ended after {count} bytes"
    assert digest.hexdigest() == expected


def test_an_upload_must_arrive_whole(shared: ForwardScene) -> None:
    forward = shared.forward("service/tool", "sum")
    block = os.urandom(1 << 20)
    with dial(forward.local_port) as connection:
        for _ in range(SIZE >> 20):
            connection.sendall(block)
        answer = connection.recv(65536).decode()
    assert answer.split()[0] == hashlib.sha256(block * (SIZE >> 20)).hexdigest()


def test_an_answer_after_the_clients_half_close_must_arrive(shared: ForwardScene) -> None:
    """containerd cuts a connection a second after the half-close; the answer is asked for again and again meanwhile."""
    forward = shared.forward("service/tool", 80)
    with dial(forward.local_port) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        connection.shutdown(1)
        found = b""
        while piece := connection.recv(65536):
            found += piece
    assert found.decode().rstrip().endswith(forward.pod)


def test_200_connections_at_once_must_all_be_served(shared: ForwardScene) -> None:
    """Opened a few at a time, as the pod's server lets only a few wait; then all of them talk at once."""
    forward = shared.forward("service/tool", "echo")
    texts = [f"connection {number} ".encode() * 200 for number in range(200)]
    with contextlib.ExitStack() as held:
        opened: list[socket.socket] = []

        def open_some() -> None:
            for _ in range(50):
                connection = held.enter_context(dial(forward.local_port))
                assert exchanged(connection, b"hello") == b"hello"
                opened.append(connection)

        assert in_threads([open_some] * 4) == [None] * 4
        assert shared.status(forward.id).connections == 200
        pairs = list(zip(opened, texts, strict=True))
        assert in_threads([lambda pair=pair: exchanged(*pair) for pair in pairs]) == texts


def test_50_forwards_must_be_open_at_once(shared: ForwardScene) -> None:
    ports = [80, "http", "echo", 9001, "sum"]
    targets = ["service/tool", "service/headless"]
    specs = [shared.spec(target, port, bind=(f"127.0.1.{turn}",)) for turn in range(1, 6) for target in targets for port in ports]
    forwards = shared.open(*specs)
    assert len({forward.addresses for forward in forwards}) == len({spec.id for spec in specs}) == 50
    web = [forward for forward in forwards if forward.port in (80, "http")]
    for forward in web:
        host, _, port = forward.addresses[0].rpartition(":")
        with dial(int(port), host) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert b"200 OK" in connection.recv(65536)


def test_a_slow_reader_must_not_hold_up_another_connection(shared: ForwardScene) -> None:
    forward = shared.forward("service/tool", 80)
    with dial(forward.local_port) as slow:
        slow.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        assert slow.recv(1)
        assert get(forward.local_port) == forward.pod
        memory = shared.daemon().memory_info().rss
    assert memory < 200 << 20
