"""What the server keeps under another name than it was sent goes, and is told, when the manifest lacks it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import pytest

SECRETS = ("v1", "Secret")


def secret(strings: dict[str, Any] | None = None, data: dict[str, str] | None = None) -> Any:
    body = {"stringData": strings} if strings is not None else {}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, **body, **({"data": data} if data is not None else {})}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def held(world: Any) -> dict[str, str]:
    """The Secret's data as it is."""
    return (world.get(*SECRETS, "login").get("data")) or {}


def test_a_key_taken_out_of_string_data_must_go_and_be_told_beforehand(world: Any, make: Any) -> None:
    world.up(world.desired("api", secret({"user": "alice", "old": "x"})))
    wanted = world.desired("api", secret({"user": "alice"}))
    foretold = world.preview(wanted)
    action = foretold.instances[0].actions[0]
    assert (action.action, action.cause) == ("update", "field data.old is no longer in the manifest")
    diff = foretold.instances[0].diffs[0]
    assert "old: '<" in diff["before"]
    assert "old:" not in diff["after"]
    assert make.actions(world.up(wanted)) == {"Secret/login": "update"}
    assert held(world) == {"user": encoded("alice")}
    assert not world.up(wanted).changed
    assert world.status(wanted)[0].status == "Running"


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        (secret({"a": "1", "b": "2"}), secret(None, {"a": encoded("1")}), {"a": encoded("1")}),
        (secret(None, {"a": encoded("1"), "b": encoded("2")}), secret({"b": "3"}), {"b": encoded("3")}),
        (secret({"a": "1"}, {"a": encoded("0"), "b": encoded("2")}), secret(None, {"a": encoded("0")}), {"a": encoded("0")}),
        (secret({"a": "1"}), secret({}), {}),
        (secret({"a": "1"}), secret(), {}),
        (secret({"a": "1"}), secret({"a": None}), {"a": ""}),
        (secret({"a": "1"}), secret({"a": "\u00e9\n"}), {"a": encoded("\u00e9\n")}),
    ],
    ids=["to-data", "from-data", "both", "emptied", "left-out", "null", "letters"],
)
def test_both_spellings_of_a_secret_must_be_one(world: Any, before: Any, after: Any, left: dict[str, str]) -> None:
    world.up(world.desired("api", before))
    wanted = world.desired("api", after)
    assert world.up(wanted).changed
    assert held(world) == left
    assert not world.up(wanted).changed


def test_what_a_former_version_applied_as_string_data_must_go_too(world: Any) -> None:
    """The record of that time, and what it owned: `stringData` in the fields of our manager, nobody's `data`."""
    world.up(world.desired("api", secret({"user": "bob"})))
    live = world.get(*SECRETS, "login")
    old = {**secret({"user": "alice", "old": "x"}), "metadata": {key: live["metadata"][key] for key in ("name", "namespace", "labels")}}
    world.cluster.apply(world.cluster.resource(*SECRETS), old, force=True)
    assert set(held(world)) == {"user", "old"}
    wanted = world.desired("api", secret({"user": "alice"}))
    foretold = world.preview(wanted).instances[0]
    assert "data.old" in foretold.actions[0].cause
    assert "old:" not in foretold.diffs[0]["after"]
    world.up(wanted)
    assert held(world) == {"user": encoded("alice")}
    assert not world.up(wanted).changed


def test_a_string_that_is_none_must_be_left_for_the_server_to_refuse(world: Any) -> None:
    failed = world.up(world.desired("api", secret({"port": 80}))).instances[0]
    assert failed.status == "Failed"
    assert "stringData" in failed.message or "data" in failed.message


def test_the_old_name_of_a_service_account_must_change_and_go(world: Any, make: Any) -> None:
    """kubectl apply --server-side keeps the first one for ever: the server fills in `serviceAccountName`, which wins."""

    def account(**names: str) -> Any:
        return world.desired("api", make.workload(replicas=0, pod=names))

    def kept() -> tuple[Any, Any]:
        spec = world.get("apps/v1", "Deployment", "api")["spec"]["template"]["spec"]
        return spec.get("serviceAccount"), spec.get("serviceAccountName")

    world.up(account(serviceAccount="one"))
    assert kept() == ("one", "one")
    assert "serviceAccountName differs" in world.preview(account(serviceAccount="two")).instances[0].actions[0].cause
    world.up(account(serviceAccount="two"))
    assert kept() == ("two", "two")
    assert not world.up(account(serviceAccount="two")).changed
    world.up(account())
    assert kept() == (None, None)
    assert not world.up(account()).changed
    world.up(account(serviceAccountName="three", serviceAccount="old"))
    assert kept() == ("three", "three")
    world.up(account())
    assert kept() == (None, None)


def test_an_account_that_a_former_version_applied_under_one_name_must_go(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.workload(replicas=0)))
    live = world.get("apps/v1", "Deployment", "api")
    old = make.workload(replicas=0, pod={"serviceAccountName": "one"})
    old["metadata"] = {key: live["metadata"][key] for key in ("name", "namespace", "labels")}
    world.cluster.apply(world.cluster.resource("apps/v1", "Deployment"), old, force=True)
    wanted = world.desired("api", make.workload(replicas=0, minReadySeconds=1))
    diff = world.preview(wanted).instances[0].diffs[0]
    assert "serviceAccount" in diff["before"]
    assert "serviceAccount" not in diff["after"]
    world.up(wanted)
    spec = world.get("apps/v1", "Deployment", "api")["spec"]["template"]["spec"]
    assert (spec.get("serviceAccount"), spec.get("serviceAccountName")) == (None, None)


