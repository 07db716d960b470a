"""The cluster room against a real API server: what it does, and what it says when the server refuses."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, WatchEvent, connect
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, KindNotServed


def configmap(namespace: str, name: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": {"test": "yes"}},
        "data": data,
    }


def deployment(namespace: str, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "none.invalid/none:1"}]}}
    body = {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": namespace}, "spec": body}


def version_of(obj: dict[str, Any]) -> str:
    return str(obj["metadata"]["resourceVersion"])


@pytest.fixture
def widgets(cluster: Cluster, unique: str) -> Iterator[dict[str, Any]]:
    """A CustomResourceDefinition of the test's own, not yet created; removed afterwards."""
    group = f"{unique}.roro.test"
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    yield {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"widgets.{group}"},
        "spec": {"group": group, "scope": "Namespaced", "names": names, "versions": [version]},
    }
    cluster.delete(cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, f"widgets.{group}")


def test_apply_must_create_then_change_then_change_nothing(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "ConfigMap")
    first, created = cluster.apply(resource, configmap(namespace, "a", mode="one"))
    same, again = cluster.apply(resource, configmap(namespace, "a", mode="one"))
    other, _ = cluster.apply(resource, configmap(namespace, "a", mode="two"))
    assert (created, again) == (True, False)
    assert version_of(first) == version_of(same) != version_of(other)
    assert cluster.get(resource, namespace, "a") == other


def test_a_dry_run_must_leave_nothing(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "ConfigMap")
    would, created = cluster.apply(resource, configmap(namespace, "a", mode="one"), dry_run=True)
    assert (would["data"], created) == ({"mode": "one"}, True)
    assert cluster.create(resource, configmap(namespace, "a"), dry_run=True)["metadata"]["name"] == "a"
    assert cluster.get(resource, namespace, "a") is None


def test_a_conflict_must_name_managers_and_fields_and_force_must_take_them(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "ConfigMap")
    cluster.apply(resource, configmap(namespace, "a", mode="one"), field_manager="somebody")
    with pytest.raises(ApiError, match=r'"somebody" owns \.data\.mode') as caught:
        cluster.apply(resource, configmap(namespace, "a", mode="two"))
    assert (caught.value.status, caught.value.reason) == (409, "Conflict")
    taken, _ = cluster.apply(resource, configmap(namespace, "a", mode="two"), force=True)
    assert taken["data"] == {"mode": "two"}


def test_create_replace_and_patch_must_do_what_they_say(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "ConfigMap")
    made = cluster.create(resource, configmap(namespace, "a", mode="one", keep="yes"))
    with pytest.raises(ApiError, match="already exists") as caught:
        cluster.create(resource, configmap(namespace, "a"))
    assert caught.value.reason == "AlreadyExists"
    patched = cluster.merge_patch(resource, namespace, "a", {"data": {"mode": None}})
    assert patched["data"] == {"keep": "yes"}
    with pytest.raises(ApiError) as stale:
        cluster.replace(resource, made)
    assert stale.value.reason == "Conflict"
    assert cluster.replace(resource, {**patched, "data": {"all": "new"}})["data"] == {"all": "new"}


def test_delete_must_spare_another_object_of_the_same_name(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "ConfigMap")
    made, _ = cluster.apply(resource, configmap(namespace, "a"))
    with pytest.raises(ApiError, match="made anew by somebody else") as caught:
        cluster.delete(resource, namespace, "a", uid="00000000-0000-0000-0000-000000000000")
    assert caught.value.reason == "Conflict"
    assert cluster.delete(resource, namespace, "a", uid=made["metadata"]["uid"], dry_run=True) is not None
    assert cluster.get(resource, namespace, "a") is not None
    assert cluster.delete(resource, namespace, "a", uid=made["metadata"]["uid"]) is not None
    assert cluster.delete(resource, namespace, "a") is None


def test_five_hundred_and_more_objects_must_cost_one_write_each_and_be_listed_whole(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "ConfigMap")
    before = cluster.requests["apply"]
    with ThreadPoolExecutor(24) as pool:
        created = sum(made for _, made in pool.map(lambda number: cluster.apply(resource, configmap(namespace, f"c{number}")), range(510)))
    assert (created, cluster.requests["apply"] - before) == (510, 510)
    before = cluster.requests["list"]
    listed = cluster.list(resource, namespace, selector="test=yes")
    assert len({item["metadata"]["uid"] for item in listed.items}) == 510
    assert cluster.requests["list"] - before == 2
    short = cluster.list(resource, namespace, field_selector="metadata.name=c7", metadata_only=True)
    assert [(item["kind"], item["metadata"]["name"], "data" in item) for item in short.items] == [("ConfigMap", "c7", False)]


