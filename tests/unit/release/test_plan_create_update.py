"""What the plan does to an instance's own objects, read as text: create, update, recreate, nothing, and why."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.ownership.applyset import applyset_id


def test_a_missing_object_must_be_created(make: Any) -> None:
    plan = make.planned([make.desired("api", make.config())], make.observed())
    assert plan.text() == "#1 create ConfigMap shop/settings: no existing object"


def test_an_object_as_recorded_must_not_be_written(make: Any) -> None:
    wanted, held, record = make.steady("api", make.config(mode="a"))
    assert make.planned([wanted], make.observed(*held, records=[record])).text() == "#1 unchanged ConfigMap shop/settings: as recorded"


def test_a_changed_value_must_be_named_by_its_field(make: Any) -> None:
    _, held, record = make.steady("api", make.config(mode="a"))
    plan = make.planned([make.desired("api", make.config(mode="b"))], make.observed(*held, records=[record]))
    assert plan.text() == "#1 update ConfigMap shop/settings: data.mode differs"


def test_a_changed_image_must_be_named_by_its_container(make: Any) -> None:
    _, held, record = make.steady("api", make.workload(image="api:1"))
    plan = make.planned([make.desired("api", make.workload(image="api:2"))], make.observed(*held, records=[record]))
    assert plan.text() == "#1 update Deployment shop/api: spec.template.spec.containers[main].image differs"


def test_a_secret_value_must_never_be_in_a_cause(make: Any) -> None:
    before = make.thing("Secret", "key", stringData={"password": "hunter2"})
    after = make.thing("Secret", "key", stringData={"password": "hunter3"})
    held = make.live(make.thing("Secret", "key", data={"password": "aHVudGVyMg=="}))
    record = make.record("api", make.owned(held, before))
    assert make.planned([make.desired("api", before)], make.observed(held, records=[record])).steps[0].action == "unchanged"
    assert make.planned([make.desired("api", after)], make.observed(held, records=[record])).text() == (
        "#1 update Secret shop/key: data.password differs"
    )


def test_a_field_that_left_the_manifest_must_be_named(make: Any) -> None:
    fields = {"f:data": {"f:mode": {}, "f:old": {}}}
    managed = [{"manager": "roro", "operation": "Apply", "fieldsV1": fields}]
    held = make.live(make.config(mode="a", old="x"), managedFields=managed)
    record = make.record("api", make.owned(held, make.config(mode="a", old="x")))
    plan = make.planned([make.desired("api", make.config(mode="a"))], make.observed(held, records=[record]))
    assert plan.text() == "#1 update ConfigMap shop/settings: field data.old is no longer in the manifest"


def test_drift_in_our_fields_must_be_corrected(make: Any) -> None:
    wanted, _, record = make.steady("api", make.config(mode="a"))
    edited = make.live(make.config(mode="edited"))
    assert make.planned([wanted], make.observed(edited, records=[record])).text() == "#1 update ConfigMap shop/settings: data.mode differs"


def test_fields_of_other_managers_must_not_count_as_drift(make: Any) -> None:
    wanted, _, record = make.steady("api", make.workload())
    scaled = make.live(make.workload())
    scaled["spec"]["replicas"] = 5
    scaled["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "3"}
    scaled["status"] = {"readyReplicas": 5}
    assert make.planned([wanted], make.observed(scaled, records=[record])).steps[0].action == "unchanged"


def test_a_deleted_object_must_come_back_with_that_cause(make: Any) -> None:
    wanted, _, record = make.steady("api", make.config(mode="a"))
    assert make.planned([wanted], make.observed(records=[record])).text() == (
        "#1 create ConfigMap shop/settings: it was deleted by somebody else"
    )


def test_an_object_that_a_killed_run_was_writing_must_be_written_again(make: Any) -> None:
    held = make.live(make.config(mode="a"))
    record = make.record("api", make.owned(held), outcome="pending")
    plan = make.planned([make.desired("api", make.config(mode="a"))], make.observed(held, records=[record]))
    assert plan.text() == "#1 update ConfigMap shop/settings: applied to make sure: no difference found"


def test_an_object_being_deleted_must_be_awaited_and_made_again(make: Any) -> None:
    wanted, _, record = make.steady("api", make.config(mode="a"))
    going = make.live(make.config(mode="a"), deletionTimestamp="2026-01-01T00:00:00Z")
    assert make.planned([wanted], make.observed(going, records=[record])).text() == (
        "#1 recreate ConfigMap shop/settings: the existing object is being deleted"
    )


def test_equal_quantities_must_not_be_told_as_a_difference(make: Any) -> None:
    def sized(cpu: str, memory: str) -> Any:
        limits = {"cpu": cpu, "memory": memory}
        return make.thing("ResourceQuota", "limits", spec={"hard": limits})

    held = make.live(sized("1", "1Gi"))
    plan = make.planned(
        [make.desired("api", sized("1000m", "1024Mi"))], make.observed(held, records=[make.record("api", make.owned(held))])
    )
    assert plan.text() == "#1 update ResourceQuota shop/limits: applied to make sure: no difference found"


def test_many_differences_must_be_counted_not_listed(make: Any) -> None:
    held = make.live(make.config(a="1", b="1", c="1", d="1", e="1"))
    plan = make.planned(
        [make.desired("api", make.config(a="2", b="2", c="2", d="2", e="2"))],
        make.observed(held, records=[make.record("api", make.owned(held))]),
    )
    assert plan.text() == "#1 update ConfigMap shop/settings: data.a differs, data.b differs, data.c differs and 2 more"


def test_a_changed_job_template_must_recreate_the_job(make: Any) -> None:
    _, held, record = make.steady("migrate", make.workload("Job", "migrate", image="m:1"))
    seen = make.observed(*held, records=[record], fixed=["spec.template"])
    plan = make.planned([make.desired("migrate", make.workload("Job", "migrate", image="m:2"))], seen)
    assert plan.text() == "#1 recreate Job shop/migrate: Job template changed (a Job cannot be updated)"


def test_a_completed_job_must_not_run_again(make: Any) -> None:
    wanted, held, record = make.steady("migrate", make.workload("Job", "migrate"))
    held[0]["status"] = {"conditions": [{"type": "Complete", "status": "True"}]}
    assert make.planned([wanted], make.observed(*held, records=[record])).steps[0].action == "unchanged"


def test_a_job_that_cleaned_up_after_itself_must_not_run_again(make: Any) -> None:
    job = make.workload("Job", "migrate")
    job["spec"]["ttlSecondsAfterFinished"] = 0
    wanted, _, record = make.steady("migrate", job)
    assert make.planned([wanted], make.observed(records=[record])).text() == (
        "#1 unchanged Job shop/migrate: completed, and removed by its ttlSecondsAfterFinished"
    )


def test_a_failed_job_must_run_again(make: Any) -> None:
    wanted, held, record = make.steady("migrate", make.workload("Job", "migrate"))
    held[0]["status"] = {"conditions": [{"type": "Failed", "status": "True"}]}
    assert make.planned([wanted], make.observed(*held, records=[record])).text() == (
        "#1 recreate Job shop/migrate: the Job failed before and is run again"
    )


def selector(make: Any, label: str, annotations: dict[str, str] | None = None) -> Any:
    found = make.workload()
    found["spec"]["selector"] = {"matchLabels": {"tier": label}}
    found["metadata"]["annotations"] = annotations or {}
    return found


def test_an_immutable_field_must_be_refused_with_its_name_and_the_way_out(make: Any) -> None:
    _, held, record = make.steady("api", selector(make, "one"))
    with pytest.raises(PlanError) as caught:
        make.planned([make.desired("api", selector(make, "two"))], make.observed(*held, records=[record], fixed=["spec.selector"]))
    problem = caught.value.problems[0]
    assert problem.message == "Deployment shop/api: spec.selector.matchLabels.tier cannot be changed on an existing object"
    assert problem.where == "/work/shop/apps/api/manifests/all.yaml:10:1"
    assert "roro.dev/recreate" in str(problem.hint)


def test_an_immutable_field_must_recreate_the_object_that_asks_for_it(make: Any) -> None:
    _, held, record = make.steady("api", selector(make, "one"))
    wanted = selector(make, "two", {"roro.dev/recreate": "true"})
    seen = make.observed(*held, records=[record], fixed=["spec.selector"])
    assert make.planned([make.desired("api", wanted)], seen).text() == (
        "#1 recreate Deployment shop/api: spec.selector.matchLabels.tier differs and cannot be changed in place"
    )


@pytest.mark.parametrize(
    ("kind", "before", "after", "said", "field"),
    [
        ("StatefulSet", {"serviceName": "a", "replicas": 1}, {"serviceName": "b", "replicas": 2}, "spec", "spec.serviceName cannot"),
        ("PersistentVolumeClaim", {"storageClassName": "a"}, {"storageClassName": "b"}, "spec", "spec.storageClassName cannot"),
        ("Service", {"clusterIP": "10.0.0.1"}, {"clusterIP": "10.0.0.2"}, "spec.clusterIPs[0]", "spec.clusterIP cannot"),
        ("Service", {"ports": [1]}, {"ports": [1]}, "spec.other", "spec.other cannot"),
    ],
)
def test_what_the_server_refuses_to_change_must_be_named_as_the_manifest_has_it(
    make: Any, kind: str, before: dict[str, str], after: dict[str, str], said: str, field: str
) -> None:
    held = make.live(make.thing(kind, "x", spec=before))
    with pytest.raises(PlanError, match=re.escape(field)):
        make.planned([make.desired("api", make.thing(kind, "x", spec=after))], make.observed(held, fixed=[said]))


def test_the_servers_own_words_must_be_told_where_they_say_more(make: Any) -> None:
    held = make.live(make.thing("ClusterRole", "x", rules=["a"]))
    seen = make.observed(held, fixed=["rules"], words="rules are chosen once")
    with pytest.raises(PlanError, match="rules cannot be changed on an existing object: rules are chosen once"):
        make.planned([make.desired("api", make.thing("ClusterRole", "x", rules=["b"]))], seen)


def test_what_would_not_be_taken_as_a_new_object_must_not_be_made_anew(make: Any) -> None:
    before, after = (make.thing("StatefulSet", "it", annotations={"roro.dev/recreate": "true"}, spec={"serviceName": v}) for v in "ab")
    seen = make.observed(make.live(before), fixed=["spec"], as_new="no good")
    with pytest.raises(PlanError, match="a new one would be refused too: no good"):
        make.planned([make.desired("api", after)], seen)


def test_a_change_that_the_server_takes_must_be_no_matter_of_ours(make: Any) -> None:
    held = make.live(make.thing("Service", "x", spec={"type": "ExternalName", "externalName": "a.example"}))
    wanted = make.thing("Service", "x", spec={"clusterIP": "None"})
    assert make.planned([make.desired("api", wanted)], make.observed(held)).text() == "#1 update Service shop/x: spec.clusterIP differs"


def test_a_statefulset_may_change_its_replicas(make: Any) -> None:
    held = make.live(make.thing("StatefulSet", "x", spec={"serviceName": "a", "replicas": 1}))
    wanted = make.thing("StatefulSet", "x", spec={"serviceName": "a", "replicas": 2})
    assert (
        make.planned([make.desired("api", wanted)], make.observed(held)).text()
        == (["#1 update StatefulSet shop/x: spec.replicas differs", " field metadata.labels is no longer in the manifest"][0])
    )


def test_labels_must_go_on_metadata_and_nowhere_else(make: Any) -> None:
    step = make.planned([make.desired("api", make.workload())], make.observed()).steps[0]
    assert step.desired["metadata"]["labels"] == {
        "roro.dev/workspace": "shop",
        "roro.dev/environment": "dev",
        "roro.dev/instance": "api",
        "roro.dev/app": "api",
        "applyset.kubernetes.io/part-of": applyset_id("roro.api", "shop"),
    }
    assert step.desired["spec"] == make.workload()["spec"]


def test_a_manifest_without_namespace_must_get_the_instances_own(make: Any) -> None:
    step = make.planned([make.desired("api", make.config())], make.observed()).steps[0]
    assert step.desired["metadata"]["namespace"] == "shop"


def test_a_cluster_scoped_manifest_must_get_no_namespace(make: Any) -> None:
    role = make.thing("ClusterRole", "reader", rules=[])
    role["metadata"]["namespace"] = "shop"
    assert make.planned([make.desired("api", role)], make.observed()).text() == "#1 create ClusterRole reader: no existing object"


def test_status_and_bookkeeping_in_a_manifest_must_not_be_sent(make: Any) -> None:
    exported = make.config(mode="a")
    exported["status"] = {"phase": "x"}
    exported["metadata"] |= {"uid": "1", "resourceVersion": "2", "creationTimestamp": None}
    sent = make.planned([make.desired("api", exported)], make.observed()).steps[0].desired
    assert set(sent) == {"apiVersion", "kind", "metadata", "data"}
    assert set(sent["metadata"]) == {"name", "namespace", "labels"}


def test_the_manifests_of_the_caller_must_stay_as_they_are(make: Any) -> None:
    manifest = make.config(mode="a")
    make.planned([make.desired("api", manifest)], make.observed())
    assert manifest == make.config(mode="a")


def changed(make: Any, before: Any, after: Any, policy: str = "refuse") -> str:
    """The plan's text for an object of an instance with that policy, from before to after."""
    held = make.live(before)
    wanted = make.desired(make.instance("api", on_immutable=policy), after)
    return make.planned([wanted], make.observed(held, records=[make.record("api", make.owned(held))], fixed=["spec"])).text()


