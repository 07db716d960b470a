"""What is fixed on an existing object the API server says: refused before any write of the run, made anew with consent, else left to it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError

Obj = dict[str, Any]
CONSENT = {"roro.dev/recreate": "true"}


def ingress_class(name: str, controller: str, **annotations: str) -> Obj:
    """Cluster-scoped, with a controller that never changes."""
    metadata = {"name": name, "annotations": annotations}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": metadata, "spec": {"controller": controller}}


def definition(group: str, **more: Any) -> Obj:
    """A kind with a field that is chosen once, by a transition rule, and one that is free."""
    once = {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "the size is chosen once"}]}
    spec = {"type": "object", "properties": {"size": once, "free": {"type": "string"}, **more}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    names = {"plural": "boxes", "singular": "box", "kind": "Box", "listKind": "BoxList"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"boxes.{group}"},
        "spec": {
            "group": group,
            "names": names,
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def box(group: str, *, annotations: Obj | None = None, **spec: Any) -> Obj:
    """A custom resource of it."""
    return {"apiVersion": f"{group}/v1", "kind": "Box", "metadata": {"name": "box", "annotations": annotations or {}}, "spec": spec}


def refused_without_a_write(world: Any, wanted: Any, words: str) -> None:
    """`up`, `--check` and `diff` refuse, and nothing was written."""
    before = world.versions()
    for go in (lambda: world.up(wanted, check=True), lambda: world.preview(wanted), lambda: world.up(wanted)):
        with pytest.raises(PlanError, match=words) as caught:
            go()
        assert all("roro.dev/recreate" in str(problem.hint) for problem in caught.value.problems)
    assert world.versions() == before


def test_a_class_whose_controller_differs_must_be_refused_before_any_write_and_made_anew_with_consent(world: Any, make: Any) -> None:
    name = world.name
    world.up(world.desired("api", make.config(a="1"), ingress_class(name, "example.com/one")))
    changed = world.desired("api", make.config(a="2"), ingress_class(name, "example.com/two"))
    refused_without_a_write(world, changed, r"spec\.controller cannot be changed on an existing object")
    anew = world.desired("api", make.config(a="2"), ingress_class(name, "example.com/two", **CONSENT))
    foretold = make.actions(world.up(anew, check=True))
    assert foretold == make.actions(world.up(anew)) == {f"IngressClass/{name}": "recreate", "ConfigMap/settings": "update"}
    assert not world.up(anew).changed


def test_a_transition_rule_of_a_custom_resource_must_count_as_the_servers_word(world: Any, make: Any) -> None:
    group = f"{world.name}.example.com"
    kind = world.desired("kind", definition(group))

    def api(policy: str = "refuse", annotations: Obj | None = None, **spec: Any) -> Any:
        owner = world.instance("api", on_immutable=policy)
        return world.desired(owner, make.config(a=spec["size"]), box(group, annotations=annotations, **spec))

    world.up(kind, api(size="s"))
    uid = world.get(f"{group}/v1", "Box", "box")["metadata"]["uid"]
    assert make.actions(world.up(kind, api(size="s", free="x")))["Box/box"] == "update"
    wanted = world.desired("api", make.config(a="m"), box(group, size="m"))
    before = world.versions()
    with pytest.raises(PlanError, match=r"spec\.size cannot be changed on an existing object: the size is chosen once"):
        world.up(kind, wanted)
    assert world.versions() == before
    assert make.actions(world.up(kind, api(size="m", annotations=CONSENT)))["Box/box"] == "recreate"
    assert make.actions(world.up(kind, api("recreate", size="l"), check=True))["Box/box"] == "recreate"
    assert make.actions(world.up(kind, api("recreate", size="l")))["Box/box"] == "recreate"
    found = world.get(f"{group}/v1", "Box", "box")
    assert found["spec"] == {"size": "l"}
    assert found["metadata"]["uid"] != uid


def test_a_rule_that_goes_in_the_same_run_must_not_refuse(world: Any, make: Any) -> None:
    group = f"{world.name}.example.com"
    world.up(world.desired("kind", definition(group)), world.desired("api", box(group, size="s")))
    loose = definition(group, size={"type": "string"}, more={"type": "string"})
    run = (world.desired("kind", loose), world.desired(world.instance("api", needs=["kind"]), box(group, size="m", more="x")))
    foretold = world.up(*run, check=True)
    assert not foretold.failed
    assert {item.checked for item in foretold.instances[1].actions} == {"schema"}
    assert make.actions(world.up(*run)) == make.actions(foretold)
    assert world.get(f"{group}/v1", "Box", "box")["spec"] == {"size": "m", "more": "x"}


def test_what_the_server_refuses_to_a_new_object_too_must_not_be_deleted_for_it(world: Any, make: Any) -> None:
    group = f"{world.name}.example.com"
    kind = world.desired("kind", definition(group, count={"type": "integer"}))
    world.up(kind, world.desired("api", box(group, size="s", annotations=CONSENT)))
    uid = world.get(f"{group}/v1", "Box", "box")["metadata"]["uid"]
    wrong = world.desired("api", box(group, size="m", count="many", annotations=CONSENT))
    assert world.up(kind, wrong).failed
    assert world.get(f"{group}/v1", "Box", "box")["metadata"]["uid"] == uid


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"type": "ExternalName", "externalName": "example.com"}, {"clusterIP": "None", "ports": [{"port": 80}]}),
        ({"clusterIP": "None", "ports": [{"port": 80}]}, {"type": "ExternalName", "externalName": "example.com"}),
    ],
    ids=["to-headless", "from-headless"],
)
def test_a_service_must_change_as_far_as_the_server_lets_it(world: Any, make: Any, before: Obj, after: Obj) -> None:
    def service(spec: Obj) -> Any:
        return world.desired("api", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})

    world.up(service(before))
    foretold = make.actions(world.up(service(after), check=True))
    assert foretold == make.actions(world.up(service(after))) == {"Service/web": "update"}


def test_a_job_must_be_run_again_only_when_the_server_does_not_let_it_change(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.job()))
    longer = make.job()
    longer["spec"]["activeDeadlineSeconds"] = 600
    assert make.actions(world.up(world.desired("api", longer))) == {"Job/migrate": "update"}
    other = make.job(script="true && true")
    foretold = make.actions(world.up(world.desired("api", other), check=True))
    assert foretold == make.actions(world.up(world.desired("api", other))) == {"Job/migrate": "recreate"}


def test_changes_that_every_server_takes_must_cost_no_request(world: Any, make: Any) -> None:
    first = world.desired("api", make.config(a="1"), make.workload(replicas=0))
    world.up(first)
    before = world.cluster.requests["apply"]
    world.up(world.desired("api", make.config(a="2"), make.workload(replicas=0, script="true")))
    assert world.cluster.requests["apply"] - before == 3  # two objects and the revision


def test_a_check_must_ask_once_for_what_is_asked_while_planning(world: Any, make: Any) -> None:
    def service(**spec: Any) -> Any:
        return world.desired("api", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})

    world.up(service(ports=[{"port": 80}]))
    before = world.cluster.requests["apply"]
    result = world.up(service(ports=[{"port": 80}], externalTrafficPolicy="Cluster", type="NodePort"), check=True)
    assert make.actions(result) == {"Service/web": "update"}
    assert world.cluster.requests["apply"] - before == 1
