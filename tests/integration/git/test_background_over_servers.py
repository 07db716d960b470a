"""Clones that the daemon syncs with real servers: who proves what, and servers that do not answer."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._daemon import process
from ansible_collections.roro.kube.plugins.module_utils._forward import known_forwards
from ansible_collections.roro.kube.plugins.module_utils._git import (
    Access,
    Credential,
    Held,
    Stored,
    accept_host,
    clone,
    keep_credential,
    read_address,
)
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from ansible_collections.roro.kube.plugins.module_utils._sync import BackgroundStatus, known_syncs, stop_syncs
from ansible_collections.roro.kube.plugins.module_utils._sync.background import SyncClient
from click.testing import CliRunner, Result
from git_scene import Scene
from https_server import HttpsServer
from ssh_server import SshServer

from roro.cli import cli

PASSWORD = "pa55word-of-ada"
DEV = "environments/dev/environment.json"


@pytest.fixture(autouse=True)
def daemon(home: Path) -> Iterator[None]:
    """The daemon that a test begins ends with it."""
    yield
    client, identity = SyncClient.running(), process.read_identity()
    if client is not None and identity is not None:
        with client:
            family = [psutil.Process(identity.pid), *psutil.Process(identity.pid).parents()[:1]]
            members = [member for member in family if "roro-forward" in member.cmdline()]
            client.shutdown()
        psutil.wait_procs(members, timeout=30)


def roro(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["-w", str(folder), "sync", *words])


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


def colleague_says(served: Scene, replicas: int) -> str:
    ann = Scene(served.folder.parent.parent / f"ann-{replicas}")
    served.git("clone", "-q", str(served.folder), str(ann.folder))
    commit = ann.commit({DEV: json.dumps({"variables": {"replicas": replicas}})}, "from Ann")
    ann.git("push", "-q", "origin", "main")
    return commit


@pytest.fixture
def mine(https: HttpsServer, tmp_path: Path) -> Scene:
    """A clone from a server whose password is kept."""
    https.users = {"ada": PASSWORD}
    keep_credential(Stored("shop", https.origin, "ada"), Held(SecretText(PASSWORD)))
    access = Access(credential=Credential(https.origin, "ada", SecretText(PASSWORD)), ca_file=https.authority.pair.certificate)
    return Scene(clone(read_address(https.url("shop.git"))[0], tmp_path / "mine", access).root)


def test_the_daemon_must_use_kept_credentials_and_keep_none_itself(
    https: HttpsServer, mine: Scene, served: Scene, home: Path, tmp_path: Path
) -> None:
    result = roro(mine.folder, "--watch", "--background", "--interval", "0.3", "--ca-file", str(https.authority.pair.certificate))

    assert result.exit_code == 0, result.output
    commit = colleague_says(served, 2)
    seen: list[str] = []

    def came() -> bool:
        for member in psutil.Process(process.read_identity().pid).children(recursive=True):  # type: ignore[union-attr]
            try:
                seen.append(f"{member.cmdline()} {member.environ()}")
            except psutil.Error:
                continue
        return mine.git("rev-parse", "HEAD") == commit

    eventually(came)
    assert seen
    assert not [one for one in seen if PASSWORD in one]
    stop_syncs([the_one().id])
    holding = [file for file in tmp_path.rglob("*") if file.is_file() and PASSWORD.encode() in file.read_bytes()]
    assert holding == [home / "XDG_STATE_HOME/roro/git/credentials.json"]


def test_a_server_that_does_not_answer_must_hold_up_nothing_else_of_the_daemon(https: HttpsServer, mine: Scene) -> None:
    roro(mine.folder, "--watch", "--background", "--interval", "0.2", "--ca-file", str(https.authority.pair.certificate))
    eventually(lambda: the_one().state == "Active")
    https.stall()
    https.reached.clear()
    assert https.reached.wait(30)

    began = time.monotonic()
    with SyncClient.started() as client:
        assert client.hello()["duties"]
    assert known_forwards() == ()
    assert stop_syncs([the_one().id])

    assert time.monotonic() - began < 10
    assert known_syncs() == ()
    assert roro(mine.folder, "--status").exit_code == 0


def test_what_fails_must_be_told_with_its_reason_until_it_is_well(https: HttpsServer, mine: Scene) -> None:
    https.users = {"ada": "another"}

    result = roro(mine.folder, "--watch", "--background", "--interval", "0.2", "--ca-file", str(https.authority.pair.certificate))

    assert (result.exit_code, the_one().state, the_one().reason) == (1, "Failed", "AuthenticationFailed")
    assert "AuthenticationFailed" in roro(mine.folder, "--status").output
    https.users = {"ada": PASSWORD}
    eventually(lambda: the_one().state == "Active" and the_one().reason == "")


def test_the_agent_of_whoever_asked_must_be_asked(ssh: SshServer, served: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = read_address(ssh.url(served.folder))[0]
    accept_host(address, ssh.fingerprint)
    mine = clone(address, tmp_path / "mine", Access(key_file=tmp_path / "key"))
    with SyncClient.started() as client:
        client.hello()  # a daemon that knows of no agent
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        eventually(socket.exists)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(tmp_path / "key")], check=True)

        result = roro(mine.root, "--watch", "--background")

        assert result.exit_code == 0, result.output
        assert the_one().state == "Active"
        stop_syncs([the_one().id])
    finally:
        agent.terminate()
        agent.wait(10)
