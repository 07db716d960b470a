"""Whose objects are touched and which are deleted, read as the plan's text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError


def refused(make: Any, held: Any, **options: Any) -> str:
    with pytest.raises(PlanError) as caught:
        make.planned([make.desired("api", make.config())], make.observed(held), **options)
    return str(caught.value)


def test_an_object_without_an_owner_must_be_adopted_and_told(make: Any) -> None:
    held = make.live(make.config(mode="a"), owner=None)
    plan = make.planned([make.desired("api", make.config(mode="b"))], make.observed(held))
    assert plan.text().startswith("#1 update ConfigMap shop/settings: adopted: it existed without an owner, data.mode differs")


def test_an_object_of_another_workspace_must_be_refused(make: Any) -> None:
    held = make.live(make.config(), "api")
    held["metadata"]["labels"]["roro.dev/workspace"] = "bank"
    assert "belongs to instance api of workspace bank, environment dev" in refused(make, held)


def test_an_object_of_another_environment_must_be_refused(make: Any) -> None:
    held = make.live(make.config(), "api")
    held["metadata"]["labels"]["roro.dev/environment"] = "prod"
    assert "environment prod" in refused(make, held)


def test_an_object_of_an_instance_that_is_not_in_this_run_must_be_refused(make: Any) -> None:
    assert "belongs to instance db" in refused(make, make.live(make.config(), "db"), complete=False)


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (
            {"labels": {"app.kubernetes.io/managed-by": "Helm"}, "annotations": {"meta.helm.sh/release-name": "shop"}},
            "belongs to Helm release shop",
        ),
        ({"labels": {"kapp.k14s.io/app": "1"}}, "belongs to kapp app 1"),
        ({"annotations": {"argocd.argoproj.io/tracking-id": "shop:v1/ConfigMap:x/y"}}, "belongs to Argo CD application shop"),
        ({"labels": {"argocd.argoproj.io/instance": "shop"}}, "belongs to Argo CD application shop"),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, "belongs to Flux Kustomization shop"),
        (
            {"labels": {"helm.toolkit.fluxcd.io/name": "web", "helm.toolkit.fluxcd.io/namespace": "flux-system"}},
            "belongs to Flux HelmRelease flux-system/web",
        ),
        ({"labels": {"applyset.kubernetes.io/part-of": "applyset-x"}}, "belongs to ApplySet applyset-x"),
        ({"ownerReferences": [{"kind": "Database", "name": "main", "uid": "1"}]}, "belongs to Database main"),
    ],
)
def test_objects_of_other_tools_must_be_refused_by_name(make: Any, metadata: dict[str, Any], words: str) -> None:
    assert words in refused(make, make.live(make.config(), None, **metadata))


def test_every_refused_object_must_be_told_at_once(make: Any) -> None:
    seen = make.observed(make.live(make.config("a"), "x"), make.live(make.config("b"), "y"))
    with pytest.raises(PlanError) as caught:
        make.planned([make.desired("api", make.config("a"), make.config("b"))], seen, complete=False)
    assert len(caught.value.problems) == 2


def test_an_object_whose_labels_were_removed_must_stay_ours_by_its_uid(make: Any) -> None:
    held = make.live(make.config(mode="a"), "api")
    record = make.record("api", make.owned(held))
    stripped = make.live(make.config(mode="a"), None, ownerReferences=[{"kind": "X", "name": "y"}])
    plan = make.planned([make.desired("api", make.config(mode="a"))], make.observed(stripped, records=[record]))
    assert plan.text().startswith("#1 update ConfigMap shop/settings: its labels were removed")


@pytest.mark.parametrize(
    ("kind", "namespace", "goes"), [("ConfigMap", "shop", True), ("ConfigMap", "bank", False), ("ClusterRole", None, False)]
)
def test_a_record_alone_must_not_reach_beyond_its_namespace(make: Any, kind: str, namespace: str | None, goes: bool) -> None:
    """Anybody who may write a Secret can write a record that names others' objects: theirs do not carry its labels."""
    stripped = make.live(make.thing(kind, "precious"), None, namespace=namespace)
    record = make.record("ghost", make.owned(stripped))
    plan = make.planned([make.desired("api", make.config())], make.observed(stripped, records=[record]), complete=True, prune=True)
    assert ("delete" in plan.text()) is goes


