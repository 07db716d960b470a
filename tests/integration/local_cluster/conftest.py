"""What the tests of the native provider share: clusters of their own in a state directory of their own.

They need what the provider needs, Linux and root; elsewhere they are not collected. The tool cache is the user's: nothing is built twice.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local

sys.path.insert(0, str(Path(__file__).parent))

from native_clusters import BOX, Running, tell

TESTS = Path(__file__).resolve().parents[2]
collect_ignore_glob = [] if platform.system() == "Linux" and os.geteuid() == 0 else ["test_*.py"]


@pytest.fixture(scope="module")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Clusters of this module are nobody else's."""
    path = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(path))
        yield path


@pytest.fixture(scope="module")
def new_cluster(state_home: Path) -> Iterator[Callable[..., Running]]:
    """Makes clusters with names of their own, of the version of Kubernetes in RORO_TEST_KUBERNETES; they are removed in the end."""
    names: list[str] = []
    version = os.environ.get("RORO_TEST_KUBERNETES") or None

    def make(**given: Any) -> Running:
        names.append(f"t{uuid.uuid4().hex[:8]}")
        wanted = {"kubernetes_version": version, **given}
        return Running(local.up(local.LocalClusterSpec(name=names[-1], provider="native", **wanted), tell))

    yield make
    for name in names:
        local.down(name, tell)


@pytest.fixture(scope="module")
def running(new_cluster: Callable[..., Running]) -> Running:
    """One cluster for the tests of a module."""
    return new_cluster()


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image with busybox."""
    archive = tmp_path_factory.mktemp("box") / "box.tar"
    subprocess.run([sys.executable, str(TESTS / "box_image.py"), BOX, str(archive)], check=True)
    return archive
