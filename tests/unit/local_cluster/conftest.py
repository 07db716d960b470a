"""What the tests of the local cluster room share: a home of their own, and nothing of this machine's commands but Python."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import commands

sys.path.insert(0, str(Path(__file__).parent))

from local_cluster_fakes import FakeApiServer, FakeCommands


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory without anything in it; state and cache go there."""
    path = tmp_path / "home"
    path.mkdir()
    monkeypatch.setenv("HOME", str(path))
    monkeypatch.setenv("XDG_STATE_HOME", str(path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(path / "cache"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return path


@pytest.fixture
def fake_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeCommands:
    """The only commands there are."""
    made = FakeCommands(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(made.directory))
    monkeypatch.setattr(commands, "SYSTEM_PATH", str(made.directory))
    return made


@pytest.fixture
def api_server(tmp_path: Path) -> Iterator[FakeApiServer]:
    """An API server that is ready."""
    server = FakeApiServer(tmp_path / "api")
    yield server
    server.close()


@pytest.fixture
def told() -> list[tuple[str, str]]:
    """What `progress` was told."""
    return []


@pytest.fixture
def progress(told: list[tuple[str, str]]) -> Callable[[str, str], None]:
    """Keeps what it is told in `told`."""
    return lambda phase, message: told.append((phase, message))
