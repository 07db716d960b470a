"""What belongs to a controller by design is left to it; what a person changes is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

DEPLOYMENTS = ("apps/v1", "Deployment")
HPAS = ("autoscaling/v2", "HorizontalPodAutoscaler")


def autoscaler(minimum: int = 2, name: str = "api", target: str = "api") -> Any:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": target}
    spec = {"scaleTargetRef": reference, "minReplicas": minimum, "maxReplicas": 9}
    return {"apiVersion": HPAS[0], "kind": HPAS[1], "metadata": {"name": name}, "spec": spec}


def app(make: Any, image: str = "example.com/nothing:1", **spec: Any) -> Any:
    """A Deployment whose pods never run: only its replicas matter here."""
    obj = make.workload(**spec)
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = image
    for key in [key for key, value in obj["spec"].items() if value is None]:
        del obj["spec"][key]
    return obj


def replicas(world: Any) -> int:
    return int(world.get(*DEPLOYMENTS, "api")["spec"]["replicas"])


def image(world: Any) -> str:
    return str(world.get(*DEPLOYMENTS, "api")["spec"]["template"]["spec"]["containers"][0]["image"])


def patch(world: Any, resource: Any, name: str, body: Any, manager: str, *, namespace: str | None = None, under: str = "") -> None:
    path = resource.path(namespace, name) + under
    world.cluster.request("PATCH", path, query={"fieldManager": manager}, body=body, content_type="application/merge-patch+json")


def drift(world: Any, *desired: Any) -> list[str]:
    return [item.reason for item in world.status(*desired) if item.reason == "Drifted"]


@pytest.fixture
def role(world: Any) -> Iterator[Any]:
    """An aggregated ClusterRole that has its rules from another one."""
    label = {f"{world.name}.example.com/part": "true"}
    parts = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": f"{world.name}-part", "labels": label},
    }
    parts["rules"] = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    whole = {"apiVersion": parts["apiVersion"], "kind": "ClusterRole", "metadata": {"name": f"{world.name}-all"}}
    yield parts, {**whole, "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": label}]}, "rules": []}


def test_rules_of_an_aggregated_role_must_be_left_to_their_controller(world: Any, eventually: Callable[..., Any], role: Any) -> None:
    parts, whole = role
    wanted = world.desired("api", parts, whole)
    world.up(wanted)
    name = whole["metadata"]["name"]
    rules = parts["rules"]
    eventually(lambda: (world.get(whole["apiVersion"], "ClusterRole", name) or {}).get("rules") == rules)
    assert not world.up(wanted).changed
    assert not world.preview(wanted).changed
    assert drift(world, wanted) == []
    whole["metadata"]["labels"] = {"more": "yes"}
    changed = world.up(world.desired("api", parts, whole))
    assert not changed.failed, changed.instances[0].message
    assert world.get(whole["apiVersion"], "ClusterRole", name)["rules"] == rules


@pytest.mark.parametrize("own", [True, False], ids=["same-set", "of-the-cluster"])
def test_replicas_must_be_left_to_the_autoscaler(world: Any, make: Any, eventually: Callable[..., Any], own: bool) -> None:
    scaler = [autoscaler()] if own else []
    wanted = world.desired("api", app(make), *scaler)
    world.up(wanted, wait=False)
    if not own:
        extra = autoscaler()
        extra["metadata"]["namespace"] = world.name
        world.cluster.create(world.cluster.resource(*HPAS), extra)
    eventually(lambda: replicas(world) == 2)
    assert not world.preview(wanted, wait=False).changed
    again = world.up(wanted, wait=False)
    assert (again.failed, again.changed, again.notices) == (False, False, [])
    assert drift(world, wanted) == []
    rolled = world.desired("api", app(make, "example.com/nothing:2"), *scaler)
    foretold = world.preview(rolled, wait=False)
    assert "replicas: 2" in foretold.instances[0].diffs[0]["after"]
    done = world.up(rolled, wait=False)
    assert not done.failed, done.instances[0].message
    assert (replicas(world), image(world)) == (2, "example.com/nothing:2")
    assert [notice for notice in done.notices if "spec.replicas" in notice] == [
        f"Deployment {world.name}/api: spec.replicas is left to its autoscaler, whatever the manifest says"
        " (leave it out of the manifest, or take it with --force-conflicts)"
    ]


def test_a_scaled_workload_must_be_running_without_drift_and_a_persons_change_be_told(
    world: Any, make: Any, eventually: Callable[..., Any]
) -> None:
    wanted = world.desired("api", make.workload(), autoscaler())
    world.up(wanted)
    eventually(lambda: replicas(world) == 2 and world.get(*DEPLOYMENTS, "api")["status"].get("readyReplicas") == 2)
    told = world.status(wanted)[0]
    assert (told.status, told.reason, told.message) == ("Running", "", "")
    assert not world.up(wanted).changed
    body = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}
    patch(world, world.cluster.resource(*DEPLOYMENTS), "api", body, "kubectl-edit", namespace=world.name)
    drifted = eventually(lambda: [item for item in world.status(wanted) if item.reason == "Drifted"])
    assert "terminationGracePeriodSeconds changed since it was applied" in drifted[0].message
    assert "replicas" not in drifted[0].message


@pytest.mark.parametrize("own", [True, False], ids=["same-set", "of-the-cluster"])
def test_replicas_taken_out_for_an_autoscaler_must_not_fall_to_one(world: Any, make: Any, own: bool) -> None:
    """An apply that no longer has the field it owns removes it, and the server puts 1 there: kubectl does so."""
    world.up(world.desired("api", app(make, replicas=4)), wait=False)
    if not own:
        extra = autoscaler()
        extra["metadata"]["namespace"] = world.name
        world.cluster.create(world.cluster.resource(*HPAS), extra)
    wanted = world.desired("api", app(make, replicas=None), *([autoscaler()] if own else []))
    foretold = world.preview(wanted, wait=False)
    deployments = [diff["after"] for diff in foretold.instances[0].diffs if diff["after"].startswith("apiVersion: apps/v1")]
    assert all("replicas: 4" in after for after in deployments)
    assert not world.up(wanted, wait=False).failed
    assert replicas(world) == 4
    assert not world.up(wanted, wait=False).changed


def test_replicas_must_be_the_manifests_again_when_the_autoscaler_is_gone(world: Any, make: Any, eventually: Callable[..., Any]) -> None:
    world.up(world.desired("api", app(make), autoscaler()), wait=False)
    eventually(lambda: replicas(world) == 2)
    alone = world.desired("api", app(make, replicas=1))
    foretold = world.up(alone, wait=False, check=True)
    done = world.up(alone, wait=False)
    assert not done.failed, done.instances[0].message
    assert [(item.action, item.kind, item.cause) for item in foretold.instances[0].actions] == [
        (item.action, item.kind, item.cause) for item in done.instances[0].actions
    ]
    assert (world.get(*HPAS, "api"), replicas(world)) == (None, 1)
    assert not world.up(alone, wait=False).changed


def test_a_stopped_workload_must_start_beside_its_autoscaler(world: Any, make: Any, eventually: Callable[..., Any]) -> None:
    """An autoscaler does nothing for what is at zero, so that leaving the replicas to it would be for ever."""
    wanted = world.desired("api", app(make, replicas=3), autoscaler(4))
    world.up(wanted, wait=False)
    eventually(lambda: replicas(world) == 4)
    world.stop("api", wait=False)
    assert replicas(world) == 0
    assert not world.up(wanted, wait=False).failed
    assert replicas(world) >= 3
    eventually(lambda: replicas(world) == 4)


@pytest.mark.parametrize("way", ["kubectl scale", "kubectl edit", "a script"])
def test_a_person_must_still_be_drift_and_a_conflict(world: Any, make: Any, way: str) -> None:
    wanted = world.desired("api", app(make, replicas=0))
    world.up(wanted, wait=False)
    manager = {"kubectl scale": "kubectl", "kubectl edit": "kubectl-edit", "a script": "scaler.py"}[way]
    under = "" if way == "kubectl edit" else "/scale"
    patch(world, world.cluster.resource(*DEPLOYMENTS), "api", {"spec": {"replicas": 3}}, manager, namespace=world.name, under=under)
    failed = world.up(wanted, wait=False).instances[0]
    assert (failed.status, failed.reason) == ("Failed", "FieldConflict")
    assert f'"{manager}" owns .spec.replicas' in failed.message
    assert not world.up(wanted, wait=False, force_conflicts=True).failed
    assert replicas(world) == 0


def webhook(world: Any, **client: Any) -> Any:
    call = {"service": {"name": "nobody", "namespace": world.name, "path": "/"}, **client}
    hook = {
        "name": "no.example.com",
        "clientConfig": call,
        "failurePolicy": "Ignore",
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "rules": [{"apiGroups": [f"{world.name}.example.com"], "apiVersions": ["v1"], "resources": ["nothings"], "operations": ["CREATE"]}],
    }
    api = "admissionregistration.k8s.io/v1"
    return {"apiVersion": api, "kind": "ValidatingWebhookConfiguration", "metadata": {"name": world.name}, "webhooks": [hook]}


@pytest.mark.parametrize("placeholder", [{}, {"caBundle": ""}, {"caBundle": "Cg=="}], ids=["none", "empty", "a-line"])
def test_an_injected_certificate_must_be_left_to_its_injector(world: Any, placeholder: Any) -> None:
    wanted = world.desired("api", webhook(world, **placeholder))
    world.up(wanted)
    resource = world.cluster.resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
    injected = webhook(world, caBundle="LS0tLS1CRUdJTg==")["webhooks"]
    injected[0]["failurePolicy"] = "Fail"
    patch(world, resource, world.name, {"webhooks": injected}, "cert-manager-cainjector")
    assert not world.up(wanted).changed
    assert drift(world, wanted) == []
    again = webhook(world, **placeholder)
    again["webhooks"][0]["timeoutSeconds"] = 3
    done = world.up(world.desired("api", again))
    assert not done.failed, done.instances[0].message
    held = world.get("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", world.name)["webhooks"][0]
    assert (held["clientConfig"]["caBundle"], held["failurePolicy"], held["timeoutSeconds"]) == ("LS0tLS1CRUdJTg==", "Fail", 3)


def test_a_certificate_that_a_person_put_there_must_be_a_conflict(world: Any) -> None:
    wanted = world.desired("api", webhook(world, caBundle="Cg=="))
    world.up(wanted)
    resource = world.cluster.resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
    patch(world, resource, world.name, {"webhooks": webhook(world, caBundle="LS0tLS1CRUdJTg==")["webhooks"]}, "kubectl-edit")
    assert world.up(wanted).instances[0].reason == "FieldConflict"


def test_an_exported_annotation_of_a_controller_must_not_hinder(world: Any, make: Any, eventually: Callable[..., Any]) -> None:
    obj = app(make, replicas=0)
    obj["metadata"]["annotations"] = {"deployment.kubernetes.io/revision": "7"}
    world.up(world.desired("api", obj), wait=False)
    eventually(lambda: world.get(*DEPLOYMENTS, "api")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "1")
    assert not world.up(world.desired("api", obj), wait=False).failed
    obj["spec"]["minReadySeconds"] = 1
    assert not world.up(world.desired("api", obj), wait=False).failed


@pytest.fixture
def widgets(world: Any) -> Iterator[Any]:
    """A kind whose operator writes status and spec."""
    group = f"{world.name}.example.com"
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}}
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    definitions = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": spec,
    }
    yield definition, {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "main"}, "spec": {"size": 1, "color": "red"}}
    world.cluster.delete(definitions, None, f"widgets.{group}")


def test_what_the_operator_of_a_resource_sets_in_it_must_be_left_to_it(world: Any, widgets: Any) -> None:
    definition, widget = widgets
    wanted = world.desired("api", definition, widget)
    assert not world.up(wanted).failed
    resource = world.cluster.resource(widget["apiVersion"], "Widget")
    patch(world, resource, "main", {"status": {"phase": "Ready"}}, "widget-operator", namespace=world.name, under="/status")
    patch(world, resource, "main", {"spec": {"size": 3}}, "widget-operator", namespace=world.name)
    assert not world.up(wanted).changed
    assert drift(world, wanted) == []
    widget["spec"] |= {"color": "blue"}
    done = world.up(world.desired("api", definition, widget))
    assert not done.failed, done.instances[0].message
    assert world.get(widget["apiVersion"], "Widget", "main")["spec"] == {"size": 3, "color": "blue"}
    assert any("spec.size is left to widget-operator" in notice for notice in done.notices)
    patch(world, resource, "main", {"spec": {"color": "green"}}, "kubectl-edit", namespace=world.name)
    assert world.up(world.desired("api", definition, widget)).instances[0].reason == "FieldConflict"


def test_what_is_left_empty_for_the_server_must_be_no_change_and_no_conflict(world: Any, make: Any, eventually: Callable[..., Any]) -> None:
    """Exports and charts write these: an address, a port, a volume, a certificate that somebody else gives."""

    def objects(**labels: str) -> list[Any]:
        ports = [{"port": 80, "nodePort": 0}]
        service = {"type": "NodePort", "clusterIP": "", "clusterIPs": [], "healthCheckNodePort": 0, "ports": ports}
        claim = {"accessModes": ["ReadWriteOnce"], "volumeName": "", "resources": {"requests": {"storage": "1Mi"}}}
        found = [
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}, "spec": service},
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": claim},
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cert"}, "data": {"tls.crt": "", "ca.crt": ""}},
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}, "secrets": []},
            make.workload(
                pod={"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}], "serviceAccountName": "robot"}
            ),
        ]
        for obj in found:
            obj["metadata"]["labels"] = labels
        return found

    wanted = world.desired("api", *objects())
    first = world.up(wanted)
    assert not first.failed, first.instances[0].message
    secrets = world.cluster.resource("v1", "Secret")
    patch(world, secrets, "cert", {"data": {"tls.crt": "eA==", "ca.crt": "eA=="}}, "cert-controller", namespace=world.name)
    eventually(lambda: world.get("v1", "PersistentVolumeClaim", "data")["spec"].get("volumeName"))
    assert not world.up(wanted).changed
    assert drift(world, wanted) == []
    given = [world.get("v1", kind, name)["spec"] for kind, name in (("Service", "api"), ("PersistentVolumeClaim", "data"))]
    changed = world.up(world.desired("api", *objects(more="yes")))
    assert not changed.failed, changed.instances[0].message
    assert given == [world.get("v1", kind, name)["spec"] for kind, name in (("Service", "api"), ("PersistentVolumeClaim", "data"))]
    assert world.get("v1", "Secret", "cert")["data"] == {"tls.crt": "eA==", "ca.crt": "eA=="}
