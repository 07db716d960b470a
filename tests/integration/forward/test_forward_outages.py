"""An API server that is stopped, or killed and started again: the state tells it, and everything comes back by itself.

On a real cluster of this file alone, which needs Linux and root; elsewhere the file is not collected.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, ForwardStatus
from forward_scene import IMAGE, SECONDS, STAY, WEB, ForwardScene, account, deployment, dial, exchanged, get, service

Eventually = Callable[..., Any]
ECHO = "busybox nc -ll -p 9001 -e busybox cat & "
OUTAGE = 10.0
TESTS = Path(__file__).resolve().parents[2]


def tell(phase: str, message: str) -> None:
    """Progress ends up in what pytest shows of a failed test."""
    print(f"{phase}: {message}")


@pytest.fixture(scope="module")
def fragile(daemon_home: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[local.LocalClusterSpec]:
    """A cluster with pods that run, whose API server may be hurt. Its files are in the daemon's own folder."""
    spec = local.LocalClusterSpec(name=f"t{uuid.uuid4().hex[:8]}", provider="native")
    archive = tmp_path_factory.mktemp("box") / "box.tar"
    subprocess.run([sys.executable, str(TESTS / "box_image.py"), IMAGE, str(archive)], check=True)
    try:
        local.up(spec, tell)
        local.load_images(spec.name, [archive], tell)
        yield spec
    finally:
        local.down(spec.name, tell)


@pytest.fixture(scope="module")
def cluster_kubeconfig(fragile: local.LocalClusterSpec) -> Path:
    """In place of the tests' shared cluster."""
    return local.kubeconfig_path(fragile.name)


@pytest.fixture(scope="module")
def cluster(cluster_kubeconfig: Path) -> Iterator[Cluster]:
    """As the shared one, for the cluster of this file."""
    with connect(Connection(kubeconfig=str(cluster_kubeconfig))) as connection:
        yield connection


@pytest.fixture
def api_server(fragile: local.LocalClusterSpec) -> Iterator[psutil.Process]:
    """Its process; goes on in the end when it was stopped."""
    run = local.kubeconfig_path(fragile.name).parent / "run" / "kube-apiserver.json"
    process = psutil.Process(json.loads(run.read_text())["pid"])
    yield process
    if process.is_running():
        process.resume()


@pytest.fixture
def told() -> Iterator[list[ForwardStatus]]:
    """Every status that the daemon tells its clients while the test runs."""
    found: list[ForwardStatus] = []
    client = ForwardClient.started()
    listening = threading.Thread(target=lambda: found.extend(client.watch()))
    listening.start()
    yield found
    client._socket.shutdown(socket.SHUT_RDWR)
    listening.join(SECONDS)
    client.close()


def test_an_api_server_that_stops_for_ten_seconds_must_be_told_and_nothing_be_lost(
    scene: ForwardScene, api_server: psutil.Process, eventually: Eventually
) -> None:
    scene.apply(deployment("web", ECHO + WEB + STAY, grace=0), service("web"))
    web, echo = scene.open(scene.spec("service/web", 80), scene.spec("service/web", "echo"))
    with dial(echo.local_port) as held:
        assert exchanged(held, b"before") == b"before"
        api_server.suspend()
        began = time.monotonic()
        eventually(lambda: {scene.status(item.id).state for item in (web, echo)} == {"Reconnecting"}, SECONDS)
        assert (scene.status(web.id).reason, scene.status(web.id).local_port) == ("Unreachable", web.local_port)
        answers: list[str] = []
        asking = threading.Thread(target=lambda: answers.append(get(web.local_port)))
        asking.start()
        eventually(lambda: scene.status(web.id).connections == 1)
        eventually(lambda: time.monotonic() - began > OUTAGE)
        assert (scene.status(web.id).state, answers) == ("Reconnecting", [])
        api_server.resume()
        asking.join(SECONDS)
        assert answers == [web.pod], "a request made meanwhile is answered afterwards"
        assert exchanged(held, b"after") == b"after", "a connection from before goes on"
    eventually(lambda: {scene.status(item.id).state for item in (web, echo)} == {"Active"}, SECONDS)


def test_an_api_server_that_is_killed_and_started_again_must_be_told_and_waited_for(
    scene: ForwardScene,
    fragile: local.LocalClusterSpec,
    api_server: psutil.Process,
    eventually: Eventually,
    tmp_path: Path,
    told: list[Any],
) -> None:
    """As an account with few rights: an API server that starts knows no roles for a moment, and nobody must be told to ask for rights."""
    scene.apply(deployment("web", WEB + STAY, grace=0), service("web"), *account())
    web = scene.forward("service/web", 80, connection=scene.kubeconfig_of(tmp_path / "kubeconfig", {"token": scene.token()}))
    assert get(web.local_port) == web.pod
    told.clear()
    os.kill(api_server.pid, signal.SIGKILL)
    eventually(lambda: scene.status(web.id).state == "Reconnecting", SECONDS)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(get(web.local_port)))
    asking.start()
    assert local.up(fragile, tell).changed
    asking.join(SECONDS)
    assert answers == [web.pod]
    eventually(lambda: scene.status(web.id).state == "Active", SECONDS)
    assert scene.status(web.id).local_port == web.local_port
    assert {status.state for status in told if status.id == web.id} == {"Active", "Reconnecting"}
