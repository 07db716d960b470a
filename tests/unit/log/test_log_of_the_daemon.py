"""The daemon's lines about a forward must be of the run that asked for it, one for each change of its state."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _log as log
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._daemon.daemon import Daemon
from ansible_collections.roro.kube.plugins.module_utils._daemon.start import _environment
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardSpec, make_spec
from ansible_collections.roro.kube.plugins.module_utils._forward.ask import Reach
from ansible_collections.roro.kube.plugins.module_utils._forward.types import spec_of, stopped_status
from ansible_collections.roro.kube.plugins.module_utils._run_id import run_id

ROOM = "ansible_collections.roro.kube.plugins.module_utils._forward"


def a_spec() -> ForwardSpec:
    to = Reach(Connection(host="http://127.0.0.1:1", api_key="marked-token-4711"), "http://127.0.0.1:1", "", "shop")
    return make_spec(to, "service/api", 80)


def test_a_forward_must_remember_the_run_that_asked_for_it() -> None:
    spec = a_spec()
    assert spec.run == run_id()
    assert spec_of(json.loads(json.dumps(spec.as_record()))).run == run_id()
    later = replace(spec, run="another")
    assert (later.id, later.same_as(spec)) == (spec.id, True)


def test_each_change_of_a_state_must_be_one_line_of_that_run(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.configure({"RORO_LOG": "json", "RORO_LOG_FILE": str(path)})
    spec = replace(a_spec(), run="run-7")
    status = stopped_status(spec, None)

    async def tell() -> None:
        daemon = Daemon(tmp_path / "forwards.json")
        await daemon.host([f"{ROOM}.duty"])
        forwards = await daemon.duty("list").begin()
        forwards._memory.forwards[spec.id] = spec
        for state in ("Starting", "Active", "Active", "Failed"):
            forwards._told(replace(status, state=state, received=7))
        await daemon.close()

    asyncio.run(tell())
    log.configure({})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["run"], line["component"], line["state"], line["level"]) for line in lines] == [
        ("run-7", "daemon", "Starting", "info"),
        ("run-7", "daemon", "Active", "info"),
        ("run-7", "daemon", "Failed", "warning"),
    ]
    assert "marked-token-4711" not in path.read_text()


def test_a_daemon_must_not_take_the_run_that_started_it_for_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"RORO_RUN_ID": "x", "RORO_LOG_PIPE": "y", "RORO_LOG": "json", "RORO_LOG_FILE": "roro.log"}.items():
        monkeypatch.setenv(name, value)
    kept = _environment()
    assert {"RORO_RUN_ID", "RORO_LOG_PIPE"} & set(kept) == set()
    assert (kept["RORO_LOG"], kept["RORO_LOG_FILE"]) == ("json", str(tmp_path / "roro.log"))
