"""The state of a forward is true, and an outage is asked about by one task with growing pauses."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._daemon.daemon import Daemon
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward import peer
from ansible_collections.roro.kube.plugins.module_utils._forward.dial import Dialer, DialFailed, unreachable
from ansible_collections.roro.kube.plugins.module_utils._forward.store import load
from fake_cluster import NAMESPACE, pod, service
from forward_stage import Stage, begun, until

Play = Callable[[Any], None]


def test_each_state_must_be_told_once_with_its_reason(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.remove("services", "web")
        forward = await stage.open(state="Waiting")
        stage.cluster.put(pod("a", ready=False))
        await until(lambda: not forward.link.view(NAMESPACE).scene.pods["a"].ready)  # each kind has a watch of its own
        stage.cluster.put(service())
        await until(lambda: forward.status.reason == "NoReadyPod")
        stage.cluster.put(pod("a"))
        await until(lambda: forward.status.state == "Active")
        await forward.stop()
        told = [(status.state, status.reason) for status in stage.told]
        waited = [("Waiting", "NotFound"), ("Waiting", "NoReadyPod")]
        assert list(dict.fromkeys(told)) == [("Starting", ""), *waited, ("Active", ""), ("Stopped", "")]
        assert forward.status.since > stage.told[0].since

    play(test)


@pytest.mark.parametrize(
    ("more", "reason", "words"),
    [
        ({"port": 53}, "NotTCP", "port 53 of service/web is UDP; Kubernetes forwards TCP only"),
        ({"target": "pod/a", "port": 53}, "NotTCP", "port 53 of pod a is not TCP"),
        ({"port": "grpc"}, "UnknownPort", "service/web has no port grpc; it has: 80 (http), 53 (dns)"),
        ({"target": "deployment/web", "port": "grpc"}, "UnknownPort", 'pod a has no port named "grpc"; named ports: http'),
    ],
)
def test_what_can_never_work_must_fail_with_what_there_is(play: Play, more: dict[str, Any], reason: str, words: str) -> None:
    async def test(stage: Stage) -> None:
        forward = await stage.open(state="Failed", **more)
        assert (forward.status.reason, words in forward.status.message) == (reason, True)

    play(test)


def test_an_outage_must_be_asked_about_by_one_task_however_many_connections_wait(play: Play) -> None:
    async def test(stage: Stage) -> None:
        forward = await stage.open()
        stage.cluster.answers = [500] * 5
        before = stage.cluster.dials
        for opened in list(stage.cluster.sockets):
            await opened.close()
        await until(lambda: forward.status.state == "Reconnecting")
        assert forward.status.reason == "ServerError"
        assert await asyncio.gather(*(stage.ask(forward) for _ in range(20))) == [b"a"] * 20
        assert not stage.cluster.answers and stage.cluster.dials - before < 5 + 25
        await until(lambda: forward.status.state == "Active")

    play(test)


def test_a_missing_right_must_name_it(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.answers = [403]
        forward = await stage.open(state="Failed")
        assert "it needs `create` and `get` on pods/portforward" in forward.status.message
        await until(lambda: forward.status.state == "Active")

    play(test)


def test_a_right_to_watch_that_is_missing_must_be_told(play: Play) -> None:
    async def test(stage: Stage) -> None:
        stage.cluster.forbidden = True
        forward = await stage.open(state="Failed")
        assert (forward.status.reason, "pods" in forward.status.message or "services" in forward.status.message) == ("Forbidden", True)

    play(test)


def test_a_replaced_token_must_be_used_at_once_and_a_refused_one_told(play: Play, tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (tmp_path / "token").write_text("old")
        user = {"tokenFile": str(tmp_path / "token")}
        cluster = {"server": f"http://127.0.0.1:{stage.cluster.port}"}
        config = {
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        forward = await stage.open(connection=Connection(kubeconfig=config))
        stage.cluster.token = "new"
        (tmp_path / "token").write_text("new")
        before = stage.cluster.dials
        tunnel = await forward.link.dialer.dial("shop", "a", 80)
        assert stage.cluster.dials == before + 1
        await tunnel.close()
        stage.cluster.token = "newer"
        with pytest.raises(DialFailed, match="log in again"):
            await forward.link.dialer.dial("shop", "a", 80)
        stage.cluster.token = None

    play(test)


def test_a_kubeconfig_that_changed_must_be_read_again_after_a_failure(play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.roro.kube.plugins.module_utils._forward.link.RELOAD_SECONDS", 0.0)

    def write(stage: Stage, token: str) -> Connection:
        config = {
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{stage.cluster.port}"}}],
            "users": [{"name": "u", "user": {"token": token}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        (tmp_path / "config").write_text(json.dumps(config))
        return Connection(kubeconfig=str(tmp_path / "config"))

    async def test(stage: Stage) -> None:
        stage.cluster.token = "second"
        forward = await stage.open(connection=write(stage, "first"), state="Starting")
        await until(lambda: forward.status.reason == "Unauthorized")
        write(stage, "second!"[:-1])
        await until(lambda: forward.status.state == "Active")

    play(test)


def test_a_credential_plugin_that_fails_must_be_told_with_the_environment_it_ran_in(play: Play, tmp_path: Path) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "no-such-plugin", "interactiveMode": "Never"}

    async def test(stage: Stage) -> None:
        config = {
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{stage.cluster.port}"}}],
            "users": [{"name": "u", "user": {"exec": plugin}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        forward = await stage.open(connection=Connection(kubeconfig=config), state="Starting")
        await until(lambda: forward.status.message)
        assert "cannot run the exec plugin no-such-plugin" in forward.status.message
        assert "`roro forward shutdown`" in forward.status.message

    play(test)


def test_a_rollout_must_move_new_connections_to_the_newest_ready_pod(play: Play) -> None:
    async def test(stage: Stage) -> None:
        forward = await stage.open(target="deployment/web")
        stage.cluster.put(pod("b", created="2026-01-02T00:00:00Z"))
        assert await stage.ask(forward) == b"a"
        stage.cluster.put(pod("a", leaving=True))
        await until(lambda: forward.status.pod == "b")
        assert await stage.ask(forward) == b"b"

    play(test)


def test_a_service_that_selects_others_must_be_followed(play: Play) -> None:
    async def test(stage: Stage) -> None:
        forward = await stage.open()
        green = pod("green")
        green["metadata"]["labels"] = {"app": "green"}
        stage.cluster.put(green)
        stage.cluster.put(service(selector={"app": "green"}))
        await until(lambda: forward.status.pod == "green")

    play(test)


def test_figures_must_count_bytes_and_connections(play: Play) -> None:
    async def test(stage: Stage) -> None:
        forward = await stage.open()
        await stage.ask(forward, b"12345")
        await until(lambda: forward.status.connections == 0)
        status = forward.status
        assert (status.sent, status.received, status.total) == (5, 1, 1)

    play(test)


def test_an_unreachable_server_must_be_told_in_words(play: Play) -> None:
    async def test(stage: Stage) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        forward = await stage.open(connection=Connection(host=f"http://127.0.0.1:{port}", api_key="t"), state="Starting")
        dialer = Dialer(_raw(forward))
        with pytest.raises(DialFailed, match="nothing listens there"):
            await dialer.dial("shop", "a", 80)
        await dialer.close()

    play(test)


def _raw(forward: Any) -> Any:
    forward.link.open()
    return forward.link.cluster.raw()


def test_reasons_of_failures_must_be_plain_words() -> None:
    assert unreachable(TimeoutError()) == "the API server did not answer in 20 s"
    assert unreachable(OSError()) == "the API server dropped the connection"


def test_a_daemon_must_remember_what_runs_and_forget_what_is_removed(play: Play, tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        state = tmp_path / "forwards.json"
        daemon, forwards = await begun(state)
        spec = stage.spec()
        assert await forwards.start([spec]) == {spec.id: True}
        await until(lambda: forwards.statuses()[0].state == "Active")
        port = forwards.statuses()[0].local_port
        assert await forwards.start([spec]) == {spec.id: False}
        await daemon.close()
        assert oct(state.stat().st_mode & 0o777) == "0o600"

        daemon, again = await begun(state)
        await until(lambda: again.statuses()[0].state == "Active")
        assert again.statuses()[0].local_port == port
        assert await again.end([spec.id], forget=False) == {spec.id: True}
        assert [(status.state, status.local_port) for status in again.statuses()] == [("Stopped", port)]
        assert (await again.answer("resume", {"ids": [spec.id]}))["changed"] == {spec.id: True}
        assert await again.end([spec.id], forget=True) == {spec.id: True}
        assert (again.statuses(), load(state).running, load(state).ports) == ([], set(), {spec.id: port})
        await daemon.close()

    play(test)


def test_a_forward_of_a_job_must_end_with_its_process_and_never_be_written_down(play: Play, tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        owner = _process_that_waits()
        created = psutil.Process(owner.pid).create_time()
        daemon, forwards = await begun(tmp_path / "forwards.json")
        spec = stage.spec(scope="job", owner=(owner.pid, created))
        await forwards.start([spec])
        life = asyncio.create_task(daemon.live(600, (tmp_path,)))
        await until(lambda: forwards.statuses()[0].state == "Active")
        assert load(tmp_path / "forwards.json").forwards == {}
        owner.communicate(b"\n")
        await until(lambda: forwards.statuses() == [])
        daemon.ending.set()
        await life
        await daemon.close()

    play(test)


def _process_that_waits() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


def test_an_idle_daemon_must_end(play: Play, tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await Daemon(tmp_path / "forwards.json").live(0.1, (tmp_path,))

    play(test)


def test_a_closed_client_must_be_told_from_one_that_only_finished(play: Play) -> None:
    async def test(stage: Stage) -> None:
        accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
        server = await asyncio.start_server(lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        half, closed = socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port))
        first, second = await accepted.get(), await accepted.get()
        half.shutdown(socket.SHUT_WR)
        closed.close()
        await until(lambda: peer.is_gone(second.transport))
        assert not peer.is_gone(first.transport)
        half.close()
        server.close()

    if sys.platform == "linux" and os.path.exists("/proc/net/tcp"):
        play(test)


def test_a_target_that_is_none_must_be_refused(play: Play) -> None:
    async def test(stage: Stage) -> None:
        with pytest.raises(UsageError, match="no target"):
            stage.spec(target="ingress/web")

    play(test)