def test_a_watch_must_tell_every_change_and_end_when_told(cluster: Cluster, namespace: str, eventually: Callable[..., Any]) -> None:
    resource, stop, heard = cluster.resource("v1", "ConfigMap"), threading.Event(), list[WatchEvent]()
    version = cluster.list(resource, namespace).resource_version

    def listen() -> None:
        for event in cluster.watch(resource, namespace, selector="test=yes", resource_version=version, stop=stop):
            heard.append(event)

    thread = threading.Thread(target=listen)
    thread.start()
    cluster.apply(resource, configmap(namespace, "a", mode="one"))
    cluster.apply(resource, configmap(namespace, "a", mode="two"))
    cluster.delete(resource, namespace, "a")
    eventually(lambda: any(event.type == "DELETED" for event in heard))
    started = time.monotonic()
    stop.set()
    thread.join(5)
    assert time.monotonic() - started < 1.0
    assert [event.type for event in heard if event.type != "BOOKMARK"] == ["ADDED", "MODIFIED", "DELETED"]


def test_a_version_that_is_too_old_must_become_a_resync(cluster: Cluster, namespace: str) -> None:
    resource, stop = cluster.resource("v1", "ConfigMap"), threading.Event()
    cluster.apply(resource, configmap(namespace, "a"))
    events = cluster.watch(resource, namespace, selector="test=yes", resource_version="1", stop=stop)
    event = next(event for event in events if event.type != "BOOKMARK")
    stop.set()
    names = [item["metadata"]["name"] for item in event.items] or [event.object["metadata"]["name"]]
    assert names == ["a"]


def test_a_kind_must_be_found_when_its_definition_appears_and_missed_when_it_goes(
    cluster: Cluster, namespace: str, widgets: dict[str, Any], eventually: Callable[..., Any]
) -> None:
    api_version = f"{widgets['spec']['group']}/v1"
    assert cluster.find_resource(api_version, "Widget") is None
    definitions = cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    cluster.apply(definitions, widgets)

    def appears() -> Any:
        cluster.invalidate_discovery()
        return cluster.find_resource(api_version, "Widget")

    resource = eventually(appears)
    widget = {"apiVersion": api_version, "kind": "Widget", "metadata": {"name": "w", "namespace": namespace}, "spec": {"size": 1}}
    eventually(lambda: _applied(cluster, resource, widget))
    with pytest.raises(ApiError, match="no such field"):
        cluster.apply(resource, {**widget, "spec": {"sise": 1}})
    cluster.delete(definitions, None, widgets["metadata"]["name"])
    eventually(lambda: _list_status(cluster, resource) == 404)
    eventually(lambda: not appears())
    with pytest.raises(KindNotServed, match="Widget is not served"):
        cluster.resource(api_version, "Widget")


def _applied(cluster: Cluster, resource: Any, obj: dict[str, Any]) -> bool:
    """Whether it went in: the server needs a moment to serve a new kind."""
    try:
        return cluster.apply(resource, obj)[1]
    except ApiError as error:
        assert error.status == 404
        return False


def _list_status(cluster: Cluster, resource: Any) -> int:
    try:
        cluster.list(resource)
    except ApiError as error:
        return error.status
    return 200


