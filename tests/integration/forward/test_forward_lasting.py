"""A forward outlives what happens to its pods, its daemon and its credentials, on the real cluster."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import connect
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, known_forwards
from forward_scene import SECONDS, STAY, WEB, ForwardScene, account, deployment, dial, end_daemon, get, served, service

Eventually = Callable[..., Any]
FLOOD = "busybox nc -ll -p 9001 -e busybox yes & "


def test_a_pod_deleted_under_a_transfer_must_be_replaced_on_the_same_port(scene: ForwardScene, eventually: Eventually) -> None:
    scene.apply(deployment("web", FLOOD + WEB + STAY, grace=2), service("web"))
    flood, web = scene.open(scene.spec("service/web", "echo"), scene.spec("service/web", 80))
    old = web.pod
    with dial(flood.local_port) as transfer:
        assert transfer.recv(1 << 16)
        scene.delete_pod(old)
        eventually(lambda: scene.status(web.id).pod != old, SECONDS)
        # The old pod ignores SIGTERM and goes on answering until its grace time is over: nothing may go there any more.
        served_by = [get(web.local_port) for _ in range(5)]
        assert old not in served_by and len(set(served_by)) == 1
        transfer.settimeout(SECONDS)
        with pytest.raises(ConnectionError):
            while transfer.recv(1 << 20):
                pass
    assert (scene.status(web.id).state, scene.status(web.id).local_port) == ("Active", web.local_port)


def test_a_connection_made_while_no_pod_is_ready_must_wait_for_the_next(scene: ForwardScene, eventually: Eventually) -> None:
    scene.apply(deployment("web", WEB + STAY, grace=0, replicas=0), service("web"))
    waiting = scene.open(scene.spec("service/web", 80), state="Waiting")[0]
    assert (waiting.reason, "no pod" in waiting.message) == ("NoPods", True)
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(get(waiting.local_port)))
    asking.start()
    eventually(lambda: scene.status(waiting.id).connections == 1)
    scene.apply(deployment("web", WEB + STAY, grace=0))
    asking.join(SECONDS)
    eventually(lambda: scene.status(waiting.id).state == "Active", SECONDS)
    assert answers == [scene.status(waiting.id).pod]


def test_a_daemon_that_was_killed_must_come_back_by_itself(scene: ForwardScene, eventually: Eventually) -> None:
    scene.apply(deployment("web", WEB + STAY, grace=0), service("web"))
    web = scene.forward("service/web", 80)
    daemon = scene.daemon()
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.wait(SECONDS)
    # Nobody asks for anything: the port itself is tried.
    assert eventually(lambda: served(web.local_port), SECONDS) == web.pod
    assert scene.daemon().pid != daemon.pid


def test_forwards_must_be_open_again_after_a_reboot(scene: ForwardScene, eventually: Eventually) -> None:
    """A reboot: the daemon and its parent are gone, and so is the runtime directory."""
    scene.apply(deployment("web", WEB + STAY, grace=0), service("web"))
    web = scene.forward("service/web", 80, local_port=None)
    end_daemon()
    assert ForwardClient.running() is None
    assert web.id in {status.id for status in known_forwards()}
    assert eventually(lambda: served(web.local_port), SECONDS) == web.pod


PLUGIN = """
import json, os, pathlib
runs = pathlib.Path(os.environ["RUNS"])
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
token = pathlib.Path(os.environ["TOKEN"]).read_text()
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": token}}))
"""


def _plugin(folder: Path) -> dict[str, Any]:
    """A user whose credential plugin prints what is in the file `token`, and counts its runs in `runs`."""
    (folder / "plugin.py").write_text(PLUGIN)
    told = {"apiVersion": "client.authentication.k8s.io/v1", "command": sys.executable, "args": ["-S", str(folder / "plugin.py")]}
    variables = [{"name": name, "value": str(folder / name.lower())} for name in ("RUNS", "TOKEN")]
    return {"exec": {**told, "env": variables, "interactiveMode": "Never"}}


def test_a_token_that_ends_while_a_forward_is_open_must_be_renewed(scene: ForwardScene, tmp_path: Path, eventually: Eventually) -> None:
    """A token that is bound to a Secret ends with it; the API server believes it for ten seconds more."""
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "session"}}
    scene.apply(deployment("web", WEB + STAY, grace=0), service("web"), *account(), secret)
    first = scene.token(kind="Secret", apiVersion="v1", name="session")
    (tmp_path / "token").write_text(first)
    web = scene.forward("service/web", 80, connection=scene.kubeconfig_of(tmp_path / "kubeconfig", _plugin(tmp_path)))
    assert get(web.local_port) == web.pod
    scene.cluster.delete(scene.cluster.resource("v1", "Secret"), scene.namespace, "session")
    (tmp_path / "token").write_text(scene.token())
    eventually(lambda: _refused(scene, tmp_path, first), SECONDS)
    assert (tmp_path / "runs").read_text() == "x"
    with contextlib.ExitStack() as held:
        for _ in range(8):  # more at once than there are open tunnels
            held.enter_context(dial(web.local_port))
        assert get(web.local_port) == web.pod
    assert (tmp_path / "runs").read_text() == "xx", "renewed once, by the 401"
    assert scene.status(web.id).state == "Active"


def _refused(scene: ForwardScene, folder: Path, token: str) -> bool:
    connection = scene.kubeconfig_of(folder / "old", {"token": token})
    with connect(connection) as cluster:
        try:
            cluster.list(cluster.resource("v1", "Pod"), scene.namespace)
        except ApiError as error:
            return error.status == 401
    return False


@pytest.mark.parametrize(
    ("target", "port", "state", "reason", "words"),
    [
        ("service/tool", 53, "Failed", "NotTCP", "TCP only"),
        ("service/tool", 81, "Failed", "UnknownPort", "it has: 80 (http)"),
        ("service/tol", 80, "Waiting", "NotFound", "there is service/tool"),
        ("deployment/tool", "grpc", "Failed", "UnknownPort", "named ports: http"),
        ("service/tool", "nothing", "Waiting", "ConnectionRefused", "nothing listens on port 9 of pod tool-"),
    ],
)
def test_what_cannot_be_forwarded_must_be_told(
    shared: ForwardScene, target: str, port: int | str, state: str, reason: str, words: str
) -> None:
    status = shared.open(shared.spec(target, port), state=state)[0]
    assert (status.reason, words in status.message) == (reason, True), status


def test_a_taken_port_must_name_its_holder_and_be_had_once_it_is_free(shared: ForwardScene, eventually: Eventually) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        status = shared.open(shared.spec("service/tool", 80, local_port=port), state="Conflict")[0]
        assert f"(process {os.getpid()})" in status.message and status.free_port
    eventually(lambda: shared.status(status.id).state == "Active", SECONDS)
    assert get(port) == shared.status(status.id).pod
