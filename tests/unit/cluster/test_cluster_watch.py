"""A watch must lose nothing, survive what networks and servers do, and end when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection, WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from fake_api_server import Answer, FakeApiServer, drop, refusal, reply, silence, stream


def change(kind: str, name: str, version: str) -> dict[str, Any]:
    return {"type": kind, "object": {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "resourceVersion": version}}}


def gone() -> dict[str, Any]:
    return {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}}


LISTED = reply({"kind": "ConfigMapList", "metadata": {"resourceVersion": "50"}, "items": [{"metadata": {"name": "z"}}]})


def take(cluster: Cluster, resource: Resource, count: int, version: str = "1") -> list[WatchEvent]:
    """The first `count` events."""
    stop = threading.Event()
    found = []
    for event in cluster.watch(resource, "n", resource_version=version, stop=stop):
        found.append(event)
        if len(found) == count:
            stop.set()
    return found


def told(events: list[WatchEvent]) -> list[tuple[str, str]]:
    return [(event.type, event.object.get("metadata", {}).get("name", "")) for event in events]


@pytest.mark.parametrize("chunked", [True, False])
@pytest.mark.parametrize("then", ["end", "drop"])
def test_a_watch_must_go_on_from_the_last_version_after_a_disconnect(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, then: str, chunked: bool
) -> None:
    fake.script += [
        stream(change("ADDED", "a", "2"), change("BOOKMARK", "", "7"), then=then, chunked=chunked),
        stream(change("MODIFIED", "a", "8"), then="hang"),
    ]
    events = take(cluster, configmaps, 3)
    assert [event.type for event in events] == ["ADDED", "BOOKMARK", "MODIFIED"]
    assert [seen.query["resourceVersion"] for seen in fake.requests] == ["1", "7"]
    assert fake.requests[0].query["allowWatchBookmarks"] == "true"


@pytest.mark.parametrize("answer", [pytest.param(stream(gone()), id="event"), pytest.param(refusal(410, "Expired"), id="answer")])
def test_410_gone_must_become_one_resync_with_everything(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, answer: Answer
) -> None:
    fake.script += [answer, LISTED, stream(change("ADDED", "b", "51"), then="hang")]
    events = take(cluster, configmaps, 2)
    assert told(events) == [("RESYNC", ""), ("ADDED", "b")]
    assert events[0].items == ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "z"}},)
    assert events[0].version == "50", "what was made later is not missing"
    assert fake.requests[-1].query["resourceVersion"] == "50"


def test_a_watch_without_a_version_must_begin_with_everything(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script += [LISTED, stream(change("ADDED", "b", "51"), then="hang")]
    assert told(take(cluster, configmaps, 2, version="")) == [("RESYNC", ""), ("ADDED", "b")]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(drop, id="reset"),
        pytest.param(refusal(503, "ServiceUnavailable"), id="503"),
        pytest.param(refusal(429, "TooManyRequests", Retry_After="0"), id="429"),
        pytest.param(refusal(500, "InternalError"), id="500"),
        pytest.param(stream(b'{"type": "ADDED", "object": {"meta', then="drop"), id="half a line"),
        pytest.param(stream(b"no json\n"), id="no JSON"),
        pytest.param(stream({"type": "ERROR", "object": {"kind": "Status", "code": 500, "message": "etcd"}}), id="error event"),
        pytest.param(stream(then="hang"), id="stalled"),
        pytest.param(silence, id="never answered"),
    ],
)
def test_a_fault_must_be_survived_from_where_it_happened(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource, fault: Answer
) -> None:
    cluster = cluster_on(Connection(host=fake.url), watch_limits=WatchLimits(silence=0.5, patience=20))
    fake.script += [stream(change("ADDED", "a", "5"), then="drop"), fault, fault, stream(change("ADDED", "b", "6"), then="hang")]
    assert told(take(cluster, configmaps, 2)) == [("ADDED", "a"), ("ADDED", "b")]
    assert [seen.query["resourceVersion"] for seen in fake.requests] == ["1", "5", "5", "5"]


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_asking_again_cannot_change_must_be_told(fake: FakeApiServer, cluster: Cluster, configmaps: Resource, status: int) -> None:
    fake.script.append(refusal(status, "X", "no such thing"))
    with pytest.raises(ApiError) as caught:
        take(cluster, configmaps, 1)
    assert caught.value.status == status


def test_a_denial_after_a_lost_connection_must_be_survived(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    denied = refusal(403, "Forbidden", "roles are not read yet")
    fake.script += [stream(change("ADDED", "a", "5"), then="drop"), denied, denied, stream(change("ADDED", "b", "6"), then="hang")]
    assert told(take(cluster, configmaps, 2)) == [("ADDED", "a"), ("ADDED", "b")]


def test_a_server_that_stays_away_must_be_told_after_the_patience(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.otherwise["/api/v1/namespaces/n/configmaps"] = drop
    with pytest.raises(ConnectionFailed, match="dropped the connection"):
        take(cluster, configmaps, 1)


@pytest.mark.parametrize("answer", [pytest.param(stream(then="hang"), id="no data"), pytest.param(silence, id="no answer yet")])
@pytest.mark.parametrize("how", ["stop", "close"])
def test_a_watch_must_end_promptly_when_nothing_moves(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource, answer: Answer, how: str
) -> None:
    cluster = cluster_on(Connection(host=fake.url), watch_limits=WatchLimits(silence=30))
    arrived = threading.Event()
    fake.script.append(lambda handler: (arrived.set(), answer(handler))[0])
    stop, found = threading.Event(), list[WatchEvent]()
    thread = threading.Thread(target=lambda: found.extend(cluster.watch(configmaps, "n", resource_version="1", stop=stop)))
    thread.start()
    assert arrived.wait(5)
    started = time.monotonic()
    stop.set() if how == "stop" else cluster.close()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - started < 1.0  # 0.1 s on a machine with nothing else to do
    assert found == []


def test_a_watch_that_is_abandoned_must_close_its_connection(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script.append(stream(change("ADDED", "a", "2"), then="hang"))
    events = cluster.watch(configmaps, "n", resource_version="1", stop=threading.Event())
    assert next(events).type == "ADDED"
    events.close()  # type: ignore[attr-defined]
    assert not cluster._keeper._streams
