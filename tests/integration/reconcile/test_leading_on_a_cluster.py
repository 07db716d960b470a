"""Two processes and one Lease of a real API server: one leads; when it is killed, stopped in its tracks or cut off, the other does."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

HERE = Path(__file__).parent
DURATION, RETRY = 4.0, 0.5
"""As leading_process.py has them."""
Start = Callable[..., "Candidate"]


class Candidate:
    """A process; what it printed is read in a thread."""

    def __init__(self, kubeconfig: Path, namespace: str, holder: str) -> None:
        words = [sys.executable, str(HERE / "leading_process.py"), str(kubeconfig), namespace, "roro-controller", holder]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines: list[tuple[float, str]] = []
        self.told: list[str] = []
        for target in (self._read, self._hear):
            threading.Thread(target=target, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append((time.monotonic(), line.strip()))

    def _hear(self) -> None:
        assert self.process.stderr is not None
        self.told.extend(line.strip() for line in self.process.stderr)

    @property
    def leads(self) -> bool:
        return bool(self.lines) and self.lines[-1][1] == "leads"


@pytest.fixture
def start(cluster_kubeconfig: Path, namespace: str) -> Iterator[Start]:
    made: list[Candidate] = []

    def begin(holder: str, kubeconfig: Path = cluster_kubeconfig) -> Candidate:
        made.append(Candidate(kubeconfig, namespace, holder))
        return made[-1]

    yield begin
    for one in made:
        one.process.send_signal(signal.SIGCONT)
        one.process.kill()
        one.process.wait()


def lease(cluster: Cluster, namespace: str) -> dict[str, Any]:
    return (cluster.get(cluster.resource("coordination.k8s.io/v1", "Lease"), namespace, "roro-controller") or {}).get("spec") or {}


@pytest.fixture
def pair(start: Start, cluster: Cluster, namespace: str, eventually: Any) -> tuple[Candidate, Candidate]:
    """One that leads and one that stands by."""
    first = start("first")
    eventually(lambda: first.leads)
    second = start("second")
    eventually(lambda: any("standing by: first leads" in words for words in second.told))
    assert lease(cluster, namespace)["holderIdentity"] == "first"
    return first, second


def test_a_killed_leader_must_be_followed_within_the_lease_and_a_retry(
    pair: tuple[Candidate, Candidate], cluster: Cluster, namespace: str, eventually: Any
) -> None:
    first, second = pair
    first.process.kill()
    killed = time.monotonic()
    eventually(lambda: second.leads)
    assert second.lines[0][0] - killed < DURATION + 2.2 * RETRY + 1.0
    spec = lease(cluster, namespace)
    assert (spec["holderIdentity"], spec["leaseTransitions"]) == ("second", 1)


def test_a_leader_that_ends_must_be_followed_at_once(pair: tuple[Candidate, Candidate], eventually: Any) -> None:
    first, second = pair
    first.process.terminate()
    ended = time.monotonic()
    eventually(lambda: second.leads)
    assert second.lines[0][0] - ended < DURATION
    assert first.process.wait(10) == 0


def test_a_leader_that_slept_must_find_that_another_leads(pair: tuple[Candidate, Candidate], eventually: Any) -> None:
    first, second = pair
    first.process.send_signal(signal.SIGSTOP)
    eventually(lambda: second.leads)
    first.process.send_signal(signal.SIGCONT)
    eventually(lambda: not first.leads, 3)
    assert second.leads
    eventually(lambda: any("leads no more" in words for words in first.told))


class Relay:
    """A port in front of the API server; while it is `away`, its connections stay open and nothing passes."""

    def __init__(self, host: str, port: int) -> None:
        self.target = (host, port)
        self.passes = threading.Event()
        self.passes.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.target)
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                self.passes.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.fixture
def relay(cluster_kubeconfig: Path, tmp_path: Path) -> Iterator[tuple[Relay, Path]]:
    """The relay, and a kubeconfig that leads through it."""
    document = yaml.safe_load(cluster_kubeconfig.read_text())
    entry = document["clusters"][0]["cluster"]
    server = urlsplit(entry["server"])
    made = Relay(str(server.hostname), server.port or 443)
    entry |= {"server": f"https://127.0.0.1:{made.port}", "tls-server-name": "kubernetes"}
    path = tmp_path / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document))
    yield made, path
    made.passes.set()
    made.listener.close()


def test_a_leader_that_is_cut_off_must_end_before_the_other_begins_and_come_back_as_follower(
    start: Start, relay: tuple[Relay, Path], eventually: Any
) -> None:
    way, kubeconfig = relay
    first = start("first", kubeconfig)
    eventually(lambda: first.leads)
    second = start("second")
    eventually(lambda: any("standing by: first leads" in words for words in second.told))
    way.passes.clear()
    eventually(lambda: second.leads)
    assert [line for _, line in first.lines] == ["leads", "lost"]
    assert first.lines[1][0] < second.lines[0][0]
    way.passes.set()
    eventually(lambda: any("standing by: second leads" in words for words in first.told))
    assert second.leads


def test_a_server_that_is_away_for_a_moment_must_cost_nobody_the_lead(
    start: Start, relay: tuple[Relay, Path], cluster: Cluster, namespace: str, eventually: Any
) -> None:
    way, kubeconfig = relay
    first = start("first", kubeconfig)
    eventually(lambda: first.leads)
    way.passes.clear()
    threading.Event().wait(1.0)
    way.passes.set()
    before = lease(cluster, namespace)["renewTime"]
    eventually(lambda: lease(cluster, namespace)["renewTime"] > before)
    assert [line for _, line in first.lines] == ["leads"]
