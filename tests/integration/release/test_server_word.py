"""What is fixed on an existing object the API server says: refused before any write of the run, made anew with consent, else left to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, PlanError
from ansible_collections.roro.kube.plugins.module_utils._secrets import Secrets, secret

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


def test_a_secret_in_the_servers_words_must_not_be_told_by_the_plan(world: Any, make: Any) -> None:
    """A refusal repeats the value that it is about."""
    password = "hunter2-and-more"

    def service(**spec: Any) -> Obj:
        metadata = {"name": "web", "annotations": CONSENT}
        return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": {"ports": [{"port": 80}], **spec}}

    world.up(world.desired("api", service()), wait=False)
    wrong = replace(
        world.desired("api", service(clusterIP="None", sessionAffinity=password)),
        secrets=Secrets([secret(password)]),
    )
    with pytest.raises(PlanError, match="a new one would be refused too") as refused:
        world.up(wrong)
    assert "spec.sessionAffinity: Unsupported value" in str(refused.value)
    assert password not in str(refused.value)


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


@pytest.mark.parametrize(("rule", "asked"), [(True, 3), (False, 0)])
def test_many_custom_resources_must_be_asked_for_only_where_their_definition_has_a_transition_rule(
    world: Any, make: Any, rule: bool, asked: int
) -> None:
    group = f"{world.name}.example.com"
    kind = world.desired("kind", definition(group, **({} if rule else {"size": {"type": "string"}})))

    def boxes(free: str) -> Any:
        return world.desired("api", *({**box(group, free=free), "metadata": {"name": f"box-{number}"}} for number in range(3)))

    world.up(kind, boxes("a"))
    before = world.cluster.requests["apply"]
    world.up(kind, boxes("b"))
    assert world.cluster.requests["apply"] - before == 3 + 1 + asked  # the objects and the revision


def test_a_check_must_ask_once_for_what_is_asked_while_planning(world: Any, make: Any) -> None:
    def service(**spec: Any) -> Any:
        return world.desired("api", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": spec})

    world.up(service(ports=[{"port": 80}]))
    before = world.cluster.requests["apply"]
    result = world.up(service(ports=[{"port": 80}], externalTrafficPolicy="Cluster", type="NodePort"), check=True)
    assert make.actions(result) == {"Service/web": "update"}
    assert world.cluster.requests["apply"] - before == 1


def test_what_another_object_has_must_not_be_taken_for_something_fixed(world: Any, make: Any) -> None:
    def service(name: str, **spec: Any) -> Obj:
        return {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "annotations": CONSENT},
            "spec": {"type": "NodePort", **spec},
        }

    world.up(world.desired("one", service("a", ports=[{"port": 80}])), world.desired("two", service("b", ports=[{"port": 80}])))
    taken = world.get("v1", "Service", "a")["spec"]["ports"][0]["nodePort"]
    uid = world.get("v1", "Service", "b")["metadata"]["uid"]
    one, two = (
        world.desired("one", service("a", ports=[{"port": 80}])),
        world.desired("two", service("b", ports=[{"port": 80, "nodePort": taken}])),
    )
    result = world.up(one, two)
    assert [(item.instance, item.reason) for item in result.instances if item.status == "Failed"] == [("two", "Invalid")]
    assert world.get("v1", "Service", "b")["metadata"]["uid"] == uid


def cases(name: str) -> dict[str, tuple[Obj, Obj, str]]:
    """What is -> (before, after, the field): one object of every sort of validation that fixes something."""
    sc = {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "provisioner": "example.com/a", "metadata": {"name": name}}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role"}
    binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "x"}, "subjects": []}
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}}
    runtime = {"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": name}}
    driver = {"apiVersion": "storage.k8s.io/v1", "kind": "CSIDriver", "metadata": {"name": f"{name}.example.com"}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "x"}}
    volume = {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}}
    size, modes = {"requests": {"storage": "1Mi"}}, ["ReadWriteOnce"]
    pv_spec = {"capacity": {"storage": "1Mi"}, "accessModes": modes, "storageClassName": name}
    balanced = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
    lb = {"type": "LoadBalancer", "ports": [{"port": 80}]}
    slice_ = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "x"}, "endpoints": []}
    return {
        "StorageClass": (sc, {**sc, "provisioner": "example.com/b"}, "provisioner"),
        "StorageClass parameters": (sc, {**sc, "parameters": {"a": "b"}}, "parameters"),
        "Secret type": ({**secret, "type": "example.com/a"}, {**secret, "type": "example.com/b"}, "type"),
        "Secret sealed": (
            {**secret, "immutable": True, "data": {"a": "YQ=="}},
            {**secret, "immutable": True, "data": {"a": "Yg=="}},
            "data",
        ),
        "RoleBinding": ({**binding, "roleRef": {**role, "name": "a"}}, {**binding, "roleRef": {**role, "name": "b"}}, "roleRef"),
        "PriorityClass": ({**priority, "value": 1}, {**priority, "value": 2}, "value"),
        "RuntimeClass": ({**runtime, "handler": "a"}, {**runtime, "handler": "b"}, "handler"),
        "CSIDriver": ({**driver, "spec": {"attachRequired": True}}, {**driver, "spec": {"attachRequired": False}}, "spec.attachRequired"),
        "PersistentVolumeClaim": (
            {**claim, "spec": {"accessModes": modes, "resources": size, "storageClassName": name}},
            {**claim, "spec": {"accessModes": modes, "resources": size, "storageClassName": f"{name}-b"}},
            "spec.storageClassName",
        ),
        "PersistentVolume": (
            {**volume, "spec": {**pv_spec, "hostPath": {"path": "/a"}}},
            {**volume, "spec": {**pv_spec, "hostPath": {"path": "/b"}}},
            "spec.hostPath",
        ),
        "Service": (
            {**balanced, "spec": {**lb, "loadBalancerClass": "example.com/a"}},
            {**balanced, "spec": {**lb, "loadBalancerClass": "example.com/b"}},
            "spec.loadBalancerClass",
        ),
        "EndpointSlice": ({**slice_, "addressType": "IPv4"}, {**slice_, "addressType": "IPv6"}, "addressType"),
    }


@pytest.mark.parametrize("case", cases(""))
def test_every_kind_that_fixes_something_must_be_refused_and_made_anew_alike(world: Any, make: Any, case: str) -> None:
    before, after, field = cases(world.name)[case]
    world.up(world.desired("api", make.config(a="1"), before), wait=False)
    versions = world.versions()
    with pytest.raises(PlanError, match=rf"{field}.* cannot be changed on an existing object"):
        world.up(world.desired("api", make.config(a="2"), after), wait=False)
    assert world.versions() == versions
    anew = world.desired("api", {**after, "metadata": {**after["metadata"], "annotations": CONSENT}})
    foretold = world.up(anew, check=True, wait=False)
    assert (foretold.failed, make.actions(foretold)) == (False, make.actions(world.up(anew, wait=False)))
    assert make.actions(foretold)[f"{after['kind']}/{after['metadata']['name']}"] == "recreate"


def policy(name: str, rule: str, message: str) -> list[Obj]:
    """An admission policy for the ConfigMaps of one namespace."""
    rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["configmaps"]}]
    spec = {"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": rule, "message": message}]}
    here = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
    return [
        {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicy", "metadata": {"name": name}, "spec": spec},
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": name},
            "spec": {"policyName": name, "validationActions": ["Deny"], "matchResources": here},
        },
    ]


@pytest.mark.parametrize(("message", "action"), [("data is immutable", "recreate"), ("ask the owner first", "")])
def test_a_policy_must_count_as_fixing_only_when_it_says_so(world: Any, make: Any, eventually: Any, message: str, action: str) -> None:
    rules = policy(world.name, "!has(object.data.a) || object.data.a == oldObject.data.a", message)
    sealed = {**make.config(a="1"), "metadata": {"name": "settings", "annotations": CONSENT}}
    world.up(world.desired("rules", *rules), world.desired("api", sealed))
    maps = world.cluster.resource("v1", "ConfigMap")

    def in_force() -> bool:
        try:
            world.cluster.merge_patch(maps, world.name, "settings", {"data": {"a": "x"}}, dry_run=True)
        except ApiError:
            return True
        return False

    eventually(in_force)
    uid = world.get("v1", "ConfigMap", "settings")["metadata"]["uid"]
    result = world.up(world.desired("rules", *rules), world.desired("api", {**sealed, "data": {"a": "2"}}))
    assert result.failed is not bool(action)
    assert (world.get("v1", "ConfigMap", "settings")["metadata"]["uid"] != uid) is bool(action)
    assert make.actions(result)["ConfigMap/settings"] == (action or "update")
