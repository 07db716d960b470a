"""`--no-wait` returns: what nobody needs is not waited for, what others of the run need is, and never without an end."""

from __future__ import annotations

import time
from typing import Any

import pytest


def slow(make: Any, name: str, answer: str = "false") -> Any:
    """A Deployment whose pods run at once, and are ready as the command says; on a simulated node after a minute."""
    found = make.workload(name, minReadySeconds=60)
    found["spec"]["template"]["spec"]["containers"][0]["readinessProbe"] = {"exec": {"command": ["sh", "-c", answer]}, "periodSeconds": 1}
    return found


@pytest.mark.real_node
@pytest.mark.parametrize("condition", ["healthy", "started", "completed"])
def test_a_run_that_does_not_wait_must_still_apply_what_depends_on_another(world: Any, make: Any, condition: str) -> None:
    first = make.job("first", script="sleep 1") if condition == "completed" else make.workload("first")
    result = world.up(
        world.desired("first", first),
        world.desired(world.instance("second", needs=[("first", condition, True)]), make.config("second")),
        world.desired(world.instance("third", needs=["second"]), slow(make, "third")),
        wait=False,
    )
    assert not result.failed, [item.message for item in result.instances]
    assert world.get("v1", "ConfigMap", "second") is not None
    assert world.get("apps/v1", "Deployment", "third") is not None
    assert (result.instances[2].status, result.instances[2].message) == ("Deploying", "not waited for")


def test_a_run_that_does_not_wait_must_apply_what_needs_an_instance_that_is_already_there(world: Any, make: Any) -> None:
    wanted = [world.desired("db", make.workload("db")), world.desired(world.instance("api", needs=["db"]), make.config("api"))]
    world.up(wanted[0], wait=False)
    assert make.outcome(world.up(*wanted, wait=False))["api"] == "Running"


@pytest.mark.real_node
def test_a_run_that_does_not_wait_must_end_when_a_dependency_never_comes(world: Any, make: Any) -> None:
    began = time.monotonic()
    result = world.up(
        world.desired("db", slow(make, "db")),
        world.desired(world.instance("api", needs=["db"]), make.config("api")),
        world.desired(world.instance("web", needs=[("db", "healthy", False)]), make.config("web")),
        wait=False,
        timeout=4.0,
    )
    assert time.monotonic() - began < 20
    assert make.outcome(result) == {"db": "Failed", "api": "Failed", "web": "Running"}
    assert [item.reason for item in result.instances[:2]] == ["Timeout", "DependencyFailed"]


@pytest.mark.real_node
def test_a_run_that_does_not_wait_must_tell_at_once_why_a_dependency_cannot_come(world: Any, make: Any) -> None:
    result = world.up(
        world.desired("migrate", make.job("migrate", script="exit 3")),
        world.desired(world.instance("api", needs=[("migrate", "completed", True)]), make.config("api")),
        wait=False,
    )
    assert [item.reason for item in result.instances] == ["JobFailed", "DependencyFailed"]


def test_a_run_that_does_not_wait_must_not_look_at_what_nobody_needs(world: Any, make: Any) -> None:
    began = time.monotonic()
    result = world.up(
        world.desired("db", make.workload("db")),
        world.desired(world.instance("api", needs=["db"]), make.config("api")),
        world.desired("other", slow(make, "other")),
        wait=False,
        timeout=60.0,
    )
    assert time.monotonic() - began < 50
    assert make.outcome(result)["other"] == "Deploying"
