"""New objects come before what is pruned, apart from what only one can have: the plan's text says who goes first, and why."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.manifests.exclusive import claims, let_go


def service(make: Any, name: str, **spec: Any) -> Any:
    return make.thing("Service", name, spec=spec)


def ports(number: int) -> list[dict[str, int]]:
    return [{"port": 80, "nodePort": number}]


def renamed(make: Any, before: Any, after: Any, *others: Any, **seen: Any) -> str:
    """The plan's text where `before` left the manifests of an instance and `after` is new in them."""
    held = [make.live(obj) for obj in (before, *seen.pop("there", ()))]
    record = make.record("api", *(make.owned(obj) for obj in held))
    return make.planned([make.desired("api", *others, after)], make.observed(*held, records=[record]), **seen).text()


def test_what_is_pruned_must_go_after_what_is_new(make: Any) -> None:
    text = renamed(make, service(make, "old", ports=ports(30001)), service(make, "new", ports=ports(30002)))
    assert text == (
        "#1 create Service shop/new: no existing object\n"
        "#2 gate api healthy <- #1\n"
        "#3 delete Service shop/old <- #2: no longer in the manifests"
    )


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"ports": ports(30001)}, "node port 30001"),
        ({"clusterIP": "10.0.0.9"}, "cluster IP 10.0.0.9"),
        ({"type": "LoadBalancer", "loadBalancerIP": "192.0.2.1"}, "load balancer address 192.0.2.1"),
        ({"ports": [{"port": 80}], "healthCheckNodePort": 30005}, "node port 30005"),
    ],
)
def test_a_service_that_has_what_the_new_one_needs_must_go_first(make: Any, spec: Any, words: str) -> None:
    assert renamed(make, service(make, "old", **spec), service(make, "new", **spec)) == (
        f"#1 delete Service shop/old: no longer in the manifests, and goes first: Service shop/new takes its {words}\n"
        "#2 create Service shop/new <- #1: no existing object"
    )


def test_what_only_shares_no_address_must_not_go_first(make: Any) -> None:
    text = renamed(make, service(make, "old", clusterIP="None"), service(make, "new", clusterIP="None"))
    assert "goes first" not in text


def scaled(make: Any, *, before: int, after: int | None, **options: Any) -> str:
    """The plan's text where an autoscaler left the manifests that had set other replicas than the manifest had."""
    spec = {"scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}}
    scaler, workload = make.live(make.thing("HorizontalPodAutoscaler", "api", spec=spec)), make.workload()
    owners = [
        {"manager": "roro", "operation": "Apply", "fieldsV1": {"f:spec": {"f:template": {}}}},
        {"manager": "kube-controller-manager", "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
    ]
    held = make.live(workload, managedFields=owners)
    held["spec"]["replicas"] = before
    if after is not None:
        workload["spec"]["replicas"] = after
    record = make.record("api", make.owned(scaler), make.owned(held))
    return make.planned([make.desired("api", workload)], make.observed(scaler, held, records=[record]), **options).text()


def test_replicas_must_be_taken_back_in_the_run_in_which_the_autoscaler_goes_and_after_it(make: Any) -> None:
    assert scaled(make, before=4, after=2) == (
        "#1 delete HorizontalPodAutoscaler shop/api: no longer in the manifests, and goes first: Deployment shop/api takes its number of"
        " replicas\n"
        "#2 update Deployment shop/api <- #1: spec.replicas differs"
    )


@pytest.mark.parametrize(("after", "options"), [(None, {}), (2, {"prune": False})])
def test_replicas_that_nobody_takes_back_must_not_let_the_autoscaler_go_first(make: Any, after: int | None, options: Any) -> None:
    text = scaled(make, before=4, after=after, **options)
    assert "goes first" not in text and "spec.replicas differs" not in text


def test_without_prune_nothing_must_go_first(make: Any) -> None:
    text = renamed(make, service(make, "old", ports=ports(30001)), service(make, "new", ports=ports(30001)), prune=False)
    assert "delete" not in text


def test_who_holds_it_must_stay_until_all_that_the_new_one_needs_is_there(make: Any) -> None:
    def with_port(name: str) -> Any:
        found = make.workload(name=name, volumes=[{"name": "c", "configMap": {"name": "settings"}}])
        found["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": 8080}]
        return found

    why = "no longer in the manifests, and goes first: Deployment shop/new takes its host port 8080/TCP"
    assert renamed(make, with_port("old"), with_port("new"), make.config()) == (
        "#1 create ConfigMap shop/settings: no existing object\n"
        f"#2 delete Deployment shop/old <- #1: {why}\n"
        "#3 create Deployment shop/new <- #1 #2: no existing object"
    )


@pytest.mark.parametrize(("modes", "first"), [(["ReadWriteOnce"], True), (["ReadWriteOncePod"], True), (["ReadWriteMany"], False)])
def test_a_workload_must_let_go_of_a_volume_of_one_writer(make: Any, modes: list[str], first: bool) -> None:
    def mounting(name: str) -> Any:
        return make.workload(name=name, volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}])

    claim = make.thing("PersistentVolumeClaim", "data", spec={"accessModes": modes})
    text = renamed(make, mounting("old"), mounting("new"), claim, there=[claim])
    assert ("goes first: Deployment shop/new takes its volume claim shop/data" in text) is first


