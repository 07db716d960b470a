"""The registry listens where its clusters are, and asks for a login where it was told to."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import registry
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.network import ClusterNetwork
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.paths import ClusterDirectory, cluster_directory


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_it_must_listen_on_loopback_and_links_alone(tmp_path: Path) -> None:
    directory = ClusterDirectory(tmp_path)
    directory.make()
    (directory.etc / "registry.yaml").touch()
    argv = registry._part(directory, Path("/tools/registry"), 5001, {"dev": ClusterNetwork(3)}, with_login=False).argv
    listening = [argv[at + 1] for at, word in enumerate(argv) if word == "-listen"]
    allowed = [argv[at + 1] for at, word in enumerate(argv) if word == "-allow"]
    assert listening == ["127.0.0.1:5001", "10.245.3.1:5001"]
    assert allowed == ["127.0.0.0/8", "10.245.3.0/30"]


def test_a_node_must_be_told_where_localhost_is() -> None:
    cluster_directory("dev").make()
    assert registry._connect("dev", ClusterNetwork(3), 5001)
    file = cluster_directory("dev").etc / "certs.d" / "localhost:5001" / "hosts.toml"
    assert 'server = "http://10.245.3.1:5001"' in file.read_text()
    assert not registry._connect("dev", ClusterNetwork(3), 5001)


def test_a_login_must_be_asked_for_only_when_somebody_wants_one(tmp_path: Path) -> None:
    directory = ClusterDirectory(tmp_path)
    assert "auth" not in registry._configuration(directory, with_login=False)
    assert registry._configuration(directory, with_login=True)["auth"] == {
        "htpasswd": {"realm": "roro", "path": str(directory.etc / "htpasswd")}
    }


def test_there_must_be_none_at_first() -> None:
    assert registry.status().state == "absent"
    assert registry.down(lambda phase, message: None) is False
