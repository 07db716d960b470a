"""What the tests of events, `ps --watch` and our own log share: the command of tests/integration/command, and a way to the API server that
can be cut."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).parent))

from server_relay import Relay


def _command_world() -> Any:
    """The fixtures of the command's tests, which are a conftest of another folder."""
    path = Path(__file__).parents[1] / "command" / "conftest.py"
    spec = importlib.util.spec_from_file_location("command_world", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


_COMMAND = _command_world()
cache, make_workspace = _COMMAND.cache, _COMMAND.make_workspace


@pytest.fixture
def noisy(make_workspace: Callable[[Path], Any]) -> Any:
    """web: one pod that stays. broken: two pods that never start. secretive: reads a Secret that the test makes, and is refused."""
    return make_workspace(Path(__file__).parent / "workspaces" / "noisy")


@pytest.fixture
def relay(cluster_kubeconfig: Path, tmp_path: Path) -> Iterator[Relay]:
    """The tests' cluster through a relay; `kubeconfig` leads there."""
    document = yaml.safe_load(cluster_kubeconfig.read_text())
    server = document["clusters"][0]["cluster"]
    found = Relay(server["server"])
    server.update({"server": found.url, "tls-server-name": "127.0.0.1"})
    found.kubeconfig = tmp_path / "relayed.yaml"
    found.kubeconfig.write_text(yaml.safe_dump(document))
    yield found
    found.close()
