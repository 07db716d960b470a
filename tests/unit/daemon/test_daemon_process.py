"""The daemon's process with a duty from outside: brought by its client, remembered, taken up again."""

from __future__ import annotations

import json
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._daemon import DaemonClient, process
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, Origin, known_forwards, make_spec, reach
from ansible_collections.roro.kube.plugins.module_utils._health import HealthSpec, known_checks
from click.testing import CliRunner
from third_duty import NotesClient

from roro.forward_command import forward


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Private folders, a daemon that can import the third duty; it ends with the test."""
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    yield tmp_path
    end_daemon()


def end_daemon() -> None:
    """End the daemon and its parent."""
    running, identity = DaemonClient.running(), process.read_identity()
    if running is not None and identity is not None:
        with running:
            family = [psutil.Process(identity.pid), *psutil.Process(identity.pid).parents()[:1]]
            members = [member for member in family if "roro-forward" in member.cmdline()]
            running.shutdown()
        psutil.wait_procs(members, timeout=30)


def kill_daemon() -> None:
    """As the kernel does, and wait for the next one."""
    identity = process.read_identity()
    assert identity is not None
    os.kill(identity.pid, signal.SIGKILL)
    eventually(lambda: (found := process.read_identity()) is not None and found.pid != identity.pid)
    eventually(lambda: DaemonClient.running() is not None)


def eventually(question: Callable[[], Any]) -> Any:
    """Ask until the answer is true, for half a minute."""
    clock = threading.Event()
    for _ in range(1500):
        if answer := question():
            return answer
        clock.wait(0.02)
    raise AssertionError("never true")


def nowhere() -> Connection:
    """A cluster that is not there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Connection(host=f"http://127.0.0.1:{free.getsockname()[1]}", api_key="secret-token")


def problems(client: DaemonClient) -> dict[str, str]:
    return {record["name"] or record["module"]: record["problem"] for record in client.hello()["duties"]}


def test_a_duty_must_be_brought_to_the_daemon_that_runs() -> None:
    with ForwardClient.started() as client:
        pid = client.hello()["pid"]
    with NotesClient.started() as client:
        assert client.notes("add", text="first") == ["first"]
        assert client.hello()["pid"] == pid
        assert set(problems(client)) == {"forward", "health", "sync", "notes"}
        with pytest.raises(RoroError, match="notes know no"):
            client.notes("dance")
    with DaemonClient.started() as client, pytest.raises(RoroError, match='knows no "dance"'):
        client.ask("dance")


def test_a_duty_that_the_daemon_cannot_import_must_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH")
    with ForwardClient.started() as client:
        client.hello()
    with NotesClient.started() as client:
        with pytest.raises(RoroError, match=r"knows no \"note\": .*third_duty"):
            client.notes()
        assert [words for words in client.troubles() if "third_duty" in words]
    assert known_forwards() == ()


def test_a_daemon_that_another_duty_started_must_take_forwards_and_checks(home: Path) -> None:
    with NotesClient.started() as client:
        assert set(problems(client)) == {"notes"}
    with ForwardClient.started() as client:
        assert client.forwards() == ()
        assert set(problems(client)) == {"forward", "health", "sync", "notes"}


def test_a_third_duty_must_outlive_a_killed_daemon_with_what_it_kept() -> None:
    spec = make_spec(reach(nowhere()), "service/api", 80, local_port="auto")
    with ForwardClient.started() as client:
        client.start([spec])
    with NotesClient.started() as client:
        client.notes("add", text="kept")
    kill_daemon()
    with NotesClient.started() as client:
        assert client.ask("note", what="list") == {"id": 1, "ok": True, "notes": [{"text": "kept"}], "resumed": 1}
        assert problems(client) == {"forward": "", "health": "", "sync": "", "notes": ""}
    assert [(status.id, status.state != "Stopped") for status in known_forwards()] == [(spec.id, True)]
    end_daemon()
    with ForwardClient.started() as client:
        assert client.ask("note", what="list")["resumed"] == 1, "remembered, whoever starts the next daemon"


