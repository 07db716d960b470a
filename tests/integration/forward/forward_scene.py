"""What the tests of forwards share: a daemon of the test's own, apps that answer with their pod's name, and clients."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection
from ansible_collections.roro.kube.plugins.module_utils._forward import (
    ForwardClient,
    ForwardSpec,
    ForwardStatus,
    known_forwards,
    make_spec,
    reach,
    settled,
)

IMAGE = "docker.io/library/roro-box:1"
SIZE = int(os.environ.get("RORO_FORWARD_BYTES", str(64 << 20)))
"""How much the tests of transfers send each way; RORO_FORWARD_BYTES=1073741824 for a gibibyte."""
WEB = "busybox hostname > /www/index.html; busybox httpd -p 8080 -h /www; "
STAY = "trap '' TERM; while true; do busybox sleep 1000; done"
TOOLS = (
    f"busybox dd if=/dev/urandom of=/www/big bs=65536 count={SIZE >> 16} 2>/dev/null; busybox sha256sum /www/big > /www/sum; "
    "busybox nc -ll -p 9001 -e busybox cat & "
    f"busybox nc -ll -p 9002 -e sh -c 'busybox head -c {SIZE} | busybox sha256sum' & "
)
SECONDS = 60.0


def pod_template(script: str, label: str, *, grace: int = 1, **labels: str) -> dict[str, Any]:
    """A pod that is Ready once its web server answers."""
    container = {
        "name": "main",
        "image": IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["sh", "-c", script],
        "ports": [{"name": "http", "containerPort": 8080}],
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "1m", "memory": "1Mi"}},
    }
    spec = {"terminationGracePeriodSeconds": grace, "containers": [container]}
    return {"metadata": {"labels": {"app": label, **labels}}, "spec": spec}


def deployment(name: str, script: str, *, grace: int = 1, replicas: int = 1, surge: int = 1, **labels: str) -> dict[str, Any]:
    """A Deployment that replaces its pods without a gap, `surge` at once."""
    strategy = {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": surge}}
    template = pod_template(script, name, grace=grace, **labels)
    body = {"replicas": replicas, "strategy": strategy, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": body}


def service(name: str, **more: Any) -> dict[str, Any]:
    """A Service on the deployment of the same name; port 80 by the name of the pod's port."""
    ports = [
        {"name": "http", "port": 80, "targetPort": "http"},
        {"name": "echo", "port": 9001},
        {"name": "sum", "port": 9002},
        {"name": "nothing", "port": 9},
        {"name": "dns", "port": 53, "protocol": "UDP"},
    ]
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"selector": {"app": name}, "ports": ports, **more}}


@dataclass
class ForwardScene:
    """A daemon with private folders, and a namespace to forward to."""

    cluster: Cluster
    kubeconfig: Path
    namespace: str
    pods_seen: list[tuple[str, bool, bool]] = field(default_factory=list)

    def apply(self, *objects: dict[str, Any]) -> None:
        """Put objects into the namespace."""
        for obj in objects:
            metadata = {**obj["metadata"], "namespace": self.namespace}
            self.cluster.apply(self.cluster.resource(obj["apiVersion"], obj["kind"]), {**obj, "metadata": metadata}, force=True)

    def spec(self, target: str, port: int | str, connection: Connection | None = None, **more: Any) -> ForwardSpec:
        """A forward into the namespace."""
        to = reach(connection or Connection(kubeconfig=str(self.kubeconfig)))
        return make_spec(to, target, port, namespace=self.namespace, **{"local_port": "auto", **more})

    def open(self, *specs: ForwardSpec, state: str = "Active") -> list[ForwardStatus]:
        """Start forwards and wait for a state."""
        with ForwardClient.started() as client:
            client.start(specs)
        found = settled([spec.id for spec in specs], SECONDS, lambda status: status.state == state)
        assert [status.state for status in found] == [state] * len(specs), found
        return list(found)

    def forward(self, target: str, port: int | str, **more: Any) -> ForwardStatus:
        """One that is Active."""
        return self.open(self.spec(target, port, **more))[0]

    def pods(self) -> list[dict[str, Any]]:
        """The namespace's pods."""
        return self.cluster.list(self.cluster.resource("v1", "Pod"), self.namespace).items

    def uid(self, pod: str) -> str:
        """Which very pod has the name now; "" for none."""
        return next((str(item["metadata"]["uid"]) for item in self.pods() if item["metadata"]["name"] == pod), "")

    def delete_pod(self, name: str) -> None:
        """Delete it; returns at once."""
        self.cluster.delete(self.cluster.resource("v1", "Pod"), self.namespace, name)

    def token(self, **bound: Any) -> str:
        """A token of the account `forwarder`. bound: the object that it is good as long as."""
        path = f"/api/v1/namespaces/{self.namespace}/serviceaccounts/forwarder/token"
        spec = {"boundObjectRef": bound} if bound else {}
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec}
        return str(self.cluster.request("POST", path, body=body)["status"]["token"])

    def kubeconfig_of(self, path: Path, user: dict[str, Any], **cluster: Any) -> Connection:
        """The same cluster as somebody else. cluster: what else is said of it, such as `proxy-url`."""
        config = yaml.safe_load(self.kubeconfig.read_text())
        config["users"][0]["user"] = user
        config["clusters"][0]["cluster"].update({name.replace("_", "-"): value for name, value in cluster.items()})
        path.write_text(yaml.safe_dump(config))
        return Connection(kubeconfig=str(path))

    def status(self, key: str) -> ForwardStatus:
        """How a forward is now."""
        return next(status for status in known_forwards() if status.id == key)

    def daemon(self) -> psutil.Process:
        """The daemon's process."""
        with ForwardClient.started() as client:
            return psutil.Process(client.hello()["pid"])


