"""Lists must be whole, whatever their size."""

from __future__ import annotations

import gc
import json
import threading

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import collector_paused, collector_seldom
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.pause import decode_json
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from fake_api_server import Answer, FakeApiServer, refusal, reply


def page(*names: str, more: str = "", version: str = "9") -> Answer:
    items = [{"metadata": {"name": name}} for name in names]
    return reply({"kind": "ConfigMapList", "metadata": {"resourceVersion": version, "continue": more}, "items": items})


def names_of(cluster: Cluster, resource: Resource) -> list[str]:
    return [item["metadata"]["name"] for item in cluster.list(resource, "n", selector="a=b", field_selector="metadata.name!=x").items]


def test_pages_must_be_followed_to_the_end(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script += [page("a", "b", more="t1"), page("c", more="t2"), page("d")]
    assert names_of(cluster, configmaps) == ["a", "b", "c", "d"]
    assert [seen.query.get("continue") for seen in fake.requests] == [None, "t1", "t2"]
    assert all(seen.query["limit"] == "500" and seen.query["labelSelector"] == "a=b" for seen in fake.requests)


def test_an_expired_page_must_start_the_list_anew_without_doubles(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    expired = refusal(410, "Expired", "The provided continue parameter is too old")
    fake.script += [page("a", more="t1"), expired, page("a", more="t2"), expired, page("a", "b")]
    assert names_of(cluster, configmaps) == ["a", "b"]
    assert "limit" not in fake.requests[-1].query


def test_items_must_carry_apiversion_and_kind(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script.append(page("a"))
    listed = cluster.list(configmaps, metadata_only=True)
    assert listed.items == [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]
    assert listed.resource_version == "9"
    assert "as=PartialObjectMetadataList" in fake.requests[0].headers["Accept"]
    assert fake.requests[0].path == "/api/v1/configmaps"


def test_a_kind_that_is_gone_must_be_told(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    with pytest.raises(ApiError) as caught:
        cluster.list(configmaps)
    assert caught.value.status == 404


def test_the_collector_must_stand_still_until_the_last_thread_is_done() -> None:
    entered, leave = threading.Barrier(3), threading.Event()

    def work() -> None:
        with collector_paused():
            entered.wait(5)
            leave.wait(5)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    with collector_paused():
        entered.wait(5)
        assert not gc.isenabled()
    assert not gc.isenabled()
    leave.set()
    for thread in threads:
        thread.join(5)
    assert gc.isenabled()


def test_a_collector_that_was_off_must_stay_off() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_a_big_document_must_decode_like_a_small_one() -> None:
    document = [{"name": f"n{number}"} for number in range(10_000)]
    assert decode_json(json.dumps(document).encode()) == document
    assert gc.isenabled()


def test_the_collector_must_work_seldom_until_the_last_run_is_done_and_then_as_before() -> None:
    before = gc.get_threshold()
    with collector_seldom():
        with collector_seldom():
            assert gc.isenabled()
            assert gc.get_threshold()[0] > before[0]
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
