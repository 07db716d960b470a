"""Syncs with real servers: two people at once, and servers that are away, refuse, or are not who they were."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError
from ansible_collections.roro.kube.plugins.module_utils._git import (
    Access,
    Credential,
    Repository,
    accept_host,
    clone,
    open_repository,
    read_address,
)
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from ansible_collections.roro.kube.plugins.module_utils._sync import Server, Synced, SyncOptions, standing, sync, write_last
from git_scene import Scene
from https_server import HttpsServer
from ssh_server import SshServer

DEV = "environments/dev/environment.json"


def server_of(https: HttpsServer, password: str = "open sesame+%/") -> Server:
    credential = Credential(https.origin, "ada", SecretText(password))
    return Server(read_address(https.url("shop.git"))[0], Access(credential=credential, ca_file=https.authority.pair.certificate))


def change(repository: Repository, **variables: Any) -> None:
    file = repository.root / DEV
    data = json.loads(file.read_text())
    data.setdefault("variables", {}).update(variables)
    file.write_text(json.dumps(data, indent=2) + "\n")


def synced(repository: Repository, server: Server, **options: Any) -> Synced:
    return sync(open_repository(repository.root), server, SyncOptions(**options))


def refused(repository: Repository, server: Server) -> GitError:
    """The error of a sync that fails, kept in the record as the command keeps it."""
    with pytest.raises(GitError) as caught:
        synced(repository, server)
    write_last(repository, caught.value)
    return caught.value


def test_two_people_who_push_at_once_must_lose_nothing(https: HttpsServer, tmp_path: Path) -> None:
    server = server_of(https)
    clones = {name: clone(server.address, tmp_path / name, server.access) for name in ("ann", "bob")}
    failed: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for number in range(4):
                change(clones[name], **{f"{name}{number}": number})
                done = synced(clones[name], server, message=f"{name} {number}", push=True)
                assert done.clashes == ()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for repository in clones.values():
        synced(repository, server, push=True)
        synced(clones["ann"], server)

    assert failed == []
    wanted = {f"{name}{number}": number for name in clones for number in range(4)}
    for repository in clones.values():
        assert json.loads((repository.root / DEV).read_text())["variables"] == wanted
        assert not open_repository(repository.root).status().dirty


def test_a_server_that_refuses_or_is_away_must_leave_the_last_good_commit_and_say_why(https: HttpsServer, tmp_path: Path) -> None:
    server = server_of(https)
    mine = clone(server.address, tmp_path / "mine", server.access)
    write_last(mine, synced(mine, server))
    good = mine.resolve("HEAD")

    wrong = refused(mine, server_of(https, "wrong"))
    assert (wrong.reason, standing(mine).last.reason) == ("AuthenticationFailed", "AuthenticationFailed")
    https.__exit__()
    away = refused(mine, server)

    assert (away.reason, standing(mine).last.reason) == ("Unreachable", "Unreachable")
    assert standing(mine).last.good == good == mine.resolve("HEAD")
    assert not mine.status().dirty
    https.__enter__()
    assert synced(mine, server_of(https)).state == "UpToDate"


def test_another_host_key_must_stop_the_sync_until_it_is_accepted(ssh: SshServer, served: Scene, tmp_path: Path) -> None:
    address = read_address(ssh.url(served.folder))[0]
    accept_host(address, ssh.fingerprint)
    server = Server(address, Access(key_file=tmp_path / "key"))
    mine = clone(address, tmp_path / "mine", server.access)
    change(mine, a=1)
    assert synced(mine, server, message="one", push=True).pushed == 1
    good = mine.resolve("HEAD")
    ssh.__exit__()
    ssh.change_host_key()
    ssh.__enter__()
    change(mine, a=2)

    error = refused(mine, server)

    assert (error.reason, mine.resolve("HEAD")) == ("HostKeyChanged", good)
    assert json.loads((mine.root / DEV).read_text())["variables"] == {"a": 2}
    accept_host(address, ssh.fingerprint)
    assert synced(mine, server, message="two", push=True).state == "Pushed"
