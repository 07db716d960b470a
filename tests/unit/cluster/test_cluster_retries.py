"""What is sent again, what is not, and how long it goes on."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from email.utils import formatdate

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
from ansible_collections.roro.kube.plugins.module_utils._cluster.cluster import Cluster
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits, retry_after
from ansible_collections.roro.kube.plugins.module_utils._cluster.types import Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError, ConnectionFailed
from fake_api_server import FakeApiServer, break_off, drop, refusal, reply, silence

OBJECT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "n"}}


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(refusal(429, "TooManyRequests", Retry_After="0"), id="429"),
        pytest.param(refusal(500, "InternalError"), id="500"),
        pytest.param(reply(b"<html>Bad gateway</html>", 502), id="502"),
        pytest.param(refusal(503, "ServiceUnavailable"), id="503"),
        pytest.param(refusal(504, "Timeout"), id="504"),
        pytest.param(drop, id="reset"),
        pytest.param(break_off, id="broken off"),
    ],
)
def test_a_passing_fault_must_not_be_seen_by_whoever_reads_or_applies(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, fault: Callable[..., None]
) -> None:
    fake.script += [fault, fault, reply(OBJECT), fault, reply(OBJECT, 201)]
    assert cluster.get(configmaps, "n", "a") == OBJECT
    assert cluster.apply(configmaps, OBJECT) == (OBJECT, True)
    assert cluster.requests.snapshot() == {"apply": 2, "get": 3}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(refusal(500, "InternalError"), ApiError, id="500"),
        pytest.param(refusal(503, "ServiceUnavailable"), ApiError, id="503 without Retry-After"),
        pytest.param(drop, ConnectionFailed, id="reset"),
        pytest.param(break_off, ConnectionFailed, id="broken off"),
    ],
)
def test_a_create_that_may_have_arrived_must_not_be_sent_again(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, fault: Callable[..., None], error: type[Exception]
) -> None:
    fake.script += [fault, reply(OBJECT, 201)]
    with pytest.raises(error) as caught:
        cluster.create(configmaps, OBJECT)
    assert len(fake.requests) == 1
    if error is ConnectionFailed:
        assert "whether the POST was carried out is not known" in str(caught.value)


@pytest.mark.parametrize("status", [429, 503])
def test_a_create_that_the_server_puts_off_must_be_sent_again(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, status: int
) -> None:
    fake.script += [refusal(status, "TooManyRequests", Retry_After="0"), reply(OBJECT, 201)]
    assert cluster.create(configmaps, OBJECT) == OBJECT


def test_retry_after_must_be_waited_for(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script += [refusal(429, "TooManyRequests", Retry_After="1"), reply(OBJECT)]
    started = time.monotonic()
    cluster.get(configmaps, "n", "a")
    assert 1.0 <= time.monotonic() - started < 3.0


def test_a_retry_after_beyond_the_deadline_must_end_the_call_at_once(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script.append(refusal(429, "TooManyRequests", "too many requests", Retry_After="600"))
    started = time.monotonic()
    with pytest.raises(ApiError, match="too many requests") as caught:
        cluster.get(configmaps, "n", "a")
    assert caught.value.status == 429
    assert time.monotonic() - started < 3.0


def test_retry_after_must_be_read_as_seconds_and_as_a_date() -> None:
    assert retry_after({"Retry-After": "7"}) == 7.0
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({}) is None
    later = retry_after({"Retry-After": formatdate(time.time() + 60, usegmt=True)})
    assert later is not None
    assert 50 < later <= 60


def test_a_500_that_stays_must_be_given_up_and_told_with_its_attempts(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.otherwise["/api/v1/namespaces/n/configmaps/a"] = refusal(500, "InternalError", "failed calling webhook")
    with pytest.raises(ApiError, match=r"failed calling webhook \(after 4 attempts\)"):
        cluster.apply(configmaps, OBJECT)
    assert len(fake.requests) == 4


def test_a_500_about_a_field_that_does_not_exist_must_not_be_sent_again(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource
) -> None:
    fake.script.append(refusal(500, "", ".spec.replicaz: field not declared in schema"))
    with pytest.raises(ApiError, match="check its spelling"):
        cluster.apply(configmaps, OBJECT)
    assert len(fake.requests) == 1


def test_a_server_that_never_answers_must_be_left_at_the_deadline(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource
) -> None:
    fake.script += [silence] * 50
    cluster = cluster_on(Connection(host=fake.url), limits=Limits(read=0.2, total=1.0, backoff=0.01, first_contact=0.5))
    started = time.monotonic()
    with pytest.raises(ConnectionFailed, match="did not answer in time"):
        cluster.get(configmaps, "n", "a")
    assert time.monotonic() - started < 2.0


def test_a_server_that_is_not_there_must_be_told_within_a_moment(cluster_on: Callable[..., Cluster], configmaps: Resource) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    cluster = cluster_on(Connection(host=f"http://127.0.0.1:{port}"))
    started = time.monotonic()
    with pytest.raises(ConnectionFailed, match=f"http://127.0.0.1:{port} refuses connections") as caught:
        cluster.create(configmaps, OBJECT)
    assert time.monotonic() - started < 2.0
    assert "roro cluster up" in str(caught.value)
    assert cluster.requests["create"] > 1


def test_a_conflict_about_versions_must_be_for_the_caller(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script.append(refusal(409, "Conflict", "the object has been modified"))
    with pytest.raises(ApiError) as caught:
        cluster.replace(configmaps, {**OBJECT, "metadata": {**OBJECT["metadata"], "resourceVersion": "1"}})  # type: ignore[dict-item]
    assert (caught.value.status, caught.value.reason) == (409, "Conflict")
    assert len(fake.requests) == 1


@pytest.mark.parametrize("named", [{"resourceVersion": "1"}, {"uid": "u"}], ids=["version", "uid"])
def test_an_apply_of_one_very_version_must_not_be_sent_again_when_that_is_gone(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, named: dict[str, str]
) -> None:
    fake.script += [refusal(409, "Conflict", "the object has been modified"), reply(OBJECT)]
    with pytest.raises(ApiError, match="has been modified"):
        cluster.apply(configmaps, {**OBJECT, "metadata": {**OBJECT["metadata"], **named}})  # type: ignore[dict-item]
    assert len(fake.requests) == 1


def test_an_apply_that_lost_a_race_on_the_server_must_be_sent_again(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script += [refusal(409, "Conflict", "the object has been modified"), reply(OBJECT)]
    assert cluster.apply(configmaps, OBJECT) == (OBJECT, False)


@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_just_restarted_must_not_be_believed_when_it_denies(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource, status: int
) -> None:
    denied = refusal(status, "X", "forbidden")
    fake.script += [reply(OBJECT), drop, denied, denied, reply(OBJECT), denied, reply(OBJECT, 201)]
    assert [cluster.get(configmaps, "n", "a") for _ in range(2)] == [OBJECT, OBJECT]
    assert cluster.create(configmaps, OBJECT) == OBJECT


def test_a_server_that_just_restarted_must_not_be_believed_when_it_fails_or_knows_no_path(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource
) -> None:
    unknown, full = reply(b"404 page not found\n", 404), refusal(500, "InternalError", "range is full")
    fake.script += [reply(OBJECT), drop, unknown, full, full, full, full, full, reply(OBJECT)]
    assert [cluster.get(configmaps, "n", "a") for _ in range(2)] == [OBJECT, OBJECT]
    fake.script += [refusal(404, "NotFound")]
    assert cluster.get(configmaps, "n", "a") is None


def test_half_an_answer_must_be_asked_for_again_and_told_when_it_stays_so(
    fake: FakeApiServer, cluster: Cluster, configmaps: Resource
) -> None:
    fake.script += [reply(b'{"kind": "Con'), reply(OBJECT)]
    assert cluster.get(configmaps, "n", "a") == OBJECT
    fake.otherwise["/api/v1/namespaces/n/configmaps/a"] = reply(b"<html>Log in</html>")
    with pytest.raises(ConnectionFailed, match=r"no JSON, or only a part of it \(4 attempts\)"):
        cluster.get(configmaps, "n", "a")


def test_a_create_must_be_sent_again_only_where_the_caller_says_so(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script += [drop, reply(OBJECT, 201)]
    assert cluster.create(configmaps, OBJECT, again=True) == OBJECT
    fake.script += [drop, reply(OBJECT, 201)]
    with pytest.raises(ConnectionFailed, match="whether the POST was carried out is not known"):
        cluster.create(configmaps, OBJECT)


def test_a_denial_must_be_told_at_once_by_a_server_that_was_there_and_soon_by_one_that_was_not(
    fake: FakeApiServer, cluster_on: Callable[..., Cluster], configmaps: Resource
) -> None:
    limits = Limits(settle=0.3, backoff=0.01, backoff_cap=0.05)
    cluster = cluster_on(Connection(host=fake.url), limits=limits)
    fake.otherwise["/api/v1/namespaces/n/configmaps/a"] = refusal(403, "Forbidden", "no")
    with pytest.raises(ApiError):
        cluster.get(configmaps, "n", "a")
    assert cluster.requests.total == 1
    fake.script.append(drop)
    started = time.monotonic()
    with pytest.raises(ApiError, match="attempts"):
        cluster.get(configmaps, "n", "a")
    assert 0.3 <= time.monotonic() - started < 3.0


def test_close_must_end_a_call_that_waits_to_be_sent_again(fake: FakeApiServer, cluster: Cluster, configmaps: Resource) -> None:
    fake.script.append(lambda handler: (refusal(503, "ServiceUnavailable", Retry_After="4")(handler), cluster.close())[0])
    started = time.monotonic()
    with pytest.raises(ApiError):
        cluster.get(configmaps, "n", "a")
    assert time.monotonic() - started < 3.0


def test_pauses_must_grow_and_stay_under_their_cap() -> None:
    limits = Limits(backoff=0.1, backoff_cap=1.0)
    assert all(0.01 <= limits.pause(0) <= 0.1 for _ in range(50))
    assert all(0.1 <= limits.pause(100) <= 1.0 for _ in range(50))
