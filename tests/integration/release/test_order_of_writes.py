"""When each request of a run is sent: edges are kept, nothing else is waited for, and one object costs one write."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._events import Event, StepDone
from ansible_collections.roro.kube.plugins.module_utils._model import ReadinessRule

Span = tuple[float, float]


class Sent:
    """Applies and deletes of a connection: when each began and when the server had answered."""

    def __init__(self, cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.applied: dict[str, Span] = {}
        self.deleted: dict[str, Span] = {}
        self.most, self._now, self._lock = 0, 0, threading.Lock()
        apply, delete = cluster.apply, cluster.delete
        monkeypatch.setattr(cluster, "apply", lambda resource, obj, **how: self._timed(apply, self.applied, obj, (resource, obj), how))
        monkeypatch.setattr(cluster, "delete", lambda *where, **how: self._timed(delete, self.deleted, where, where, how))

    def _timed(self, call: Callable[..., Any], into: dict[str, Span], what: Any, where: tuple[Any, ...], how: dict[str, Any]) -> Any:
        name = f"{what['kind']}/{what['metadata']['name']}" if isinstance(what, dict) else f"{what[0].kind}/{what[2]}"
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        began = time.monotonic()
        try:
            return call(*where, **how)
        finally:
            with self._lock:
                self._now -= 1
            into[name] = (began, time.monotonic())


def in_turn(spans: dict[str, Span], *names: str) -> bool:
    """Each of these began when the one before it had been answered."""
    return all(spans[first][1] <= spans[second][0] for first, second in pairwise(names))


@pytest.fixture
def sent(world: Any, monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What the connection of the world sends."""
    return Sent(world.cluster, monkeypatch)


def requests(world: Any, *desired: Any) -> dict[str, int]:
    """How many requests of each verb an `up` sends."""
    before = world.cluster.requests.snapshot()
    assert not world.up(*desired).failed
    after = world.cluster.requests.snapshot()
    return {verb: count - before.get(verb, 0) for verb, count in after.items() if count != before.get(verb, 0)}


def on_event(world: Any, deed: Callable[[Event], None]) -> None:
    """Do something with every event, while the run goes on."""
    world.events = type("Watching", (list,), {"append": staticmethod(deed)})()


def test_a_first_up_must_cost_one_write_for_each_object_and_no_read_of_one(world: Any, make: Any, namespace: str) -> None:
    def of(name: str, count: int) -> Any:
        return world.desired(world.instance(name, namespace=namespace), *(make.config(f"{name}-{number}") for number in range(count)))

    requests(world, of("first", 1))
    few = requests(world, of("first", 1), of("few", 20))
    many = requests(world, of("first", 1), of("few", 20), of("many", 50))
    assert many["apply"] - few["apply"] == 30
    assert {verb: count for verb, count in many.items() if verb != "apply"} == {
        verb: count for verb, count in few.items() if verb != "apply"
    }
    assert few["get"] == 1  # the namespace, which may be about to go


def test_waiting_for_many_objects_of_a_kind_must_cost_what_one_does(world: Any, make: Any) -> None:
    def waited(count: int) -> dict[str, int]:
        found = requests(world, world.desired("api", *(make.workload(f"w{number}") for number in range(count))))
        world.down()
        return {verb: found.get(verb, 0) for verb in ("get", "list", "watch")}

    world.cluster.resource("v1", "ConfigMap")  # discovery is no part of the comparison
    one, four = waited(1), waited(4)
    assert one == four
    assert one["watch"] > 0


def test_a_step_must_not_wait_for_what_it_does_not_need(world: Any, make: Any) -> None:
    # The slow instance becomes healthy only by what happens when the second wave of the others is done: a barrier would never open.
    rule = ReadinessRule(kind="ConfigMap", path="$.data.open", equals="yes")
    slow = world.desired(world.instance("slow", readiness=(rule,)), make.config("gate", open="no"))
    first = world.desired("first", make.config("first"))
    second = world.desired(world.instance("second", needs=["first"]), make.config("second"))
    maps = world.cluster.resource("v1", "ConfigMap")

    def open_gate(event: Event) -> None:
        if isinstance(event, StepDone) and event.name == "second":
            world.cluster.merge_patch(maps, world.name, "gate", {"data": {"open": "yes"}})

    on_event(world, open_gate)
    assert make.outcome(world.up(slow, first, second)) == {"first": "Running", "second": "Running", "slow": "Running"}


