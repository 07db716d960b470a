"""A real API server that is killed and started again while an environment is watched: what changed meanwhile is corrected."""

from __future__ import annotations

import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from reconcile_scene import CONFIG_MAP, Scene, config, until


def tell(phase: str, message: str) -> None:
    """Progress ends up in what pytest shows of a failed test."""
    print(f"{phase}: {message}")


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[local.LocalClusterSpec]:
    """A cluster of this module alone: an API server with its store. Needs no root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        spec = local.LocalClusterSpec(name=f"t{uuid.uuid4().hex[:8]}", provider="native", only_simulated=True, simulated_nodes=1)
        try:
            local.up(spec, tell)
            yield spec
        finally:
            local.down(spec.name, tell)


@pytest.fixture(scope="module")
def cluster_kubeconfig(fragile: local.LocalClusterSpec) -> Path:
    """In place of the tests' shared cluster."""
    return local.kubeconfig_path(fragile.name)


@pytest.fixture(scope="module")
def cluster(cluster_kubeconfig: Path) -> Iterator[Cluster]:
    """As the shared one, for the cluster of this module."""
    with connect(Connection(kubeconfig=str(cluster_kubeconfig))) as connection:
        yield connection


@pytest.fixture
def folders(fragile: local.LocalClusterSpec) -> dict[str, str | None]:
    """Where the cluster and its programs are kept; a scene has folders of its own."""
    return {name: os.environ.get(name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")}


def test_what_changes_around_the_death_of_the_server_must_be_corrected(
    fragile: local.LocalClusterSpec, folders: dict[str, str | None], scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.app("api", config(mode="one"))
    scene.app("web", config("web", mode="one"))
    scene.up()
    before = scene.revisions()
    for name, value in folders.items():
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)
    run = local.kubeconfig_path(fragile.name).parent / "run" / "kube-apiserver.json"
    with scene.watched("correct") as heard:
        for _ in range(2):
            scene.patch(CONFIG_MAP, "settings", {"data": {"mode": "by hand"}})
            os.kill(json.loads(run.read_text())["pid"], signal.SIGKILL)
            healing = threading.Thread(target=local.up, args=(fragile, tell))
            healing.start()
            healing.join(120)
            scene.delete(CONFIG_MAP, "web")
            until(lambda: scene.data() == {"mode": "one"} and scene.data("web") == {"mode": "one"}, lambda: heard.told, deadline=90)
            for name in ("api", "web"):
                heard.await_state(name, "InSync")
    assert scene.revisions() == before
    assert scene.once("report").findings == ()
