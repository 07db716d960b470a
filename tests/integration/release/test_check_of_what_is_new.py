"""`--check` of what is new is checked: objects of a namespace or a definition that does not exist yet; and it is told who says so."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError

Obj = dict[str, Any]


def definition(group: str) -> Obj:
    """A kind with one field."""
    spec = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"boxes.{group}"},
        "spec": {
            "group": group,
            "names": {"plural": "boxes", "singular": "box", "kind": "Box", "listKind": "BoxList"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def box(group: str, **spec: Any) -> Obj:
    return {"apiVersion": f"{group}/v1", "kind": "Box", "metadata": {"name": "box"}, "spec": spec}


def checked(result: Any) -> dict[str, str]:
    return {item.kind: item.checked for instance in result.instances for item in instance.actions}


def misspelt(make: Any) -> Obj:
    found = make.workload()
    found["spec"]["replicsa"] = 2
    return found


def wrong_type(make: Any) -> Obj:
    return make.workload(replicas="two")


def no_port(make: Any) -> Obj:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 0}]}}


@pytest.mark.parametrize(("wrong", "words"), [(misspelt, "replicsa"), (wrong_type, "replicas"), (no_port, "spec.ports")])
def test_what_is_wrong_must_be_found_before_its_namespace_exists(world: Any, make: Any, wrong: Any, words: str) -> None:
    foretold = world.up(world.desired("api", make.config(), wrong(make)), check=True)
    assert foretold.failed
    failed = foretold.instances[0]
    assert words in failed.message
    assert f"{world.name}/" in failed.message
    assert "default" not in failed.message
    assert world.cluster.get(world.cluster.resource("v1", "Namespace"), None, world.name) is None


def test_the_same_must_be_said_before_and_after_its_namespace_exists(world: Any, make: Any) -> None:
    wanted = world.desired("api", misspelt(make))
    first = world.up(wanted, check=True).instances[0]
    world.up(world.desired("other", make.config("other")))
    second = world.up(wanted, world.desired("other", make.config("other")), check=True).instances[0]
    assert (first.reason, first.message) == (second.reason, second.message)


def test_what_was_checked_elsewhere_must_be_told(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config(), make.workload(replicas=0))
    foretold = world.up(wanted, check=True)
    assert not foretold.failed
    assert checked(foretold) == {"Namespace": "server", "ConfigMap": "elsewhere", "Deployment": "elsewhere"}
    assert [notice for notice in foretold.notices if "predicted" in notice] == [
        "predicted, not checked by the server where they will be: 2 objects; checked by a dry run in namespace default, as"
        f" namespace {world.name} does not exist yet (quotas, policies and rights there are not known)"
    ]
    result = world.up(wanted)
    assert make.actions(result) == make.actions(foretold)
    assert set(checked(result).values()) == {""}
    again = world.up(world.desired("api", make.config(a="2"), make.workload(replicas=0)), check=True)
    assert checked(again) == {"ConfigMap": "server", "Deployment": ""}
    assert not again.notices


def test_an_object_whose_name_is_taken_elsewhere_must_be_checked_all_the_same(world: Any, make: Any) -> None:
    kubernetes = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "kubernetes"}, "spec": {"ports": [{"port": 80}]}}
    foretold = world.up(world.desired("api", kubernetes), check=True)
    assert not foretold.failed
    assert checked(foretold)["Service"] == "elsewhere"
    kubernetes["spec"]["ports"][0]["port"] = 0
    failed = world.up(world.desired("api", kubernetes), check=True).instances[0]
    assert f"Service {world.name}/kubernetes" in failed.message


def test_a_custom_resource_must_be_held_against_the_definition_of_the_same_run(world: Any, make: Any) -> None:
    group = f"{world.name}.example.com"
    good = world.up(world.desired("kind", definition(group)), world.desired("api", box(group, size=1)), check=True)
    assert not good.failed
    assert checked(good) == {"Namespace": "server", "CustomResourceDefinition": "server", "Box": "schema"}
    assert any("checked against the schema of a CustomResourceDefinition that this run brings" in notice for notice in good.notices)
    bad = world.up(world.desired("kind", definition(group)), world.desired("api", box(group, sise=1)), check=True)
    failed = next(item for item in bad.instances if item.instance == "api")
    assert failed.reason == "Invalid"
    assert ".spec.sise: field not declared in schema" in failed.message
    assert ".spec.size: required" in failed.message


def test_what_is_made_anew_must_be_checked_as_a_new_object(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.job()))
    wrong = make.job(script="false")
    wrong["spec"]["template"]["spec"]["restartPolicy"] = "Sometimes"
    for check in (True, False):
        with pytest.raises(PlanError, match=r"and a new one would be refused too: .*restartPolicy"):
            world.up(world.desired("api", wrong), check=check)
