"""Real Git servers, each with a repository, and a home of the test's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.certificates import Authority

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "forward"), str(Path(__file__).parents[2] / "unit" / "git")]

from git_scene import Scene, make_repository
from https_server import HttpsServer
from ssh_server import SshServer, make_key


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, state and runtime directory of the test's own, without an agent or anybody's settings of Git."""
    for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        (tmp_path / "home" / name).mkdir(parents=True, mode=0o700)
        monkeypatch.setenv(name, str(tmp_path / "home" / name))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("SSH_AUTH_SOCK", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "home/.gitconfig").write_text("[user]\n\tname = Grace\n\temail = grace@example.com\n")
    return tmp_path / "home"


@pytest.fixture
def served(tmp_path: Path) -> Scene:
    """A bare repository `shop.git` with one commit, in a folder that a server serves."""
    source = make_repository(tmp_path / "source")
    source.commit({"workspace.json": '{"version": 1, "name": "shop"}\n', "environments/dev/environment.json": "{}\n"}, "The shop")
    (tmp_path / "served").mkdir()
    bare = tmp_path / "served/shop.git"
    source.git("clone", "-q", "--bare", str(source.folder), str(bare))
    for setting in ("http.receivepack", "uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        subprocess.run(["git", "-C", str(bare), "config", setting, "true"], check=True)
    return Scene(bare)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A certificate authority that no machine trusts."""
    (tmp_path / "authority").mkdir()
    return Authority(tmp_path / "authority", "ca")


@pytest.fixture
def https(served: Scene, authority: Authority) -> Iterator[HttpsServer]:
    """A server that wants the password of Ada."""
    with HttpsServer(served.folder.parent, authority, users={"ada": "open sesame+%/"}) as server:
        yield server


@pytest.fixture
def ssh(served: Scene, tmp_path: Path) -> Iterator[SshServer]:
    """A server that lets in whoever has the key in `tmp_path / "key"`."""
    server = SshServer(tmp_path / "sshd")
    server.authorize(make_key(tmp_path / "key"))
    with server:
        yield server
