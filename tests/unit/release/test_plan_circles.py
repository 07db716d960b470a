"""What is written (dependsOn, roro.dev/depends-on) against what is inferred: who waits for whom where both close a circle."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.order.circles import leave_out
from ansible_collections.roro.kube.plugins.module_utils._release.planning.removal import Surroundings, plan_removal


def guard(make: Any, *kinds: str) -> Any:
    """A webhook whose server is istiod."""
    rules = [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": list(kinds)}]
    service = {"namespace": "shop", "name": "istiod"}
    return make.thing("ValidatingWebhookConfiguration", "guard", webhooks=[{"clientConfig": {"service": service}, "rules": rules}])


def mesh(make: Any, *kinds: str, base: Any = (), istiod: Any = ()) -> tuple[Any, Any]:
    """Two apps as Istio's charts are: the first has the webhook, the second its server, and says that it depends on the first."""
    server = [make.workload(name="istiod"), make.thing("Service", "istiod", spec={"selector": {"app": "istiod"}})]
    first = make.desired("base", guard(make, *kinds), *base)
    return first, make.desired(make.instance("istiod", needs=["base"]), *server, *istiod)


def before(make: Any, *wanted: Any, seen: Any = None) -> dict[str, set[str]]:
    """Object -> the objects that come before it, however far."""
    plan = make.planned(wanted, seen or make.observed(promised=wanted))
    names = {step.id: f"{step.ref.kind}/{step.ref.name}" for step in plan.steps}
    items = {item.id: item for item in (*plan.steps, *plan.gates)}
    found: dict[str, set[str]] = {}
    for number, name in names.items():
        seen_ids: set[int] = set()
        ask = list(items[number].after)
        while ask:
            one = ask.pop()
            if one not in seen_ids:
                seen_ids.add(one)
                ask += items[one].after
        found[name] = {names[one] for one in seen_ids if one in names}
    return found


def test_a_webhook_must_not_wait_for_its_server_where_the_server_depends_on_it(make: Any) -> None:
    wanted = mesh(make, "configmaps")
    plan = make.planned(wanted, make.observed())
    found = before(make, *wanted)
    assert found["ValidatingWebhookConfiguration/guard"] == set()
    assert "ValidatingWebhookConfiguration/guard" in found["Deployment/istiod"]
    assert plan.notices == (
        "ValidatingWebhookConfiguration guard does not wait for Deployment shop/istiod and Service shop/istiod, which wait for it: what"
        " dependsOn and roro.dev/depends-on say comes before what is inferred",
    )


def test_without_dependson_the_webhook_must_wait_for_its_server_without_a_notice(make: Any) -> None:
    first, second = mesh(make, "configmaps")
    second = make.desired("istiod", *(manifest.object for manifest in second.manifests))
    assert "Deployment/istiod" in before(make, first, second)["ValidatingWebhookConfiguration/guard"]
    assert make.planned((first, second), make.observed()).notices == ()


def test_what_passes_through_such_a_webhook_must_wait_for_the_server_itself(make: Any) -> None:
    third = make.desired("third", make.config("mine"))
    found = before(make, *mesh(make, "configmaps", istiod=[make.config("late")]), third)
    assert {"ValidatingWebhookConfiguration/guard", "Deployment/istiod"} <= found["ConfigMap/mine"]
    assert {"ValidatingWebhookConfiguration/guard", "Deployment/istiod"} <= found["ConfigMap/late"]


def test_what_the_server_needs_must_be_written_before_the_webhook_that_would_ask_it(make: Any) -> None:
    found = before(make, *mesh(make, "configmaps", base=[make.config("shared")]))
    assert found["ConfigMap/shared"] == set()
    assert found["ValidatingWebhookConfiguration/guard"] == {"ConfigMap/shared"}


