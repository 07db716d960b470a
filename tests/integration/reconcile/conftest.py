"""A workspace of its own for every test, reconciled against the real cluster."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster

sys.path.insert(0, str(Path(__file__).parent))
sys.path += [str(Path(__file__).parents[1] / "git"), str(Path(__file__).parents[2] / "unit" / "git")]

from reconcile_scene import Scene


@pytest.fixture
def scene(cluster: Cluster, cluster_kubeconfig: Path, unique: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """An empty workspace; its instances are gone afterwards."""
    for what in ("STATE_HOME", "RUNTIME_DIR", "CACHE_HOME"):
        monkeypatch.setenv(f"XDG_{what}", str(tmp_path / what.lower()))
    found = Scene(cluster, cluster_kubeconfig, tmp_path / unique, unique)
    found.root.mkdir()
    found.workspace()
    yield found
    found.remove()