def test_the_claims_of_a_stateful_set_must_count_as_what_its_pods_mount(make: Any) -> None:
    old = make.workload("StatefulSet", "old")
    old["spec"] |= {"replicas": 2, "volumeClaimTemplates": [{"metadata": {"name": "data"}}]}
    new = make.workload(name="new", volumes=[{"name": "d", "persistentVolumeClaim": {"claimName": "data-old-1"}}])
    claim = make.thing("PersistentVolumeClaim", "data-old-1", spec={"accessModes": ["ReadWriteOnce"]})
    assert "goes first: Deployment shop/new takes its volume claim shop/data-old-1" in renamed(make, old, new, claim, there=[claim])


def test_an_object_of_another_instance_that_goes_must_go_first_too(make: Any) -> None:
    old, new = service(make, "old", ports=ports(30001)), service(make, "new", ports=ports(30001))
    held = make.live(old, "gone")
    seen = make.observed(held, records=[make.record("gone", make.owned(held), depends_on=("api",))])
    plan = make.planned([make.desired("api", new)], seen)
    assert [step.action for step in plan.steps] == ["delete", "create"]


def test_an_update_that_lets_go_must_come_before_who_takes_it(make: Any) -> None:
    held = make.live(service(make, "a", ports=ports(30001)))
    seen = make.observed(held, records=[make.record("api", make.owned(held))])
    wanted = make.desired("api", service(make, "b", ports=ports(30001)), service(make, "a", ports=ports(30002)))
    assert make.planned([wanted], seen).text() == (
        "#1 update Service shop/a: spec.ports[0].nodePort differs\n#2 create Service shop/b <- #1: no existing object"
    )


def test_two_that_take_from_each_other_must_be_left_to_the_server(make: Any) -> None:
    held = [make.live(service(make, name, ports=ports(port))) for name, port in (("a", 30001), ("b", 30002))]
    seen = make.observed(*held, records=[make.record("api", *map(make.owned, held))])
    wanted = make.desired("api", service(make, "a", ports=ports(30002)), service(make, "b", ports=ports(30001)))
    assert len(make.planned([wanted], seen).steps) == 2


def test_an_unchanged_object_must_take_nothing(make: Any) -> None:
    wanted, held, record = make.steady("api", service(make, "new", ports=ports(30001)))
    old = make.live(service(make, "old", ports=ports(30001)))
    seen = make.observed(*held, old, records=[make.replace(record, objects=(*record.objects, make.owned(old)))])
    assert "goes first" not in make.planned([wanted], seen).text()


def test_a_create_that_the_server_refuses_for_another_reason_must_take_nothing_away(make: Any) -> None:
    old, new = (service(make, name, ports=ports(30001)) for name in ("old", "new"))
    held = make.live(old)
    seen = make.observed(held, records=[make.record("api", make.owned(held))])
    refused = make.observed(make.live(new), fixed=["spec.ports"]).refused
    assert "goes first" in make.planned([make.desired("api", new)], seen).text()
    assert "goes first" not in make.planned([make.desired("api", new)], make.replace(seen, refused=refused)).text()


