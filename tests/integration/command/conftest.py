"""The `roro` command on the tests' cluster, with a copy of a folder of workspaces/ that is the test's own."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._local_cluster.packages import static_busybox

sys.path.insert(0, str(Path(__file__).parent))

from command_cluster import Footprint
from command_runs import MARK, Command, clean_environment
from command_workspace import BUILD_SECRET, Workspace

WORKSPACES = Path(__file__).parent / "workspaces"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache directory that tests share, as the commands of a person do."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def make_workspace(
    tmp_path: Path, unique: str, cache: Path, cluster_kubeconfig: Path, cluster: Cluster
) -> Iterator[Callable[[Path], Workspace]]:
    """Copies a folder and gives the copy a name of its own. Afterwards nothing of it runs, here or on the cluster."""
    made: list[Workspace] = []

    def make(source: Path) -> Workspace:
        name = f"{unique}{len(made) or ''}"
        root = tmp_path / name
        shutil.copytree(source, root, ignore=shutil.ignore_patterns("images", ".*"))
        directories = {f"XDG_{what}": str(tmp_path / what.lower()) for what in ("RUNTIME_DIR", "STATE_HOME")}
        environ = clean_environment(**directories, XDG_CACHE_HOME=str(cache), K8S_AUTH_KUBECONFIG=str(cluster_kubeconfig), **{MARK: unique})
        workspace = Workspace(root, name, Command(root, environ, unique), Footprint(cluster, name))
        workspace.edit("workspace.json", lambda document: document.update(name=name))
        made.append(workspace)
        return workspace

    yield make
    for workspace in made:
        for process in workspace.roro.processes():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        workspace.footprint.remove()


@pytest.fixture
def notes(make_workspace: Callable[[Path], Workspace]) -> Workspace:
    """ConfigMaps only: three apps in a chain; the last waits until its ConfigMap says that it is open."""
    return make_workspace(WORKSPACES / "notes")


@pytest.fixture
def store(make_workspace: Callable[[Path], Workspace]) -> Workspace:
    """Like the shop, with small pods: a database with a volume, a migration, an API in two instances."""
    return make_workspace(WORKSPACES / "store")


@pytest.fixture
def built(make_workspace: Callable[[Path], Workspace], tmp_path: Path) -> Workspace:
    """One app that is built on a busybox. The builder has a store, and the user a cache, of the test's own; clusters are the user's."""
    busybox = static_busybox()
    assert busybox is not None, "install busybox-static"
    workspace = make_workspace(WORKSPACES / "built")
    shutil.copy(busybox, workspace.root / "apps/api/src/busybox")
    (workspace.root / "apps/api/src/busybox").chmod(0o755)
    storage = tmp_path / "storage.conf"
    storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{tmp_path}/images"\nrunroot = "{tmp_path}/run"\n')
    environ = {
        **workspace.roro.environ,
        "CONTAINERS_STORAGE_CONF": str(storage),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_STATE_HOME": os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local/state"),
        "RORO_BUILDER": "buildah",
        "BUILD_SECRET": BUILD_SECRET,
    }
    return replace(workspace, roro=replace(workspace.roro, environ=environ))
