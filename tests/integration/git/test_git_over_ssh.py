"""Git over SSH: keys of files and of the agent, and host keys that are known, unknown, accepted once and changed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import GitError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import Access, Address, accept_host, clone, push, read_address, references
from ansible_collections.roro.kube.plugins.module_utils._secrets import SecretText
from git_scene import Scene
from ssh_server import SshServer, make_key

PASSPHRASE = "correct horse 'battery' $staple"


@pytest.fixture
def address(ssh: SshServer, served: Scene) -> Address:
    """The repository behind the server."""
    return read_address(ssh.url(served.folder))[0]


@pytest.fixture
def known(ssh: SshServer, home: Path) -> None:
    """The person has met the server before."""
    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh/known_hosts").write_text(ssh.known_host)


@contextmanager
def agent(*keys: Path) -> Iterator[str]:
    """A real ssh-agent that holds these keys; the path of its socket."""
    said = subprocess.check_output(["ssh-agent", "-s"], text=True)
    found = dict(re.findall(r"(SSH_AUTH_SOCK|SSH_AGENT_PID)=([^;]+);", said))
    try:
        for key in keys:
            subprocess.run(["ssh-add", "-q", str(key)], env={**os.environ, **found}, check=True)
        yield found["SSH_AUTH_SOCK"]
    finally:
        os.kill(int(found["SSH_AGENT_PID"]), 15)


def refusal(address: Address, access: Access) -> GitError:
    with pytest.raises(GitError) as caught:
        references(address, access)
    return caught.value


@pytest.mark.usefixtures("known")
def test_a_key_file_must_clone_and_push(address: Address, tmp_path: Path) -> None:
    access = Access(key_file=tmp_path / "key")
    mine = clone(address, tmp_path / "mine", access)
    (mine.root / "workspace.json").write_text("{}")
    assert push(mine, address, access, branch="side/one", commit=mine.save("changed") or "").state == "new"
    assert "refs/heads/side/one" in references(address, access)


@pytest.mark.usefixtures("known")
def test_a_key_with_a_passphrase_must_be_opened_without_a_terminal(address: Address, ssh: SshServer, tmp_path: Path) -> None:
    key = make_key(tmp_path / "a locked key", PASSPHRASE)
    ssh.authorize(key)
    assert "HEAD" in references(address, Access(key_file=key, passphrase=SecretText(PASSPHRASE)))
    wrong = refusal(address, Access(key_file=key, passphrase=SecretText("wrong one")))
    assert wrong.reason in ("AuthenticationFailed", "KeyUnusable")
    assert "wrong one" not in str(wrong)
    assert refusal(address, Access(key_file=key)).reason in ("AuthenticationFailed", "KeyUnusable")


@pytest.mark.usefixtures("known")
def test_a_key_of_the_agent_must_do(address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(address, Access()).reason == "AuthenticationFailed"
    with agent(tmp_path / "key") as socket:
        monkeypatch.setenv("SSH_AUTH_SOCK", socket)
        assert "HEAD" in references(address, Access())


def test_an_unknown_host_must_be_refused_until_its_fingerprint_is_accepted(address: Address, ssh: SshServer, tmp_path: Path) -> None:
    access = Access(key_file=tmp_path / "key")
    unknown = refusal(address, access)
    assert unknown.reason == "HostKeyUnknown"
    assert f"--accept-host {ssh.fingerprint}" in (unknown.problems[0].hint or "")
    with pytest.raises(GitError) as caught:
        accept_host(address, "SHA256:" + "x" * 43)
    assert ssh.fingerprint in str(caught.value)
    assert refusal(address, access).reason == "HostKeyUnknown"
    assert accept_host(address, ssh.fingerprint).fingerprint == ssh.fingerprint
    assert "HEAD" in references(address, access)


def test_a_changed_host_key_must_be_refused_until_the_new_one_is_accepted(
    address: Address, ssh: SshServer, served: Scene, tmp_path: Path
) -> None:
    access = Access(key_file=tmp_path / "key")
    accept_host(address, ssh.fingerprint)
    ssh.__exit__()
    ssh.change_host_key()
    ssh.__enter__()
    changed = refusal(address, access)
    assert changed.reason == "HostKeyChanged"
    assert ssh.fingerprint in str(changed)
    accept_host(address, ssh.fingerprint)
    assert "HEAD" in references(address, access)


def test_what_is_no_fingerprint_must_be_refused_before_anybody_is_asked() -> None:
    with pytest.raises(UsageError):
        accept_host(Address("ssh", "no-such-host.invalid", None, "git", "/x"), "yes")


@pytest.mark.usefixtures("known")
def test_a_repository_that_is_not_there_must_be_told(ssh: SshServer, tmp_path: Path) -> None:
    nowhere = read_address(ssh.url(tmp_path / "nowhere.git"))[0]
    assert refusal(nowhere, Access(key_file=tmp_path / "key")).reason == "RepositoryNotFound"


def test_a_server_that_is_not_there_must_be_told(tmp_path: Path) -> None:
    assert refusal(Address("ssh", "localhost", 1, "", "/x"), Access()).reason == "Unreachable"
