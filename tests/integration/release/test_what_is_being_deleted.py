"""What is being deleted is not fine: namespaces, definitions and objects that go are waited for, told by what keeps them, and made anew."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import Event, Notice, ObjectState
from ansible_collections.roro.kube.plugins.module_utils._release import release

FINALIZER = "roro.dev/never"


def namespace(world: Any) -> Any:
    return world.cluster.get(world.cluster.resource("v1", "Namespace"), None, world.name)


def delete_namespace(world: Any) -> str:
    """As `kubectl delete ns --wait=false`; returns its UID."""
    uid = namespace(world)["metadata"]["uid"]
    world.cluster.delete(world.cluster.resource("v1", "Namespace"), None, world.name)
    return str(uid)


def hold(world: Any, name: str, finalizers: list[str] | None, kind: tuple[str, str] = ("v1", "ConfigMap")) -> None:
    """Let a finalizer of nobody keep an object, or let it go."""
    world.cluster.merge_patch(world.cluster.resource(*kind), world.name, name, {"metadata": {"finalizers": finalizers}})


class LettingGo(list[Event]):
    """Events of a run; calls once when one is what a test waits for."""

    def __init__(self, wanted: Callable[[Event], bool], call: Callable[[], None]) -> None:
        super().__init__()
        self._wanted, self._call, self._lock = wanted, call, threading.Lock()

    def append(self, event: Event) -> None:
        with self._lock:
            super().append(event)
            due = self._wanted(event)
            self._wanted = (lambda event: False) if due else self._wanted
        if due:
            self._call()


def tells(words: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, ObjectState | Notice) and words in event.message


@pytest.fixture
def held(world: Any, make: Any) -> Any:
    """An instance whose namespace is being deleted and is kept by a ConfigMap's finalizer."""
    wanted = world.desired("api", make.config("kept", mode="1"), make.config("plain"))
    assert not world.up(wanted).failed
    hold(world, "kept", [FINALIZER])
    delete_namespace(world)
    yield wanted
    if world.get("v1", "ConfigMap", "kept") is not None:
        hold(world, "kept", None)


@pytest.mark.real_node
def test_a_namespace_that_is_being_deleted_must_never_be_no_change(world: Any, make: Any) -> None:
    slow = make.workload(script="trap 'sleep 2; exit 0' TERM; while true; do sleep 0.1; done", pod={"terminationGracePeriodSeconds": 20})
    wanted = world.desired("api", make.config(), slow)
    assert not world.up(wanted).failed
    first = delete_namespace(world)
    predicted = world.preview(wanted)
    result = world.up(wanted)
    assert not result.failed, result
    assert namespace(world)["metadata"]["uid"] != first
    assert make.actions(result) == {f"Namespace/{world.name}": "recreate", "ConfigMap/settings": "create", "Deployment/api": "create"}
    assert make.actions(predicted) == make.actions(result)
    assert world.status(wanted)[0].status == "Running"


def test_what_keeps_a_namespace_must_be_told_while_it_is_waited_for_and_it_be_made_anew(world: Any, make: Any, held: Any) -> None:
    world.events = LettingGo(tells(f"{FINALIZER} in 1 resource instances"), lambda: hold(world, "kept", None))
    result = world.up(held)
    assert not result.failed, result
    assert world.get("v1", "ConfigMap", "kept")["data"] == {"mode": "1"}
    told = [event for event in world.events if isinstance(event, ObjectState) and event.kind == "Namespace"]
    assert {event.instance for event in told} == {"api"}


def test_a_namespace_that_does_not_go_must_fail_within_the_instances_own_time_naming_what_keeps_it(
    world: Any, held: Any, make: Any
) -> None:
    mine = world.desired(world.instance("api", timeout=4.0), *(manifest.object for manifest in held.manifests))
    result = world.up(mine)
    failed = result.instances[0]
    assert (failed.instance, failed.status) == ("api", "Failed")
    assert result.failed
    assert failed.duration < 15
    assert f"Namespace {world.name} is not gone after 4 s" in failed.message
    assert f"ConfigMap {world.name}/kept (waits for finalizers {FINALIZER})" in failed.message
    assert all("record" not in item.message for item in result.instances)


def test_ps_must_tell_a_namespace_that_is_being_deleted(world: Any, held: Any, eventually: Callable[..., Any]) -> None:
    def told() -> bool:
        found = world.status(held)[0]
        return found.reason == "NamespaceTerminating" and FINALIZER in found.message and found.status != "Running"

    eventually(told)


def test_down_must_wait_for_a_namespace_that_is_being_deleted_and_name_what_keeps_it(world: Any, held: Any) -> None:
    result = world.down(timeouts={"api": 4.0})
    assert result.failed
    assert f"ConfigMap {world.name}/kept is not gone after 4 s: waits for finalizers {FINALIZER}" in result.instances[0].message
    hold(world, "kept", None)
    assert not world.down().failed
    assert namespace(world) is None


