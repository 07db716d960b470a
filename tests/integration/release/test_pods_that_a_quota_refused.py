"""Pods that a quota refused are there a moment after it has room, however long their controller would wait before it tries again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

Obj = dict[str, Any]
REFUSALS = 16
"""After which a controller waits for longer than five minutes: 5 ms, doubled with each."""
SOON = 60.0
"""Seconds, on a busy machine, in which pods must run that find room."""


def one_pod(hard: str = "1") -> Obj:
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": hard}}}


class Run:
    """`up` in a thread of its own."""

    def __init__(self, world: Any, *wanted: Any) -> None:
        self._world, self._result = world, list[Any]()
        self._thread = threading.Thread(target=lambda: self._result.append(world.up(*wanted)), daemon=True)
        self._thread.start()

    def result(self, within: float) -> Any:
        self._thread.join(within)
        assert self._result, f"`up` has not ended {within:g} s after there was room; it said last {self._world.events[-3:]}"
        return self._result[0]


def refuse_often(world: Any, owner: str, eventually: Callable[..., Any]) -> str:
    """Have who makes the pods of `owner` refused so often that it waits for minutes; the name of that object."""
    kind, name = ("StatefulSet", owner) if owner == "set" else ("ReplicaSet", "")
    resource = world.cluster.resource("apps/v1", kind)

    def maker() -> Obj | None:
        items = world.cluster.list(resource, world.name).items
        return next((item for item in items if (item["metadata"].get("ownerReferences") or [item["metadata"]])[0]["name"] == owner), None)

    name = eventually(maker)["metadata"]["name"]
    for number in range(REFUSALS):
        before = refusals(world, name)
        world.cluster.merge_patch(resource, world.name, name, {"metadata": {"annotations": {"test": str(number)}}})
        eventually(lambda before=before: refusals(world, name) > before)
    return str(name)


def refusals(world: Any, name: str) -> int:
    """How often pods of this object were refused, by its events."""
    items = world.cluster.list(world.cluster.resource("v1", "Event"), world.name).items
    mine = [item for item in items if item["involvedObject"]["name"] == name and item["reason"] == "FailedCreate"]
    return sum(int(item.get("count") or 1) for item in mine)


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
def test_a_raised_quota_must_be_used_at_once(world: Any, make: Any, eventually: Callable[..., Any], kind: str) -> None:
    name = "set" if kind == "StatefulSet" else "new"
    world.up(world.desired("limits", one_pod("0")))
    run = Run(world, world.desired("limits", one_pod("0")), world.desired(world.instance("api", timeout=170.0), make.workload(name, kind)))
    maker = refuse_often(world, name, eventually)
    quotas = world.cluster.resource("v1", "ResourceQuota")
    world.cluster.merge_patch(quotas, world.name, "q", {"spec": {"hard": {"pods": "1"}}})
    result = run.result(SOON)
    assert not result.failed, result.instances

    def nothing_left() -> bool:
        kept = world.get("apps/v1", "StatefulSet" if kind == "StatefulSet" else "ReplicaSet", maker)["metadata"]
        names = list(kept.get("annotations") or ())
        return not any(word.startswith("roro.dev/quota") for word in [*names, *str(kept["managedFields"]).split("f:")])

    eventually(nothing_left)


@pytest.mark.real_node
def test_pods_of_what_goes_must_give_their_place_when_they_end(world: Any, make: Any, eventually: Callable[..., Any]) -> None:
    old = make.workload("old", pod={"terminationGracePeriodSeconds": 6})
    world.up(world.desired("limits", one_pod()), world.desired("api", old))
    began = time.monotonic()
    run = Run(world, world.desired("limits", one_pod()), world.desired(world.instance("api", timeout=170.0), make.workload("new")))
    refuse_often(world, "new", eventually)
    result = run.result(6 + SOON - (time.monotonic() - began))
    assert not result.failed, result.instances
    assert world.get("apps/v1", "Deployment", "old") is None
