"""Hooks in the plan, read as its text: when they run, in which order, and what waits for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.hooks.hook_manifests import HELM_MOMENTS, MOMENTS, hook_of
from ansible_collections.roro.kube.plugins.module_utils._release.planning.removal import Surroundings, plan_removal
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import (
    encode,
    read_record,
    record_data,
    record_secret,
)


def hook(make: Any, moments: str, name: str = "migrate", order: str | None = None, *, delete: str = "", **pod: Any) -> Any:
    made = make.workload("Job", name, **pod)
    made["metadata"]["annotations"] = {
        "roro.dev/hook": moments,
        **({"roro.dev/hook-order": order} if order is not None else {}),
        **({"roro.dev/hook-delete": delete} if delete else {}),
    }
    return made


def text(make: Any, wanted: Any, *live: Any, options: Any = None, **seen: Any) -> list[str]:
    return make.planned(wanted, make.observed(*live, promised=wanted, **seen), **(options or {})).text().splitlines()


def deployed(make: Any, *objects: Any, hooks: Any = (), **fields: Any) -> tuple[Any, Any]:
    """An instance that is up, as (live objects, record): hooks are manifests that have run for it."""
    _, held, record = make.steady("api", *objects)
    plan = make.planned([make.desired("api", *objects, *hooks)], make.observed())
    known = tuple(replace(item, done=item.applied) for item in plan.hooks["api"])
    return held, replace(record, hooks=known, **fields)


def test_a_hook_before_must_run_before_every_object_of_its_instance(make: Any) -> None:
    wanted = [make.desired("api", make.config("a"), hook(make, "before-up"), make.config("b"))]
    assert text(make, wanted) == [
        "#1 run Job shop/migrate: hook before-up: the instance changes",
        "#2 create ConfigMap shop/a <- #1: no existing object",
        "#3 create ConfigMap shop/b <- #1: no existing object",
    ]


def test_what_a_hook_names_must_be_there_before_it(make: Any) -> None:
    job = hook(make, "before-up", volumes=[{"name": "v", "configMap": {"name": "settings"}}])
    assert text(make, [make.desired("api", job, make.config(), make.workload())]) == [
        "#1 create ConfigMap shop/settings: no existing object",
        "#2 run Job shop/migrate <- #1: hook before-up: the instance changes",
        "#3 create Deployment shop/api <- #2: no existing object",
    ]


def test_a_hook_before_can_ask_for_a_ready_object_of_its_own_instance(make: Any) -> None:
    job = hook(make, "before-up")
    job["metadata"]["annotations"]["roro.dev/depends-on"] = "StatefulSet/db"
    lines = text(make, [make.desired("api", job, make.workload(), make.workload("StatefulSet", "db"))])
    assert lines == [
        "#1 create StatefulSet shop/db: no existing object",
        "#2 gate StatefulSet shop/db established <- #1",
        "#3 run Job shop/migrate <- #2: hook before-up: the instance changes",
        "#4 create Deployment shop/api <- #3: no existing object",
    ]


def test_hooks_of_a_moment_must_run_one_after_another_by_number_and_name(make: Any) -> None:
    jobs = [
        hook(make, "before-up", "z", "-5"),
        hook(make, "before-up", "b"),
        hook(make, "before-up", "a"),
        hook(make, "before-up", "c", "10"),
    ]
    lines = text(make, [make.desired("api", *jobs)])
    assert [line.partition(":")[0] for line in lines] == [
        "#1 run Job shop/z",
        "#2 run Job shop/a <- #1",
        "#3 run Job shop/b <- #2",
        "#4 run Job shop/c <- #3",
    ]


def test_hooks_after_must_wait_until_the_objects_are_ready(make: Any) -> None:
    assert text(make, [make.desired("api", make.config(), hook(make, "after-up"))]) == [
        "#1 create ConfigMap shop/settings: no existing object",
        "#2 gate api healthy <- #1",
        "#3 run Job shop/migrate <- #2: hook after-up: the instance changes",
    ]


def test_who_needs_the_instance_healthy_must_wait_for_its_hooks_too(make: Any) -> None:
    db = make.desired("db", make.config("db"), hook(make, "after-up"))
    lines = text(make, [db, make.desired(make.instance("api", needs=["db"]), make.config("api"))])
    assert lines == [
        "#1 create ConfigMap shop/db: no existing object",
        "#2 gate db healthy <- #1",
        "#3 run Job shop/migrate <- #2: hook after-up: the instance changes",
        "#4 gate db healthy <- #1 #3",
        "#5 create ConfigMap shop/api <- #4: no existing object",
    ]


def test_hooks_before_must_wait_for_what_the_instance_needs(make: Any) -> None:
    api = make.desired(make.instance("api", needs=["db"]), hook(make, "before-up"), make.config("api"))
    assert text(make, [make.desired("db", make.config("db")), api])[1:] == [
        "#2 gate db healthy <- #1",
        "#3 run Job shop/migrate <- #2: hook before-up: the instance changes",
        "#4 create ConfigMap shop/api <- #2 #3: no existing object",
    ]


def test_what_left_the_manifests_must_go_after_the_hooks(make: Any) -> None:
    held, record = deployed(make, make.config(), make.config("old"))
    lines = text(make, [make.desired("api", make.config(), hook(make, "after-up"))], *held, records=[record])
    assert [line.partition(":")[0] for line in lines] == [
        "#1 unchanged ConfigMap shop/settings",
        "#2 gate api healthy <- #1",
        "#3 run Job shop/migrate <- #2",
        "#4 gate api healthy <- #1 #3",
        "#5 delete ConfigMap shop/old <- #4",
    ]


def test_an_instance_without_a_change_must_run_no_hook(make: Any) -> None:
    job = hook(make, "before-up,after-update")
    held, record = deployed(make, make.config(), hooks=[job])
    assert text(make, [make.desired("api", make.config(), job)], *held, records=[record]) == [
        "#1 unchanged ConfigMap shop/settings: as recorded"
    ]


@pytest.mark.parametrize(
    ("known", "why"),
    [("", "it did not complete before"), ("other", "its manifest changed"), (None, "it is new")],
)
def test_a_hook_that_did_not_run_as_it_is_now_must_run_alone(make: Any, known: str | None, why: str) -> None:
    job = hook(make, "before-up")
    held, record = deployed(make, make.config(), hooks=[job])
    record = replace(record, hooks=tuple(replace(item, done=known) for item in record.hooks) if known is not None else ())
    lines = text(make, [make.desired("api", make.config(), job)], *held, records=[record])
    assert lines[0] == f"#1 run Job shop/migrate: hook before-up: {why}"
    assert lines[1].startswith("#2 unchanged ConfigMap")


@pytest.mark.parametrize(
    ("fields", "ran"),
    [
        (None, "first"),
        ({"deployed": 0, "outcome": "failed"}, "first"),
        ({"deployed": 0, "outcome": "applied"}, "later"),
        ({"deployed": 1, "outcome": "failed"}, "later"),
    ],
)
def test_install_must_be_the_time_until_the_instance_ended_well_once(make: Any, fields: Any, ran: str) -> None:
    jobs = [hook(make, "before-install", "first"), hook(make, "before-update", "later"), hook(make, "before-rollback", "back")]
    held, record = deployed(make, make.config(mode="old"), hooks=jobs, **(fields or {}))
    seen = {"records": [record]} if fields else {}
    lines = text(make, [make.desired("api", make.config(mode="new"), *jobs)], *(held if fields else ()), **seen)
    assert [line for line in lines if " run " in line] == [
        f"#1 run Job shop/{ran}: hook before-{'install' if ran == 'first' else 'update'}: the instance changes"
    ]


def test_a_rollback_must_run_the_hooks_for_it_and_no_others(make: Any) -> None:
    jobs = [hook(make, "before-up", "up"), hook(make, "before-rollback", "back")]
    held, record = deployed(make, make.config(mode="old"), hooks=jobs)
    wanted = replace(make.desired("api", make.config(mode="new"), *jobs), occasion="rollback")
    assert [line for line in text(make, [wanted], *held, records=[record]) if " run " in line] == [
        "#1 run Job shop/back: hook before-rollback: the instance changes"
    ]


def test_a_stop_must_run_no_hook_and_keep_what_is_known_of_them(make: Any) -> None:
    job = hook(make, "before-up")
    held, record = deployed(make, make.workload(), hooks=[job])
    stop = replace(make.desired("api", make.workload()), transition="stop")
    plan = make.planned([stop], make.observed(*held, records=[record]), prune=False)
    assert plan.hooks["api"] == record.hooks
    assert not [step for step in plan.steps if step.action == "run"]


def test_a_record_must_owe_the_hooks_that_run_and_no_others(make: Any) -> None:
    jobs = [hook(make, "before-install", "first"), hook(make, "before-update", "later")]
    begun = make.planned([make.desired("api", make.config(), *jobs)], make.observed()).hooks["api"]
    assert {item.ref.name: item.done == item.applied for item in begun} == {"first": False, "later": True}
    held, record = deployed(make, make.config())
    record = replace(record, hooks=tuple(replace(item, done=item.applied) for item in begun))
    assert len(text(make, [make.desired("api", make.config(), *jobs)], *held, records=[record])) == 1


def test_hooks_that_are_switched_off_must_not_run_and_not_be_owed(make: Any) -> None:
    plan = make.planned([make.desired("api", make.config(), hook(make, "before-up"))], make.observed(), hooks=False)
    assert [step.action for step in plan.steps] == ["create"]
    assert [item.done == item.applied != "" for item in plan.hooks["api"]] == [True]


def test_prune_must_not_touch_the_object_of_a_hook(make: Any) -> None:
    job = hook(make, "before-up")
    held, record = deployed(make, make.config(), hooks=[job])
    lines = text(make, [make.desired("api", make.config(), job)], *held, make.live(job), records=[record])
    assert lines == ["#1 unchanged ConfigMap shop/settings: as recorded"]


def test_a_job_that_became_a_hook_must_not_be_pruned_as_the_job_it_was(make: Any) -> None:
    plain = make.workload("Job", "migrate")
    held, record = deployed(make, plain)
    assert text(make, [make.desired("api", hook(make, "before-up"))], *held, records=[record], options={"allow_empty": True}) == [
        "#1 run Job shop/migrate: hook before-up: it is new"
    ]


def test_the_object_of_a_hook_that_left_the_manifests_must_go(make: Any) -> None:
    job = hook(make, "before-up")
    held, record = deployed(make, make.config(), hooks=[job])
    seen = {"records": [record]}
    wanted = [make.desired("api", make.config())]
    assert text(make, wanted, *held, make.live(job), **seen)[-1] == "#3 delete Job shop/migrate <- #2: no longer in the manifests"
    plan = make.planned(wanted, make.observed(*held, make.live(job), **seen), prune=False)
    assert [(item.ref.name, item.moments) for item in plan.hooks["api"]] == [("migrate", ())]


def test_an_object_of_somebody_else_under_a_hooks_name_must_be_refused(make: Any) -> None:
    job = hook(make, "before-up")
    for held in (make.live(job, None), make.live(job, "web")):
        with pytest.raises(PlanError, match=r"Job shop/migrate exists and belongs to .*the hook of instance api does not replace it"):
            text(make, [make.desired("api", job)], held)


@pytest.mark.parametrize(
    ("annotations", "message"),
    [
        ({"roro.dev/hook": "befor-up"}, "roro.dev/hook has 'befor-up'.*Did you mean before-up"),
        ({"roro.dev/hook": "before-up", "roro.dev/hook-order": "first"}, "roro.dev/hook-order has 'first', which is not a whole number"),
        ({"roro.dev/hook": "before-up", "roro.dev/hook-delete": "always"}, "roro.dev/hook-delete has 'always'"),
        ({"helm.sh/hook": "pre-instal"}, "helm.sh/hook has 'pre-instal'.*Did you mean pre-install"),
    ],
)
def test_an_unknown_word_must_be_refused_before_any_write(make: Any, annotations: dict[str, str], message: str) -> None:
    import re

    job = make.workload("Job", "migrate")
    job["metadata"]["annotations"] = annotations
    with pytest.raises(PlanError) as refused:
        text(make, [make.desired("api", make.config(), job)])
    assert re.search(message, str(refused.value), re.DOTALL)


def test_every_hook_of_helm_must_have_its_moment() -> None:
    for helms, ours in HELM_MOMENTS.items():
        obj = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": "x",
                "annotations": {
                    "helm.sh/hook": helms,
                    "helm.sh/hook-weight": "-3",
                    "helm.sh/hook-delete-policy": "hook-succeeded,before-hook-creation",
                },
            },
        }
        found, problems = hook_of(obj, "digest", "chart")
        assert (found.moments, found.order, problems) == ((ours,), -3, [])
        assert "succeeded" in found.delete
        assert ours in (*MOMENTS, "test")


def test_a_test_of_helm_must_neither_run_nor_be_applied(make: Any) -> None:
    job = make.workload("Job", "check")
    job["metadata"]["annotations"] = {"helm.sh/hook": "test"}
    assert text(make, [make.desired("api", make.config(), job)]) == ["#1 create ConfigMap shop/settings: no existing object"]


def test_what_goes_when_it_succeeded_must_go_with_the_last_hook_of_the_moment(make: Any) -> None:
    account = make.thing("ServiceAccount", "robot", annotations={"roro.dev/hook": "before-up", "roro.dev/hook-delete": "succeeded"})
    job = hook(make, "before-up", serviceAccountName="robot")
    steps = make.planned([make.desired("api", account, job)], make.observed()).steps
    assert [(str(step.ref), [str(ref) for ref in step.hook.sweep]) for step in steps] == [
        ("ServiceAccount shop/robot", []),
        ("Job shop/migrate", ["ServiceAccount shop/robot"]),
    ]


def test_down_must_run_its_hooks_before_the_first_and_after_the_last_delete(make: Any) -> None:
    jobs = [hook(make, "before-down", "backup"), hook(make, "after-down", "report"), hook(make, "before-up", "migrate")]
    held, record = deployed(make, make.config(), make.workload(), hooks=jobs)
    seen = make.observed(*held, make.live(jobs[2]), records=[record])
    lines = plan_removal("shop", "dev", None, seen, Surroundings(), Options()).text().splitlines()
    assert lines == [
        "#1 run Job shop/backup: hook before-down: the instance goes",
        "#2 delete ConfigMap shop/settings <- #1: instance api goes",
        "#3 delete Deployment shop/api <- #1: instance api goes",
        "#4 delete Job shop/migrate <- #1: instance api goes",
        "#5 run Job shop/report <- #1 #2 #3 #4: hook after-down: the instance goes",
    ]
    without = plan_removal("shop", "dev", None, seen, Surroundings(), Options(hooks=False))
    assert [step.action for step in without.steps] == ["delete", "delete", "delete"]


def test_an_instance_that_left_the_environment_must_run_its_hooks_as_it_goes(make: Any) -> None:
    held, record = deployed(make, make.config(), hooks=[hook(make, "before-down", "backup")])
    assert text(make, [], *held, records=[record], options={"allow_empty": True}) == [
        "#1 run Job shop/backup: hook before-down: the instance goes",
        "#2 delete ConfigMap shop/settings <- #1: instance api is no longer in the environment",
    ]


def test_down_must_take_what_an_instance_needs_after_its_last_hook(make: Any) -> None:
    held, record = deployed(make, make.config(), hooks=[hook(make, "after-down", "report")], depends_on=("db",))
    db = make.live(make.config("db"), "db")
    seen = make.observed(*held, db, records=[record, make.record("db", make.owned(db))])
    lines = plan_removal("shop", "dev", None, seen, Surroundings(), Options()).text().splitlines()
    assert lines[-1] == "#3 delete ConfigMap shop/db <- #1 #2: instance db goes"


def test_a_record_must_bring_its_hooks_back_as_they_were(make: Any) -> None:
    _, record = deployed(make, make.config(), hooks=[hook(make, "before-down,after-up", "backup", "7", delete="failed")])
    secret = record_secret("roro.api", "shop", "roro.dev/instance", {}, encode(record_data(record)))
    assert read_record(secret).hooks == record.hooks