def account() -> list[dict[str, Any]]:
    """A ServiceAccount `forwarder` that may forward and nothing else."""
    rules = [
        {"apiGroups": [""], "resources": ["pods", "services"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["get", "list", "watch"]},
        {"apiGroups": [""], "resources": ["pods/portforward"], "verbs": ["get", "create"]},
    ]
    rbac, name = "rbac.authorization.k8s.io/v1", {"name": "forwarder"}
    binding = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "forwarder"}}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": name},
        {"apiVersion": rbac, "kind": "Role", "metadata": name, "rules": rules},
        {"apiVersion": rbac, "kind": "RoleBinding", "metadata": name, **binding, "subjects": [{"kind": "ServiceAccount", **name}]},
    ]


def get(port: int | None, path: str = "/", timeout: float = SECONDS) -> str:
    """One HTTP request on a connection of its own. Raises OSError, http.client.HTTPException."""
    connection = http.client.HTTPConnection("127.0.0.1", port or 0, timeout=timeout)
    with contextlib.closing(connection):
        connection.request("GET", path)
        return connection.getresponse().read().decode().strip()


def served(port: int | None) -> str:
    """The same, "" where nobody answers."""
    try:
        return get(port)
    except (OSError, http.client.HTTPException):
        return ""


def dial(port: int | None, host: str = "127.0.0.1") -> socket.socket:
    """A TCP connection."""
    return socket.create_connection((host, port or 0), timeout=SECONDS)


def exchanged(connection: socket.socket, text: bytes) -> bytes:
    """What an echo server sends back."""
    connection.sendall(text)
    found = b""
    while len(found) < len(text) and (piece := connection.recv(65536)):
        found += piece
    return found


@contextlib.contextmanager
def private_daemon(folder: Path) -> Iterator[None]:
    """State and runtime folders of the test's own; what runs there ends with the block."""
    kept = {name: os.environ.get(name) for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR")}
    for name in kept:
        place = folder / name.lower()
        place.mkdir(mode=0o700)
        os.environ[name] = str(place)
    try:
        yield
    finally:
        try:
            end_daemon()
        finally:
            for name, value in kept.items():
                os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def end_daemon() -> None:
    """End the daemon and its parent."""
    client = ForwardClient.running()
    if client is None:
        return
    with client:
        process = psutil.Process(client.hello()["pid"])
        family = [process, *([process.parent()] if process.parent() and process.ppid() > 1 else [])]
        client.shutdown()
    for left in psutil.wait_procs([item for item in family if item], timeout=20)[1]:
        left.send_signal(signal.SIGKILL)


def in_threads(jobs: Sequence[Any]) -> list[Any]:
    """Run callables at once; their results in order."""
    results: list[Any] = [None] * len(jobs)

    def run(number: int) -> None:
        try:
            results[number] = jobs[number]()
        except Exception as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
