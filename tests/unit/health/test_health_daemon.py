"""Health checks through the daemon's socket, as `roro` asks for them; the cluster is not there."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._daemon import process
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient, Origin
from ansible_collections.roro.kube.plugins.module_utils._health import (
    HealthSpec,
    known_checks,
    remove_checks,
    resume_checks,
    start_checks,
    stop_checks,
    watch_checks,
)

from roro.forwarding import forget_forwards


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Private folders; the daemon in them ends with the test."""
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    yield tmp_path
    running, identity = ForwardClient.running(), process.read_identity()
    if running is not None and identity is not None:
        with running:
            family = [psutil.Process(identity.pid), *psutil.Process(identity.pid).parents()[:1]]
            members = [member for member in family if "roro-forward" in member.cmdline()]
            running.shutdown()
        psutil.wait_procs(members, timeout=30)


def nowhere(name: str = "http", context: str = "") -> HealthSpec:
    """A check in a cluster that is not there, often."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        connection = Connection(host=f"http://127.0.0.1:{free.getsockname()[1]}", api_key="secret-token")
    probe = {"target": "service/web", "port": 80}
    return HealthSpec(connection, "shop", Origin("w", "dev", "api", name), "tcp", probe, 0.1, restart=True, context=context)


def eventually(question: Callable[[], Any]) -> Any:
    """Ask until the answer is true, for half a minute."""
    clock = threading.Event()
    for _ in range(1500):
        if answer := question():
            return answer
        clock.wait(0.02)
    raise AssertionError("never true")


def states() -> dict[str, str]:
    return {status.origin.name: status.state for status in known_checks()}


def test_what_is_asked_must_be_done_and_told(home: Path) -> None:
    assert known_checks() == (), "and no daemon is started for that"
    assert ForwardClient.running() is None
    spec = nowhere()
    assert (start_checks([spec]), start_checks([spec])) == (True, False)
    eventually(lambda: states() == {"http": "Unknown"})
    (status,) = known_checks()
    assert status.id == spec.id and "secret-token" not in str(status)
    assert (stop_checks([spec.id]), stop_checks([spec.id]), states()) == (True, False, {"http": "Stopped"})
    assert (resume_checks([spec.id]), remove_checks([spec.id, "unknown"]), known_checks()) == (True, True, ())
    with ForwardClient.started() as client, pytest.raises(RoroError, match="knows no"):
        client.ask("health", what="dance")
    with ForwardClient.started() as client, pytest.raises(RoroError, match="not usable"):
        client.ask("health", what="start", checks=[{}])


def test_changes_must_be_streamed_and_those_of_forwards_kept_apart() -> None:
    spec = nowhere()
    start_checks([spec])
    eventually(lambda: states() == {"http": "Unknown"})
    watching = watch_checks(30)
    assert next(watching).state == "Unknown"
    stop_checks([spec.id])
    assert next(status for status in watching if status.state == "Stopped").id == spec.id
    with ForwardClient.started() as client:
        assert list(client.watch(0.1)) == []


def test_checks_must_outlive_a_killed_daemon_and_be_known_without_one(home: Path) -> None:
    kept, stopped = nowhere("kept"), nowhere("stopped")
    start_checks([kept, stopped])
    stop_checks([stopped.id])
    identity = process.read_identity()
    assert identity is not None
    os.kill(identity.pid, signal.SIGKILL)
    eventually(lambda: (found := process.read_identity()) is not None and found.pid != identity.pid)
    eventually(
        lambda: states() == {"kept": "Unknown", "stopped": "Stopped"} and all(s.checked for s in known_checks() if s.state == "Unknown")
    )
    with ForwardClient.started() as client:
        client.shutdown()
    eventually(lambda: ForwardClient.running() is None)
    told = {status.origin.name: (status.state, status.reason) for status in known_checks()}
    assert told == {"kept": ("Unknown", "NotWatched"), "stopped": ("Stopped", "")}
    assert ForwardClient.running() is None, "nobody who only looks starts one"
    document = json.loads((home / "XDG_STATE_HOME" / "roro" / "forward" / "forwards.json").read_text())
    assert (set(document["checks"]), document["watching"]) == ({kept.id, stopped.id}, [kept.id])


def test_a_daemon_must_not_end_while_a_check_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RORO_FORWARD_IDLE", "0.2")
    spec = nowhere()
    start_checks([spec])
    identity = process.read_identity()
    assert identity is not None
    for _ in range(3):
        before = known_checks()[0].checked
        eventually(lambda before=before: known_checks()[0].checked != before)
    assert identity.alive()
    remove_checks([spec.id])
    eventually(lambda: not identity.alive())


def test_a_cluster_that_is_gone_must_take_its_checks_along() -> None:
    start_checks([nowhere("a", context="roro-x"), nowhere("b", context="roro-y")])
    forget_forwards("roro-x")
    assert list(states()) == ["b"]
