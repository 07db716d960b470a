"""Who serves a kind goes after the kind's objects: an operator's finalizers are taken off by the operator alone."""

from __future__ import annotations

from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._release.data.observed import Observed
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.planning.removal import Surroundings, plan_removal


def definition(make: Any) -> Any:
    names = {"kind": "Thing", "plural": "things"}
    spec = {"group": "example.com", "names": names, "scope": "Namespaced", "versions": [{"name": "v1", "served": True, "storage": True}]}
    return make.thing("CustomResourceDefinition", "things.example.com", spec=spec)


def operator(make: Any) -> list[Any]:
    rule = {"apiGroups": ["example.com"], "resources": ["things", "things/finalizers"], "verbs": ["get", "update"]}
    return [
        make.workload(name="operator", serviceAccountName="operator"),
        make.thing("ServiceAccount", "operator"),
        make.thing("ClusterRole", "operator", rules=[rule]),
        make.thing("Service", "operator", spec={"selector": {"app": "operator"}}),
    ]


def thing(make: Any, name: str = "mine") -> Any:
    return make.thing("Thing", name, "example.com/v1")


def world(make: Any, needs: dict[str, tuple[str, ...]] | None = None, **instances: list[Any]) -> Observed:
    """All of it is there and recorded. needs: instance -> what it depends on."""
    desired = [make.desired(name, *objects) for name, objects in instances.items()]
    held, records = [], []
    for name, objects in instances.items():
        now = []
        for obj in objects:
            live = {**obj, "metadata": {**obj["metadata"], "uid": f"uid-{obj['kind']}-{obj['metadata']['name']}"}}
            labels = {"workspace": "shop", "environment": "dev", "instance": name, "app": name}
            live["metadata"]["labels"] = {f"roro.dev/{key}": value for key, value in labels.items()}
            if obj["kind"] not in ("CustomResourceDefinition", "ClusterRole"):
                live["metadata"]["namespace"] = "shop"
            now.append(live)
        held += now
        records.append(make.record(name, *(make.owned(live) for live in now), depends_on=(needs or {}).get(name, ())))
    seen = make.observed(*held, records=records, promised=desired)
    return Observed(seen.objects, seen.records, seen.namespaces, {**seen.served, **seen.promised})


def order(make: Any, seen: Observed, **options: Any) -> list[str]:
    plan = plan_removal("shop", "dev", None, seen, Surroundings(), Options(**options))
    return [f"{step.ref.kind}/{step.ref.name}" for step in plan.steps]


def test_the_resource_must_be_gone_before_anything_of_its_operator(make: Any) -> None:
    seen = world(make, api=[*operator(make), definition(make), thing(make)])
    assert order(make, seen)[0] == "Thing/mine"
    plan = plan_removal("shop", "dev", None, seen, Surroundings(), Options())
    assert all(step.after for step in plan.steps[1:])
    assert "CustomResourceDefinition/things.example.com" not in order(make, seen)


def test_the_definition_must_go_before_the_operator_as_it_takes_the_resources_of_others_along(make: Any) -> None:
    found = order(make, world(make, api=[*operator(make), definition(make), thing(make)]), volumes=True)
    assert found[:2] == ["Thing/mine", "CustomResourceDefinition/things.example.com"]


def test_resources_of_other_instances_must_go_before_the_operator(make: Any) -> None:
    seen = world(make, api=[*operator(make), definition(make)], shop=[thing(make), make.config("plain")])
    assert order(make, seen).index("Thing/mine") == 0
    plan = plan_removal("shop", "dev", None, seen, Surroundings(), Options())
    assert next(step for step in plan.steps if step.ref.name == "plain").after == frozenset()


def test_an_operator_must_be_known_by_its_rights_where_another_instance_brings_the_definition(make: Any) -> None:
    seen = world(make, {"operator": ("definitions",)}, definitions=[definition(make)], operator=operator(make), shop=[thing(make)])
    found = order(make, seen, volumes=True)
    assert found[0] == "Thing/mine"
    assert found.index("Thing/mine") < found.index("Deployment/operator")


def test_rights_on_everything_must_make_nobody_an_operator(make: Any) -> None:
    everything = make.thing("ClusterRole", "all", rules=[{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}])
    seen = world(make, definitions=[definition(make)], other=[everything, make.config("plain")], shop=[thing(make)])
    plan = plan_removal("shop", "dev", None, seen, Surroundings(), Options())
    assert next(step for step in plan.steps if step.ref.name == "plain").after == frozenset()


def test_what_depends_on_the_resource_by_dependson_must_still_go_first(make: Any) -> None:
    seen = world(make, {"api": ("shop",)}, api=[*operator(make), definition(make)], shop=[thing(make)])
    assert order(make, seen)[-1] == "Thing/mine"


def test_prune_must_take_the_resource_first_too(make: Any) -> None:
    seen = world(make, api=[*operator(make), definition(make), thing(make)], rest=[make.config("stays")])
    plan = make.planned([make.desired("rest", make.config("stays"))], seen, volumes=True)
    deleted = [f"{step.ref.kind}/{step.ref.name}" for step in plan.steps if step.action == "delete"]
    assert deleted[:2] == ["Thing/mine", "CustomResourceDefinition/things.example.com"]


def test_prune_of_instances_must_let_dependants_go_first(make: Any) -> None:
    seen = world(make, {"web": ("db",)}, db=[make.config("a")], web=[make.config("b")], rest=[make.config("stays")])
    plan = make.planned([make.desired("rest", make.config("stays"))], seen)
    assert [step.ref.name for step in plan.steps if step.action == "delete"] == ["b", "a"]
