"""Stop, start and restart: nothing is lost, nothing is taken over, and `up` knows."""

from __future__ import annotations

import threading
from typing import Any

import ansible_collections.roro.kube.plugins.module_utils._release as engine
import pytest
from ansible_collections.roro.kube.plugins.module_utils._release import Options, RunResult


def turned(world: Any, verb: str, *instances: Any, **options: Any) -> RunResult:
    """`stop`, `start` or `restart` of these instances."""
    chosen = [world.instance(item) if isinstance(item, str) else item for item in instances]
    selection = world.selection([world.desired(item) for item in chosen])
    return getattr(engine, verb)(world.cluster, selection, chosen, Options(**options), world.events.append, threading.Event())


def replicas(world: Any, name: str = "api") -> int:
    return world.get("apps/v1", "Deployment", name)["spec"]["replicas"]


def pods(world: Any) -> set[str]:
    found = world.cluster.list(world.cluster.resource("v1", "Pod"), world.name).items
    return {item["metadata"]["uid"] for item in found if not item["metadata"].get("deletionTimestamp")}


@pytest.fixture
def free(make: Any) -> Any:
    """A Deployment whose manifest leaves the number of replicas to others."""
    obj = make.workload()
    del obj["spec"]["replicas"]
    return obj


def scale(world: Any, number: int) -> None:
    resource = world.cluster.resource("apps/v1", "Deployment")
    world.cluster.request(
        "PATCH",
        f"{resource.path(world.name)}/api/scale?fieldManager=somebody",
        body={"spec": {"replicas": number}},
        content_type="application/merge-patch+json",
    )


def test_stop_must_end_the_pods_and_start_bring_them_back(world: Any, make: Any) -> None:
    nightly = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly"},
        "spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": make.job()["spec"]}},
    }
    wanted = world.desired("api", make.workload(), make.config(), nightly, make.job("once"))
    world.up(wanted)

    result = turned(world, "stop", "api")
    assert [(item.status, item.reason) for item in result.instances] == [("NotDeployed", "Stopped")]
    assert make.actions(result) == {"Deployment/api": "update", "CronJob/nightly": "update"}
    assert result.notices == [f"Job {world.name}/once of instance api is not stopped"]
    assert (replicas(world), world.get("batch/v1", "CronJob", "nightly")["spec"]["suspend"]) == (0, True)
    assert [(item.status, item.reason) for item in world.status(wanted)] == [("NotDeployed", "Stopped")]
    assert not turned(world, "stop", "api").changed

    result = turned(world, "start", "api")
    assert make.outcome(result) == {"api": "Running"}
    assert (replicas(world), world.get("batch/v1", "CronJob", "nightly")["spec"]["suspend"]) == (1, False)
    assert [(item.status, item.revision) for item in world.status(wanted)] == [("Running", 1)]
    assert not turned(world, "start", "api").changed
    assert not world.up(wanted).changed
    world.down()
    assert world.left() == []


@pytest.mark.parametrize("verb", ["start", "up"])
def test_replicas_that_somebody_else_chose_must_be_remembered(world: Any, make: Any, free: Any, verb: str) -> None:
    wanted = world.desired("api", free)
    world.up(wanted)
    scale(world, 2)
    turned(world, "stop", "api")
    assert replicas(world) == 0
    turned(world, "stop", "api")
    result = world.up(wanted) if verb == "up" else turned(world, "start", "api")
    assert make.outcome(result) == {"api": "Running"}
    assert replicas(world) == 2
    assert not world.up(wanted).changed
    scale(world, 3)
    assert not world.up(wanted).changed


def test_up_must_start_what_was_stopped(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.workload())
    world.up(wanted)
    turned(world, "stop", "api")
    result = world.up(wanted)
    assert (make.outcome(result), replicas(world)) == ({"api": "Running"}, 1)
    assert not world.up(wanted).changed


def test_a_restart_must_make_new_pods_and_leave_up_nothing_to_do(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.workload(), make.config())
    world.up(wanted)
    before = pods(world)
    result = turned(world, "restart", "api")
    assert (make.outcome(result), make.actions(result)) == ({"api": "Running"}, {"Deployment/api": "update"})
    assert pods(world).isdisjoint(before)
    versions = world.versions()
    again = world.up(wanted)
    assert set(make.actions(again).values()) == {"unchanged"}
    assert world.versions() == versions
    template = world.get("apps/v1", "Deployment", "api")["spec"]["template"]
    assert "roro.dev/restarted" in template["metadata"]["annotations"]


def test_check_mode_must_stop_and_restart_nothing(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.workload()))
    before = world.versions()
    for verb in ("stop", "restart"):
        assert make.actions(turned(world, verb, "api", check=True)) == {"Deployment/api": "update"}
    assert world.versions() == before
