"""Revisions: what they keep, what a history tells, and that a rollback brings back exactly what was."""

from __future__ import annotations

import base64
import random
import threading
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._release import Options, Revision, RunResult, go_back, history


def told(world: Any) -> list[Revision]:
    return history(world.cluster, world.name, "dev", None, [world.name])


def back(world: Any, number: int | None = None, **options: Any) -> RunResult:
    instance = world.instance("api")
    selection = world.selection([world.desired(instance)])
    return go_back(world.cluster, selection, [instance], number, Options(**options), world.events.append, threading.Event())


def footprint(world: Any) -> dict[str, Any]:
    """Everything of the instance that a person wrote, without what the server counts."""
    found = {}
    for api_version, kind in (("v1", "ConfigMap"), ("v1", "Secret"), ("v1", "Service"), ("apps/v1", "Deployment")):
        for item in world.cluster.list(world.cluster.resource(api_version, kind), world.name, selector="!roro.dev/record").items:
            kept = {key: item["metadata"].get(key) for key in ("uid", "labels")}
            found[f"{kind}/{item['metadata']['name']}"] = [kept, item.get("spec"), item.get("data")]
    return found


def test_a_rollback_must_bring_back_exactly_what_was(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1"), make.config("rest", a="1", b="2"), make.workload()))
    before = footprint(world)
    changed = make.workload()
    changed["spec"]["template"]["spec"]["containers"][0]["env"] = [{"name": "MODE", "value": "2"}]
    world.up(world.desired("api", make.config(mode="2"), make.config("rest", a="1", c="3"), changed, make.config("added")))
    assert footprint(world) != before

    result = back(world)
    assert make.outcome(result) == {"api": "Running"}
    assert make.actions(result)["ConfigMap/added"] == "delete"
    after = footprint(world)
    assert after == before
    assert [(item.revision, item.outcome, item.cause) for item in told(world)] == [
        (1, "deployed", "up"),
        (2, "deployed", "up"),
        (3, "deployed", "rollback to revision 1"),
    ]
    assert not back(world, 1).changed


@pytest.mark.real_node
def test_a_rollback_must_find_the_last_healthy_revision_by_itself(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    world.up(world.desired("api", make.config(mode="2"), make.job("check", script="exit 1")))
    world.up(world.desired("api", make.config(mode="3"), make.job("check", script="exit 2")))
    back(world)
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "1"}
    assert world.get("batch/v1", "Job", "check") is None
    assert world.status()[0].status == "Running"


def test_a_rollback_in_check_mode_must_write_nothing(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    world.up(world.desired("api", make.config(mode="2")))
    before = world.versions()
    assert make.actions(back(world, check=True)) == {"ConfigMap/settings": "update"}
    assert world.versions() == before


def test_a_revision_that_is_not_there_must_be_told_with_those_that_are(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    with pytest.raises(UsageError, match="revision 7 of instance api is not kept") as caught:
        back(world, 7)
    assert "These are: 1" in str(caught.value)
    with pytest.raises(UsageError, match="no revision of instance api before 1 was healthy"):
        back(world)
    world.down()
    with pytest.raises(UsageError, match="instance api is not deployed"):
        back(world)


def test_a_revision_over_a_megabyte_must_be_kept_and_rolled_back_to(world: Any, make: Any) -> None:
    chance = random.Random(7)
    big = [make.config(f"big-{number}", blob=base64.b64encode(chance.randbytes(600_000)).decode()) for number in range(3)]
    world.up(world.desired("api", *big))
    (first,) = told(world)
    assert first.size > 1_048_576
    assert first.parts == 3
    before = footprint(world)
    world.up(world.desired("api", make.config("small")))
    assert make.outcome(back(world)) == {"api": "Running"}
    after = footprint(world)
    assert {name: data for name, (_, _, data) in after.items()} == {name: data for name, (_, _, data) in before.items()}
    world.down()
    assert world.left() == []


def test_the_last_ten_revisions_must_be_kept_and_the_last_healthy_one(world: Any, make: Any) -> None:
    for number in range(1, 14):
        world.up(world.desired("api", make.config(mode=str(number))))
    assert [item.revision for item in told(world)] == list(range(4, 14))
    for number in range(14, 26):
        wrong = make.workload()
        wrong["spec"]["replicas"] = -1
        world.up(world.desired("api", make.config(mode=str(number)), wrong))
    assert [item.revision for item in told(world)] == [13, *range(16, 26)]
    back(world)
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "13"}


@pytest.mark.real_node
def test_an_instance_that_says_stop_must_stop_the_whole_run(world: Any, make: Any) -> None:
    late = world.instance("late", needs=[("slow", "completed", True)])
    result = world.up(
        world.desired(world.instance("migrate", on_failure="stop"), make.job(script="exit 1")),
        world.desired("slow", make.job("slow", script="sleep 3")),
        world.desired(late, make.config("late")),
    )
    assert make.outcome(result) == {"migrate": "Failed", "slow": "Running", "late": "Failed"}
    assert result.instances[2].reason == "RunStopped"
    assert result.instances[2].message == "not started: the run was stopped, as migrate failed"
    assert world.get("v1", "ConfigMap", "late") is None
    assert world.get("v1", "Secret", "roro.late") is None


@pytest.mark.real_node
def test_what_is_already_as_it_should_be_must_not_be_called_stopped(world: Any, make: Any) -> None:
    other = world.desired("other", make.config("other"))
    world.up(other)
    result = world.up(world.desired(world.instance("migrate", on_failure="stop"), make.job(script="exit 1")), other)
    assert make.outcome(result) == {"migrate": "Failed", "other": "Running"}
