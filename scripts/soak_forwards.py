#!/usr/bin/env python3
"""Shows whether the daemon of forwards leaks: makes connections of all kinds for some minutes and prints what it holds over time.

    .venv/bin/python scripts/soak_forwards.py --kubeconfig FILE [--minutes 10 | --connections 5000]

Whole answers, echoes, downloads that the client breaks off, clients that leave at once, half-closed ones, pods that are deleted under
them, forwards that are stopped and started, clients that watch and go away. The daemon is the script's own. The cluster needs the image
that `tests/box_image.py docker.io/library/roro-box:1 FILE` writes. Exits 1 when memory, descriptors, threads or tasks
grew, or too many connections were cut.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import statistics
import struct
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, ForwardSpec, make_spec, reach, settled

IMAGE = "docker.io/library/roro-box:1"
SCRIPT = (
    "busybox dd if=/dev/zero of=/www/big bs=65536 count=64 2>/dev/null; echo x > /www/index.html; "
    "busybox nc -ll -p 9001 -e busybox cat & busybox httpd -f -p 8080 -h /www"
)
WORKERS = 8
PATIENCE = 120.0
SAMPLES = 40
GROWTH_MIB = 4.0
"""Memory may move by so much: the allocator keeps what a burst needed."""
FAILED = "cut"
FAILED_SHARE = 0.1
"""More than these are not explained by the pods that were deleted under them."""


@dataclass
class Sample:
    """What the daemon held at one moment. seconds: since the beginning; rss: MiB."""

    seconds: float
    connections: int
    rss: float
    descriptors: int
    threads: int
    tasks: int


@dataclass
class Soak:
    """A namespace, a daemon, and what was done so far."""

    cluster: Cluster
    namespace: str
    specs: list[ForwardSpec]
    ports: dict[str, list[int]] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def connections(self) -> int:
        """Made until now."""
        return sum(self.done.values())

    def sample(self, began: float) -> Sample:
        """Ask the daemon and the system."""
        with ForwardClient.started() as client:
            told = client.hello()
        daemon = psutil.Process(told["pid"])
        rss = daemon.memory_info().rss / (1 << 20)
        return Sample(time.monotonic() - began, self.connections, rss, daemon.num_fds(), daemon.num_threads(), int(told.get("tasks", 0)))


def main() -> int:
    """Run, print, judge."""
    asked = _arguments()
    cluster = connect(Connection(kubeconfig=str(asked.kubeconfig)))
    namespace = f"soak-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(XDG_STATE_HOME=scratch, XDG_RUNTIME_DIR=scratch)
        cluster.create(cluster.resource("v1", "Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        try:
            soak = _begin(asked.kubeconfig, cluster, namespace)
            samples, rest = _run(soak, asked.minutes, asked.connections)
        finally:
            cluster.delete(cluster.resource("v1", "Namespace"), None, namespace)
            client = ForwardClient.running()
            if client is not None:
                client.shutdown()
    print(f"{soak.connections} connections: {', '.join(f'{count} {name}' for name, count in sorted(soak.done.items()))}")
    grown = _grown(samples, rest)
    if soak.done[FAILED] > FAILED_SHARE * soak.connections:
        grown.append(f"too many connections were cut: {soak.done[FAILED]}")
    print("verdict: flat" if not grown else f"verdict: not good: {'; '.join(grown)}")
    return 1 if grown else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    how_long = parser.add_mutually_exclusive_group()
    how_long.add_argument("--minutes", type=float, default=10.0)
    how_long.add_argument("--connections", type=int, default=0, help="end after so many connections instead")
    return parser.parse_args()


def _begin(kubeconfig: Path, cluster: Cluster, namespace: str) -> Soak:
    container = {
        "name": "main",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", SCRIPT],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
    }
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "namespace": namespace}
    cluster.apply(
        cluster.resource("apps/v1", "Deployment"), {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    )
    to = reach(Connection(kubeconfig=str(kubeconfig)))
    specs = [
        make_spec(to, "deployment/web", port, namespace=namespace, local_port="auto", bind=(f"127.0.3.{turn}",))
        for turn in range(1, 4)
        for port in (8080, 9001)
    ]
    soak = Soak(cluster, namespace, specs)
    _open(soak)
    return soak


def _open(soak: Soak) -> None:
    with ForwardClient.started() as client:
        client.start(soak.specs)
    found = settled([spec.id for spec in soak.specs], PATIENCE)
    if [status.state for status in found] != ["Active"] * len(soak.specs):
        raise SystemExit(f"not all forwards are open: {found}")
    soak.ports = {status.addresses[0]: [int(status.port)] for status in found}


def _run(soak: Soak, minutes: float, connections: int) -> tuple[list[Sample], Sample]:
    """The samples while it is busy, and one after everything was closed."""
    print("seconds  connections  RSS MiB  descriptors  threads  tasks", flush=True)
    began = time.monotonic()
    workers = [threading.Thread(target=_work, args=(soak,)) for _ in range(WORKERS)]
    workers.append(threading.Thread(target=_disturb, args=(soak,)))
    for worker in workers:
        worker.start()
    samples: list[Sample] = []
    try:
        for turn in range(1, SAMPLES + 1):
            while not (
                soak.connections >= connections * turn / SAMPLES
                if connections
                else time.monotonic() - began >= 60 * minutes * turn / SAMPLES
            ):
                time.sleep(0.05)
            samples.append(_told(soak.sample(began)))
    finally:
        soak.stop.set()
        for worker in workers:
            worker.join()
    return samples, _at_rest(soak, began)


def _at_rest(soak: Soak, began: float) -> Sample:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with ForwardClient.started() as client:
            busy = sum(status.connections for status in client.forwards())
        if not busy:
            break
        time.sleep(0.5)
    print("at rest:", flush=True)
    return _told(soak.sample(began))


def _told(sample: Sample) -> Sample:
    print(
        f"{sample.seconds:7.0f}  {sample.connections:11}  {sample.rss:7.1f}  {sample.descriptors:11}  {sample.threads:7}  {sample.tasks:5}",
        flush=True,
    )
    return sample


def _grown(samples: list[Sample], rest: Sample) -> list[str]:
    """What is more in the last quarter than in the second; the first is the time in which caches fill."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]
    grown = []
    for name, spare in (("rss", GROWTH_MIB), ("descriptors", 40), ("threads", 4), ("tasks", 120)):
        before, after = (statistics.median(getattr(sample, name) for sample in part) for part in (early, late))
        print(f"{name}: {before:.1f} in the second quarter, {after:.1f} in the last, {getattr(rest, name):.1f} at rest")
        if after > before * 1.05 + spare:
            grown.append(f"{name} from {before:.1f} to {after:.1f}")
    if rest.descriptors > 40 + 12 * 6 or rest.tasks > 40 + 12 * 6:
        grown.append(f"at rest {rest.descriptors} descriptors and {rest.tasks} tasks are left")
    return grown