def test_one_object_in_two_instances_must_be_refused_with_both_places(make: Any) -> None:
    with pytest.raises(PlanError) as caught:
        make.planned([make.desired("a", make.config()), make.desired("b", make.config())], make.observed())
    problem = caught.value.problems[0]
    assert problem.message == (
        "ConfigMap shop/settings is defined by instance b and by instance a (/work/shop/apps/a/manifests/all.yaml:10:1)"
    )
    assert problem.where == "/work/shop/apps/b/manifests/all.yaml:10:1"


def test_one_object_in_two_versions_of_its_kind_must_be_refused(make: Any) -> None:
    first, second = make.workload(), {**make.workload(), "apiVersion": "apps/v1beta1"}
    with pytest.raises(PlanError, match="is defined by instance b and by instance a"):
        make.planned([make.desired("a", first), make.desired("b", second)], make.observed())


def test_an_object_that_moved_between_instances_must_be_handed_over_not_deleted(make: Any) -> None:
    held = make.live(make.config(mode="a"), "old")
    seen = make.observed(held, records=[make.record("old", make.owned(held)), make.record("api")])
    wanted = [make.desired("old", make.config("rest")), make.desired("api", make.config(mode="a"))]
    assert make.planned(wanted, seen).text().splitlines() == [
        "#1 create ConfigMap shop/rest: no existing object",
        "#2 update ConfigMap shop/settings: moved from instance old",
    ]


def test_what_left_the_manifests_must_go_after_the_rest_is_healthy(make: Any) -> None:
    wanted, held, record = make.steady("api", make.config("new"))
    old = make.live(make.config("old"))
    seen = make.observed(*held, old, records=[make.record("api", *record.objects, make.owned(old))])
    assert make.planned([wanted], seen).text().splitlines() == [
        "#1 unchanged ConfigMap shop/new: as recorded",
        "#2 gate api healthy <- #1",
        "#3 delete ConfigMap shop/old <- #2: no longer in the manifests",
    ]


def test_without_waiting_what_left_must_go_after_the_rest_is_applied(make: Any) -> None:
    wanted, held, record = make.steady("api", make.config("new"))
    old = make.live(make.config("old"))
    seen = make.observed(*held, old, records=[make.record("api", *record.objects, make.owned(old))])
    assert make.planned([wanted], seen, wait=False).text().splitlines()[-1] == (
        "#2 delete ConfigMap shop/old <- #1: no longer in the manifests"
    )


def test_deletion_must_run_the_edges_backwards(make: Any) -> None:
    user = make.live(make.workload(volumes=[{"name": "v", "configMap": {"name": "old"}}]))
    old = make.live(make.config("old"))
    seen = make.observed(user, old, records=[make.record("api", make.owned(old), make.owned(user))])
    lines = make.planned([make.desired("api", make.config("new"))], seen).text().splitlines()
    assert lines[-2:] == [
        "#3 delete Deployment shop/api <- #2: no longer in the manifests",
        "#4 delete ConfigMap shop/old <- #2 #3: no longer in the manifests",
    ]


def test_an_instance_that_left_the_environment_must_go_with_all_it_owns(make: Any) -> None:
    old = make.live(make.config("old"), "cache")
    seen = make.observed(old, records=[make.record("cache", make.owned(old))])
    plan = make.planned([make.desired("api", make.config())], seen)
    assert plan.text().splitlines() == [
        "#1 create ConfigMap shop/settings: no existing object",
        "#2 delete ConfigMap shop/old: instance cache is no longer in the environment",
    ]
    assert plan.removed == {"cache"}


