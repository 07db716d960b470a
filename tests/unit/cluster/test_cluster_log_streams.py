"""A container's log as it comes: what is asked for, what a broken connection and a refusal are, and that it can be ended."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from fake_api_server import FakeApiServer, drop, refusal, stream


def read(cluster: Cluster, **options: Any) -> bytes:
    return b"".join(cluster.log_stream("shop", "api-1", "main", **{"stop": threading.Event(), **options}))


def test_a_log_must_be_asked_for_with_times_and_without_compression(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script += [stream(b"one\n", b"two\n")]
    assert read(cluster, follow=True, since="2026-01-02T03:04:05Z", tail=0) == b"one\ntwo\n"
    seen = fake.requests[0]
    assert seen.path == "/api/v1/namespaces/shop/pods/api-1/log"
    assert seen.query == {
        "container": "main",
        "timestamps": "true",
        "follow": "true",
        "sinceTime": "2026-01-02T03:04:05Z",
        "tailLines": "0",
    }
    assert (seen.headers["Authorization"], seen.headers["Accept-Encoding"]) == ("Bearer secret-token", "identity")


def test_a_log_of_before_must_be_asked_for_by_name(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script += [stream(b"one\n")]
    assert read(cluster, previous=True) == b"one\n"
    assert fake.requests[0].query == {"container": "main", "timestamps": "true", "previous": "true"}


@pytest.mark.parametrize("answer", [drop, stream(b"one\n", then="drop")], ids=["before", "in the middle"])
def test_a_broken_connection_must_not_look_like_the_end_of_a_log(fake: FakeApiServer, cluster: Cluster, answer: Any) -> None:
    fake.script += [answer]
    with pytest.raises(ConnectionFailed):
        read(cluster)
    assert len(fake.requests) == 1, "whoever asked knows where to go on"


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_refusal_must_keep_its_status(fake: FakeApiServer, cluster: Cluster, status: int) -> None:
    fake.script += [refusal(status, "Because", "container is waiting")]
    with pytest.raises(ApiError, match="container is waiting") as found:
        read(cluster)
    assert found.value.status == status


def test_a_server_that_has_just_come_back_must_not_be_believed_when_it_refuses(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script += [stream(b"one\n", then="drop"), refusal(403, "Forbidden")]
    with pytest.raises(ConnectionFailed):
        read(cluster)
    with pytest.raises(ConnectionFailed, match="only just started"):
        read(cluster)


def test_a_log_that_says_nothing_must_end_when_it_is_told_to(fake: FakeApiServer, cluster: Cluster) -> None:
    fake.script += [stream(b"one\n", then="hang")]
    stop, found = threading.Event(), list[bytes]()

    def follow() -> None:
        for block in cluster.log_stream("shop", "api-1", "main", follow=True, stop=stop):
            found.append(block)
            stop.set()

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert found == [b"one\n"]
