"""What another applier put into an object goes when the object is adopted and the manifest lacks it, and nothing conflicts later."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError

LAST = "kubectl.kubernetes.io/last-applied-configuration"


def settings(**data: str) -> Any:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def home(world: Any) -> None:
    spaces = world.cluster.resource("v1", "Namespace")
    if world.cluster.get(spaces, None, world.name) is None:
        world.cluster.create(spaces, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": world.name}})


def made(world: Any, obj: Any, manager: str, *, applied: bool = False) -> None:
    """As that tool makes it: created, with the annotation of a client-side apply, or by a server-side apply."""
    home(world)
    resource = world.cluster.resource(obj["apiVersion"], obj["kind"])
    metadata = {**obj["metadata"], "namespace": world.name}
    if manager == "kubectl-client-side-apply":
        metadata["annotations"] = {LAST: json.dumps({**obj, "metadata": metadata})}
    if applied:
        world.cluster.apply(resource, {**obj, "metadata": metadata}, field_manager=manager)
    else:
        world.cluster.request(
            "POST", resource.path(world.name), query={"fieldManager": manager}, body={**obj, "metadata": metadata}, retry=False
        )


def edit(world: Any, obj: Any, patch: Any, manager: str = "kubectl-edit") -> None:
    resource = world.cluster.resource(obj["apiVersion"], obj["kind"])
    path = resource.path(world.name, obj["metadata"]["name"])
    world.cluster.request("PATCH", path, query={"fieldManager": manager}, body=patch, content_type="application/merge-patch+json")


def live(world: Any, kind: str = "ConfigMap", api: str = "v1", name: str = "settings") -> Any:
    return world.get(api, kind, name)


@pytest.mark.parametrize(
    ("manager", "applied"),
    [
        ("kubectl-client-side-apply", False),
        ("kubectl-create", False),
        ("kubectl-replace", False),
        ("kubectl", True),
        ("helm", False),
        ("helm", True),
    ],
)
def test_what_the_manifest_lacks_must_go_be_shown_and_never_conflict(world: Any, make: Any, manager: str, applied: bool) -> None:
    made(world, settings(keep="1", old="x"), manager, applied=applied)
    wanted = world.desired("api", settings(keep="1"))
    foretold = world.preview(wanted).instances[0]
    cause = f"adopted: it existed without an owner, field data.old, which {manager} set, is not in the manifest"
    assert foretold.actions[0].cause == cause
    assert "  old: x" in foretold.diffs[0]["before"]
    assert "old" not in foretold.diffs[0]["after"]
    assert live(world)["data"] == {"keep": "1", "old": "x"}
    assert world.up(wanted).instances[0].actions[0].cause == cause
    assert live(world)["data"] == {"keep": "1"}
    assert LAST not in live(world)["metadata"].get("annotations", {})
    assert not world.up(wanted).changed
    assert not world.up(world.desired("api", settings(keep="2"))).failed
    assert live(world)["data"] == {"keep": "2"}


def test_what_an_unknown_program_made_must_stay_where_nobody_asked_for_all_of_it(world: Any) -> None:
    made(world, settings(keep="1", old="x"), "some-script", applied=False)
    world.up(world.desired("api", settings(keep="1")))
    assert live(world)["data"] == {"keep": "1", "old": "x"}


def test_what_an_unknown_program_made_must_go_where_all_of_it_is_adopted(world: Any) -> None:
    made(world, settings(keep="1", old="x"), "some-script", applied=False)
    adopted = world.up(world.desired("api", settings(keep="1")), adopt=True).instances[0].actions[0]
    assert "field data.old, which some-script set, is not in the manifest" in adopted.cause
    assert live(world)["data"] == {"keep": "1"}


def test_a_value_that_differs_must_be_the_manifests(world: Any) -> None:
    made(world, settings(keep="theirs"), "kubectl-client-side-apply")
    assert not world.up(world.desired("api", settings(keep="ours"))).failed
    assert live(world)["data"] == {"keep": "ours"}


def test_what_a_person_changed_after_the_apply_must_stay_a_conflict(world: Any) -> None:
    made(world, settings(keep="1", old="x"), "kubectl-client-side-apply")
    edit(world, settings(), {"data": {"keep": "by hand", "own": "by hand"}})
    failed = world.up(world.desired("api", settings(keep="1"))).instances[0]
    assert failed.reason == "FieldConflict"
    assert '"kubectl-edit" owns .data.keep' in failed.message
    assert world.preview(world.desired("api", settings(keep="1"))).failed
    assert not world.up(world.desired("api", settings(keep="1")), adopt=True).failed
    assert live(world)["data"] == {"keep": "1", "own": "by hand"}


def test_adopt_must_help_with_an_object_that_was_adopted_and_then_applied_by_others(world: Any) -> None:
    world.up(world.desired("api", settings(keep="1")))
    edit(world, settings(), {"data": {"keep": "2", "more": "3"}}, "kubectl-client-side-apply")
    assert world.up(world.desired("api", settings(keep="1"))).instances[0].reason == "FieldConflict"
    assert not world.up(world.desired("api", settings(keep="1")), adopt=True).failed
    assert live(world)["data"] == {"keep": "1"}


def test_a_workload_must_keep_its_pods_and_lose_only_what_was_said(world: Any, make: Any) -> None:
    """Whoever creates an object owns its defaults too: those come back, and the template, and so its pods, stay as they are."""
    theirs = make.workload(replicas=0, minReadySeconds=7, pod={"dnsPolicy": "Default"})
    made(world, theirs, "kubectl-client-side-apply")
    before = live(world, "Deployment", "apps/v1", "api")
    wanted = world.desired("api", make.workload(replicas=0, pod={"dnsPolicy": "Default"}))
    foretold = world.preview(wanted).instances[0]
    assert "field spec.minReadySeconds, which kubectl-client-side-apply set, is not in the manifest" in foretold.actions[0].cause
    assert not world.up(wanted).failed
    after = live(world, "Deployment", "apps/v1", "api")
    assert after["spec"]["template"] == before["spec"]["template"]
    assert "minReadySeconds" not in after["spec"]
    assert after["spec"]["progressDeadlineSeconds"] == 600
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert not world.up(wanted).changed


@pytest.mark.parametrize("manager", ["kubectl-create", "kubectl-client-side-apply"])
def test_a_stateful_set_and_a_service_must_be_adopted_with_what_the_server_gave_them(world: Any, make: Any, manager: str) -> None:
    theirs = make.workload(kind="StatefulSet", replicas=0, serviceName="api")
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}}
    made(world, theirs, manager)
    made(world, service, manager)
    before = live(world, "Service", name="api")["spec"]
    wanted = world.desired("api", make.workload(kind="StatefulSet", replicas=0, serviceName="api"), service)
    assert not world.preview(wanted).failed
    result = world.up(wanted)
    assert not result.failed, result.instances[0].message
    assert live(world, "Service", name="api")["spec"] == before
    assert not world.up(wanted).changed


def test_labels_of_helm_must_go_with_the_release(world: Any) -> None:
    theirs = settings(keep="1")
    theirs["metadata"] |= {
        "labels": {"app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "old"},
    }
    made(world, theirs, "helm")
    result = world.up(world.desired("api", settings(keep="1")), adopt=True)
    assert not result.failed
    metadata = live(world)["metadata"]
    assert "annotations" not in metadata
    assert metadata["labels"].get("app.kubernetes.io/managed-by") is None


def test_what_was_there_before_managed_fields_must_go_by_its_annotation(world: Any) -> None:
    made(world, settings(keep="1", old="x", other="y"), "kubectl-client-side-apply")
    said = {**settings(keep="1", old="x"), "metadata": {"name": "settings", "namespace": world.name}}
    edit(world, settings(), {"metadata": {"managedFields": [{}], "annotations": {LAST: json.dumps(said)}}})
    edit(world, settings(), {"metadata": {"managedFields": [{}]}})
    first = {**settings(other="y"), "metadata": {"name": "settings", "namespace": world.name}}
    world.cluster.apply(world.cluster.resource("v1", "ConfigMap"), first, field_manager="somebody")
    assert not world.up(world.desired("api", settings(keep="2"))).failed
    assert live(world)["data"] == {"keep": "2", "other": "y"}


def test_what_has_no_managed_fields_at_all_must_be_adopted_by_its_annotation(world: Any) -> None:
    made(world, settings(keep="1", old="x", own="y"), "kubectl-client-side-apply")
    said = {**settings(keep="1", old="x"), "metadata": {"name": "settings", "namespace": world.name}}
    edit(world, settings(), {"metadata": {"annotations": {LAST: json.dumps(said)}}})
    edit(world, settings(), {"metadata": {"managedFields": [{}]}})
    assert "managedFields" not in live(world)["metadata"]
    wanted = world.desired("api", settings(keep="2"))
    foretold = world.preview(wanted).instances[0]
    assert "field data.old, which kubectl set, is not in the manifest" in foretold.actions[0].cause
    assert "old:" not in foretold.diffs[0]["after"]
    assert not world.up(wanted).failed
    assert live(world)["data"] == {"keep": "2", "own": "y"}
    assert not world.up(wanted).changed


@pytest.mark.parametrize(
    "theirs",
    [
        {"apiVersion": "v1", "kind": "Secret", "data": {"a": "eA=="}},
        {"apiVersion": "v1", "kind": "Service", "spec": {"ports": [{"port": 80}]}},
        {"apiVersion": "v1", "kind": "ServiceAccount"},
        {"apiVersion": "batch/v1", "kind": "CronJob", "spec": {"schedule": "@daily", "suspend": True}},
    ],
    ids=lambda obj: obj["kind"],
)
def test_defaults_that_come_back_must_not_be_told_as_gone(world: Any, make: Any, theirs: Any) -> None:
    theirs = {**theirs, "metadata": {"name": "same"}}
    if theirs["kind"] == "CronJob":
        theirs["spec"]["jobTemplate"] = {"spec": {"template": {"spec": {**make.pod_spec("true"), "restartPolicy": "Never"}}}}
    made(world, theirs, "kubectl-create")
    before = live(world, theirs["kind"], theirs["apiVersion"], "same")
    wanted = world.desired("api", theirs)
    foretold = world.preview(wanted, wait=False).instances[0]
    assert foretold.actions[0].cause == "adopted: it existed without an owner"
    done = world.up(wanted, wait=False)
    assert not done.failed, done.instances[0].message
    after = live(world, theirs["kind"], theirs["apiVersion"], "same")
    assert {key: after.get(key) for key in ("spec", "data", "type")} == {key: before.get(key) for key in ("spec", "data", "type")}
    assert not world.up(wanted, wait=False).changed


def test_a_namespace_must_be_adopted_with_the_label_that_the_server_gives(world: Any) -> None:
    spaces = world.cluster.resource("v1", "Namespace")
    theirs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{world.name}-x", "labels": {"old": "x"}}}
    world.cluster.request("POST", spaces.path(None), query={"fieldManager": "kubectl-create"}, body=theirs, retry=False)
    ours = {**theirs, "metadata": {"name": f"{world.name}-x"}}
    done = world.up(world.desired("api", ours))
    assert not done.failed, done.instances[0].message
    told = {action.name: action.cause for action in done.instances[0].actions}
    assert told[f"{world.name}-x"].endswith("field metadata.labels.old, which kubectl-create set, is not in the manifest")
    labels = world.cluster.get(spaces, None, f"{world.name}-x")["metadata"]["labels"]
    assert (labels.get("old"), labels["kubernetes.io/metadata.name"]) == (None, f"{world.name}-x")
    world.cluster.delete(spaces, None, f"{world.name}-x")


def test_a_fixed_field_that_the_manifest_lacks_must_be_refused_before_any_write(world: Any, make: Any) -> None:
    """Only a takeover takes it out: nothing else of the manifest differs."""
    made(
        world, make.workload(kind="StatefulSet", replicas=0, serviceName="api", podManagementPolicy="Parallel"), "kubectl-client-side-apply"
    )
    wanted = world.desired("api", make.workload(kind="StatefulSet", replicas=0, serviceName="api"), settings(keep="1"))
    with pytest.raises(PlanError, match="cannot be changed on an existing object"):
        world.up(wanted)
    assert live(world) is None
    managers = {entry["manager"] for entry in live(world, "StatefulSet", "apps/v1", "api")["metadata"]["managedFields"]}
    assert "kubectl-client-side-apply" in managers
    assert "roro" not in managers