def test_an_instance_that_left_must_wait_for_those_that_needed_it(make: Any) -> None:
    old = make.live(make.config("old"), "cache")
    seen = make.observed(old, records=[make.record("cache", make.owned(old)), make.record("api", depends_on=("cache",))])
    lines = make.planned([make.desired("api", make.config())], seen).text().splitlines()
    assert lines[-1] == "#3 delete ConfigMap shop/old <- #2: instance cache is no longer in the environment"


def test_a_run_for_some_instances_must_leave_the_others_alone(make: Any) -> None:
    old = make.live(make.config("old"), "cache")
    seen = make.observed(old, records=[make.record("cache", make.owned(old))])
    plan = make.planned([make.desired("api", make.config())], seen, complete=False)
    assert len(plan.steps) == 1
    assert not plan.removed


def test_an_instance_left_out_by_its_profile_must_neither_be_pruned_nor_robbed(make: Any) -> None:
    old = make.live(make.config("old"), "debug")
    seen = make.observed(old, records=[make.record("debug", make.owned(old))])
    plan = make.planned([make.desired("api", make.config())], seen, left_out=frozenset({"debug"}))
    assert len(plan.steps) == 1
    assert not plan.removed
    with pytest.raises(PlanError, match="belongs to instance debug"):
        make.planned([make.desired("api", make.config("old"))], seen, left_out=frozenset({"debug"}))


