"""Up: what is on the cluster afterwards, and what a second run does to it."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, PlanError
from ansible_collections.roro.kube.plugins.module_utils._events import ObjectState
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import list_records

WRITES = ("apply", "create", "update", "patch", "delete")


def writes(world: Any) -> int:
    return sum(count for verb, count in world.cluster.requests.snapshot().items() if verb in WRITES)


def test_up_must_bring_an_instance_to_health_in_a_namespace_that_it_makes(world: Any, make: Any) -> None:
    result = world.up(world.desired("api", make.config(mode="a"), make.workload()))
    assert make.outcome(result) == {"api": "Running"}
    assert make.actions(result) == {f"Namespace/{world.name}": "create", "ConfigMap/settings": "create", "Deployment/api": "create"}
    assert world.get("apps/v1", "Deployment", "api")["status"]["readyReplicas"] == 1
    assert world.get("v1", "Namespace", world.name)["metadata"]["annotations"] == {"roro.dev/created": "true"}


def test_a_second_up_must_change_nothing_and_write_nothing(world: Any, make: Any) -> None:
    wanted = [
        world.desired("db", make.config("db"), make.workload("db")),
        world.desired(world.instance("api", needs=["db"]), make.config()),
    ]
    world.up(*wanted)
    versions, before = world.versions(), writes(world)
    result = world.up(*wanted)
    assert not result.changed
    assert set(make.actions(result).values()) == {"unchanged"}
    assert world.versions() == versions
    assert writes(world) == before


def test_a_second_up_must_need_one_list_for_each_kind_one_for_the_records_and_a_look_at_the_namespace(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config("a"), make.config("b"), make.workload())
    world.up(wanted)
    before = world.cluster.requests.total
    world.up(wanted)
    assert world.cluster.requests.total - before == 4


def test_a_change_must_write_only_what_changed(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("a", mode="1"), make.config("b", mode="1")))
    result = world.up(world.desired("api", make.config("a", mode="2"), make.config("b", mode="1")))
    assert make.actions(result) == {"ConfigMap/a": "update", "ConfigMap/b": "unchanged"}
    assert result.instances[0].actions[0].cause in ("as recorded", "data.mode differs")
    assert world.get("v1", "ConfigMap", "a")["data"] == {"mode": "2"}
    assert result.instances[0].revision == 2


def test_a_field_that_left_the_manifest_must_leave_the_object(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1", old="x")))
    result = world.up(world.desired("api", make.config(mode="1")))
    assert result.instances[0].actions[0].cause == "field data.old is no longer in the manifest"
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "1"}


def test_an_object_deleted_by_hand_must_come_back(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config(mode="1"))
    world.up(wanted)
    world.cluster.delete(world.cluster.resource("v1", "ConfigMap"), world.name, "settings")
    result = world.up(wanted)
    assert result.instances[0].actions[0].cause == "it was deleted by somebody else"
    assert world.get("v1", "ConfigMap", "settings") is not None


def test_drift_must_be_named_with_its_manager_and_taken_back_on_request(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config(mode="1"))
    world.up(wanted)
    resource = world.cluster.resource("v1", "ConfigMap")
    drifted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": world.name}, "data": {"mode": "9"}}
    world.cluster.apply(resource, drifted, force=True, field_manager="somebody")
    refused = world.up(wanted)
    assert refused.failed
    assert "somebody" in refused.instances[0].message
    assert ".data.mode" in refused.instances[0].message
    assert not world.up(wanted, force_conflicts=True).failed
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "1"}


def test_what_left_the_manifests_must_be_pruned(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("old"), make.config("new")))
    result = world.up(world.desired("api", make.config("new")))
    assert make.actions(result) == {"ConfigMap/new": "unchanged", "ConfigMap/old": "delete"}
    assert world.get("v1", "ConfigMap", "old") is None


def test_what_no_prune_left_must_go_with_the_next_prune(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("old"), make.config("new")))
    world.up(world.desired("api", make.config("new")), prune=False)
    assert world.get("v1", "ConfigMap", "old") is not None
    world.up(world.desired("api", make.config("new")))
    assert world.get("v1", "ConfigMap", "old") is None


def test_an_instance_that_left_the_environment_must_go_with_its_record(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("a")), world.desired("old", make.config("b")))
    result = world.up(world.desired("api", make.config("a")))
    assert make.outcome(result) == {"api": "Running", "old": "NotDeployed"}
    assert world.get("v1", "ConfigMap", "b") is None
    assert world.get("v1", "Secret", "roro.old") is None
    assert world.get("v1", "Secret", "roro.old.r1") is None


def test_an_object_of_another_workspace_must_be_refused_before_any_write(world: Any, make: Any, namespace: str) -> None:
    theirs = make.config()
    theirs["metadata"] |= {"namespace": namespace, "labels": {"roro.dev/workspace": "other", "roro.dev/instance": "x"}}
    world.cluster.create(world.cluster.resource("v1", "ConfigMap"), theirs)
    before = writes(world)
    with pytest.raises(PlanError, match="belongs to instance x of workspace other"):
        world.up(world.desired(world.instance("api", namespace=namespace), make.config("first"), make.config()))
    assert writes(world) == before


def test_an_object_without_an_owner_must_be_adopted(world: Any, make: Any, namespace: str) -> None:
    theirs = make.config(mode="a")
    theirs["metadata"] |= {"namespace": namespace}
    world.cluster.create(world.cluster.resource("v1", "ConfigMap"), theirs)
    result = world.up(world.desired(world.instance("api", namespace=namespace), make.config(mode="a")))
    assert result.instances[0].actions[0].cause == "adopted: it existed without an owner"
    assert world.get("v1", "ConfigMap", "settings", namespace)["metadata"]["labels"]["roro.dev/instance"] == "api"


def test_a_definition_and_its_resource_must_come_up_in_one_run(world: Any, make: Any) -> None:
    group = f"{world.name}.example.com"
    schema = {
        "openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    }
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"databases.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": "Database", "plural": "databases", "singular": "database", "listKind": "DatabaseList"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    resource = {"apiVersion": f"{group}/v1", "kind": "Database", "metadata": {"name": "main"}, "spec": {"size": 1}}
    wanted = world.desired("db", resource, definition)
    predicted = make.actions(world.preview(wanted))
    result = world.up(wanted)
    assert make.outcome(result) == {"db": "Running"}
    assert make.actions(result) == predicted
    assert not world.up(wanted).changed
    assert any("takes every resource of its kind with it" in notice for notice in world.down().notices)
    down = world.down(volumes=True)
    assert make.actions(down)[f"CustomResourceDefinition/databases.{group}"] == "delete"


def test_a_changed_job_must_run_again_and_an_unchanged_one_must_not(world: Any, make: Any) -> None:
    wanted = world.desired("migrate", make.job(script="true"))
    world.up(wanted)
    first = world.get("batch/v1", "Job", "migrate")["metadata"]["uid"]
    assert not world.up(wanted).changed
    assert world.get("batch/v1", "Job", "migrate")["metadata"]["uid"] == first
    result = world.up(world.desired("migrate", make.job(script="true; true")))
    assert make.actions(result) == {"Job/migrate": "recreate"}
    again = world.get("batch/v1", "Job", "migrate")
    assert again["metadata"]["uid"] != first
    assert again["status"]["succeeded"] == 1


def test_a_selector_must_change_by_recreation_where_the_object_asks_for_it(world: Any, make: Any) -> None:
    def labelled(tier: str) -> Any:
        found = make.workload()
        found["metadata"]["annotations"] = {"roro.dev/recreate": "true"}
        found["spec"]["selector"] = {"matchLabels": {"tier": tier}}
        found["spec"]["template"]["metadata"]["labels"] = {"tier": tier}
        return found

    world.up(world.desired("api", labelled("one")))
    result = world.up(world.desired("api", labelled("two")))
    assert make.actions(result) == {"Deployment/api": "recreate"}
    assert world.get("apps/v1", "Deployment", "api")["spec"]["selector"] == {"matchLabels": {"tier": "two"}}


def test_check_must_write_nothing_and_predict_what_up_does(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("same"), make.config("changed", mode="1"), make.config("old")))
    versions = world.versions()
    wanted = world.desired("api", make.config("same"), make.config("changed", mode="2"), make.config("new"))
    predicted = world.preview(wanted)
    assert world.versions() == versions
    assert predicted.changed
    assert make.actions(predicted) == make.actions(world.up(wanted))


def test_no_wait_must_return_before_the_pods_run_and_the_next_up_must_wait(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.workload(minReadySeconds=3))
    assert make.outcome(world.up(wanted, wait=False)) == {"api": "Deploying"}
    result = world.up(wanted)
    assert make.outcome(result) == {"api": "Running"}
    assert not result.changed


def test_an_interrupt_must_return_at_once_and_be_recorded(world: Any, make: Any) -> None:
    cancel, raised = threading.Event(), []
    wanted = world.desired("api", make.workload(pod={"nodeSelector": {"roro.dev/no-such": "node"}}))

    def run() -> None:
        try:
            world.up(wanted, cancel=cancel)
        except Interrupted:
            raised.append(time.monotonic())

    thread = threading.Thread(target=run)
    thread.start()
    deadline = time.monotonic() + 30
    while not any(isinstance(event, ObjectState) for event in world.events):
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    began = time.monotonic()
    cancel.set()
    thread.join(5)
    assert raised[0] - began < 1.0
    records, _ = list_records(world.cluster, world.name, "dev")
    assert records["api"].outcome == "interrupted"


def test_two_runs_at_once_must_not_both_win(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config(mode="1")))
    secret = world.cluster.resource("v1", "Secret")

    def meddle(event: Any) -> None:
        if getattr(event, "phase", "") == "plan":
            world.cluster.merge_patch(secret, world.name, "roro.api", {"metadata": {"annotations": {"touched": "yes"}}})

    world.events = type("Meddler", (list,), {"append": staticmethod(meddle)})()
    result = world.up(world.desired("api", make.config(mode="2")))
    assert result.failed
    assert "another run is at work on instance api" in result.instances[0].message
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "1"}


def test_only_the_last_ten_revisions_must_be_kept(world: Any, make: Any) -> None:
    for number in range(12):
        world.up(world.desired("api", make.config(number=str(number))))
    names = {name for name in world.versions() if name.startswith("Secret/roro.api.r")}
    assert names == {f"Secret/roro.api.r{number}" for number in range(3, 13)}