IMMUTABLE = [
    (
        "StatefulSet",
        {"volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": {"storageClassName": "$"}}]},
        "spec.volumeClaimTemplates",
    ),
    ("StatefulSet", {"serviceName": "$"}, "spec.serviceName"),
    ("Service", {"clusterIP": "$"}, "spec.clusterIP"),
    ("Deployment", {"selector": {"matchLabels": {"app": "$"}}}, "spec.selector.matchLabels.app"),
]


@pytest.mark.parametrize(("kind", "spec", "field"), IMMUTABLE)
def test_an_immutable_field_must_be_named_and_recreated_where_the_documents_say_so(make: Any, kind: str, spec: Any, field: str) -> None:
    before, after = (make.thing(kind, "it", spec=json.loads(json.dumps(spec).replace("$", value))) for value in ("one", "two"))
    with pytest.raises(PlanError, match=re.escape(f"{kind} shop/it: {field}")) as refused:
        changed(make, before, after)
    assert "onImmutable" in str(refused.value.problems[0].hint)
    assert changed(make, before, after, "recreate").startswith(f"#1 recreate {kind} shop/it: {field}")


def test_an_annotation_must_take_an_object_out_of_what_the_documents_say(make: Any) -> None:
    before, after = (
        make.thing("Service", "it", annotations={"roro.dev/recreate": "false"}, spec={"clusterIP": value})
        for value in ("10.0.0.1", "10.0.0.2")
    )
    with pytest.raises(PlanError, match=r"spec\.clusterIP cannot be changed"):
        changed(make, before, after, "recreate")


