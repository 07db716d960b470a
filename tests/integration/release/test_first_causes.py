"""The first cause is told: one failure, in its own words, with one hint. And charts whose webhook and server are two apps."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import retry
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError

sys.path.insert(0, str(Path(__file__).parents[1] / "faults"))
from fault_webhook import FaultWebhook

Obj = dict[str, Any]


@pytest.fixture
def refusing(world: Any, tmp_path: Path, eventually: Callable[..., object]) -> Iterator[Callable[..., FaultWebhook]]:
    """`refusing(group, plural, name)`: an admission webhook that refuses the object of that name; it is asked already."""
    configurations = world.cluster.resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
    served = FaultWebhook(world.cluster.server, tmp_path)

    def begin(group: str, plural: str, name: str, probe: Obj) -> FaultWebhook:
        made = served.configuration(world.name, world.name)
        hook = made["webhooks"][0]
        hook["rules"] = [{"apiGroups": [group], "apiVersions": ["*"], "resources": [plural], "operations": ["CREATE", "UPDATE"]}]
        hook["matchConditions"] = [{"name": "mine", "expression": f"object.metadata.name in ['{name}', '{world.name}-probe']"}]
        del hook["namespaceSelector"]
        world.cluster.apply(configurations, made)
        kind = world.cluster.resource(probe["apiVersion"], probe["kind"])

        def asked() -> bool:
            world.cluster.apply(kind, probe, dry_run=True)
            return f"{world.name}-probe" in served.asked

        eventually(asked)
        served.faults[name] = ("reject", 10_000)
        return served

    yield begin
    world.cluster.delete(configurations, None, world.name)
    served.close()


def namespace(name: str) -> Obj:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def cluster_role(name: str) -> Obj:
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name}, "rules": []}


def words(result: Any) -> str:
    return " ".join([*(item.message for item in result.instances), *(action.error for item in result.instances for action in item.actions)])


def test_a_namespace_that_a_webhook_refuses_must_be_told_as_that(world: Any, make: Any, refusing: Callable[..., FaultWebhook]) -> None:
    refusing("", "namespaces", world.name, namespace(f"{world.name}-probe"))
    result = world.up(world.desired("api", namespace(world.name), cluster_role(world.name), make.config()))
    failed = result.instances[0]
    assert failed.reason == "AdmissionDenied", failed
    assert 'admission webhook "teams.roro.test" denied the request: the label team is missing' in failed.message
    assert "record" not in words(result)
    assert "another run" not in words(result)


def test_a_namespace_made_for_an_instance_that_a_webhook_refuses_must_be_told_in_it(
    world: Any, make: Any, refusing: Callable[..., FaultWebhook]
) -> None:
    refusing("", "namespaces", world.name, namespace(f"{world.name}-probe"))
    result = world.up(world.desired("api", make.config(), cluster_role(world.name)))
    failed = result.instances[0]
    assert "denied the request: the label team is missing" in failed.message
    assert "another run" not in words(result)


def test_the_namespace_of_the_record_must_be_there_before_anything_of_the_instance(world: Any, make: Any) -> None:
    result = world.up(world.desired("api", cluster_role(world.name), namespace(world.name), make.config()))
    assert not result.failed, result
    assert result.instances[0].actions[0].kind == "Namespace"


def test_a_deployment_that_a_webhook_refuses_must_say_its_words_once(
    world: Any, make: Any, refusing: Callable[..., FaultWebhook], namespace: str
) -> None:
    probe = make.workload(f"{world.name}-probe")
    probe["metadata"]["namespace"] = namespace
    refusing("apps", "deployments", "api", probe)
    wanted = world.desired(world.instance("api", namespace=namespace), make.workload())
    failed = world.up(wanted).instances[0]
    assert failed.reason == "AdmissionDenied"
    assert failed.message.count("the label team is missing") == 1
    assert "webhook" in failed.hint


def test_what_an_admission_policy_refuses_must_be_told_as_denied(
    world: Any, make: Any, namespace: str, eventually: Callable[..., object]
) -> None:
    api = "admissionregistration.k8s.io/v1"
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec: Obj = {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule], "namespaceSelector": selector},
        "matchConditions": [{"name": "mine", "expression": "object.metadata.name in ['settings', 'probe']"}],
        "validations": [{"expression": "false", "message": "no such thing here"}],
    }
    kinds = [world.cluster.resource(api, kind) for kind in ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")]
    specs = [spec, {"policyName": world.name, "validationActions": ["Deny"]}]
    probe = {**make.config("probe"), "metadata": {"name": "probe", "namespace": namespace}}

    def refuses() -> bool:
        try:
            world.cluster.apply(world.cluster.resource("v1", "ConfigMap"), probe, dry_run=True)
        except ApiError:
            return True
        return False

    try:
        for kind, body in zip(kinds, specs, strict=True):
            world.cluster.apply(kind, {"apiVersion": api, "kind": kind.kind, "metadata": {"name": world.name}, "spec": body})
        eventually(refuses)
        failed = world.up(world.desired(world.instance("api", namespace=namespace), make.config())).instances[0]
        assert failed.reason == "AdmissionDenied", failed
        assert failed.message.count("no such thing here") == 1
        assert "policy" in failed.hint
    finally:
        for kind in kinds:
            world.cluster.delete(kind, None, world.name)


def test_a_webhook_that_does_not_answer_must_be_told_as_a_webhook_and_a_schema_error_as_one(
    world: Any, make: Any, refusing: Callable[..., FaultWebhook], namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "MAX_SERVER_ERRORS", 2)
    probe = make.workload(f"{world.name}-probe")
    probe["metadata"]["namespace"] = namespace
    refusing("apps", "deployments", "api", probe).faults["api"] = ("break", 10_000)
    mine = world.instance("api", namespace=namespace)
    failed = world.up(world.desired(mine, make.workload())).instances[0]
    assert failed.reason == "WebhookFailed"
    assert "teams.roro.test does not answer" in failed.hint
    wrong = make.workload("other")
    wrong["spec"]["template"]["spec"]["containers"][0]["env"] = "none"
    failed = world.up(world.desired(mine, wrong)).instances[0]
    assert "webhook" not in f"{failed.reason} {failed.hint}".lower()
    assert "env" in failed.message


def test_a_conversion_that_does_not_answer_must_be_told_as_that(
    world: Any, make: Any, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "MAX_SERVER_ERRORS", 2)
    group = f"{world.name}.example.com"
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    client = {"service": {"namespace": namespace, "name": "turn"}, "caBundle": base64.b64encode(b"").decode()}
    spec = {
        "group": group,
        "scope": "Namespaced",
        "names": {"kind": "Gauge", "plural": "gauges", "singular": "gauge"},
        "versions": [{"name": name, "served": True, "storage": name == "v1", "schema": schema} for name in ("v1", "v1beta1")],
        "conversion": {"strategy": "Webhook", "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1"]}},
    }
    definition = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": f"gauges.{group}"}}
    gauge = {"apiVersion": f"{group}/v1beta1", "kind": "Gauge", "metadata": {"name": "level"}, "spec": {}}
    try:
        result = world.up(world.desired(world.instance("api", namespace=namespace), {**definition, "spec": spec}, gauge))
        failed = result.instances[0]
        assert failed.reason == "ConversionFailed", failed
        assert f"Service {namespace}/turn" in failed.hint
    finally:
        world.cluster.delete(world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, f"gauges.{group}")


def mesh(world: Any, make: Any, needs: tuple[str, ...]) -> list[Any]:
    """Two apps as Istio's charts `base` and `istiod` are."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
    hook = {
        "name": "validation.istio.io",
        "clientConfig": {"service": {"name": "istiod", "namespace": world.name, "path": "/validate"}},
        "rules": [rule],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": world.name}},
        "failurePolicy": "Ignore",
        "timeoutSeconds": 1,
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
    }
    api = "admissionregistration.k8s.io/v1"
    guard = {"apiVersion": api, "kind": "ValidatingWebhookConfiguration", "metadata": {"name": world.name}, "webhooks": [hook]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "istiod"}, "spec": {"selector": {"app": "istiod"}}}
    service["spec"]["ports"] = [{"name": "https", "port": 443, "targetPort": 15017}]
    return [world.desired("base", guard), world.desired(world.instance("istiod", needs=needs), make.workload("istiod"), service)]


def test_two_charts_of_which_one_has_the_others_webhook_must_come_up_and_go(world: Any, make: Any) -> None:
    wanted = mesh(world, make, ("base",))
    predicted, result = world.preview(*wanted), world.up(*wanted)
    assert make.outcome(result) == {"base": "Running", "istiod": "Running"}
    for told in (predicted, result):
        assert any("does not wait for" in notice and "ValidatingWebhookConfiguration" in notice for notice in told.notices)
    again = world.up(*wanted)
    assert not again.changed
    assert again.notices == []
    assert not world.down().failed
    assert world.left() == []


def test_without_dependson_the_webhook_must_wait_for_its_server_and_nothing_be_told(world: Any, make: Any) -> None:
    result = world.up(*mesh(world, make, ()))
    assert make.outcome(result) == {"base": "Running", "istiod": "Running"}
    assert result.notices == []
