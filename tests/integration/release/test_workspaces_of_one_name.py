"""Two directories with a workspace of the same name, brought up on one cluster as the command and the modules do it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _workflow as workflow
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {mode: a}\n"


class Directory:
    """A workspace on disk, in no repository."""

    def __init__(self, root: Path, name: str, kubeconfig: Path) -> None:
        self.root, self.kubeconfig = root, kubeconfig
        (root / "environments/dev").mkdir(parents=True)
        (root / "workspace.json").write_text(json.dumps({"version": 1, "name": name, "namespace": name}))
        (root / "environments/dev/environment.json").write_text("{}")

    def app(self, name: str) -> Directory:
        folder = self.root / "apps" / name / "manifests"
        folder.mkdir(parents=True)
        (folder.parent / "app.json").write_text("{}")
        (folder / "all.yaml").write_text(MAP % name)
        return self

    def run(self, job: Any, **options: Any) -> Any:
        return job(workflow.Request(self.root, connection=Connection(kubeconfig=str(self.kubeconfig)), options=Options(**options)))


@pytest.fixture
def directories(tmp_path: Path, unique: str, cluster: Cluster, cluster_kubeconfig: Path) -> Iterator[tuple[Directory, Directory]]:
    """`one` with the apps api and web, `two` with the app api of its own."""
    one = Directory(tmp_path / "one", unique, cluster_kubeconfig).app("api").app("web")
    two = Directory(tmp_path / "two", unique, cluster_kubeconfig).app("api")
    yield one, two
    cluster.delete(cluster.resource("v1", "Namespace"), None, unique)


def maps(cluster: Cluster, namespace: str) -> set[str]:
    """The instances that have their ConfigMap."""
    found = cluster.list(cluster.resource("v1", "ConfigMap"), namespace).items
    return {item["metadata"]["name"] for item in found} - {"kube-root-ca.crt"}


def test_the_second_directory_must_be_refused_until_it_takes_over(directories: Any, cluster: Cluster, unique: str) -> None:
    one, two = directories
    one.run(workflow.up)
    with pytest.raises(PlanError) as caught:
        two.run(workflow.up)
    assert f"instance api was deployed from {one.root} on " in str(caught.value)
    for job in (workflow.down, workflow.diff, workflow.stop):
        with pytest.raises(PlanError, match="was deployed from"):
            two.run(job)
    assert maps(cluster, unique) == {"api", "web"}
    assert not one.run(workflow.up).changed
    two.run(workflow.up, adopt=True)
    assert maps(cluster, unique) == {"api"}
    assert not two.run(workflow.up).changed
    with pytest.raises(PlanError, match=f"was deployed from {two.root}"):
        one.run(workflow.up)


def test_instances_of_two_directories_must_live_side_by_side(directories: Any, cluster: Cluster, unique: str) -> None:
    one, two = directories
    shutil.rmtree(two.root / "apps/api")
    two.app("worker")
    one.run(workflow.up)
    result = two.run(workflow.up)
    assert not result.failed
    assert any("instance web is left alone" in notice for notice in result.notices)
    assert maps(cluster, unique) == {"api", "web", "worker"}
    two.run(workflow.down)
    assert maps(cluster, unique) == {"api", "web"}


def test_a_directory_that_was_moved_must_stay_the_owner(directories: Any, tmp_path: Path) -> None:
    one, _ = directories
    one.run(workflow.up)
    one.root = one.root.rename(tmp_path / "moved")
    assert not one.run(workflow.up).changed
    assert one.run(workflow.down, wait=False).changed
