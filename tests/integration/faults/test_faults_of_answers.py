"""An API server that refuses for a while, drops connections or gives half answers: nothing is lost and nothing is made twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits
from ansible_collections.roro.kube.plugins.module_utils._errors import ClusterError, ConnectionFailed
from fault_proxy import hang, late, refuse, reset_after, reset_before, reset_in_body, truncate

BUSY = refuse(429, "TooManyRequests", "too many requests", Retry_After="0")
BROKEN = refuse(500, "InternalError", "etcdserver: leader changed")
AWAY = refuse(503, "ServiceUnavailable", "apiserver is shutting down")
PASSING = {
    "busy": BUSY,
    "broken": BROKEN,
    "away": AWAY,
    "reset-before": reset_before,
    "reset-after": reset_after,
    "reset-in-body": reset_in_body,
    "truncated": truncate,
}
PLACES = {
    "discovery": ("GET", r"^/apis$"),
    "list": ("GET", r"/configmaps\?.*limit="),
    "namespace": ("PATCH", r"^/api/v1/namespaces/[^/]*\?"),
    "lock": ("POST", r"/leases\?"),
    "record-begins": ("POST", r"/secrets\?"),
    "apply": ("PATCH", r"/configmaps/c[0-7]\?"),
    "custom": ("PATCH", r"/gauges/level\?"),
    "record-ends": ("PUT", r"/secrets/roro\.store\?"),
    "revision": ("PATCH", r"/secrets/roro\.store\.r1\?"),
    "unlock": ("DELETE", r"/leases/roro\.store"),
}
HURRIED = Limits(connect=0.5, read=1.0, total=1.5, first_contact=0.2, backoff=0.02, backoff_cap=0.05, settle=0.2)


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_must_not_be_noticed_wherever_it_happens(scene: Any, fault: str) -> None:
    faults = {place: scene.proxy.on(*request, PASSING[fault]) for place, request in PLACES.items()}
    result = scene.up()
    assert {place: item.done for place, item in faults.items()} == dict.fromkeys(PLACES, 1)
    assert result.notices == []
    scene.assert_whole(result)


@pytest.mark.parametrize("fault", ["busy", "reset-after", "truncated"])
def test_a_fault_at_every_other_write_must_not_be_noticed(scene: Any, fault: str) -> None:
    first = {f"c{number}": scene.proxy.on("PATCH", rf"/configmaps/c{number}\?", PASSING[fault], times=2) for number in range(0, 8, 2)}
    result = scene.up()
    assert all(item.done == 2 for item in first.values())
    scene.assert_whole(result)


def test_retry_after_must_be_waited_for(scene: Any) -> None:
    scene.proxy.on("PATCH", r"/configmaps/c3\?", refuse(429, "TooManyRequests", Retry_After="1"))
    result = scene.up()
    assert result.instances[0].duration >= 1.0
    assert len(scene.proxy.sent("PATCH", r"/configmaps/c3\?")) == 2
    scene.assert_whole(result)


def test_a_slow_server_must_be_waited_for_and_asked_once(scene: Any) -> None:
    scene.proxy.on("GET|PATCH|POST|PUT|DELETE", r"configmaps|secrets|leases", late(0.1), times=1000)
    scene.assert_whole(scene.up())
    assert all(len(scene.proxy.sent("PATCH", rf"/configmaps/c{number}\?")) == 1 for number in range(8))


def test_a_write_that_was_done_too_late_for_us_must_not_be_done_twice(scene: Any) -> None:
    for path in (r"/configmaps/c1\?", r"/secrets\?", r"/leases\?"):
        scene.proxy.on("PATCH|POST", path, late(0.6))
    scene.assert_whole(scene.up(cluster=scene.again(limits=Limits(read=0.4, total=8.0, backoff=0.02, backoff_cap=0.2))))


LOST = r"dropped the connection: connection reset by peer \(\d+ attempts|did not answer in time \(\d+ attempts"
"""The last attempt may run into the end of the patience instead."""


@pytest.mark.parametrize(
    ("fault", "words", "revision"),
    [
        (BUSY, r"too many requests \(after \d+ attempts\)", 2),
        (BROKEN, r"etcdserver: leader changed \(after 4 attempts\)", 2),
        (reset_before, LOST, 2),
        (reset_after, LOST, 1),
        (reset_in_body, LOST, 1),
        (truncate, r"answered with something that is no JSON, or only a part of it \(4 attempts\)", 1),
        (hang, r"took the request and did not answer in time \(\d+ attempts\)", 2),
    ],
    ids=["busy", "broken", "reset-before", "reset-after", "reset-in-body", "truncated", "hang"],
)
def test_a_write_that_fails_for_good_must_be_told_and_completed_by_the_next_run(scene: Any, fault: Any, words: str, revision: int) -> None:
    """Where the write was done and only its answer was lost each time, the next run finds nothing to change: the revision stays."""
    broken = scene.proxy.on("PATCH", r"/configmaps/c5\?", fault, times=10_000)
    result = scene.up(cluster=scene.again(limits=HURRIED))
    assert re.search(words, scene.message(result))
    failed = [item for item in result.instances[0].actions if item.error]
    assert [(item.kind, item.name) for item in failed] == [("ConfigMap", "c5")]
    assert re.search(words, failed[0].error)
    assert f"ConfigMap {scene.world.name}/c5" in failed[0].error, "what was written when the connection was lost must be named"
    assert scene.world.status(scene.wanted())[0].status == "Failed"
    broken.times = 0
    scene.assert_whole(scene.up(), revision=revision)


@pytest.mark.parametrize(("fault", "place"), [("away", "discovery"), ("reset-before", "list"), ("truncated", "list")])
def test_a_cluster_that_cannot_be_read_must_be_told_before_anything_is_written(scene: Any, fault: str, place: str) -> None:
    broken = scene.proxy.on(*PLACES[place], PASSING[fault], times=10_000)
    with pytest.raises(ClusterError) as caught:
        scene.up(cluster=scene.again(limits=HURRIED))
    assert "shutting down" in str(caught.value) or isinstance(caught.value, ConnectionFailed)
    assert caught.value.problems[0].hint
    assert [seen for seen in scene.proxy.requests if seen.method != "GET"] == []
    broken.times = 0
    scene.assert_whole(scene.up())
