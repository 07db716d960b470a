"""A machine whose clock is an hour off: everything that is decided by time is decided by the server's clock or by a stopwatch."""

from __future__ import annotations

import importlib
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, clock
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import exec_credential
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._release.locks.holder import Holder
from ansible_collections.roro.kube.plugins.module_utils._release.locks.lease import LEASES, Locks
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import read_record

HOUR = timedelta(hours=1)
REAL_TIME = time.time
release_module = importlib.import_module("ansible_collections.roro.kube.plugins.module_utils._release.lifecycle.execute_plan")
PLUGIN = """
import datetime, json, pathlib, sys
runs = pathlib.Path(sys.argv[1])
runs.write_text(runs.read_text() + "x" if runs.exists() else "x")
ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=15)
status = {"token": "t", "expirationTimestamp": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}))
"""


@pytest.fixture(params=[HOUR, -HOUR], ids=["ahead", "behind"], autouse=True)
def wrong_clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """The engine's clock is off by so much; that of the API server and of plugins is right."""
    off: timedelta = request.param

    class WrongDatetime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + off

    monkeypatch.setattr(clock, "datetime", WrongDatetime)
    for module in (clock, exec_credential):
        monkeypatch.setattr(
            module, "time", type("WrongTime", (), {"time": lambda: REAL_TIME() + off.total_seconds(), "monotonic": time.monotonic})
        )
    return off


def test_a_run_must_work_and_record_the_servers_time(scene: Any) -> None:
    scene.assert_whole(scene.up())
    record = read_record(scene.world.get("v1", "Secret", "roro.store"))
    assert abs(datetime.now(UTC) - datetime.fromisoformat(record.updated)) < timedelta(minutes=2)
    assert {abs(datetime.now(UTC) - datetime.fromisoformat(item.updated)) < timedelta(minutes=2) for item in scene.history()} == {True}
    assert abs(scene.world.cluster.now() - datetime.now(UTC)) < timedelta(minutes=2)


def test_the_lock_of_a_run_that_is_at_work_must_not_be_taken_for_stale(scene: Any) -> None:
    scene.up()
    other = Locks(scene.world.cluster, scene.world.name, "dev", Holder("ada@laptop", 1, "c0ffee00", "elsewhere:1:1"), 0.0, ignore)
    other.acquire("store", scene.world.name)
    result = scene.world.up(scene.wanted(mode="2"))
    assert (result.instances[0].reason, "its lock breaks in 1" in result.instances[0].hint) == ("Locked", True)
    other.release("store")
    assert not scene.world.up(scene.wanted(mode="2")).failed


def test_an_abandoned_lock_must_break_when_its_time_is_over_and_no_sooner(scene: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.up()
    monkeypatch.setattr(release_module, "Locks", partial(Locks, duration=3))
    left = Locks(
        scene.world.cluster, scene.world.name, "dev", Holder("ada@laptop", 1, "c0ffee00", "elsewhere:1:1"), 0.0, ignore, duration=3
    )
    scene.world.cluster.create(LEASES, left._lease("roro.store", "store", scene.world.name))
    assert scene.world.up(scene.wanted(mode="2")).instances[0].reason == "Locked"
    assert not scene.world.up(scene.wanted(mode="2"), wait_lock=30.0).failed


def test_a_timeout_must_come_when_its_seconds_are_over(scene: Any) -> None:
    never = scene.proxy.on("GET", r"never", lambda handler, seen: None)
    result = scene.up(after=never, timeout=1.0)
    assert "is not ready after 1 s" in scene.message(result)
    assert 1.0 <= result.instances[0].duration < 30.0


def test_a_credential_plugin_must_run_once(scene: Any, tmp_path: Path) -> None:
    """Its token is for 15 minutes: by a clock that is ahead it has ended before it came."""
    script, runs = tmp_path / "plugin.py", tmp_path / "runs"
    script.write_text(PLUGIN)
    told = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-S", str(script), str(runs)],
        "interactiveMode": "Never",
    }
    kubeconfig = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "faulty", "cluster": {"server": scene.proxy.url}}],
        "users": [{"name": "somebody", "user": {"exec": told}}],
        "contexts": [{"name": "faulty", "context": {"cluster": "faulty", "user": "somebody"}}],
        "current-context": "faulty",
    }
    scene.assert_whole(scene.up(cluster=scene.again(Connection(kubeconfig=kubeconfig))))
    assert runs.read_text() == "x"
