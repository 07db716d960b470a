"""Watches that say nothing, break off or are too old: what became ready meanwhile is learned all the same, and soon."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster.watch import WatchLimits
from fault_proxy import Handler, Seen, garble, refuse, reset_before, stall

GONE = refuse(410, "Expired", "too old resource version")
ENDED = {
    "stalled": stall,
    "reset": reset_before,
    "busy": refuse(429, "TooManyRequests", Retry_After="0"),
    "broken": refuse(500, "InternalError"),
    "away": refuse(503, "ServiceUnavailable"),
    "gone": GONE,
    "half-a-line": garble(b'{"type":"ADDED","object":{"kind":"Ser'),
    "error-event": garble(b'{"type":"ERROR","object":{"kind":"Status","code":500,"message":"no"}}\n'),
    "gone-event": garble(b'{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}\n'),
    "ended-at-once": garble(b""),
}


@pytest.mark.parametrize("fault", ENDED)
def test_a_watch_that_ends_badly_must_be_taken_up_again(scene: Any, fault: str) -> None:
    broken = [scene.proxy.on("GET", rf"/{kind}\?.*watch=true", ENDED[fault]) for kind in ("services", "gauges")]
    result = scene.up(after=broken[1])
    assert [item.done for item in broken] == [1, 1]
    scene.assert_whole(result)


def test_a_stalled_watch_must_not_be_believed_to_be_quiet(scene: Any) -> None:
    """The objects become ready while both watches say nothing: only asking anew tells."""
    broken = scene.proxy.on("GET", r"watch=true", stall, times=2)
    scene.assert_whole(scene.up(after=broken))


def test_a_watch_that_never_works_must_fail_the_run_with_words(scene: Any) -> None:
    scene.proxy.on("GET", r"/gauges\?.*watch=true", reset_before, times=10_000)
    result = scene.up(cluster=scene.again(watch_limits=WatchLimits(patience=0.3)))
    assert "dropped the connection: connection reset by peer" in scene.message(result)
    assert result.instances[0].reason == "WatchFailed"
    scene.proxy.faults.clear()
    scene.assert_whole(scene.up())


def test_a_timeout_behind_a_stalled_watch_must_name_what_is_not_ready(scene: Any) -> None:
    scene.proxy.on("GET", r"watch=true", stall, times=10_000)
    never = scene.proxy.on("GET", r"never", stall)
    result = scene.up(after=never, timeout=1.0)
    never.hit.set()
    message = scene.message(result)
    assert f"Gauge {scene.world.name}/level" in message or f"Service {scene.world.name}/front" in message
    scene.proxy.faults.clear()
    scene.assert_whole(scene.up())


def test_an_event_told_twice_must_not_matter(scene: Any) -> None:
    """A watch broken after each event, and begun anew each time."""

    def one_event(handler: Handler, seen: Seen) -> None:
        answer = handler.ask(seen)
        handler.give(answer.status, answer.headers, None)
        block = answer.response.read1(65536)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
        handler.reset()

    scene.proxy.on("GET", r"watch=true", one_event, times=6)
    scene.assert_whole(scene.up())
