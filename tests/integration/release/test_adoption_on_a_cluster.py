"""Objects that exist already, made by hand and by other tools, on a real API server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError

HELM = {
    "labels": {"app.kubernetes.io/managed-by": "Helm"},
    "annotations": {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "old"},
}


def put(world: Any, obj: Any, manager: str, **metadata: Any) -> str:
    """The object as another tool applies it; its UID."""
    namespaces = world.cluster.resource("v1", "Namespace")
    world.cluster.apply(namespaces, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": world.name}}, field_manager="other")
    placed = {**obj, "metadata": {**obj["metadata"], "namespace": world.name, **metadata}}
    applied, _ = world.cluster.apply(world.cluster.resource(obj["apiVersion"], obj["kind"]), placed, field_manager=manager)
    return str(applied["metadata"]["uid"])


def test_a_helm_object_must_be_refused_and_with_adopt_be_taken_with_its_fields(world: Any, make: Any) -> None:
    uid = put(world, make.config(mode="theirs"), "helm", **HELM)
    wanted = world.desired("api", make.config(mode="ours"))
    with pytest.raises(PlanError, match="belongs to Helm release old/web"):
        world.up(wanted)
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "theirs"}
    result = world.up(wanted, adopt=True)
    live = world.get("v1", "ConfigMap", "settings")
    assert (live["metadata"]["uid"], live["data"]) == (uid, {"mode": "ours"})
    assert live["metadata"]["labels"]["roro.dev/instance"] == "api"
    assert any("make it forget them" in notice for notice in result.notices)
    assert not world.up(wanted).changed
    assert make.actions(world.down())["ConfigMap/settings"] == "delete"


def test_what_nobody_owns_must_be_left_alone_by_must_match_and_be_adopted_by_default(world: Any, make: Any) -> None:
    uid = put(world, make.config(mode="a"), "kubectl")
    with pytest.raises(PlanError, match="nobody owns it"):
        world.up(world.desired(world.instance("api", adoption="mustMatch"), make.config(mode="a")))
    assert "labels" not in world.get("v1", "ConfigMap", "settings")["metadata"]
    result = world.up(world.desired("api", make.config(mode="a")))
    assert make.actions(result)["ConfigMap/settings"] == "update"
    assert world.get("v1", "ConfigMap", "settings")["metadata"]["uid"] == uid
    strict = world.desired(world.instance("api", adoption="mustMatch"), make.config(mode="a"))
    assert not world.up(strict).changed


def test_an_object_of_another_workspace_must_go_over_and_not_be_deleted_by_its_old_owner(world: Any, make: Any) -> None:
    home = world.name
    other = make.replace(world, name=f"{home}-b")
    theirs = other.desired(other.instance("web", namespace=home), make.config(mode="theirs"), make.config("rest"))
    other.up(theirs)
    mine = world.desired(
        "api", {**make.config(mode="ours"), "metadata": {"name": "settings", "annotations": {"roro.dev/adoption": "adoptAll"}}}
    )
    result = world.up(mine)
    assert result.instances[0].actions[0].cause.startswith(f"taken from instance web of workspace {home}-b")
    assert any(f"taken from instance web of workspace {home}-b" in notice for notice in result.notices)
    other.up(other.desired(other.instance("web", namespace=home), make.config("rest")))
    other.down()
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "ours"}
    assert not world.up(mine).changed


def test_adopt_must_take_the_fields_that_a_run_before_it_was_refused(world: Any, make: Any) -> None:
    put(world, make.config(mode="first"), "kubectl-create")
    configs = world.cluster.resource("v1", "ConfigMap")
    world.cluster.request(
        "PATCH",
        configs.path(world.name, "settings"),
        query={"fieldManager": "kubectl-edit"},
        body={"data": {"mode": "theirs"}},
        content_type="application/merge-patch+json",
    )
    wanted = world.desired("api", make.config(mode="ours"))
    refused = world.up(wanted)
    assert (refused.failed, refused.instances[0].reason) == (True, "FieldConflict")
    assert not world.up(wanted, adopt=True).failed
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "ours"}


def test_adopting_many_must_cost_one_change_of_owners_and_one_apply_for_each_and_no_read(world: Any, make: Any) -> None:
    world.up(world.desired("base", make.config("base")))
    path = world.cluster.resource("v1", "ConfigMap").path(world.name)
    for number in range(12):
        obj = make.config(f"c{number}", a="1", old="x")
        body = {**obj, "metadata": {**obj["metadata"], "namespace": world.name}}
        world.cluster.request("POST", path, query={"fieldManager": "kubectl-create"}, body=body)
    wanted = world.desired("base", make.config("base")), world.desired("api", *(make.config(f"c{number}", a="1") for number in range(12)))
    before = world.cluster.requests.snapshot()
    assert not world.up(*wanted).failed
    after = world.cluster.requests.snapshot()
    assert world.get("v1", "ConfigMap", "c3")["data"] == {"a": "1"}
    sent = {verb: after.get(verb, 0) - before.get(verb, 0) for verb in ("get", "patch", "apply")}
    assert sent == {"get": 1, "patch": 12, "apply": 12 + 1}  # the namespace is looked at; the record of the revision
