"""Discovery must cost little, be right about what came and went, and name what is served instead."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.config import resolve
from ansible_collections.roro.kube.plugins.module_utils._cluster.discovery_cache import MAX_AGE_SECONDS, DiscoveryCache, cache_key
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, KindNotServed
from fake_api_server import FakeApiServer, refusal, reply


def entry(plural: str, kind: str, *, scope: str = "Namespaced") -> dict[str, Any]:
    return {
        "resource": plural,
        "responseKind": {"group": "", "version": "", "kind": kind},
        "scope": scope,
        "verbs": ["get", "list", "watch", "patch"],
        "subresources": [{"subresource": "status", "responseKind": None}],
    }


def version(name: str, *resources: dict[str, Any], freshness: str = "Current") -> dict[str, Any]:
    return {"version": name, "resources": list(resources), "freshness": freshness}


def groups(**versions: list[dict[str, Any]]) -> dict[str, Any]:
    items = [{"metadata": {"name": name.replace("_", ".")} if name != "core" else {}, "versions": rows} for name, rows in versions.items()]
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}


CORE = groups(core=[version("v1", entry("configmaps", "ConfigMap"), entry("namespaces", "Namespace", scope="Cluster"))])
APPS = version("v1", entry("deployments", "Deployment"))
HPAS = [
    version("v2", entry("horizontalpodautoscalers", "HorizontalPodAutoscaler")),
    version("v1", entry("horizontalpodautoscalers", "HorizontalPodAutoscaler")),
]


def serve(fake: FakeApiServer, **more: list[dict[str, Any]]) -> None:
    fake.otherwise["/api"] = reply(CORE)
    fake.otherwise["/apis"] = reply(groups(apps=[APPS], autoscaling=HPAS, **more))
    fake.otherwise["/version"] = reply({"gitVersion": "v1.34.4"})


@pytest.fixture
def again(fake: FakeApiServer, cluster_on: Callable[..., Cluster]) -> Callable[[], Cluster]:
    """A new Cluster on the same server and cache, as the next run has it."""
    serve(fake)
    return lambda: cluster_on(Connection(host=fake.url))


def test_two_requests_must_tell_everything_and_nothing_is_sent_before_it_is_needed(again: Callable[[], Cluster]) -> None:
    cluster = again()
    assert cluster.requests.total == 0
    found = cluster.resource("apps/v1", "Deployment")
    assert (found.path("n", "a"), found.subresources) == ("/apis/apps/v1/namespaces/n/deployments/a", {"status"})
    assert cluster.resource("v1", "Namespace").path("ignored", "a") == "/api/v1/namespaces/a"
    assert [found.api_version for found in cluster.resources()] == ["v1", "v1", "apps/v1", "autoscaling/v2", "autoscaling/v1"]
    assert cluster.requests.snapshot() == {"discovery": 2}


def test_the_next_run_must_need_no_request(again: Callable[[], Cluster]) -> None:
    first = again()
    assert first.version() == "v1.34.4"
    second = again()
    assert second.resource("apps/v1", "Deployment") == first.resource("apps/v1", "Deployment")
    assert second.version() == "v1.34.4"
    assert second.resources() == first.resources()
    assert second.requests.total == 0


def test_the_cache_must_be_private(again: Callable[[], Cluster], tmp_path: Path) -> None:
    again().resources()
    (path,) = tmp_path.glob("*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"token" not in path.read_bytes()


def test_a_kind_that_appeared_since_must_be_found(fake: FakeApiServer, again: Callable[[], Cluster]) -> None:
    again().resources()
    serve(fake, example_com=[version("v1", entry("widgets", "Widget"))])
    cluster = again()
    assert cluster.resource("example.com/v1", "Widget").plural == "widgets"
    assert cluster.requests.snapshot() == {"discovery": 2}


def test_many_unknown_kinds_at_once_must_cost_one_reading(again: Callable[[], Cluster]) -> None:
    again().resources()
    cluster = again()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda number: cluster.find_resource("example.com/v1", f"Kind{number}"), range(20))) == {None}
    assert cluster.requests.snapshot() == {"discovery": 2}


def test_invalidated_discovery_must_be_read_anew_also_by_the_next_run(fake: FakeApiServer, again: Callable[[], Cluster]) -> None:
    cluster = again()
    cluster.resource("apps/v1", "Deployment")
    fake.otherwise["/apis"] = reply(groups(autoscaling=HPAS))
    cluster.invalidate_discovery()
    assert again().find_resource("apps/v1", "Deployment") is None
    assert cluster.find_resource("apps/v1", "Deployment") is None


@pytest.mark.parametrize(
    ("api_version", "kind", "message"),
    [
        ("apps/v1beta1", "Deployment", "apps/v1beta1 Deployment is not served; apps/v1 Deployment is"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", "; autoscaling/v2, autoscaling/v1 HorizontalPodAutoscaler is"),
        ("apps/v1", "Deploymnet", "Did you mean apps/v1 Deployment?"),
        ("v1", "configmap", "Did you mean v1 ConfigMap?"),
        ("example.com/v1", "Zebra", "Install the CustomResourceDefinition"),
        ("metrics.example/v1", "Thing", "the API service of metrics.example/v1 does not answer"),
    ],
)
def test_a_kind_that_is_not_served_must_be_told_with_what_is(
    fake: FakeApiServer, again: Callable[[], Cluster], api_version: str, kind: str, message: str
) -> None:
    serve(fake, metrics_example=[version("v1", freshness="Stale")])
    with pytest.raises(KindNotServed) as caught:
        again().resource(api_version, kind)
    assert message in str(caught.value)
    assert f"{api_version} {kind} is not served" in str(caught.value)
    assert "manifest" not in str(caught.value), "a value asks for kinds too"


def test_the_version_that_is_served_must_be_told_to_write(fake: FakeApiServer, again: Callable[[], Cluster]) -> None:
    with pytest.raises(KindNotServed) as caught:
        again().resource("autoscaling/v2beta2", "HorizontalPodAutoscaler")
    assert caught.value.problems[0].hint == "Write apiVersion autoscaling/v2 there."


def test_a_group_that_was_stale_must_be_asked_for_again(fake: FakeApiServer, again: Callable[[], Cluster]) -> None:
    serve(fake, metrics_example=[version("v1", freshness="Stale")])
    again().resources()
    serve(fake, metrics_example=[version("v1", entry("things", "Thing"))])
    assert again().resource("metrics.example/v1", "Thing").plural == "things"


def test_an_old_server_must_be_read_group_by_group_and_a_broken_group_must_not_hide_the_others(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster]
) -> None:
    def listed(*names: str) -> dict[str, Any]:
        rows = [{"name": name, "kind": name.split("/")[0][:-1].title(), "namespaced": True, "verbs": ["get"]} for name in names]
        return {"kind": "APIResourceList", "resources": rows}

    both = [{"groupVersion": "apps/v1beta1"}, {"groupVersion": "apps/v1"}]
    broken = {"name": "broken", "versions": [{"groupVersion": "broken/v1"}], "preferredVersion": {"groupVersion": "broken/v1"}}
    fake.otherwise |= {
        "/api": reply({"kind": "APIVersions", "versions": ["v1"]}),
        "/apis": reply({"kind": "APIGroupList", "groups": [{"name": "apps", "versions": both, "preferredVersion": both[1]}, broken]}),
        "/api/v1": reply(listed("pods", "pods/log", "pods/status")),
        "/apis/apps/v1": reply(listed("deployments")),
        "/apis/apps/v1beta1": reply(listed("deployments")),
        "/apis/broken/v1": refusal(503, "ServiceUnavailable", Retry_After="600"),
    }
    cluster = cluster_on(Connection(host=fake.url))
    assert cluster.resource("v1", "Pod").subresources == {"log", "status"}
    assert [found.api_version for found in cluster.resources()] == ["v1", "apps/v1", "apps/v1beta1"]
    with pytest.raises(KindNotServed, match="does not answer"):
        cluster.resource("broken/v1", "Thing")


def test_a_server_that_refuses_discovery_must_be_told(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.otherwise |= {"/api": refusal(401, "Unauthorized"), "/apis": refusal(401, "Unauthorized")}
    with pytest.raises(ApiError, match=r"does not accept the credentials \(token\) from the given host"):
        cluster.resource("v1", "Pod")


@pytest.mark.parametrize("content", [b"", b"{", b'{"format": 0}', b"[]", b'{"format": 1, "version": "", "stale": [], "resources": [[1]]}'])
def test_a_broken_cache_must_be_read_over(again: Callable[[], Cluster], tmp_path: Path, content: bytes) -> None:
    again().resources()
    (path,) = tmp_path.glob("*.json")
    path.write_bytes(content)
    cluster = again()
    assert cluster.resource("apps/v1", "Deployment").kind == "Deployment"
    assert cluster.requests["discovery"] == 2


def test_an_old_cache_must_be_read_over(again: Callable[[], Cluster], tmp_path: Path) -> None:
    again().resources()
    (path,) = tmp_path.glob("*.json")
    long_ago = time.time() - MAX_AGE_SECONDS - 1
    os.utime(path, (long_ago, long_ago))
    cluster = again()
    cluster.resources()
    assert cluster.requests["discovery"] == 2


def test_without_a_place_for_the_cache_all_must_work(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    serve(fake)
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    cluster = cluster_on(Connection(host=fake.url), cache=DiscoveryCache(resolve(Connection(host=fake.url), {})))
    assert cluster.resource("apps/v1", "Deployment").kind == "Deployment"
    cluster.invalidate_discovery()
    missing = cluster_on(Connection(host=fake.url), cache=DiscoveryCache(resolve(Connection(host=fake.url), {}), tmp_path / "none"))
    assert missing.resource("apps/v1", "Deployment").kind == "Deployment"


def test_a_cluster_made_anew_behind_the_same_address_must_not_share_a_cache() -> None:
    def key(ca: str) -> str:
        cluster = {"server": "https://h:1", "certificate-authority-data": ca}
        contexts = [{"name": "x", "context": {"cluster": "c"}}]
        config = {"clusters": [{"name": "c", "cluster": cluster}], "contexts": contexts, "current-context": "x"}
        return cache_key(resolve(Connection(kubeconfig=config), {}))

    assert key("QQ==") != key("Qg==")
    assert key("QQ==") == key("QQ==")
