"""Stop, start and restart as data: what is planned, what is remembered, in which order."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.planning.stop_and_start import at_rest, backwards, given_back, remembered
from ansible_collections.roro.kube.plugins.module_utils._release.restarts.rollout_restart import plan_restart


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_workload_at_rest_must_have_no_replicas_and_be_the_same_otherwise(make: Any, kind: str) -> None:
    obj = make.workload(kind)
    rest = at_rest(obj)
    assert rest == {**obj, "spec": {**obj["spec"], "replicas": 0}}
    assert "replicas" not in obj["spec"]


def test_a_cron_job_at_rest_must_be_suspended(make: Any) -> None:
    assert at_rest(make.thing("CronJob", "nightly", spec={"schedule": "@daily"}))["spec"] == {"schedule": "@daily", "suspend": True}


@pytest.mark.parametrize("kind", ["ConfigMap", "Service", "Job", "Pod"])
def test_what_cannot_be_stopped_must_be_left_alone(make: Any, kind: str) -> None:
    assert at_rest(make.thing(kind, "x")) is None


def test_replicas_that_no_manifest_names_must_be_given_back(make: Any) -> None:
    sent = make.workload()
    item = make.desired("api", sent)
    stopped = make.live(at_rest(sent))
    scales = ((("apps", "Deployment", "shop", "api"), 5),)
    (step,) = make.planned([item], make.observed(stopped, records=[make.record("api", make.owned(stopped), scales=scales)])).steps
    assert (step.action, step.replicas, step.cause) == ("update", 5, "started again with 5 replicas")
    assert remembered([given_back(step, {})]) == {}


def test_replicas_of_the_manifest_must_win_over_what_is_remembered(make: Any) -> None:
    sent = make.workload()
    sent["spec"]["replicas"] = 2
    stopped = make.live(at_rest(sent))
    scales = ((("apps", "Deployment", "shop", "api"), 5),)
    wanted = make.desired("api", sent)
    (step,) = make.planned([wanted], make.observed(stopped, records=[make.record("api", make.owned(stopped), scales=scales)])).steps
    assert (step.action, step.replicas, step.cause) == ("update", None, "spec.replicas differs")


def test_dependants_must_stop_first(make: Any) -> None:
    turned = backwards([make.instance("db"), make.instance("api", needs=["db"]), make.instance("web", needs=["api", "elsewhere"])])
    assert [(item.id, [needed.instance for needed in item.depends_on]) for item in turned] == [
        ("web", []),
        ("api", ["web"]),
        ("db", ["api"]),
    ]


def test_a_restart_must_go_in_order_of_dependency_and_touch_pod_templates_only(make: Any) -> None:
    _, (db, _), db_record = make.steady("db", make.workload("StatefulSet", "db"), make.config("db"))
    _, (api,), api_record = make.steady("api", make.workload())
    instances = [make.instance("db"), make.instance("api", needs=["db"]), make.instance("gone")]
    found = plan_restart(instances, make.observed(db, api, records=[db_record, api_record]), "now")
    assert found.text() == (
        "#1 update StatefulSet shop/db: restart\n"
        "#2 gate db healthy <- #1\n"
        "#3 update Deployment shop/api <- #2: restart\n"
        "#4 gate api healthy <- #3\n"
        "notice: instance gone is not deployed: nothing to restart"
    )
    assert found.steps[0].desired["spec"] == {"template": {"metadata": {"annotations": {"roro.dev/restarted": "now"}}}}
    assert found.steps[0].desired["metadata"] == {"name": "db", "namespace": "shop", "uid": db["metadata"]["uid"]}


def test_a_stopped_instance_must_not_be_restarted(make: Any) -> None:
    _, (api,), record = make.steady("api", make.workload())
    found = plan_restart(
        [make.instance("api")], make.observed(api, records=[make.record("api", *record.objects, outcome="stopped")]), "now"
    )
    assert found.text() == "notice: instance api is stopped: nothing to restart"
