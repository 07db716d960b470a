"""Differences that cannot be applied are told, and what a person gives is never run as a template."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster
from command_workspace import Workspace


@pytest.fixture
def config_maps(cluster: Cluster) -> Any:
    return cluster.resource("v1", "ConfigMap")


def test_a_value_of_the_command_line_must_be_taken_literally(notes: Workspace, cluster: Cluster, config_maps: Any) -> None:
    trap = notes.root.parent / "trap"
    value = f"{{{{ lookup('pipe', 'touch {trap}') }}}}"
    ran = notes.roro("up", "dev", "first", "--var", "count=1", "--var", f"mode={value.replace(chr(34), '')}")
    assert ran.code == 0, ran.told
    assert not trap.exists()
    assert cluster.get(config_maps, notes.namespace, "first-0")["data"]["mode"] == value  # type: ignore[index]


def test_ansibles_own_marks_within_a_value_must_stay_data(notes: Workspace) -> None:
    trap = notes.root.parent / "trap"
    hostile = f'mode={{"__ansible_unsafe": ["x"], "b": "{{{{ lookup(\'pipe\', \'touch {trap}\') }}}}"}}'
    ran = notes.roro("up", "dev", "first", "--var", "count=1", "--var", hostile)
    assert ran.code in (0, 2), ran.told
    assert not trap.exists()


def test_a_diff_that_the_server_refuses_must_be_no_absence_of_differences(notes: Workspace, cluster: Cluster, config_maps: Any) -> None:
    first = notes.roro("up", "dev", "first", "--var", "count=1")
    assert first.code == 0, first.told
    theirs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "first-0", "namespace": notes.namespace}, "data": {"mode": "z"}}
    live = cluster.get(config_maps, notes.namespace, "first-0")
    assert live is not None
    cluster.replace(config_maps, {**live, "data": theirs["data"]})

    diff = notes.roro("diff", "dev", "first", "--var", "count=1", "--exit-code")
    assert diff.code == 1, diff.told
    assert "no differences" not in diff.stderr
    assert "first-0" in diff.stderr and "--force-conflicts" in diff.stderr

    up = notes.roro("up", "dev", "first", "--var", "count=1")
    assert up.code == 1, up.told
    assert "0 of 1 instances running; nothing done" in up.stdout


def test_up_must_work_without_a_home_and_in_another_locale(notes: Workspace) -> None:
    ran = notes.roro("up", "dev", "first", "--var", "count=1", HOME="/proc", LC_ALL="C")
    assert ran.code == 0, ran.told
    assert "1 of 1 instances running" in ran.stdout
