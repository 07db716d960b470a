"""While git talks to a server, what it is given must be nowhere that another process or a later reader can see it."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted
from ansible_collections.roro.kube.plugins.module_utils._git import Access, Credential, clone, read_address, references
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from connect_proxy import ConnectProxy
from git_scene import Scene
from https_server import HttpsServer
from ssh_server import SshServer, make_key

PASSWORD, PROXY_PASSWORD, PASSPHRASE = "pa55word-of-ada", "pa55word-of-the-proxy", "pa55phrase-of-the-key"
SECRETS = (PASSWORD, PROXY_PASSWORD, PASSPHRASE)


def seen_of(process: psutil.Process) -> str:
    """What everybody sees of a process, and what its user does: /proc/PID/cmdline and environ."""
    try:
        return f"{process.cmdline()} {process.environ()}"
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def holding(folder: Path) -> list[Path]:
    """Files below it with a secret in them."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(secret.encode() in path.read_bytes() for secret in SECRETS)]


def test_no_argument_variable_or_readable_file_must_hold_a_secret(https: HttpsServer, home: Path, tmp_path: Path) -> None:
    https.users = {"ada": PASSWORD}
    address, password = read_address(f"https://ada:{PASSWORD}@localhost:{https.port}/shop.git")
    cancel, ends = threading.Event(), list[Interrupted]()

    def stall_when_proven(request: object) -> None:
        if f"ada:{PASSWORD}" in https.authorizations:
            https.stall()

    https.before = stall_when_proven  # type: ignore[assignment]
    with ConnectProxy(credentials=f"pat:{PROXY_PASSWORD}") as proxy:
        access = Access(
            ca_file=https.authority.pair.certificate, proxy=f"http://pat@{proxy.address}", proxy_password=SecretText(PROXY_PASSWORD)
        ).with_password(address, password)

        def work() -> None:
            with pytest.raises(Interrupted) as caught:
                clone(address, tmp_path / "work/mine", access, cancel=cancel)
            ends.append(caught.value)

        worker = threading.Thread(target=work)
        worker.start()
        while f"ada:{PASSWORD}" not in https.authorizations:
            assert worker.is_alive()
            worker.join(0.01)
        children = psutil.Process().children(recursive=True)
        looked = [seen_of(process) for process in children]
        on_disk = {path: stat.S_IMODE(path.stat().st_mode) for path in holding(tmp_path)}
        cancel.set()
        worker.join(30)
    assert any("git-remote-https" in seen for seen in looked)
    assert not [seen for seen in looked if any(secret in seen for secret in SECRETS)]
    assert on_disk
    assert all(path.is_relative_to(home / "XDG_RUNTIME_DIR") and mode == 0o600 for path, mode in on_disk.items())
    assert holding(tmp_path) == []
    assert not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in children if "git" in seen_of(process))
    assert not any(secret in f"{ends[0]} {access!r}" for secret in SECRETS)


def test_a_passphrase_must_be_on_disk_only_while_ssh_runs(ssh: SshServer, served: Scene, home: Path, tmp_path: Path) -> None:
    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh/known_hosts").write_text(ssh.known_host)
    key = make_key(tmp_path / "locked", PASSPHRASE)
    ssh.authorize(key)
    seen: list[str] = []
    ends = threading.Event()

    def look() -> None:
        while not ends.is_set():
            seen.extend(seen_of(process) for process in psutil.Process().children(recursive=True))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        assert "HEAD" in references(read_address(ssh.url(served.folder))[0], Access(key_file=key, passphrase=SecretText(PASSPHRASE)))
    finally:
        ends.set()
        watcher.join()
    assert any("ssh" in one for one in seen)
    assert not any(PASSPHRASE in one for one in seen)
    assert holding(tmp_path) == []


def test_what_a_killed_process_left_must_be_taken_away_by_the_next(https: HttpsServer, home: Path) -> None:
    left = home / "XDG_RUNTIME_DIR/roro/git"
    left.mkdir(parents=True, mode=0o700)
    gone, mine = left / "4194304-dead", left / f"{os.getpid()}-mine"  # one above the highest process id of Linux
    for folder in (gone, mine):
        folder.mkdir()
        (folder / "0").write_text(PASSWORD)
    address = read_address(https.url("shop.git"))[0]
    access = Access(credential=Credential(https.origin, "ada", SecretText("open sesame+%/")), ca_file=https.authority.pair.certificate)
    references(address, access)
    assert (gone.exists(), mine.exists()) == (False, True)