def test_what_is_wrong_with_a_manifest_must_be_told(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("apps/v1", "Deployment")
    with pytest.raises(ApiError, match=r"\.spec\.replicaz: field not declared in schema\n  The kind has no such field"):
        cluster.apply(resource, deployment(namespace, replicaz=1))
    with pytest.raises(ApiError, match=r'unknown field "spec\.replicaz"\n  The kind has no such field'):
        cluster.create(resource, deployment(namespace, replicaz=1))
    with pytest.raises(ApiError, match="`selector` does not match template `labels`") as caught:
        cluster.apply(resource, deployment(namespace, selector={"matchLabels": {"a": "c"}}))
    assert caught.value.status == 422
    with pytest.raises(ApiError, match="Create the namespace first"):
        cluster.apply(resource, deployment(f"{namespace}-none"))
    with pytest.raises(KindNotServed, match="apps/v1 Deployment is"):
        cluster.resource("apps/v1beta1", "Deployment")


def test_what_the_server_says_about_a_secret_must_not_show_it(cluster: Cluster, namespace: str) -> None:
    resource = cluster.resource("v1", "Secret")
    for data in ({"pw": "no base64: hunter2"}, {"bad key": base64.b64encode(b"hunter2").decode()}):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": namespace}, "data": data}
        for call in (cluster.create, cluster.apply):
            with pytest.raises(ApiError) as caught:
                call(resource, secret)
            assert "hunter2" not in f"{caught.value} {caught.value.body}"


def test_a_missing_right_must_be_told_with_verb_kind_namespace_and_user(cluster_kubeconfig: Path, namespace: str) -> None:
    somebody = connect(Connection(kubeconfig=str(cluster_kubeconfig), impersonate_user="nobody-special", impersonate_groups=("none",)))
    resource = somebody.resource("v1", "ConfigMap")
    with somebody, pytest.raises(ApiError, match=f'user "nobody-special" may not list configmaps in the namespace "{namespace}"') as caught:
        somebody.list(resource, namespace)
    assert caught.value.status == 403
    assert f"auth can-i list configmaps --namespace {namespace}" in str(caught.value)


def test_a_service_accounts_token_must_open_the_door_as_awx_gives_it(
    cluster: Cluster, cluster_kubeconfig: Path, namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot", "namespace": namespace}}
    cluster.apply(cluster.resource("v1", "ServiceAccount"), account)
    request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    answer = cluster.request("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/robot/token", body=request)
    access = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {})
    assert access.ca is not None
    (tmp_path / "ca.crt").write_bytes(access.ca.read())
    monkeypatch.setenv("K8S_AUTH_HOST", access.server)
    monkeypatch.setenv("K8S_AUTH_API_KEY", answer["status"]["token"])
    monkeypatch.setenv("K8S_AUTH_VERIFY_SSL", "true")
    monkeypatch.setenv("K8S_AUTH_SSL_CA_CERT", str(tmp_path / "ca.crt"))
    with connect(Connection()) as robot:
        with pytest.raises(ApiError, match=f'user "system:serviceaccount:{namespace}:robot" may not list pods'):
            robot.list(robot.resource("v1", "Pod"), namespace)
        assert robot.version() == cluster.version()
    monkeypatch.setenv("K8S_AUTH_API_KEY", "wrong")
    with connect(Connection()) as stranger, pytest.raises(ApiError, match=r"does not accept the credentials \(token\)"):
        stranger.list(cluster.resource("v1", "Pod"), namespace)


def test_a_credential_plugin_that_gives_a_certificate_must_open_the_door(cluster_kubeconfig: Path, namespace: str, tmp_path: Path) -> None:
    access = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {})
    pair = access.credentials.certificate()
    assert pair is not None, "this test takes the certificate of the local cluster's kubeconfig"
    assert pair.key is not None
    status = {"clientCertificateData": pair.certificate.read().decode(), "clientKeyData": pair.key.read().decode()}
    version = "client.authentication.k8s.io/v1"
    answer = tmp_path / "answer.json"
    answer.touch(mode=0o600)
    answer.write_text(json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status}))
    ca = base64.b64encode(access.ca.read() if access.ca else b"").decode()
    kubeconfig = {
        "clusters": [{"name": "c", "cluster": {"server": access.server, "certificate-authority-data": ca}}],
        "users": [{"name": "u", "user": {"exec": {"apiVersion": version, "command": "cat", "args": [str(answer)]}}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    }
    with connect(Connection(kubeconfig=kubeconfig, context="x")) as cluster:
        assert cluster.list(cluster.resource("v1", "ConfigMap"), namespace).resource_version


def test_a_certificate_that_is_not_the_clusters_must_be_told(cluster_kubeconfig: Path) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._errors import ConnectionFailed

    server = resolve(Connection(kubeconfig=str(cluster_kubeconfig)), {}).server
    with connect(Connection(host=server, api_key="x")) as cluster, pytest.raises(ConnectionFailed, match="is not trusted"):
        cluster.request("GET", "/version")
