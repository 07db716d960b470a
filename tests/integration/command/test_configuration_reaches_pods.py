"""A ConfigMap or Secret that changed must reach the pods that read it when they start, of whatever instance, once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from command_runs import Ran
from command_workspace import Workspace

WORKSPACES = Path(__file__).parent / "workspaces"


@pytest.fixture
def readers(make_workspace: Callable[[Path], Workspace]) -> Workspace:
    """One instance with a ConfigMap and a Secret, one that has both in its environment, one that mounts the ConfigMap."""
    workspace = make_workspace(WORKSPACES / "readers")
    up(workspace)
    return workspace


def up(workspace: Workspace, *more: str) -> Ran:
    ran = workspace.roro("up", "dev", "-v", *more)
    assert ran.code == 0, ran.told
    return ran


def generation(workspace: Workspace, cluster: Cluster, kind: str, name: str) -> int:
    """Of the workload: another one for each change of its spec."""
    live = cluster.get(cluster.resource("apps/v1", kind), workspace.namespace, name)
    assert live is not None
    return int(live["metadata"]["generation"])


def test_pods_of_another_instance_must_get_what_changed_and_nothing_twice(readers: Workspace, cluster: Cluster) -> None:
    space = readers.namespace
    before = generation(readers, cluster, "Deployment", "web"), generation(readers, cluster, "StatefulSet", "files")
    words = f"ConfigMap {space}/settings: data.mode differs"
    mounted = (
        f"ConfigMap {space}/settings changed; StatefulSet {space}/files mounts it and goes on with the old one until it reads the file"
    )
    predicted = readers.roro("up", "dev", "--check", "-v", "--var", "mode=b")
    assert f"web: update Deployment web ({words})" in predicted.stderr, predicted.told
    assert mounted in predicted.stderr
    done = up(readers, "--var", "mode=b")
    assert f"web: update Deployment web ({words})" in done.stderr, done.told
    assert mounted in done.stderr
    after = generation(readers, cluster, "Deployment", "web"), generation(readers, cluster, "StatefulSet", "files")
    assert after == (before[0] + 1, before[1])
    assert readers.roro("exec", "dev", "web", "--", "sh", "-c", "echo $MODE $WORD").stdout == "b s3cret\n"
    assert "no change" in up(readers, "--var", "mode=b").stdout
    secret = up(readers, "--var", "mode=b", "--var", "word=other")
    assert f"web: update Deployment web (Secret {space}/word: data.word differs)" in secret.stderr, secret.told
    assert generation(readers, cluster, "Deployment", "web") == before[0] + 2


def test_an_instance_that_was_not_part_of_the_run_must_be_told_and_restarted_by_the_next(readers: Workspace, cluster: Cluster) -> None:
    before = generation(readers, cluster, "Deployment", "web")
    alone = up(readers, "settings", "--var", "mode=b")
    assert "Deployment " + readers.namespace + "/web of instance web reads it when it starts" in alone.stderr, alone.told
    assert generation(readers, cluster, "Deployment", "web") == before
    later = up(readers, "web", "--var", "mode=b")
    assert f"ConfigMap {readers.namespace}/settings changed since its pods started" in later.stderr, later.told
    assert generation(readers, cluster, "Deployment", "web") == before + 1


def test_pods_must_be_left_alone_where_the_documents_say_so(readers: Workspace, cluster: Cluster) -> None:
    readers.edit("apps/web/app.json", lambda document: document.update(restartOn=[]))
    readers.edit("apps/files/app.json", lambda document: document.update(restartOn=["config", "mounts"]))
    before = generation(readers, cluster, "Deployment", "web"), generation(readers, cluster, "StatefulSet", "files")
    ran = up(readers, "--var", "mode=b")
    assert "Deployment " + readers.namespace + "/web read it when it started and goes on with the old one" in ran.stderr, ran.told
    after = generation(readers, cluster, "Deployment", "web"), generation(readers, cluster, "StatefulSet", "files")
    assert after == (before[0], before[1] + 1)


def test_what_an_older_version_recorded_must_not_be_restarted_until_something_changes(readers: Workspace, cluster: Cluster) -> None:
    forget_what_was_read(readers, cluster)
    before = generation(readers, cluster, "Deployment", "web")
    assert "no change" in up(readers).stdout
    assert generation(readers, cluster, "Deployment", "web") == before
    forget_what_was_read(readers, cluster)
    up(readers, "--var", "mode=b")
    assert generation(readers, cluster, "Deployment", "web") == before + 1


def forget_what_was_read(workspace: Workspace, cluster: Cluster) -> None:
    """Write the records as a version wrote them that did not know of it."""
    from dataclasses import replace

    from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import write_record

    for record in workspace.footprint.records().values():
        older = replace(record, objects=tuple(replace(owned, reads=()) for owned in record.objects))
        write_record(cluster, workspace.name, "dev", older)


def test_nobody_must_be_told_of_values(readers: Workspace) -> None:
    told: Any = up(readers, "--var", "word=hunter22").told
    assert "hunter22" not in told