# What clients do


def _work(soak: Soak) -> None:
    dice = random.Random()  # noqa: S311 - which client comes next
    while not soak.stop.is_set():
        address, port = dice.choice([(address, ports[0]) for address, ports in soak.ports.items()])
        name, job = dice.choice(_WEB if port == 8080 else _ECHO)
        try:
            job(address)
        except OSError:
            name = FAILED
            soak.stop.wait(0.05)
        soak.done[name] += 1


def _dial(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE)


def _whole(address: str) -> None:
    with _dial(address) as opened:
        opened.sendall(b"GET / HTTP/1.0\r\n\r\n")
        while opened.recv(65536):
            pass


def _broken_off(address: str) -> None:
    with _dial(address) as opened:
        opened.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        opened.recv(65536)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _download(address: str) -> None:
    with _dial(address) as opened:
        opened.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        while opened.recv(1 << 20):
            pass


def _half_closed(address: str) -> None:
    with _dial(address) as opened:
        opened.sendall(b"GET / HTTP/1.0\r\n\r\n")
        opened.shutdown(socket.SHUT_WR)
        while opened.recv(65536):
            pass


def _echoed(address: str) -> None:
    text = os.urandom(4096)
    with _dial(address) as opened:
        opened.sendall(text)
        count = 0
        while count < len(text) and (piece := opened.recv(65536)):
            count += len(piece)


def _left_at_once(address: str) -> None:
    _dial(address).close()


_WEB: list[tuple[str, Callable[[str], None]]] = [
    ("whole answers", _whole),
    ("downloads", _download),
    ("broken off", _broken_off),
    ("half-closed", _half_closed),
    ("left at once", _left_at_once),
]
_ECHO: list[tuple[str, Callable[[str], None]]] = [("echoes", _echoed), ("left at once", _left_at_once)]


def _disturb(soak: Soak) -> None:
    """One after the other: a pod is deleted, a forward is stopped and started, a client watches and leaves."""
    pods = soak.cluster.resource("v1", "Pod")
    acts: list[Callable[[], Any]] = [lambda: _delete_one(soak, pods), lambda: _reopen_one(soak), _watch_and_leave]
    turn = 0
    while not soak.stop.wait(3.0):
        acts[turn % len(acts)]()
        turn += 1


def _delete_one(soak: Soak, pods: Any) -> None:
    living = [pod for pod in soak.cluster.list(pods, soak.namespace).items if not pod["metadata"].get("deletionTimestamp")]
    if len(living) > 1:
        soak.cluster.delete(pods, soak.namespace, living[0]["metadata"]["name"])


def _reopen_one(soak: Soak) -> None:
    spec = random.choice(soak.specs)  # noqa: S311
    with ForwardClient.started() as client:
        client.stop([spec.id])
        client.start([spec])
    _open(soak)


def _watch_and_leave() -> None:
    with ForwardClient.started() as client:
        for _ in client.watch(1.0):
            pass


if __name__ == "__main__":
    sys.exit(main())
