"""The LIST that a watch begins with may come after the answer to a write: a busy machine must not make an object of ours look deleted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import WatchEvent
from ansible_collections.roro.kube.plugins.module_utils._events import StepDone

WAIT = 60.0


def test_what_is_made_while_the_list_of_its_kind_is_on_its_way_must_be_waited_for(
    world: Any, make: Any, eventually: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`second` is made when the LIST of Deployments has been made without it, and the LIST is delivered when `second` is known."""
    apply, watch, listed = world.cluster.apply, world.cluster.watch, threading.Event()

    def later(resource: Any, obj: Any, **options: Any) -> Any:
        assert (resource.kind, obj["metadata"]["name"]) != ("Deployment", "second") or listed.wait(WAIT)
        return apply(resource, obj, **options)

    def made() -> bool:
        return any(isinstance(event, StepDone) and (event.kind, event.name) == ("Deployment", "second") for event in world.events)

    def slowly(resource: Any, *place: Any, **options: Any) -> Iterator[WatchEvent]:
        if resource.kind == "Deployment":
            options["resource_version"] = ""  # as after `410 Gone`
        for event in watch(resource, *place, **options):
            if event.type == "RESYNC" and resource.kind == "Deployment":
                listed.set()
                eventually(made, WAIT)
            yield event

    monkeypatch.setattr(world.cluster, "apply", later)
    monkeypatch.setattr(world.cluster, "watch", slowly)
    names = ("first", "second")
    result = world.up(*(world.desired(world.instance(name, timeout=60.0), make.workload(name)) for name in names))
    assert make.outcome(result) == dict.fromkeys(names, "Running")
