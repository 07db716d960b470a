"""Forwards of the documents that are not open are opened, or told, as the documents ask; a daemon that was killed is back."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._daemon.client import DaemonGone
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardClient
from ansible_collections.roro.kube.plugins.module_utils._workflow.forwards import close_forwards, forwards_of
from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import reconcile
from reconcile_scene import Scene, config, until

sys.path.insert(0, str(Path(__file__).parents[1] / "forward"))
from forward_scene import private_daemon

FORWARD = {"name": "http", "target": "service/web", "port": 80, "localPort": "auto"}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "web"},
    "spec": {"selector": {"app": "nobody"}, "ports": [{"port": 80}]},
}


@pytest.fixture
def shop(scene: Scene, tmp_path: Path) -> Iterator[Scene]:
    with private_daemon(tmp_path):
        scene.app("web", config("web", mode="one"), SERVICE, forwards=[FORWARD])
        scene.up()
        yield scene


def open_ones(scene: Scene) -> list[str]:
    return [status.origin.name for status in forwards_of(scene.request) if status.state != "Stopped"]


def test_once_it_must_be_reported_then_opened(shop: Scene) -> None:
    for mode, seen_to in (("report", 0), ("propose", 0), ("correct", 1)):
        report = reconcile(shop.request, mode)  # type: ignore[arg-type]
        assert [(one.action, one.instance, one.name) for one in report.findings] == [("PortForward", "web", "http")]
        assert len(report.corrected) == seen_to
    assert open_ones(shop) == ["http"]
    assert reconcile(shop.request, "correct").findings == ()


def test_while_it_is_watched_it_must_be_opened_and_a_killed_daemon_be_back(shop: Scene) -> None:
    with shop.watched("correct", forwards=True) as heard:
        until(lambda: open_ones(shop) == ["http"], lambda: heard.told)
        for _ in range(2):
            client = ForwardClient.running()
            assert client is not None
            with client:
                pid = client.hello()["pid"]
            os.kill(pid, signal.SIGKILL)

            def back(pid: int = pid) -> bool:
                try:
                    found = ForwardClient.running()
                    if found is None:
                        return False
                    with found:
                        return bool(found.hello()["pid"] != pid)
                except DaemonGone:
                    return False

            until(back, lambda: heard.told)
            until(lambda: open_ones(shop) == ["http"], lambda: heard.told)
        close_forwards(shop.request)
        until(lambda: open_ones(shop) == ["http"], lambda: heard.told)
        assert any(one.action == "PortForward" for one in heard.corrections)


def test_while_it_is_watched_it_must_be_reported_where_that_is_asked_for(shop: Scene) -> None:
    with shop.watched("report", forwards=True, settled=False) as heard:
        standing = heard.await_state("web", "Drifted")
        assert [(one.action, one.name) for one in standing.findings] == [("PortForward", "http")]
        assert open_ones(shop) == []


def test_of_what_is_suspended_none_must_be_opened(shop: Scene) -> None:
    shop.app("web", config("web", mode="one"), SERVICE, forwards=[FORWARD], drift={"suspend": True, "mode": "correct"})
    with shop.watched(forwards=True) as heard:
        turns = heard.turns
        until(lambda: heard.turns > turns + 20, lambda: heard.told)
        assert heard.state("web") == "Suspended"
        assert open_ones(shop) == []
