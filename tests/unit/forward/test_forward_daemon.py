"""The daemon as a process: one for each user, asked through its socket, replaced by newer code."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._daemon import client, process, start
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._forward import (
    ForwardClient,
    ForwardSpec,
    known_forwards,
    make_spec,
    reach,
    settled,
)

from roro.forwarding import forget_forwards


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Private folders; the daemon in them ends with the test."""
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    yield tmp_path
    identity = process.read_identity()
    running = ForwardClient.running()
    if running is not None and identity is not None:
        with running:
            family = [psutil.Process(identity.pid), *psutil.Process(identity.pid).parents()[:1]]
            members = [member for member in family if "roro-forward" in member.cmdline()]
            running.shutdown()
        psutil.wait_procs(members, timeout=30)


def nowhere(port: int = 80) -> ForwardSpec:
    """A forward into a cluster that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        host = f"http://127.0.0.1:{free.getsockname()[1]}"
    return make_spec(reach(Connection(host=host, api_key="secret-token")), "service/api", port, local_port="auto")


def test_clients_that_start_at_once_must_share_one_daemon() -> None:
    pids: list[int] = []

    def ask() -> None:
        with ForwardClient.started() as opened:
            pids.append(opened.hello()["pid"])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 4 and len(set(pids)) == 1
    assert os.getsid(pids[0]) != os.getsid(0), "a session of its own"


def test_what_is_asked_must_be_done_and_told(home: Path) -> None:
    spec = nowhere()
    with ForwardClient.started() as opened:
        outcome = opened.start([spec])
        assert (outcome.changed, [status.id for status in outcome.forwards]) == ({spec.id}, [spec.id])
        assert opened.start([spec]).changed == frozenset()
    found = settled([spec.id], 30, lambda status: status.reason == "Unreachable" or bool(status.message))
    assert found[0].local_port and "secret-token" not in str(found)
    with ForwardClient.started() as opened:
        assert opened.stop([spec.id]).of([spec.id])[0].state == "Stopped"
        assert opened.resume([spec.id]).changed == {spec.id}
        assert opened.remove([spec.id, "unknown"]).changed == {spec.id}
        with pytest.raises(RoroError, match="knows no"):
            opened.ask("dance")
        with pytest.raises(RoroError, match="not usable"):
            opened.ask("start", forwards=[{}])
        assert opened.forwards() == ()


def test_files_must_be_private_and_the_secret_in_none_but_the_state(home: Path) -> None:
    spec = nowhere()
    with ForwardClient.started() as opened:
        opened.start([spec])
        pid = opened.hello()["pid"]
    folder = home / "XDG_STATE_HOME" / "roro" / "forward"
    identity = process.read_identity()
    assert identity is not None
    files = [path for path in folder.rglob("*") if path.is_file()] + [Path(identity.socket)]
    assert len(files) >= 5
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in files} == {path.name: 0o600 for path in files}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in files if path.is_file() and b"secret-token" in path.read_bytes()] == ["forwards.json"]
    assert "secret-token" not in " ".join(psutil.Process(pid).cmdline())


def test_older_code_must_be_replaced_and_its_forwards_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = nowhere()
    with ForwardClient.started() as opened:
        opened.start([spec])
        first = opened.hello()["pid"]
    version, changed = process.code_stamp()
    monkeypatch.setattr(client, "code_stamp", lambda: (version, changed - 1))
    with ForwardClient.started() as opened:
        assert opened.hello()["pid"] == first, "an older client takes the newer daemon as it is"
    recorded = process.pid_file()
    identity = json.loads(recorded.read_text())
    recorded.write_text(json.dumps({**identity, "stamp": [list(version), changed - 1]}))
    monkeypatch.setattr(client, "code_stamp", lambda: (version, changed))
    with ForwardClient.started() as opened:
        assert opened.hello()["pid"] != first
        assert [status.id for status in opened.forwards() if status.state != "Stopped"] == [spec.id]


def test_a_daemon_that_was_killed_must_be_started_again_by_its_parent() -> None:
    spec = nowhere()
    with ForwardClient.started() as opened:
        opened.start([spec])
        first = opened.hello()["pid"]
        os.kill(first, signal.SIGKILL)
        assert opened._stream.readline() == b""
    assert [status.id for status in known_forwards()] == [spec.id]
    with ForwardClient.started() as opened:
        assert opened.hello()["pid"] != first


@pytest.mark.parametrize("lost", ["its socket", "its pid file"])
def test_a_daemon_that_nobody_can_reach_must_end(lost: str) -> None:
    with ForwardClient.started() as opened:
        opened.start([nowhere()])
        daemon = psutil.Process(opened.hello()["pid"])
    identity = process.read_identity()
    assert identity is not None
    (Path(identity.socket) if lost == "its socket" else process.pid_file()).unlink()
    gone, _ = psutil.wait_procs([daemon], timeout=60)
    assert gone == [daemon]


def test_forwards_to_a_local_cluster_that_is_gone_must_be_forgotten() -> None:
    gone, kept = dataclasses.replace(nowhere(), context="roro-gone"), dataclasses.replace(nowhere(), context="roro-kept")
    with ForwardClient.started() as opened:
        opened.start([gone, kept])
    forget_forwards("roro-gone")
    assert [status.context for status in known_forwards()] == ["roro-kept"]


def test_nothing_must_be_started_to_list_what_does_not_run() -> None:
    assert known_forwards() == ()
    spec = nowhere()
    with ForwardClient.started() as opened:
        opened.start([spec])
        opened.stop([spec.id])
        pid = opened.hello()["pid"]
        opened.shutdown()
    psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], timeout=30)
    assert [(status.id, status.state) for status in known_forwards()] == [(spec.id, "Stopped")]
    assert ForwardClient.running() is None


def test_a_pid_that_is_another_process_now_must_not_be_taken_for_the_daemon() -> None:
    me = psutil.Process()
    record = {"pid": me.pid, "created": me.create_time() - 100, "socket": "/nowhere", "stamp": [[1], 1]}
    process.pid_file().write_text(json.dumps(record))
    assert process.read_identity() is None
    process.pid_file().write_text("{")
    assert process.read_identity() is None


@pytest.mark.parametrize(("recorded", "alone"), [(100, True), (101, False), (None, False)], ids=["it", "another", "none"])
def test_a_dead_daemon_must_be_followed_only_as_long_as_nobody_else_did(home: Path, recorded: int | None, alone: bool) -> None:
    """Between the parent's look at the pid file and the lock another daemon may have come, and even gone in order: it stays gone."""
    if recorded is not None:
        process.pid_file().write_text(json.dumps({"pid": recorded, "created": 1.0, "socket": "/nowhere", "stamp": [[1], 1]}))
    with process.sole_daemon(home / "daemon.sock", after=100) as found:
        assert found is alone


def test_a_socket_path_that_is_too_long_must_be_put_elsewhere(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = home / ("x" * 120)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    path = process.socket_path()
    assert len(str(path)) < 100 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.parent.rmdir()


def test_the_daemon_must_not_inherit_a_choice_of_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K8S_AUTH_API_KEY", "secret")
    monkeypatch.setenv("KUBECONFIG", "/nowhere")
    assert not {"K8S_AUTH_API_KEY", "KUBECONFIG"} & set(start._environment())
