"""Clones that the daemon syncs: a real daemon, a folder of this machine as the server."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._daemon import process
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._sync import (
    BackgroundStatus,
    BackgroundSync,
    known_syncs,
    settled_sync,
    start_syncs,
    stop_syncs,
)
from ansible_collections.roro.kube.plugins.module_utils._sync.background import SyncClient
from click.testing import CliRunner, Result
from git_scene import Scene, make_repository

from roro.cli import cli

DEV = "environments/dev/environment.json"


@pytest.fixture(autouse=True)
def daemon(private_state: None) -> Iterator[None]:
    """The daemon that a test begins ends with it."""
    yield
    client, identity = SyncClient.running(), process.read_identity()
    if client is not None and identity is not None:
        with client:
            family = [psutil.Process(identity.pid), *psutil.Process(identity.pid).parents()[:1]]
            members = [member for member in family if "roro-forward" in member.cmdline()]
            client.shutdown()
        psutil.wait_procs(members, timeout=30)


class Shop:
    """A workspace at a server, and two clones: Ann's, and Bob's, which the daemon syncs."""

    def __init__(self, folder: Path) -> None:
        self.ann = make_repository(folder / "ann")
        self.ann.commit({"workspace.json": '{"version": 1, "name": "shop"}', DEV: '{"variables": {"replicas": 1}}'})
        self.ann.git("clone", "-q", "--bare", str(self.ann.folder), str(folder / "bare.git"))
        self.ann.git("remote", "add", "origin", str(folder / "bare.git"))
        self.bob = self.clone("bob")

    def clone(self, name: str) -> Scene:
        self.ann.git("clone", "-q", str(self.ann.folder.parent / "bare.git"), str(self.ann.folder.parent / name))
        return Scene(self.ann.folder.parent / name)

    def ann_says(self, replicas: int) -> str:
        commit = self.ann.commit({DEV: json.dumps({"variables": {"replicas": replicas}})}, "from Ann")
        self.ann.git("push", "-q", "origin", "main")
        return commit

    def asked(self, interval: float = 0.2, **more: Any) -> BackgroundSync:
        return BackgroundSync(str(self.bob.folder), interval, **more)

    def roro(self, *words: str) -> Result:
        return CliRunner().invoke(cli, ["-w", str(self.bob.folder), "sync", *words])


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    (tmp_path / "home/.gitconfig").write_text("[user]\n\tname = Bob\n\temail = bob@example.com\n")
    return Shop(tmp_path)


def eventually(question: Callable[[], Any]) -> Any:
    """Ask until the answer is true, for a minute."""
    clock = threading.Event()
    for _ in range(3000):
        if answer := question():
            return answer
        clock.wait(0.02)
    raise AssertionError(f"never true; {known_syncs()}")


def the_one() -> BackgroundStatus:
    (status,) = known_syncs()
    return status


def kept(tmp_path: Path) -> dict[str, Any]:
    return json.loads((tmp_path / "home/XDG_STATE_HOME/roro/forward/forwards.json").read_text())


def test_what_the_server_gets_must_come_to_a_clone_that_is_synced(shop: Shop) -> None:
    assert known_syncs() == ()
    assert SyncClient.running() is None, "and no daemon is started for that"

    assert (start_syncs([shop.asked()]), start_syncs([shop.asked()])) == (True, False)

    first = settled_sync(shop.asked().id, 60)
    assert first is not None
    assert (first.state, first.outcome, first.branch, first.upstream) == ("Active", "UpToDate", "main", "main")
    commit = shop.ann_says(2)
    eventually(lambda: shop.bob.git("rev-parse", "HEAD") == commit and the_one().commit == commit)
    assert stop_syncs([shop.asked().id, "unknown"]) == [shop.asked().id]
    assert (known_syncs(), stop_syncs([shop.asked().id])) == ((), [])


def test_a_conflict_must_be_told_and_be_over_once_it_is_settled(shop: Shop) -> None:
    shop.bob.commit({DEV: '{"variables": {"replicas": 3}}'}, "from Bob")
    shop.ann_says(2)

    result = shop.roro("--watch", "--background", "--interval", "0.2")

    assert result.exit_code == 1
    assert f"{DEV}:$.variables.replicas" in json.loads(shop.roro("--status", "-o", "json").stdout)["background"]["message"]
    assert the_one().state == "Conflict"
    assert shop.roro("--resolve", f"{DEV}:$.variables.replicas=theirs").exit_code == 0
    eventually(lambda: the_one().state == "Active")


def test_syncs_must_outlive_a_killed_daemon_and_be_known_without_one(shop: Shop, tmp_path: Path) -> None:
    start_syncs([shop.asked()])
    settled_sync(shop.asked().id, 60)
    identity = process.read_identity()
    assert identity is not None

    os.kill(identity.pid, signal.SIGKILL)

    eventually(lambda: (found := process.read_identity()) is not None and found.pid != identity.pid)
    commit = shop.ann_says(2)
    eventually(lambda: shop.bob.git("rev-parse", "HEAD") == commit)
    with SyncClient.started() as client:
        client.shutdown()
    eventually(lambda: SyncClient.running() is None)
    assert (the_one().state, the_one().root) == ("NotWatched", str(shop.bob.folder))
    assert SyncClient.running() is None, "nobody who only looks starts one"
    assert list(kept(tmp_path)["syncs"]) == [shop.asked().id]
    start_syncs([shop.asked()])
    eventually(lambda: the_one().state == "Active")


def test_a_daemon_must_not_end_while_a_clone_is_synced(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RORO_FORWARD_IDLE", "2")
    start_syncs([shop.asked()])
    identity, began, number = process.read_identity(), time.monotonic(), 1
    assert identity is not None
    while time.monotonic() - began < 5:
        number += 1
        commit = shop.ann_says(number)
        eventually(lambda commit=commit: shop.bob.git("rev-parse", "HEAD") == commit)
    assert identity.alive()
    stop_syncs([shop.asked().id])
    eventually(lambda: not identity.alive())


def test_a_clone_that_is_away_must_be_told_and_go_on_when_it_is_back(shop: Shop, tmp_path: Path) -> None:
    other = shop.clone("other")
    start_syncs([shop.asked(), BackgroundSync(str(other.folder), 0.2)])
    shop.bob.folder.rename(tmp_path / "elsewhere")

    eventually(lambda: {status.id: status.state for status in known_syncs()}[shop.asked().id] == "Failed")

    commit = shop.ann_says(2)
    eventually(lambda: other.git("rev-parse", "HEAD") == commit)
    (tmp_path / "elsewhere").rename(shop.bob.folder)
    eventually(lambda: shop.bob.git("rev-parse", "HEAD") == commit)


def test_a_password_in_the_address_must_be_refused_and_kept_nowhere(shop: Shop, tmp_path: Path) -> None:
    shop.bob.git("remote", "set-url", "origin", "https://ada:pa55word-of-ada@git.example/shop.git")

    result = shop.roro("--watch", "--background")

    assert result.exit_code == 2 or isinstance(result.exception, RoroError)
    words = f"{result.output} {result.exception}"
    assert "is not used in the background" in words and "roro git credentials add https://git.example" in words
    assert "pa55word-of-ada" not in words
    assert known_syncs() == ()
    assert not [file for file in (tmp_path / "home").rglob("*") if file.is_file() and b"pa55word-of-ada" in file.read_bytes()]


def test_settings_of_the_workspace_must_hold_for_what_was_not_asked_for(shop: Shop) -> None:
    git = {"url": str(shop.ann.folder.parent / "bare.git"), "interval": "1s", "push": True}
    shop.bob.commit({"workspace.json": json.dumps({"version": 1, "name": "shop", "git": git})}, "Settings")

    start_syncs([BackgroundSync(str(shop.bob.folder))])

    eventually(lambda: the_one().outcome == "Pushed")
    commit = shop.bob.commit({"note.txt": "one\n"}, "One")
    eventually(lambda: Scene(shop.ann.folder.parent / "bare.git").git("rev-parse", "main") == commit)


def test_a_workspace_with_a_mistake_must_be_synced_and_told(shop: Shop) -> None:
    shop.bob.write({"workspace.json": "{"})
    start_syncs([shop.asked()])
    eventually(lambda: the_one().state == "Active" and "cannot be read" in the_one().message)


@pytest.mark.parametrize(
    "words",
    [["--background"], ["--watch", "--background", "--check"], ["--stop", "--status"], ["--all"], ["--watch", "--background", "--all"]],
)
def test_words_that_do_not_go_together_must_be_refused(shop: Shop, words: list[str]) -> None:
    result = shop.roro(*words)
    assert "go" in str(result.exception) and "with" in f"{result.exception} together with"
    assert known_syncs() == ()


def test_the_command_must_list_and_end_what_runs(shop: Shop) -> None:
    assert "synced in the background already" not in shop.roro("--watch", "--background").output

    again = shop.roro("--watch", "--background")

    assert (again.exit_code, "already" in again.output) == (0, True)
    assert "in the background: Active" in shop.roro("--status").stdout
    listed = json.loads(shop.roro("--status", "--all", "-o", "json").stdout)["syncs"]
    assert [(one["root"], one["state"]) for one in listed] == [(str(shop.bob.folder), "Active")]
    assert "1 stopped" in shop.roro("--stop").output
    assert json.loads(shop.roro("--status", "-o", "json").stdout)["background"] is None