def test_what_is_protected_must_be_recreated_by_its_own_word_only(make: Any) -> None:
    protected = {"roro.dev/prune": "disabled"}
    before, after = (make.thing("Service", "it", annotations=protected, spec={"clusterIP": value}) for value in ("10.0.0.1", "10.0.0.2"))
    with pytest.raises(PlanError, match=r"spec\.clusterIP cannot be changed") as refused:
        changed(make, before, after, "recreate")
    assert "although it is protected by roro.dev/prune: disabled" in str(refused.value.problems[0].hint)
    after["metadata"]["annotations"] = {**protected, "roro.dev/recreate": "true"}
    assert changed(make, before, after).startswith("#1 recreate Service shop/it: spec.clusterIP differs")


@pytest.mark.parametrize("annotations", [{}, {"roro.dev/recreate": "true"}])
def test_a_namespace_must_never_go_for_a_change(make: Any, annotations: Any) -> None:
    """With it would go what others have in it."""
    before, after = (make.thing("Namespace", "shop", annotations=annotations, spec={"team": value}) for value in ("one", "two"))
    with pytest.raises(PlanError, match=r"spec\.team cannot be changed") as refused:
        changed(make, before, after, "recreate")
    assert "a namespace is never deleted for a change" in str(refused.value.problems[0].hint)


def test_what_holds_data_must_be_recreated_by_its_own_annotation_only(make: Any) -> None:
    before, after = (make.thing("PersistentVolumeClaim", "data", spec={"storageClassName": value}) for value in ("one", "two"))
    with pytest.raises(PlanError, match=r"spec\.storageClassName cannot be changed") as refused:
        changed(make, before, after, "recreate")
    assert "what it holds is lost" in str(refused.value.problems[0].hint)
    assert "onImmutable" not in str(refused.value.problems[0].hint)
    after["metadata"]["annotations"] = {"roro.dev/recreate": "true"}
    assert changed(make, before, after).startswith("#1 recreate PersistentVolumeClaim shop/data: spec.storageClassName differs")