def test_the_socket_of_a_killed_daemon_must_go_with_its_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = home / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    with ForwardClient.started() as client:
        client.hello()
    first = process.read_identity()
    assert first is not None and Path(first.socket).is_relative_to("/tmp"), "a path this long is too long for a socket"
    kill_daemon()
    second = process.read_identity()
    assert second is not None and second.socket != first.socket
    assert not Path(first.socket).parent.exists()
    end_daemon()
    assert not Path(second.socket).parent.exists()


def test_the_usual_socket_must_serve_the_daemon_after_a_killed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as short:
        monkeypatch.setenv("XDG_RUNTIME_DIR", short)
        with ForwardClient.started() as client:
            client.hello()
        first = process.read_identity()
        kill_daemon()
        second = process.read_identity()
        assert first is not None and second is not None
        assert first.socket == second.socket == f"{short}/roro/forward/daemon.sock"
        end_daemon()


def test_news_of_a_duty_must_reach_those_who_watch_it_alone() -> None:
    with NotesClient.started() as watcher, NotesClient.started() as client, ForwardClient.started() as other:
        watching = watcher.stream("note", "notes", "note", 30)
        client.notes("add", text="first")
        assert next(watching) == {"text": "first"}
        client.notes("add", text="second")
        assert next(watching) == {"text": "second"}
        assert list(other.watch(0.1)) == []


@pytest.mark.parametrize("where", ["begin", "resume", "task"])
def test_a_third_duty_that_raises_must_be_told_and_the_forwards_go_on(home: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    spec = make_spec(reach(nowhere()), "service/api", 80, local_port="auto")
    with ForwardClient.started() as client:
        client.start([spec])
    with NotesClient.started() as client:
        client.notes("add", text="kept")
    end_daemon()
    (home / "raise").write_text(where)
    monkeypatch.setenv("NOTES_RAISE", str(home / "raise"))
    with NotesClient.started() as client:
        words = f"unexpected ZeroDivisionError: notes broke in {where}"
        assert problems(client) == {"forward": "", "health": "", "sync": "", "notes": words}
        if where != "task":
            with pytest.raises(RoroError, match=f"notes broke in {where}"):
                client.notes()
    assert [status.state != "Stopped" for status in known_forwards()] == [True]
    told = CliRunner().invoke(forward, ["list"])
    assert told.exit_code == 0
    assert f"note: the daemon's duty notes: unexpected ZeroDivisionError: notes broke in {where}" in told.stderr
    folder = home / "XDG_STATE_HOME" / "roro" / "forward"
    assert f"notes broke in {where}" in (folder / "daemon.log").read_text()
    assert json.loads((folder / "forwards.json").read_text())["notes"] == ["kept"]


def test_what_the_version_before_wrote_must_be_taken_up(home: Path) -> None:
    """It named no duties, and knew two."""
    spec = make_spec(reach(nowhere()), "service/api", 80, local_port="auto")
    check = HealthSpec(nowhere(), "shop", Origin("w", "dev", "api", "http"), "tcp", {"target": "service/web", "port": 80}, 0.1)
    document = {"version": 1, "forwards": [spec.as_record()], "running": [spec.id], "ports": {spec.id: 45678}}
    document |= {"checks": {check.id: check.as_record()}, "watching": [check.id]}
    folder = home / "XDG_STATE_HOME" / "roro" / "forward"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "forwards.json").write_text(json.dumps(document))
    with ForwardClient.started() as client:
        assert problems(client) == {"forward": "", "health": "", "sync": ""}
        assert {record["name"] for record in client.hello()["duties"] if record["busy"]} == {"forward", "health"}
    assert [(status.id, status.state != "Stopped") for status in known_forwards()] == [(spec.id, True)]
    eventually(lambda: [(status.id, status.state) for status in known_checks()] == [(check.id, "Unknown")])
    with NotesClient.started() as client:
        client.notes("add", text="new")
    written = json.loads((folder / "forwards.json").read_text())
    assert {key: written[key] for key in ("forwards", "running", "checks", "watching")} == {
        key: json.loads(json.dumps(document[key])) for key in ("forwards", "running", "checks", "watching")
    }
