"""Port-forwards side by side with `kubectl port-forward`: throughput, first byte, and how soon a new pod is served.

    python benchmarks/forward.py --kubeconfig FILE --kubectl FILE [--size MIB] [--rounds N] [--write]

The cluster needs the image that `tests/box_image.py docker.io/library/roro-box:1 FILE` writes. Contenders take turns in each round;
the daemon is the benchmark's own. kubectl does not survive its pod, so the last row has no peer.
"""

from __future__ import annotations

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, make_spec, reach, settled
from page import write_table

IMAGE = "docker.io/library/roro-box:1"
MIB = 1 << 20
PATIENCE = 120.0
REQUESTS = 40


def main() -> None:
    """Measure, print, and write when asked."""
    asked = _arguments()
    cluster = connect(Connection(kubeconfig=str(asked.kubeconfig)))
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.update(XDG_STATE_HOME=scratch, XDG_RUNTIME_DIR=scratch)
        namespace = f"bench-{uuid.uuid4().hex[:8]}"
        cluster.create(cluster.resource("v1", "Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        try:
            table = _measure(asked, cluster, namespace)
        finally:
            cluster.delete(cluster.resource("v1", "Namespace"), None, namespace)
            client = ForwardClient.running()
            if client is not None:
                client.shutdown()
    print(table)
    if asked.write:
        write_table("forward", table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", type=Path, required=True)
    parser.add_argument("--audit", type=Path, help="accepted, not used")
    parser.add_argument("--size", type=int, default=256, help="MiB of each transfer (default 256)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args()


def _deployment(size: int) -> dict[str, Any]:
    script = (
        f"busybox dd if=/dev/zero of=/www/big bs=65536 count={size * 16} 2>/dev/null; echo x > /www/index.html; "
        f"busybox nc -ll -p 9002 -e sh -c 'busybox head -c {size * MIB} | busybox wc -c' & busybox httpd -f -p 8080 -h /www"
    )
    probe = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    container = {
        "name": "main",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
        "readinessProbe": probe,
    }
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def _measure(asked: argparse.Namespace, cluster: Cluster, namespace: str) -> str:
    deployment = {**_deployment(asked.size)}
    deployment["metadata"] = {"name": "web", "namespace": namespace}
    cluster.apply(cluster.resource("apps/v1", "Deployment"), deployment)
    to = reach(Connection(kubeconfig=str(asked.kubeconfig)))
    specs = [make_spec(to, "deployment/web", port, namespace=namespace, local_port="auto") for port in (8080, 9002)]
    with ForwardClient.started() as client:
        client.start(specs)
    ours = settled([spec.id for spec in specs], PATIENCE)
    assert [status.state for status in ours] == ["Active", "Active"], ours
    ports = {"roro forward": [int(status.local_port or 0) for status in ours]}
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    free = [_free_port(), _free_port()]
    pairs = [f"{free[0]}:8080", f"{free[1]}:9002"]
    words = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig), "-n", namespace, "port-forward", "deployment/web", *pairs]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as kubectl:
        try:
            assert kubectl.stdout is not None
            kubectl.stdout.readline()
            threading.Thread(target=kubectl.stdout.read, daemon=True).start()
            ports["kubectl port-forward"] = free
            for _ in range(asked.rounds):
                for name, (web, sink) in ports.items():
                    for case, job in _cases(web, sink, asked.size).items():
                        figures[name][case].append(job())
        finally:
            kubectl.terminate()
    return _table(asked, figures, _recovery(cluster, namespace, ports["roro forward"][0]))


def _cases(web: int, sink: int, size: int) -> dict[str, Callable[[], float]]:
    return {
        "download": lambda: size / _download(web, size),
        "upload": lambda: size / _upload(sink, size),
        "first": lambda: statistics.median(_first_byte(web) for _ in range(REQUESTS)) * 1000,
    }


def _download(port: int, size: int) -> float:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /big HTTP/1.0\r\n\r\n")
        count, buffer = 0, memoryview(bytearray(MIB))
        while count < size * MIB:
            got = connection.recv_into(buffer)
            assert got, f"ended after {count} bytes"
            count += got
    return time.monotonic() - began


def _upload(port: int, size: int) -> float:
    block = bytes(MIB)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(size):
            connection.sendall(block)
        assert int(connection.recv(64)) == size * MIB
    return time.monotonic() - began


def _first_byte(port: int) -> float:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        connection.recv(1)
        return time.monotonic() - began


def _recovery(cluster: Cluster, namespace: str, port: int) -> float:
    """Seconds from the watch telling that the new pod is Ready to the answer to a request made before; the median of three."""
    return statistics.median(_recovered(cluster, namespace, port) for _ in range(3))


def _recovered(cluster: Cluster, namespace: str, port: int) -> float:
    pods = cluster.resource("v1", "Pod")
    listed = cluster.list(pods, namespace, selector="app=web")
    old = {pod["metadata"]["name"] for pod in listed.items if not pod["metadata"].get("deletionTimestamp")}
    served: list[float] = []
    for name in old:
        cluster.delete(pods, namespace, name)

    def ask() -> None:
        _answered(port)
        served.append(time.monotonic())

    asking = threading.Thread(target=ask)
    asking.start()
    stop, ready = threading.Event(), 0.0
    for event in cluster.watch(pods, namespace, selector="app=web", resource_version=listed.resource_version, stop=stop):
        found = event.object
        conditions = {item["type"]: item["status"] for item in (found.get("status") or {}).get("conditions") or []}
        if found and found["metadata"].get("name") not in old and conditions.get("Ready") == "True":
            ready = time.monotonic()
            break
    stop.set()
    asking.join(PATIENCE)
    return max(0.0, served[0] - ready)


def _answered(port: int) -> None:
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", "/")
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            continue


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])


def _table(asked: argparse.Namespace, figures: dict[str, dict[str, list[float]]], recovery: float) -> str:
    middle = {name: {case: statistics.median(values) for case, values in cases.items()} for name, cases in figures.items()}
    base = middle["kubectl port-forward"]
    rows = [
        f"| {name} | {m['download']:.0f} MiB/s | {m['download'] / base['download']:.2f} | {m['upload']:.0f} MiB/s "
        f"| {m['upload'] / base['upload']:.2f} | {m['first']:.1f} ms | {m['first'] / base['first']:.2f} |"
        for name, m in middle.items()
    ]
    columns = ("tool", "download", "ratio to kubectl", "upload", "ratio to kubectl", "first byte", "ratio to kubectl")
    head = f"| {' | '.join(columns)} |\n|---|{'---:|' * (len(columns) - 1)}"
    how = f"{asked.size} MiB each way, {REQUESTS} requests on new connections, median of {asked.rounds} rounds, contenders in turn in each."
    later = (
        f"A request made while the only pod was being replaced was answered {recovery * 1000:.0f} ms after the new pod was Ready "
        "(median of 3; kubectl ends with its pod)."
    )
    return "\n".join([how, "", head, *rows, "", later])


if __name__ == "__main__":
    main()