def test_a_port_that_differs_only_by_its_protocol_must_be_told_and_go(world: Any) -> None:
    """The manifest leaves `protocol` out of the one that stays: the server's default is a part of its key."""

    def dns(*ports: Any) -> Any:
        return world.desired("api", {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "dns"}, "spec": {"ports": list(ports)}})

    tcp, udp = {"port": 53, "name": "tcp"}, {"port": 53, "protocol": "UDP", "name": "udp"}
    world.up(dns(tcp, udp))
    assert "field spec.ports[53,UDP] is no longer in the manifest" in world.preview(dns(tcp)).instances[0].actions[0].cause
    world.up(dns(tcp))
    assert [port["protocol"] for port in world.get("v1", "Service", "dns")["spec"]["ports"]] == ["TCP"]
    assert not world.up(dns(tcp)).changed


def test_a_rollback_must_take_out_what_string_data_had(world: Any, make: Any) -> None:
    world.up(world.desired("api", secret({"user": "alice"})))
    world.up(world.desired("api", secret({"user": "alice", "new": "y"})))
    assert set(held(world)) == {"user", "new"}
    world.rollback("api")
    assert held(world) == {"user": encoded("alice")}


def definition(world: Any, *versions: str) -> Any:
    """A kind with these versions, the last one stored."""
    group, schema = f"{world.name}.example.com", {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    served = [{"name": name, "served": True, "storage": name == versions[-1], "schema": {"openAPIV3Schema": schema}} for name in versions]
    names = {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": served}
    api = "apiextensions.k8s.io/v1"
    return {"apiVersion": api, "kind": "CustomResourceDefinition", "metadata": {"name": f"widgets.{group}"}, "spec": spec}


def widget(world: Any, version: str, **spec: str) -> Any:
    return {"apiVersion": f"{world.name}.example.com/{version}", "kind": "Widget", "metadata": {"name": "main"}, "spec": spec}


@pytest.fixture
def widgets(world: Any) -> Iterator[None]:
    yield
    resource = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    world.cluster.delete(resource, None, f"widgets.{world.name}.example.com")


def test_a_field_must_go_when_the_manifest_names_another_version(world: Any, widgets: None) -> None:
    kinds = world.desired("crds", definition(world, "v1alpha1", "v1"))
    world.up(kinds, world.desired("api", widget(world, "v1alpha1", a="1", b="2")))
    wanted = world.desired("api", widget(world, "v1", a="1"))
    assert "field spec.b is no longer in the manifest" in world.preview(kinds, wanted).instances[1].actions[0].cause
    world.up(kinds, wanted)
    assert world.get(f"{world.name}.example.com/v1", "Widget", "main")["spec"] == {"a": "1"}
    assert not world.up(kinds, wanted).changed


def test_a_version_that_is_gone_must_not_make_a_resource_unchangeable(world: Any, widgets: None) -> None:
    """kubectl apply --server-side is refused for ever: what is owned in the version that is gone cannot be read."""
    world.up(world.desired("crds", definition(world, "v1alpha1", "v1")), world.desired("api", widget(world, "v1alpha1", a="1", b="2")))
    kinds = world.desired("crds", definition(world, "v1"))
    world.up(kinds)
    wanted = world.desired("api", widget(world, "v1", a="1", c="3"))
    foretold = world.preview(kinds, wanted)
    assert not foretold.failed, foretold.instances[1].message
    assert "b:" not in foretold.instances[1].diffs[0]["after"]
    done = world.up(kinds, wanted)
    assert not done.failed, done.instances[1].message
    assert world.get(f"{world.name}.example.com/v1", "Widget", "main")["spec"] == {"a": "1", "c": "3"}
    assert not world.up(kinds, wanted).changed


def test_a_field_of_ours_that_the_server_does_not_show_any_more_must_be_drift(world: Any, widgets: None, eventually: Any) -> None:
    """The definition lost it: who owns what is the same as before, and the value is gone."""
    kinds = definition(world, "v1")
    strict = {"type": "object", "properties": {"spec": {"type": "object", "properties": {name: {"type": "string"} for name in ("a", "b")}}}}
    kinds["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = strict
    wanted = world.desired("api", widget(world, "v1", a="1", b="2"))
    world.up(world.desired("crds", kinds), wanted)
    assert {item.reason for item in world.status(wanted)} == {""}
    del strict["properties"]["spec"]["properties"]["b"]
    resource = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    path, spec = resource.path(None, kinds["metadata"]["name"]), {"spec": {"versions": kinds["spec"]["versions"]}}
    world.cluster.request("PATCH", path, query={"fieldManager": "kubectl-edit"}, body=spec, content_type="application/merge-patch+json")
    told = eventually(lambda: [item.message for item in world.status(wanted) if item.reason == "Drifted" and item.instance == "api"])
    assert "spec.b changed since it was applied" in told[0]
