"""A `down` whose deletes are refused for a while, or whose answers are lost: everything goes, once, and nothing is said to be missing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.retry import Limits
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._release import Options, RunResult, remove
from fault_proxy import hang, refuse, reset_after, reset_before, truncate

PASSING = {
    "busy": refuse(429, "TooManyRequests", "too many requests", Retry_After="0"),
    "broken": refuse(500, "InternalError", "etcdserver: leader changed"),
    "away": refuse(503, "ServiceUnavailable", "apiserver is shutting down"),
    "reset-before": reset_before,
    "reset-after": reset_after,
    "truncated": truncate,
}
PLACES = {
    "list": ("GET", r"/configmaps\?.*limit="),
    "lock": ("POST", r"/leases\?"),
    "object": ("DELETE", r"/configmaps/c[0-7]"),
    "custom": ("DELETE", r"/gauges/level"),
    "record": ("DELETE", r"/secrets/roro\.store$"),
    "unlock": ("DELETE", r"/leases/roro\.store"),
}
HURRIED = Limits(connect=0.5, read=1.0, total=1.5, first_contact=0.2, backoff=0.02, backoff_cap=0.05, settle=0.2)


@pytest.fixture
def kept_namespace(scene: Any) -> None:
    """A namespace of others, which no `down` deletes: waiting for its end takes seconds."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": scene.world.name}}
    scene.world.cluster.create(scene.world.cluster.resource("v1", "Namespace"), body)


def down(scene: Any, **options: Any) -> RunResult:
    """Take the scene down through the proxy."""
    cluster = options.pop("cluster", None) or scene.again(watch_limits=WatchLimits())
    return remove(cluster, scene.world.name, "dev", None, Options(**options), ignore, threading.Event())


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.usefixtures("kept_namespace")
def test_a_fault_that_passes_must_not_be_noticed_wherever_it_happens(scene: Any, fault: str) -> None:
    scene.up()
    faults = {place: scene.proxy.on(*request, PASSING[fault]) for place, request in PLACES.items()}
    result = down(scene)
    assert not result.failed, [item.message for item in result.instances]
    assert {place: item.done for place, item in faults.items()} == dict.fromkeys(PLACES, 1)
    assert scene.world.left() == []
    assert not down(scene).changed


@pytest.mark.parametrize(
    ("fault", "words"),
    [(refuse(500, "InternalError", "etcdserver: no space"), "etcdserver: no space"), (hang, "did not answer in time")],
    ids=["broken", "hang"],
)
@pytest.mark.usefixtures("kept_namespace")
def test_a_delete_that_fails_for_good_must_be_told_and_completed_by_the_next_run(scene: Any, fault: Any, words: str) -> None:
    scene.up()
    broken = scene.proxy.on("DELETE", r"/configmaps/c5", fault, times=10_000)
    result = down(scene, cluster=scene.again(limits=HURRIED, watch_limits=WatchLimits()))
    message = scene.message(result)
    assert words in message
    assert f"ConfigMap {scene.world.name}/c5" in message
    told = scene.world.status(scene.wanted())[0]
    assert (told.status, told.reason) == ("Failed", "RemoveFailed")
    assert told.message.startswith("only partly removed: ")
    assert [(item.kind, item.name) for item in told.objects] == [("ConfigMap", "c5")], "what went must not be missed"
    broken.times = 0
    assert not down(scene).failed
    assert scene.world.left() == []


@pytest.mark.usefixtures("kept_namespace")
def test_up_must_complete_what_a_failed_removal_left(scene: Any) -> None:
    scene.up()
    broken = scene.proxy.on("DELETE", r"/configmaps/c5", refuse(500, "InternalError", "no"), times=10_000)
    assert down(scene, cluster=scene.again(limits=HURRIED, watch_limits=WatchLimits())).failed
    broken.times = 0
    assert not scene.up().failed
    assert scene.world.status(scene.wanted())[0].status == "Running"
    assert len(scene.objects()) == 10
    assert not scene.world.up(scene.wanted()).changed


def test_a_watch_that_never_works_must_end_the_removal_with_words_and_not_with_the_timeout(scene: Any) -> None:
    """A namespace is gone seconds after its delete was answered, which only a watch tells."""
    scene.up()
    scene.proxy.on("GET", r"/namespaces\?.*watch=true", reset_before, times=10_000)
    result = down(scene, cluster=scene.again(watch_limits=WatchLimits(patience=0.3)))
    assert result.failed
    told = [action for item in result.instances for action in item.actions if action.kind == "Namespace"]
    assert "dropped the connection" in told[0].error
