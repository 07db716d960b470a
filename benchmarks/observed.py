"""What really happened, seen by watches of the benchmark's own: when each pod was Ready and each Deployment had all it asked for."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from runs import OWN_AGENT

PODS = "/api/v1/namespaces/{}/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/{}/deployments"


def pod_ready(pod: dict[str, Any]) -> bool:
    """Whether its Ready condition is true."""
    return any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", ()))


def deployment_ready(deployment: dict[str, Any]) -> bool:
    """Whether its status is about the newest generation and tells as many available pods as wanted."""
    status = deployment["status"]
    seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return seen and bool(status.get("availableReplicas", 0) >= deployment["spec"]["replicas"])


class Watch:
    """Watches one kind in a namespace from now on, in a thread; usable as a context manager. The namespace need not exist yet."""

    def __init__(self, kubeconfig: Path, path: str, namespace: str, ready: Callable[[dict[str, Any]], bool]) -> None:
        self._kubeconfig = kubeconfig
        self._path = f"{path.format(namespace)}?watch=1"
        self._ready = ready
        self._since: dict[str, float] = {}
        self._changed = threading.Condition()
        self._ending = False
        self._problem: Exception | None = None
        self._open()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def last(self, count: int, patience: float = 30.0) -> float:
        """When the last of `count` objects became ready, on the monotonic clock. AssertionError when fewer are within `patience` s."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._since) >= count, patience), f"{len(self._since)} of {count} are ready"
            return max(self._since.values())

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *failure: object) -> None:
        self._ending = True
        if self._connection.sock:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._connection.close()

    def _open(self) -> None:
        """Ask for all that is there and what follows; what was ready before keeps its moment."""
        self._connection = _connect(self._kubeconfig)
        self._connection.request("GET", self._path, headers={"User-Agent": OWN_AGENT})
        self._answer = self._connection.getresponse()
        assert self._answer.status == 200, self._answer.read()

    def _follow(self) -> None:
        """Until the end; a server under load ends a watch early, which is then asked for again."""
        while not self._ending:
            try:
                while line := self._answer.readline():
                    self._take(line, time.monotonic())
            except (OSError, http.client.HTTPException) as problem:
                self._problem = problem
            if not self._ending:
                print(f"watching {self._path} anew after {self._problem or 'its end'}", file=sys.stderr, flush=True)
                self._connection.close()
                self._open()

    def _take(self, line: bytes, moment: float) -> None:
        event = json.loads(line)
        name = event["object"]["metadata"]["name"]
        with self._changed:
            if event["type"] == "DELETED" or not self._ready(event["object"]):
                self._since.pop(name, None)
            else:
                self._since.setdefault(name, moment)
            self._changed.notify_all()


def _connect(kubeconfig: Path) -> http.client.HTTPSConnection:
    """To the server of a local cluster's kubeconfig, whose certificates are inside it."""
    document = yaml.safe_load(kubeconfig.read_text())
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
    with tempfile.NamedTemporaryFile() as pair:  # readable by its owner only
        pair.write(base64.b64decode(user["client-certificate-data"]) + b"\n" + base64.b64decode(user["client-key-data"]))
        pair.flush()
        context.load_cert_chain(pair.name)
    server = urlsplit(cluster["server"])
    assert server.hostname
    return http.client.HTTPSConnection(server.hostname, server.port, context=context)