def test_no_prune_must_keep_an_object_in_the_record(make: Any) -> None:
    old = make.live(make.config("old"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    plan = make.planned([make.desired("api", make.config("new"))], seen, prune=False)
    assert plan.text().splitlines()[-1] == "keep ConfigMap shop/old: not pruned (--no-prune)"
    assert [owned.ref.name for _, owned, _ in plan.kept] == ["old"]


def test_no_prune_must_keep_an_instance_that_left(make: Any) -> None:
    old = make.live(make.config("old"), "cache")
    seen = make.observed(old, records=[make.record("cache", make.owned(old))])
    plan = make.planned([make.desired("api", make.config())], seen, prune=False)
    assert not plan.removed
    assert all(step.action != "delete" for step in plan.steps)


@pytest.mark.parametrize(("annotation", "value"), [("roro.dev/prune", "disabled"), ("helm.sh/resource-policy", "keep")])
def test_a_protected_object_must_stay_with_a_notice(make: Any, annotation: str, value: str) -> None:
    old = make.live(make.config("old", annotations={annotation: value}))
    plan = make.planned(
        [make.desired("api", make.config("new"))], make.observed(old, records=[make.record("api", make.owned(old))]), volumes=True
    )
    assert plan.notices == (f"ConfigMap shop/old of instance api is kept: protected by {annotation}: {value}",)


def test_a_volume_must_stay_unless_volumes_are_asked_for(make: Any) -> None:
    old = make.live(make.thing("PersistentVolumeClaim", "data"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    wanted = [make.desired("api", make.config("new"))]
    assert "keep PersistentVolumeClaim shop/data: holds data (--volumes removes it)" in make.planned(wanted, seen).text()
    assert "delete PersistentVolumeClaim shop/data" in make.planned(wanted, seen, volumes=True).text()


def test_a_definition_must_stay_unless_volumes_are_asked_for(make: Any) -> None:
    old = make.live(make.thing("CustomResourceDefinition", "databases.db.example.com"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    wanted = [make.desired("api", make.config("new"))]
    assert "takes every resource of its kind with it" in make.planned(wanted, seen).text()
    assert "delete CustomResourceDefinition" in make.planned(wanted, seen, volumes=True).text()


def test_a_namespace_must_never_be_pruned(make: Any) -> None:
    old = make.live(make.thing("Namespace", "tools"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    assert "keep Namespace tools" in make.planned([make.desired("api", make.config("new"))], seen, volumes=True).text()


def test_another_object_of_the_same_name_must_never_be_deleted(make: Any) -> None:
    old = make.live(make.config("old"))
    record = make.record("api", make.owned(old))
    newcomer = make.live(make.config("old"), uid="somebody-elses")
    plan = make.planned([make.desired("api", make.config("new"))], make.observed(newcomer, records=[record]))
    assert all(step.action != "delete" for step in plan.steps)


def test_an_object_that_another_owner_took_must_never_be_deleted(make: Any) -> None:
    old = make.live(make.config("old"))
    record = make.record("api", make.owned(old))
    taken = make.live(make.config("old"), "db")
    plan = make.planned([make.desired("api", make.config("new"))], make.observed(taken, records=[record]))
    assert all(step.action != "delete" for step in plan.steps)


def test_an_object_that_was_to_be_handed_over_must_not_be_left_behind_when_that_failed(make: Any) -> None:
    moving = make.live(make.config("moving"), "db")
    rest = make.live(make.config("rest"), "db")
    records = [make.record("api", make.owned(moving)), make.record("db", make.owned(rest))]
    wanted = [make.desired("api", make.config("new")), make.desired("db", make.config("rest"))]
    assert "delete ConfigMap shop/moving" in make.planned(wanted, make.observed(moving, rest, records=records)).text()
    taken = [records[0], make.record("db", make.owned(rest), make.owned(moving))]
    kept = make.planned([wanted[0]], make.observed(moving, rest, records=taken), complete=False)
    assert all(step.action != "delete" for step in kept.steps)


def test_the_same_object_in_a_newer_version_of_its_kind_must_not_be_deleted(make: Any) -> None:
    held = make.live({**make.workload(), "apiVersion": "apps/v1beta1"})
    record = make.record("api", make.owned(held))
    plan = make.planned([make.desired("api", make.workload())], make.observed(make.live(make.workload()), records=[record]))
    assert [step.action for step in plan.steps] == ["update"]


def test_what_is_recorded_of_an_api_that_does_not_answer_must_not_be_forgotten(make: Any) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._release.data.record import OwnedObject

    lost = OwnedObject(make.ref("db.example.com/v1", "Database", "shop", "main"), "u")
    seen = make.observed(records=[make.record("api", lost)])
    away = replace(seen, unanswered=frozenset({"db.example.com/v1"}))
    plan = make.planned([make.desired("api", make.config())], away)
    assert "keep Database shop/main: the API server of db.example.com/v1 does not answer" in plan.text()
    assert "keep" not in make.planned([make.desired("api", make.config())], seen).text()  # with its definition it is gone


def test_what_is_being_deleted_must_not_be_called_kept(make: Any) -> None:
    claim = make.live(make.thing("PersistentVolumeClaim", "data"))
    going = make.live(make.thing("PersistentVolumeClaim", "data"), deletionTimestamp="2026-01-01T00:00:00Z")
    for live, kept in ((claim, True), (going, False)):
        plan = make.planned([make.desired("api", make.config())], make.observed(live, records=[make.record("api", make.owned(live))]))
        assert ("is kept" in plan.text()) is kept


def test_an_empty_render_must_not_wipe_an_instance(make: Any) -> None:
    old = make.live(make.config("old"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    with pytest.raises(PlanError, match="instance api renders no objects, but owns 1 on the cluster"):
        make.planned([make.desired("api")], seen)


def test_an_empty_render_must_wipe_an_instance_when_that_is_allowed(make: Any) -> None:
    old = make.live(make.config("old"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    assert make.planned([make.desired("api")], seen, allow_empty=True).text() == (
        "#1 delete ConfigMap shop/old: no longer in the manifests"
    )


def test_an_environment_without_instances_must_not_wipe_what_is_deployed(make: Any) -> None:
    old = make.live(make.config("old"))
    seen = make.observed(old, records=[make.record("api", make.owned(old))])
    with pytest.raises(PlanError, match=r"no instances.*api"):
        make.planned([], seen)
    assert make.planned([], seen, prune=False).text() == ""
    assert "delete ConfigMap shop/old" in make.planned([], seen, allow_empty=True).text()
    assert make.planned([], make.observed()).text() == ""


def test_an_instance_without_objects_must_be_no_error(make: Any) -> None:
    assert make.planned([make.desired("api")], make.observed()).text() == ""