def test_what_a_workload_names_must_be_there_before_it_and_go_after_it(world: Any, make: Any, sent: Sent) -> None:
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
    rights = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reader"}, "rules": []}
    subject = {"kind": "ServiceAccount", "name": "robot", "namespace": world.name}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader"}
    binding = {**rights, "kind": "RoleBinding", "metadata": {"name": "reads"}, "subjects": [subject], "roleRef": role}
    del binding["rules"]
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "keys"}, "stringData": {"a": "b"}}
    asked = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "disk"}, "spec": asked}
    volumes = [{"name": "d", "persistentVolumeClaim": {"claimName": "disk"}}, {"name": "k", "secret": {"secretName": "keys"}}]
    api = make.workload("api", replicas=0, pod={"serviceAccountName": "robot", "volumes": volumes})
    api["spec"]["template"]["spec"]["containers"][0]["envFrom"] = [{"configMapRef": {"name": "settings"}}]
    late = make.config("late")
    late["metadata"]["annotations"] = {"roro.dev/depends-on": "Deployment/api"}

    assert not world.up(world.desired("api", late, api, make.config(), secret, claim, binding, rights, account), wait=False).failed
    inputs = ("ConfigMap/settings", "Secret/keys", "PersistentVolumeClaim/disk", "ServiceAccount/robot", "Role/reader")
    for name in (*inputs, "RoleBinding/reads"):
        assert in_turn(sent.applied, f"Namespace/{world.name}", name, "Deployment/api", "ConfigMap/late"), name
    assert in_turn(sent.applied, "Role/reader", "RoleBinding/reads")

    assert not world.down(volumes=True).failed
    for name in inputs:
        assert in_turn(sent.deleted, "ConfigMap/late", "Deployment/api", name), name
    assert in_turn(sent.deleted, "ServiceAccount/robot", f"Namespace/{world.name}")


def test_down_must_take_dependants_first(world: Any, make: Any, sent: Sent) -> None:
    api, web = world.instance("api", needs=["db"]), world.instance("web", needs=["api"])
    world.up(world.desired("db", make.config("db")), world.desired(api, make.config("api")), world.desired(web, make.config("web")))
    assert in_turn(sent.applied, "ConfigMap/db", "ConfigMap/api", "ConfigMap/web")
    world.down()
    assert in_turn(sent.deleted, "ConfigMap/web", "ConfigMap/api", "ConfigMap/db")


def test_no_more_requests_than_allowed_may_be_under_way(world: Any, make: Any, namespace: str, sent: Sent) -> None:
    wanted = world.desired(world.instance("api", namespace=namespace), *(make.config(f"c{number}") for number in range(30)))
    world.up(wanted, concurrency=3)
    assert sent.most == 3


@pytest.mark.parametrize("members", [["one"], ["one", "two"], ["one", "two", "three"]], ids=["itself", "direct", "across instances"])
def test_a_cycle_must_be_refused_before_any_write_and_name_its_members(world: Any, make: Any, sent: Sent, members: list[str]) -> None:
    following = [*members[1:], members[0]]
    objects = [make.config(name) for name in members]
    for obj, after in zip(objects, following, strict=True):
        obj["metadata"]["annotations"] = {"roro.dev/depends-on": f"ConfigMap/{after}"}
    desired = [world.desired(name, obj) for name, obj in zip(members, objects, strict=True)]
    if len(members) == 2:
        desired = [world.desired("both", *objects)]
    with pytest.raises(PlanError) as refusal:
        world.up(*desired, world.desired("other", make.config("other")))
    for name in members:
        assert f"ConfigMap {world.name}/{name}" in str(refusal.value)
    assert (sent.applied, sent.deleted) == ({}, {})
    assert world.cluster.get(world.cluster.resource("v1", "Namespace"), None, world.name) is None
