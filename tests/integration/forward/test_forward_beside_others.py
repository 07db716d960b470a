"""A forward and a duty from outside in one daemon: what happens to the one is nothing to the other, on the real cluster."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._daemon.state import state_path
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from forward_scene import SECONDS, STAY, WEB, ForwardScene, deployment, end_daemon, get, served, service

OUTSIDE = Path(__file__).parents[2] / "unit" / "daemon"
sys.path.insert(0, str(OUTSIDE))
from third_duty import NotesClient

Eventually = Callable[..., Any]


@pytest.fixture
def raising(daemon_home: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that says where the third duty raises. The daemon of this test can import that duty."""
    end_daemon()
    monkeypatch.setenv("PYTHONPATH", str(OUTSIDE))
    monkeypatch.setenv("NOTES_RAISE", str(tmp_path / "raise"))
    return tmp_path / "raise"


def test_both_must_outlive_a_killed_daemon_also_when_one_fails(scene: ForwardScene, raising: Path, eventually: Eventually) -> None:
    scene.apply(deployment("web", WEB + STAY, grace=0), service("web"))
    web = scene.forward("service/web", 80)
    with NotesClient.started() as client:
        assert client.notes("add", text="kept") == ["kept"]
    kill(scene)
    assert eventually(lambda: served(web.local_port), SECONDS) == web.pod
    with NotesClient.started() as client:
        assert client.ask("note", what="list")["resumed"] == 1

    raising.write_text("resume")
    kill(scene)
    assert eventually(lambda: served(web.local_port), SECONDS) == web.pod
    with NotesClient.started() as client:
        assert [trouble for trouble in client.troubles() if "notes broke in resume" in trouble]
        with pytest.raises(RoroError, match="notes broke in resume"):
            client.notes()
        assert json.loads(state_path().read_text())["notes"] == ["kept"]
        raising.write_text("")
        assert client.ask("note", what="list")["notes"] == [{"text": "kept"}]
        assert client.troubles() == []
        client.notes("forget")
    eventually(lambda: scene.status(web.id).state == "Active", SECONDS)
    assert get(web.local_port) == web.pod


def kill(scene: ForwardScene) -> None:
    """The daemon, as the kernel does when memory runs out."""
    daemon = scene.daemon()
    os.kill(daemon.pid, signal.SIGKILL)
    daemon.wait(SECONDS)
