"""What the server filled in for one arm of a choice goes when the manifest chooses another."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError

Obj = dict[str, Any]


def service(**spec: Any) -> Obj:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "api"}, "spec": {"ports": [{"port": 80}], **spec}}


def deployment(make: Any, pod: Obj | None = None, **spec: Any) -> Obj:
    return make.workload(replicas=0, pod=pod or {}, **spec)


def stateful(make: Any, **spec: Any) -> Obj:
    return make.workload(kind="StatefulSet", replicas=0, serviceName="api", **spec)


def mounted(**source: Any) -> Obj:
    return {"volumes": [{"name": "scratch", **source}]}


def policy(**spec: Any) -> Obj:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "api"},
        "spec": {"podSelector": {}, "ingress": [{}], **spec},
    }


def probed(make: Any, **handler: Any) -> Obj:
    obj: Obj = make.workload(replicas=0)
    obj["spec"]["template"]["spec"]["containers"][0]["livenessProbe"] = handler
    return obj


CASES = {
    "probe": (
        lambda make: probed(make, httpGet={"port": 80}),
        lambda make: probed(make, exec={"command": ["true"]}),
        lambda live: "httpGet" not in live["spec"]["template"]["spec"]["containers"][0]["livenessProbe"],
    ),
    "policy-types": (
        lambda make: policy(),
        lambda make: policy(egress=[{"ports": [{"port": 53}]}]),
        lambda live: live["spec"]["policyTypes"] == ["Ingress", "Egress"],
    ),
    "policy-types-and-back": (
        lambda make: policy(egress=[{"ports": [{"port": 53}]}]),
        lambda make: policy(),
        lambda live: live["spec"]["policyTypes"] == ["Ingress"],
    ),
    "recreate": (
        lambda make: deployment(make),
        lambda make: deployment(make, strategy={"type": "Recreate"}),
        lambda live: live["spec"]["strategy"] == {"type": "Recreate"},
    ),
    "recreate-after-half-a-rollout": (
        lambda make: deployment(make, strategy={"rollingUpdate": {"maxSurge": 1}}),
        lambda make: deployment(make, strategy={"type": "Recreate"}),
        lambda live: live["spec"]["strategy"] == {"type": "Recreate"},
    ),
    "back-to-rolling": (
        lambda make: deployment(make, strategy={"type": "Recreate"}),
        lambda make: deployment(make),
        lambda live: live["spec"]["strategy"]["type"] == "RollingUpdate",
    ),
    "on-delete": (
        lambda make: stateful(make),
        lambda make: stateful(make, updateStrategy={"type": "OnDelete"}),
        lambda live: live["spec"]["updateStrategy"] == {"type": "OnDelete"},
    ),
    "volume": (
        lambda make: deployment(make, mounted()),
        lambda make: deployment(make, mounted(configMap={"name": "settings"})),
        lambda live: "emptyDir" not in live["spec"]["template"]["spec"]["volumes"][0],
    ),
    "affinity": (
        lambda make: service(sessionAffinity="ClientIP"),
        lambda make: service(sessionAffinity="None"),
        lambda live: "sessionAffinityConfig" not in live["spec"],
    ),
    "node-port-and-back": (
        lambda make: service(type="NodePort"),
        lambda make: service(type="ClusterIP"),
        lambda live: "nodePort" not in live["spec"]["ports"][0],
    ),
    "load-balancer-and-back": (
        lambda make: service(type="LoadBalancer", externalTrafficPolicy="Local"),
        lambda make: service(),
        lambda live: "healthCheckNodePort" not in live["spec"] and "externalTrafficPolicy" not in live["spec"],
    ),
    "external-name": (
        lambda make: service(),
        lambda make: service(type="ExternalName", externalName="example.com"),
        lambda live: "clusterIP" not in live["spec"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_default_must_leave_for_the_other_choice_and_be_seen_beforehand(world: Any, make: Any, case: str) -> None:
    before, after, right = CASES[case]
    world.up(world.desired("api", before(make)), wait=False)
    uid = world.get(before(make)["apiVersion"], before(make)["kind"], "api")["metadata"]["uid"]
    wanted = world.desired("api", after(make))
    foretold = world.preview(wanted, wait=False)
    assert not foretold.failed, foretold.instances[0].message
    assert foretold.instances[0].actions[0].action == "update"
    versions = world.versions()
    done = world.up(wanted, wait=False)
    assert not done.failed, done.instances[0].message
    assert versions != world.versions()
    live = world.get(after(make)["apiVersion"], after(make)["kind"], "api")
    assert right(live)
    assert live["metadata"]["uid"] == uid
    assert not world.up(wanted, wait=False).changed


def test_what_a_person_set_must_not_go_with_the_defaults(world: Any, make: Any) -> None:
    """The refusal stays: `maxSurge` is theirs, and only they, or a consent, can take it out."""
    world.up(world.desired("api", deployment(make)), wait=False)
    theirs = {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 3}}}}
    resource = world.cluster.resource("apps/v1", "Deployment")
    world.cluster.request(
        "PATCH",
        resource.path(world.name, "api"),
        query={"fieldManager": "kubectl-edit"},
        body=theirs,
        content_type="application/merge-patch+json",
    )
    failed = world.up(world.desired("api", deployment(make, strategy={"type": "Recreate"})), wait=False).instances[0]
    assert (failed.status, failed.reason) == ("Failed", "Invalid")
    assert world.get("apps/v1", "Deployment", "api")["spec"]["strategy"]["rollingUpdate"]["maxSurge"] == 3


def ours(world: Any) -> list[Obj]:
    entries = world.get("apps/v1", "Deployment", "api")["metadata"]["managedFields"]
    return [entry for entry in entries if entry["manager"] == "roro"]


def test_a_refusal_of_something_else_must_stay_and_change_nothing(world: Any, make: Any) -> None:
    world.up(world.desired("api", deployment(make)), wait=False)
    before = ours(world)
    wrong = deployment(make)
    wrong["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    failed = world.up(world.desired("api", wrong), wait=False).instances[0]
    assert (failed.status, failed.reason) == ("Failed", "Invalid")
    assert "restartPolicy" in failed.message
    assert ours(world) == before


def certificate(folder: Path) -> str:
    """As an injector puts it there: PEM, encoded."""
    made = folder / "ca.crt"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subprocess.run([*make, "-subj", "/CN=ca", "-keyout", str(folder / "ca.key"), "-out", str(made)], check=True, capture_output=True)
    return base64.b64encode(made.read_bytes()).decode()


@pytest.fixture
def definition(world: Any) -> Iterator[Any]:
    """`definition(conversion)`: a kind whose versions are converted so."""
    group, names = f"{world.name}.example.com", {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    version = {"served": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    versions = [{"name": "v1", "storage": True, **version}, {"name": "v2", "storage": False, **version}]

    def make(conversion: Obj) -> Obj:
        spec = {"group": group, "scope": "Namespaced", "names": names, "versions": versions, "conversion": conversion}
        api = "apiextensions.k8s.io/v1"
        return {"apiVersion": api, "kind": "CustomResourceDefinition", "metadata": {"name": f"widgets.{group}"}, "spec": spec}

    yield make
    world.cluster.delete(world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, f"widgets.{group}")


def injected(world: Any, definition: Any, folder: Path, manager: str) -> Any:
    """A definition whose conversion webhook has a certificate by that manager; returns what reads its conversion."""
    service = {"name": "nobody", "namespace": world.name, "path": "/convert"}
    by_webhook = {"strategy": "Webhook", "webhook": {"clientConfig": {"service": service}, "conversionReviewVersions": ["v1"]}}
    world.up(world.desired("api", definition(by_webhook)))
    resource, name = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), definition({})["metadata"]["name"]
    body = {"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": certificate(folder)}}}}}
    query = {"fieldManager": manager}
    world.cluster.request("PATCH", resource.path(None, name), query=query, body=body, content_type="application/merge-patch+json")
    return lambda: world.cluster.get(resource, None, name)["spec"]["conversion"]


def test_what_a_controller_injected_must_go_with_the_choice_that_it_was_for(world: Any, definition: Any, tmp_path: Path) -> None:
    conversion = injected(world, definition, tmp_path, "cert-manager-cainjector")
    wanted = world.desired("api", definition({"strategy": "None"}))
    assert not world.preview(wanted).failed
    done = world.up(wanted)
    assert not done.failed, done.instances[0].message
    assert conversion() == {"strategy": "None"}
    assert not world.up(wanted).changed


def test_what_a_person_put_into_a_choice_must_not_go_with_it(world: Any, definition: Any, tmp_path: Path) -> None:
    conversion = injected(world, definition, tmp_path, "kubectl-edit")
    before = conversion()
    with pytest.raises(PlanError, match="should not be set when strategy is not set to Webhook"):
        world.up(world.desired("api", definition({"strategy": "None"})))
    assert conversion() == before
