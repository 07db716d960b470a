"""What the API server refuses has a word for machines, and a person is told once what to do."""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._ansible_face.jobs import _run_outcome
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.types import Mode


def test_a_field_conflict_must_name_manager_and_field_and_be_told_once(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.workload(replicas=0))
    world.up(wanted)
    deployments = world.cluster.resource("apps/v1", "Deployment")
    world.cluster.apply(
        deployments,
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api", "namespace": world.name}, "spec": {"replicas": 2}},
        force=True,
        field_manager="autoscaler",
    )
    result = world.up(wanted)
    failed = result.instances[0]
    assert failed.reason == "FieldConflict"
    assert f'Deployment {world.name}/api: fields belong to other managers: "autoscaler" owns .spec.replicas' in failed.message
    assert all("--force-conflicts" not in action.error for action in failed.actions)
    told = _run_outcome(result, Mode(check=False, diff=False, verbosity=0), threading.Event())["msg"]
    assert told.count("--force-conflicts") == 1
    assert told.startswith("instance api: FieldConflict: ")
    assert world.up(wanted, force_conflicts=True, wait=False).changed


def test_an_invalid_object_must_say_so(world: Any, make: Any) -> None:
    wrong = make.workload(replicas=0)
    wrong["spec"]["selector"]["matchLabels"] = {"app": "other"}
    failed = world.up(world.desired("api", wrong)).instances[0]
    assert failed.reason == "Invalid"
    assert "selector" in failed.message
