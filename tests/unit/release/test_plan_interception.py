"""Webhooks, conversions and API servers among the manifests themselves: who waits for whom, read as the plan's text."""

from __future__ import annotations

from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.planning.removal import Surroundings, plan_removal


def webhook(make: Any, *rules: Any, name: str = "guard") -> Any:
    service = {"namespace": "shop", "name": name}
    wanted = [{"apiGroups": [group], "apiVersions": ["*"], "operations": [what], "resources": [kinds]} for group, kinds, what in rules]
    return make.thing("ValidatingWebhookConfiguration", name, webhooks=[{"clientConfig": {"service": service}, "rules": wanted}])


def server(make: Any, name: str = "guard") -> list[Any]:
    """A webhook's server: Deployment, Service, and the ConfigMap that it reads."""
    return [
        make.workload(name=name, volumes=[{"name": "v", "configMap": {"name": f"{name}-rules"}}]),
        make.thing("Service", name, spec={"selector": {"app": name}}),
        make.config(f"{name}-rules"),
    ]


def after(make: Any, *wanted: Any) -> dict[str, list[str]]:
    """Object -> what comes directly before it; gates by their objects."""
    plan = make.planned(wanted, make.observed(promised=wanted))
    names = {step.id: f"{step.ref.kind}/{step.ref.name}" for step in plan.steps}
    names |= {gate.id: "ready " + ",".join(f"{ref.kind}/{ref.name}" for ref in gate.objects) for gate in plan.gates}
    return {names[item.id]: [names[other] for other in sorted(item.after)] for item in (*plan.steps, *plan.gates)}


def test_what_a_webhook_intercepts_must_come_after_it_and_its_ready_server(make: Any) -> None:
    found = after(make, make.desired("api", make.config("mine"), webhook(make, ("", "configmaps", "CREATE")), *server(make)))
    assert found["ValidatingWebhookConfiguration/guard"] == ["Service/guard", "ready Deployment/guard"]
    assert found["ConfigMap/mine"] == ["ValidatingWebhookConfiguration/guard"]
    assert found["ConfigMap/guard-rules"] == []


def test_what_a_webhook_does_not_intercept_must_not_wait(make: Any) -> None:
    rules = [("apps", "configmaps", "CREATE"), ("", "secrets", "*"), ("", "configmaps", "DELETE"), ("", "configmaps/status", "*")]
    assert after(make, make.desired("api", make.config("mine"), webhook(make, *rules), *server(make)))["ConfigMap/mine"] == []


def test_workloads_must_come_after_a_webhook_on_their_pods(make: Any) -> None:
    found = after(make, make.desired("api", make.workload(name="mine"), webhook(make, ("", "pods", "*")), *server(make)))
    assert found["Deployment/mine"] == ["ValidatingWebhookConfiguration/guard"]
    assert "ValidatingWebhookConfiguration/guard" not in found["Deployment/guard"]


def test_a_webhook_on_everything_must_wait_for_no_circle(make: Any) -> None:
    everything = ("*", "*", "*")
    first = make.desired("first", webhook(make, everything), *server(make))
    second = make.desired("second", webhook(make, everything, name="other"), *server(make, "other"), make.config("mine"))
    found = after(make, first, second)
    assert "ValidatingWebhookConfiguration/guard" in found["Deployment/other"]
    assert {"ValidatingWebhookConfiguration/guard", "ValidatingWebhookConfiguration/other"} <= set(found["ConfigMap/mine"])
    assert found["ValidatingWebhookConfiguration/other"] == ["Service/other", "ready Deployment/other"]


def test_what_the_webhooks_instance_depends_on_must_not_wait_for_the_webhook(make: Any) -> None:
    db = make.desired("db", make.config("db"))
    guard = make.desired(make.instance("guard", needs=["db"]), webhook(make, ("", "configmaps", "*")), *server(make))
    assert after(make, db, guard)["ConfigMap/db"] == []


def test_resources_of_a_converted_kind_must_wait_for_their_converter(make: Any) -> None:
    spec = {
        "group": "example.com",
        "names": {"kind": "Thing", "plural": "things"},
        "scope": "Namespaced",
        "versions": [{"name": "v1", "served": True, "storage": True}],
        "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": {"service": {"namespace": "shop", "name": "guard"}}}},
    }
    definition = make.thing("CustomResourceDefinition", "things.example.com", spec=spec)
    found = after(make, make.desired("api", make.thing("Thing", "mine", "example.com/v1"), definition, *server(make)))
    assert set(found["Thing/mine"]) == {"ready Deployment/guard", "ready CustomResourceDefinition/things.example.com"}
    assert found["CustomResourceDefinition/things.example.com"] == []


def api_service(make: Any) -> Any:
    spec = {"group": "late.example.com", "version": "v1", "service": {"namespace": "shop", "name": "guard"}}
    return make.thing("APIService", "v1.late.example.com", spec=spec)


def test_kinds_of_an_apiservice_in_the_run_must_wait_until_it_is_available(make: Any) -> None:
    found = after(make, make.desired("api", make.thing("Late", "mine", "late.example.com/v1"), api_service(make), *server(make)))
    assert found["Late/mine"] == ["ready APIService/v1.late.example.com"]
    assert found["APIService/v1.late.example.com"] == ["Service/guard", "ready Deployment/guard"]


def test_a_webhook_must_go_before_its_server(make: Any) -> None:
    held = [make.live(obj) for obj in (*server(make), webhook(make, ("", "configmaps", "*")))]
    seen = make.observed(*held, records=[make.record("api", *(make.owned(obj) for obj in held))])
    plan = plan_removal("shop", "dev", None, seen, Surroundings(), Options())
    order = [step.ref.kind for step in plan.steps]
    assert order.index("ValidatingWebhookConfiguration") < order.index("Deployment") < order.index("ConfigMap")