def test_the_hooks_by_which_an_instance_goes_must_not_keep_what_the_new_one_needs(make: Any) -> None:
    old, new = service(make, "old", ports=ports(30001)), service(make, "new", ports=ports(30001))
    held = make.live(old, "gone")
    hook = make.thing("Job", "bye", annotations={"roro.dev/hook": "before-down"}, spec={})
    hooks = make.planned([make.desired("gone", old, hook)], make.observed()).hooks["gone"]
    seen = make.observed(held, records=[make.record("gone", make.owned(held), depends_on=("api",), hooks=hooks)])
    text = make.planned([make.desired("api", new)], seen).text()
    assert text.index("run Job shop/bye") < text.index("delete Service shop/old") < text.index("create Service shop/new")


def test_a_hook_that_needs_the_new_one_must_not_keep_the_old_one(make: Any) -> None:
    held = make.live(service(make, "old", ports=ports(30001)))
    hook = make.thing("Job", "try", annotations={"roro.dev/hook": "before-up", "roro.dev/depends-on": "Service/new"}, spec={})
    seen = make.observed(held, records=[make.record("api", make.owned(held))])
    text = make.planned([make.desired("api", service(make, "new", ports=ports(30001)), hook)], seen).text()
    assert text.index("delete Service shop/old") < text.index("create Service shop/new") < text.index("run Job shop/try")


def test_other_hooks_must_run_before_what_goes_first(make: Any) -> None:
    held = make.live(service(make, "old", ports=ports(30001)))
    hook = make.thing("Job", "try", annotations={"roro.dev/hook": "before-up"}, spec={})
    seen = make.observed(held, records=[make.record("api", make.owned(held))])
    text = make.planned([make.desired("api", service(make, "new", ports=ports(30001)), hook)], seen).text()
    assert text.index("run Job shop/try") < text.index("delete Service shop/old") < text.index("create Service shop/new")


def definition(plural: str, **names: Any) -> Any:
    names = {"plural": plural, "kind": plural.title(), "listKind": f"{plural.title()}List", **names}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": plural},
        "spec": {"group": "x.example", "names": names},
    }


def test_names_of_kinds_must_be_had_once_in_a_group() -> None:
    one, two = claims(definition("widgets", shortNames=["w"])), claims(definition("wheels", shortNames=["w"]))
    assert one & two == {("resource name", "w.x.example")}


def test_the_default_priority_class_must_be_one() -> None:
    default = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "globalDefault": True}
    assert claims(default)
    assert not claims({**default, "globalDefault": False})
    assert let_go(default, {**default, "globalDefault": False}) == claims(default)


def test_the_nodes_network_must_count_as_ports_of_the_node(make: Any) -> None:
    declared = make.workload(hostNetwork=True)
    declared["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 53, "protocol": "UDP"}]
    assert claims(declared) == {("host port", "53/UDP")}
    assert claims(make.workload(hostNetwork=True)) == {("host network of", "api:1")}
    assert claims(make.workload()) == frozenset()
    assert claims(make.workload("Job", hostNetwork=True)) == frozenset()


def test_an_address_that_is_shared_on_purpose_must_be_nobodys() -> None:
    wanted = {"metallb.io/loadBalancerIPs": "192.0.2.1, 192.0.2.2"}
    asked = {"apiVersion": "v1", "kind": "Service", "metadata": {"annotations": wanted}, "spec": {"type": "LoadBalancer"}}
    assert {which for _, which in claims(asked)} == {"192.0.2.1", "192.0.2.2"}
    shared = {**asked, "metadata": {"annotations": {**wanted, "metallb.io/allow-shared-ip": "a"}}}
    assert claims(shared) == frozenset()


def test_an_address_that_is_only_left_out_must_count_as_kept(make: Any) -> None:
    assert let_go(service(make, "a", ports=ports(30001)), service(make, "a", ports=[{"port": 80}])) == frozenset()
