"""Workspaces, workloads that write, readers that can be waited for, and a proxy that cuts connections."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._logs import LogOutcome, LogQuery, LogScope, LogSession, Source

Obj = dict[str, Any]
IMAGE = "docker.io/library/roro-box:1"
WAIT = 180.0
"""Seconds; on a busy machine a container takes long to start."""
COUNT = "i=0; trap 'echo bye; exit 0' TERM; while true; do i=$((i+1)); echo $i; busybox usleep 20000; done"
"""Fifty lines a second, and a last one."""
LABELS = {"roro.dev/workspace": "logs", "roro.dev/environment": "dev"}


def container(script: str, name: str = "main") -> Obj:
    """A container that runs a script."""
    return {"name": name, "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]}


def pod_spec(script: str, *, grace: int = 0, **more: Any) -> Obj:
    """A pod of one container."""
    return {"terminationGracePeriodSeconds": grace, "containers": [container(script)], **more}


def labelled(instance: str) -> dict[str, str]:
    """As `roro up` labels the objects of an instance."""
    return {**LABELS, "roro.dev/instance": instance}


def workload(kind: str, name: str, spec: Obj, *, replicas: int, labels: dict[str, str] | None = None) -> Obj:
    """A Deployment or StatefulSet."""
    selector = {"app": name}
    found: Obj = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": labels or labelled(name)},
        "spec": {"replicas": replicas, "selector": {"matchLabels": selector}, "template": {"metadata": {"labels": selector}, "spec": spec}},
    }
    if kind == "StatefulSet":
        found["spec"].update(podManagementPolicy="Parallel", serviceName=name)
    return found


def pod(name: str, spec: Obj) -> Obj:
    """A pod that is an instance by itself."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labelled(name)}, "spec": spec}


def write_workspace(folder: Path, name: str, namespace: str, kubeconfig: Path, apps: dict[str, list[Obj]]) -> Path:
    """A workspace with these apps, all in one namespace."""
    documents: dict[str, Obj] = {
        "workspace.json": {"version": 1, "name": name, "namespace": namespace},
        "environments/dev/environment.json": {"kubeconfig": str(kubeconfig)},
    }
    for app, objects in apps.items():
        documents[f"apps/{app}/app.json"] = {}
        documents |= {f"apps/{app}/manifests/{number}.json": obj for number, obj in enumerate(objects)}
    for file, document in documents.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document))
    return folder


class Reader:
    """A session in a thread; its lines by (pod, container)."""

    def __init__(self, cluster: Cluster, namespace: str, **query: Any) -> None:
        self.notes: list[str] = []
        self.outcome: LogOutcome | None = None
        self.error: BaseException | None = None
        self._stop = threading.Event()
        self._more = threading.Condition()
        self._found: dict[str, list[str]] = defaultdict(list)
        scope = LogScope("logs", "dev", None, [namespace])
        self._session = LogSession(cluster, scope, LogQuery(**query), self._shaper, self._write, self.notes.append, self._stop)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _shaper(self, source: Source) -> Any:
        head = f"{source.pod}/{source.container} ".encode()
        return lambda keys, stamps, texts: (keys, [head + text for text in texts])

    def _write(self, block: bytes) -> None:
        with self._more:
            for line in block.decode().splitlines():
                head, _, text = line.partition(" ")
                self._found[head].append(text)
            self._more.notify_all()

    def _run(self) -> None:
        try:
            self.outcome = self._session.run()
        except BaseException as error:
            self.error = error

    def found(self) -> dict[str, list[str]]:
        """`pod/container` -> lines so far."""
        with self._more:
            return defaultdict(list, {head: lines[:] for head, lines in self._found.items()})

    def wait_for(self, question: Callable[[dict[str, list[str]]], object]) -> dict[str, list[str]]:
        """The lines, as soon as the question about them has a true answer."""
        with self._more:
            ok = self._more.wait_for(lambda: self.error is not None or question(self.found()), WAIT)
        assert self.error is None, self.error
        assert ok, {head: lines[-3:] for head, lines in self.found().items()}
        return self.found()

    def end(self) -> dict[str, list[str]]:
        """All that was read until now."""
        self._stop.set()
        self._thread.join(WAIT)
        assert self.error is None, self.error
        return self.found()


class CuttingProxy:
    """Passes TCP connections on to the API server until they are cut."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self.away = False
        """Whether new connections are reset."""
        self._lock = threading.Lock()
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._server.accept()[0]
                if self.away:
                    near.close()
                    continue
                try:
                    far = socket.create_connection(self._to)
                except OSError:
                    near.close()
                    continue
                with self._lock:
                    self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(1000):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def carried(self) -> int:
        """How many connections there were since the last cut."""
        with self._lock:
            return len(self._open) // 2

    def cut(self) -> None:
        """Reset all connections."""
        with self._lock:
            cut, self._open = self._open, set()
        for one in cut:
            with contextlib.suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.shutdown(socket.SHUT_RDWR)
                one.close()

    def close(self) -> None:
        """End it."""
        self._server.close()
        self.cut()


@contextlib.contextmanager
def cutting(server: str) -> Iterator[CuttingProxy]:
    """A proxy to the address of a server's URL."""
    host, _, port = server.removeprefix("https://").partition(":")
    proxy = CuttingProxy(host, int(port))
    try:
        yield proxy
    finally:
        proxy.close()


def counted(lines: list[str]) -> list[int]:
    """The numbers among the lines of COUNT."""
    return [int(line) for line in lines if line.isdigit()]


def whole(lines: list[str]) -> bool:
    """Whether all numbers from 1 on are there once and in order."""
    numbers = counted(lines)
    return numbers == list(range(1, len(numbers) + 1))