def test_a_namespace_that_down_cannot_end_must_be_told_within_the_time_of_who_lived_there(world: Any, make: Any) -> None:
    assert not world.up(world.desired("api", make.config())).failed
    world.cluster.merge_patch(world.cluster.resource("v1", "Namespace"), None, world.name, {"metadata": {"finalizers": [FINALIZER]}})
    result = world.down(timeouts={"api": 4.0})
    assert result.failed
    assert [item.instance for item in result.instances if item.status == "Failed"] == [""]
    assert result.instances[-1].message.startswith(f"Namespace {world.name} is not gone after 4 s: waits for finalizers {FINALIZER}")
    world.cluster.merge_patch(world.cluster.resource("v1", "Namespace"), None, world.name, {"metadata": {"finalizers": None}})
    assert world.status(world.desired("api"))[0].status == "NotDeployed"


def test_a_namespace_deleted_under_the_run_must_be_made_anew(world: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = world.desired("api", make.config(mode="1")), world.desired(world.instance("web", needs=["api"]), make.config("page"))
    assert not world.up(*wanted).failed
    room, first = sys.modules[release.__module__], list[str]()
    observe = room.observe

    def observe_then_delete(*arguments: Any) -> Any:
        seen = observe(*arguments)
        if not first:
            first.append(delete_namespace(world))
        return seen

    monkeypatch.setattr(room, "observe", observe_then_delete)
    changed = world.desired("api", make.config(mode="2")), wanted[1]
    result = world.up(*changed)
    assert make.outcome(result) == {"api": "Running", "web": "Running"}, result
    assert namespace(world)["metadata"]["uid"] != first[0]
    assert world.get("v1", "ConfigMap", "settings")["data"] == {"mode": "2"}
    assert world.get("v1", "ConfigMap", "page") is not None
    assert any("deleted under this run" in notice for notice in result.notices)


def definition(world: Any) -> Any:
    group, plural = f"{world.name}.example.com", "gauges"
    schema = {
        "openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}
    }
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    spec = {"group": group, "scope": "Namespaced", "names": {"kind": "Gauge", "plural": plural, "singular": "gauge"}, "versions": versions}
    metadata = {"name": f"{plural}.{group}"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}


def gauge(world: Any, name: str = "level") -> Any:
    return {"apiVersion": f"{world.name}.example.com/v1", "kind": "Gauge", "metadata": {"name": name}, "spec": {"a": 1}}


def test_a_definition_that_is_being_deleted_must_be_waited_for_and_made_anew_with_its_resources(world: Any, make: Any) -> None:
    wanted = world.desired("api", definition(world), gauge(world))
    assert not world.up(wanted).failed
    kind = (f"{world.name}.example.com/v1", "Gauge")
    hold(world, "level", [FINALIZER], kind)
    definitions, name = world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), definition(world)["metadata"]["name"]
    first = world.cluster.get(definitions, None, name)["metadata"]["uid"]
    world.cluster.delete(definitions, None, name)
    assert make.actions(world.preview(wanted)) == {f"CustomResourceDefinition/{name}": "recreate", "Gauge/level": "create"}
    world.events = LettingGo(tells("is being deleted, CustomResource"), lambda: hold(world, "level", None, kind))
    result = world.up(wanted)
    assert not result.failed, result
    assert make.actions(result) == {f"CustomResourceDefinition/{name}": "recreate", "Gauge/level": "create"}
    assert world.cluster.get(definitions, None, name)["metadata"]["uid"] != first
    assert world.get(*kind, "level")["spec"] == {"a": 1}
    assert not world.up(wanted).changed


def test_what_keeps_a_pruned_object_must_be_named_at_once_and_at_the_timeout(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("kept"), make.config("stays")))
    hold(world, "kept", [FINALIZER])
    result = world.up(world.desired(world.instance("api", timeout=4.0), make.config("stays")))
    assert f"ConfigMap {world.name}/kept is not gone after 4 s: waits for finalizers {FINALIZER}" in result.instances[0].message
    notices = [event.message for event in world.events if isinstance(event, Notice)]
    assert f"ConfigMap {world.name}/kept is being deleted, waits for finalizers {FINALIZER}" in notices
    hold(world, "kept", None)


@pytest.mark.real_node
def test_pods_that_take_their_time_must_be_named(world: Any, make: Any) -> None:
    slow = make.workload(script="trap '' TERM; while true; do sleep 0.1; done", pod={"terminationGracePeriodSeconds": 8})
    world.up(world.desired("api", slow))
    result = world.down(timeout=3.0)
    assert "is not gone after 3 s: waits for pod api-" in result.instances[0].message
    assert "which has 8 seconds to end" in result.instances[0].message
    assert not world.down().failed


def test_a_job_that_cleans_up_after_itself_must_count_as_waited_for(world: Any, make: Any) -> None:
    once = make.job()
    once["spec"]["ttlSecondsAfterFinished"] = 0
    wanted = world.desired("api", once)
    result = world.up(wanted)
    assert [(item.status, item.message) for item in result.instances] == [("Running", "")]
    assert not world.up(wanted).changed
