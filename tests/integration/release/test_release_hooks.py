"""Hooks on the real cluster: they run when the instance changes, in their order, and a failing one stops what comes after."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release import RunResult, history

Obj = dict[str, Any]


def hook(make: Any, moments: str, name: str, script: str = "true", *, order: str = "0", **annotations: str) -> Obj:
    made: Obj = make.job(name, script)
    made["metadata"]["annotations"] = {"roro.dev/hook": moments, "roro.dev/hook-order": order, **annotations}
    return made


def told(result: RunResult) -> list[tuple[str, str, str]]:
    return [(item.action, f"{item.kind}/{item.name}", item.cause) for instance in result.instances for item in instance.actions]


def runs(result: RunResult) -> list[str]:
    return [item.name for instance in result.instances for item in instance.actions if item.action == "run"]


def test_hooks_must_run_in_order_once_for_each_change_and_as_predicted(world: Any, make: Any) -> None:
    first = make.config("first", word="yes")
    first["metadata"]["annotations"] = {"roro.dev/hook": "before-up", "roro.dev/hook-order": "-1"}
    hooks = [
        hook(make, "before-up", "second"),
        first,
        hook(make, "after-up", "last", **{"roro.dev/hook-delete": "succeeded"}),
    ]
    wanted = world.desired("api", make.config(mode="one"), *hooks)
    predicted, made = world.preview(wanted), world.up(wanted)
    assert not made.failed, made
    assert sorted(told(predicted)) == sorted(told(made))
    order = ["ConfigMap/first", "Job/second", "ConfigMap/settings", "Job/last"]
    assert [name for _, name, _ in told(made) if not name.startswith("Namespace")] == order
    assert world.get("batch/v1", "Job", "last") is None
    ran = world.get("batch/v1", "Job", "second")
    assert ran["status"]["succeeded"] == 1

    before = world.versions()
    again = world.up(wanted)
    assert (again.changed, runs(again), world.versions()) == (False, [], before)

    changed = world.desired("api", make.config(mode="two"), *hooks)
    assert runs(world.preview(changed)) == ["first", "second", "last"]
    assert world.get("batch/v1", "Job", "second")["metadata"]["uid"] == ran["metadata"]["uid"]
    assert runs(world.up(changed)) == ["first", "second", "last"]
    assert world.get("batch/v1", "Job", "second")["metadata"]["uid"] != ran["metadata"]["uid"]


@pytest.mark.real_node
def test_a_hook_that_fails_must_stop_its_instance_and_say_what_its_log_says(world: Any, make: Any) -> None:
    def wanted(script: str, mode: str) -> Any:
        return world.desired("api", make.config(mode=mode), hook(make, "before-update", "migrate", script))

    assert runs(world.up(wanted("true", "one"))) == []
    failed = world.up(wanted("echo no column named price; exit 3", "two"))
    result = failed.instances[0]
    assert (result.status, result.reason) == ("Failed", "HookFailed")
    assert f"hook before-update: Job {world.name}/migrate: failed (BackoffLimitExceeded)" in result.message
    assert result.log == ["no column named price"]
    assert "no column" not in result.message
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "one"}

    mended = world.up(wanted("true", "two"))
    assert (mended.failed, runs(mended)) == (False, ["migrate"])
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "two"}
    assert not world.up(wanted("true", "two")).changed

    world.up(world.desired("new", make.config("new"), hook(make, "before-install", "prepare", "exit 1")))
    assert {item.instance: (item.status, item.reason) for item in world.status()}["new"] == ("Failed", "HookFailed")


@pytest.mark.real_node
def test_a_hook_after_that_failed_must_be_owed_without_any_other_change(world: Any, make: Any) -> None:
    failing = hook(make, "after-up", "check", "exit 1", **{"roro.dev/hook-delete": "failed"})
    wanted = world.desired("api", make.config(), failing, hook(make, "before-down", "backup", "exit 1"))
    assert world.up(wanted).instances[0].reason == "HookFailed"
    assert world.get("batch/v1", "Job", "check") is None
    assert [item for item in told(world.preview(wanted)) if item[0] != "unchanged"] == [
        ("run", "Job/check", "hook after-up: it did not complete before")
    ]

    stopped = world.down()
    assert stopped.instances[0].reason == "HookFailed"
    assert world.get("v1", "ConfigMap", "settings") is not None
    assert not world.down(hooks=False).failed
    assert world.left() == []


@pytest.mark.real_node
def test_a_rollback_and_a_down_must_run_their_own_hooks(world: Any, make: Any) -> None:
    jobs = [
        hook(make, "before-rollback", "undo"),
        hook(make, "before-down", "backup", "test $WORD = yes"),
        hook(make, "after-down", "report"),
    ]
    jobs[1]["spec"]["template"]["spec"]["containers"][0]["env"] = [
        {"name": "WORD", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "word"}}}
    ]
    owner = world.instance("api", on_failure="rollback")
    assert runs(world.up(world.desired(owner, make.config(word="yes"), *jobs))) == []
    broken = world.up(world.desired(owner, make.config(word="no"), *jobs, hook(make, "after-up", "check", "exit 1")))
    assert broken.instances[0].message.endswith("rolled back to revision 1")
    assert broken.instances[0].rolled_back_to == 1
    assert runs(broken) == ["check", "undo"]
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"word": "yes"}

    predicted, gone = world.down(check=True), world.down()
    assert not gone.failed, gone
    assert runs(gone) == ["backup", "report"] == runs(predicted)
    assert sorted(told(predicted)) == sorted(told(gone))
    assert [item.name for item in gone.instances[0].actions if item.kind == "Job"][-1] == "report"
    assert world.left() == []


@pytest.mark.real_node
def test_a_rollback_after_a_hook_failed_must_be_a_revision_beside_the_one_that_failed(world: Any, make: Any) -> None:
    def wanted(script: str, mode: str) -> Any:
        instance = world.instance("api", on_failure="rollback")
        return world.desired(instance, make.config(mode=mode), hook(make, "before-update", "migrate", script))

    world.up(wanted("true", "one"))
    failed = world.up(wanted("exit 1", "two"))
    assert failed.instances[0].message.endswith("rolled back to revision 1")
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "one"}
    kept = history(world.cluster, world.name, "dev", None, [world.name])
    assert [(item.revision, item.outcome) for item in kept] == [(1, "deployed"), (2, "failed"), (3, "deployed")]
    assert not world.up(wanted("true", "one")).failed