def test_what_an_object_names_must_give_way_to_its_annotation(make: Any) -> None:
    mounts = make.workload(volumes=[{"name": "v", "configMap": {"name": "settings"}}])
    item = make.desired("api", mounts, make.config(annotations={"roro.dev/depends-on": "Deployment/api"}))
    plan = make.planned([item], make.observed())
    assert [step.ref.kind for step in plan.steps] == ["Deployment", "ConfigMap"]
    assert plan.notices[0].startswith("Deployment shop/api does not wait for ConfigMap shop/settings, which waits for it")


def test_only_the_edges_in_the_circle_must_be_left_out(make: Any) -> None:
    account = make.thing("ServiceAccount", "istiod")
    wanted = mesh(make, "configmaps", istiod=[account])
    objects = [manifest.object for manifest in wanted[1].manifests]
    objects[0]["spec"]["template"]["spec"]["serviceAccountName"] = "istiod"
    found = before(make, *wanted)
    assert {"ServiceAccount/istiod", "Service/istiod"} <= found["Deployment/istiod"]


def test_an_unchanged_set_must_have_no_notice_about_its_order(make: Any) -> None:
    first, second = mesh(make, "configmaps")
    held, records = [], []
    for item in (first, second):
        now = [make.live(manifest.object, item.instance.id) for manifest in item.manifests]
        entries = [make.owned(live, m.object, item.instance) for live, m in zip(now, item.manifests, strict=True)]
        held += now
        records.append(make.record(item.instance.id, *entries))
    assert make.planned((first, second), make.observed(*held, records=records)).notices == ()


def definition(make: Any) -> Any:
    names = {"kind": "Thing", "plural": "things"}
    spec = {"group": "example.com", "names": names, "scope": "Namespaced", "versions": [{"name": "v1", "served": True, "storage": True}]}
    return make.thing("CustomResourceDefinition", "things.example.com", spec=spec)


def test_what_the_server_refuses_without_the_other_must_stay_a_circle(make: Any) -> None:
    first = make.desired("things", make.thing("Thing", "mine", "example.com/v1"))
    second = make.desired(make.instance("definitions", needs=["things"]), definition(make))
    with pytest.raises(PlanError, match="wait for each other"):
        make.planned((first, second), make.observed(promised=(first, second)))


def test_a_circle_of_what_is_written_must_name_nothing_that_is_inferred(make: Any) -> None:
    first = make.desired("base", guard(make, "configmaps"), make.config("a", annotations={"roro.dev/depends-on": "Service/istiod"}))
    with pytest.raises(PlanError) as caught:
        make.planned((first, mesh(make, "configmaps")[1]), make.observed())
    assert "ValidatingWebhookConfiguration" not in str(caught.value)


def test_down_must_not_be_hindered_by_the_same_circle(make: Any) -> None:
    held, records = [], []
    for item in mesh(make, "configmaps"):
        now = [make.live(manifest.object, item.instance.id) for manifest in item.manifests]
        held += now
        depends = tuple(need.instance for need in item.instance.depends_on)
        records.append(make.record(item.instance.id, *(make.owned(live) for live in now), depends_on=depends))
    plan = plan_removal("shop", "dev", None, make.observed(*held, records=records), Surroundings(), Options())
    assert [step.ref.kind for step in plan.steps][-1] == "ValidatingWebhookConfiguration"
    assert len(plan.steps) == 3


def test_down_must_not_be_hindered_by_records_that_depend_on_each_other(make: Any) -> None:
    held = [make.live(make.config(name), name) for name in ("a", "b")]
    records = [make.record("a", make.owned(held[0]), depends_on=("b",)), make.record("b", make.owned(held[1]), depends_on=("a",))]
    plan = plan_removal("shop", "dev", None, make.observed(*held, records=records), Surroundings(), Options())
    assert len(plan.steps) == 2
    assert plan.notices == ()


def test_the_rank_must_decide_which_edge_is_left_out() -> None:
    after = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert leave_out(after, after, {("a", "b"): 0, ("b", "c"): 2, ("d", "a"): 1}) == [("b", "c")]
    assert after == {"a": {"b"}, "b": set(), "c": {"a"}, "d": {"a"}}
