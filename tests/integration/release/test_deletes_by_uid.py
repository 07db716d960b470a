"""What somebody makes anew under the same name, between our look and our delete, is theirs: it stays."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import Event
from ansible_collections.roro.kube.plugins.module_utils._release import Options, release, remove


def anew(world: Any, name: str) -> Callable[[Event], None]:
    """A sink: as soon as everything is planned, somebody else deletes that ConfigMap and makes another."""
    configmaps = world.cluster.resource("v1", "ConfigMap")

    def sink(event: Event) -> None:
        if getattr(event, "phase", "") == "apply":
            world.cluster.delete(configmaps, world.name, name)
            theirs = {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": world.name},
                "data": {"is": "theirs"},
            }
            world.cluster.create(configmaps, theirs)

    return sink


def namespace_of_others(world: Any) -> None:
    """One that no `down` deletes."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": world.name}}
    world.cluster.create(world.cluster.resource("v1", "Namespace"), body)


def test_down_must_leave_an_object_that_was_made_anew_meanwhile(world: Any, make: Any) -> None:
    namespace_of_others(world)
    world.up(world.desired("api", make.config("settings"), make.config("other")))
    result = remove(world.cluster, world.name, "dev", None, Options(), anew(world, "settings"), threading.Event())
    assert not result.failed, [item.message for item in result.instances]
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"is": "theirs"}
    assert world.get("v1", "ConfigMap", "other") is None


def test_prune_must_leave_an_object_that_was_made_anew_meanwhile(world: Any, make: Any) -> None:
    namespace_of_others(world)
    world.up(world.desired("api", make.config("stays"), make.config("settings")))
    wanted = [world.desired("api", make.config("stays"))]
    result = release(world.cluster, world.selection(wanted), wanted, Options(), anew(world, "settings"), threading.Event())
    assert not result.failed, [item.message for item in result.instances]
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"is": "theirs"}
    assert not world.up(*wanted).changed
