"""What only one can have: who has it and leaves the manifests goes in the very run in which another takes it, and nothing else does."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError

sys.path.insert(0, str(Path(__file__).parent))
from unique_webhook import UniqueRoutes

Obj = dict[str, Any]


def port_of(world: Any) -> int:
    """A node port of the test's own."""
    return 31000 + zlib.crc32(world.name.encode()) % 1500


def service(name: str, number: int = 0, **spec: Any) -> Obj:
    """A Service, with a node port where one is given."""
    if number:
        spec |= {"type": "NodePort", "ports": [{"port": 80, "nodePort": number}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def told(result: Any) -> list[tuple[str, str, str]]:
    return sorted((item.action, item.kind, item.name) for instance in result.instances for item in instance.actions)


def test_a_renamed_service_must_take_its_node_port_along(world: Any, make: Any) -> None:
    number = port_of(world)
    world.up(world.desired("api", service("old", number)))
    wanted = world.desired("api", service("new", number))
    foretold = world.up(wanted, check=True)
    assert not foretold.failed
    result = world.up(wanted)
    assert not result.failed
    assert told(result) == told(foretold) == [("create", "Service", "new"), ("delete", "Service", "old")]
    assert world.get("v1", "Service", "old") is None
    assert not world.up(wanted).changed


def test_a_port_of_an_instance_that_goes_must_be_free_for_who_comes(world: Any, make: Any) -> None:
    number = port_of(world)
    world.up(world.desired("one", service("old", number)))
    result = world.up(world.desired("two", service("new", number)))
    assert make.outcome(result)["two"] == "Running"


def test_ports_that_change_hands_must_do_so_in_one_run(world: Any, make: Any) -> None:
    number = port_of(world)
    world.up(world.desired("api", service("a", number)))
    wanted = world.desired("api", service("b", number), service("a", number + 1))
    foretold = world.up(wanted, check=True)
    result = world.up(wanted)
    assert not foretold.failed
    assert not result.failed
    assert told(result) == told(foretold)


def test_an_invalid_service_must_take_nothing_away(world: Any, make: Any) -> None:
    number = port_of(world)
    world.up(world.desired("api", service("old", number)))
    wrong = service("new", number)
    wrong["spec"]["ports"][0]["protocol"] = "NONE"
    assert world.up(world.desired("api", wrong), check=True).failed
    result = world.up(world.desired("api", wrong))
    assert result.failed
    assert world.get("v1", "Service", "old") is not None


def test_a_full_quota_must_be_made_room_in_by_what_goes(world: Any, make: Any) -> None:
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"count/services": "1"}}}
    world.up(world.desired("limits", quota))
    world.up(world.desired("limits", quota), world.desired("api", service("old")))
    wanted = (world.desired("limits", quota), world.desired("api", service("new")))
    foretold = world.up(*wanted, check=True)
    result = world.up(*wanted)
    assert not foretold.failed
    assert not result.failed, result.instances
    assert world.get("v1", "Service", "old") is None
    assert world.get("v1", "Service", "new") is not None
    assert any("Service" in notice and "old goes before" in notice and "exceeded quota" in notice for notice in result.notices)


def test_without_prune_nothing_must_go_for_what_is_new(world: Any, make: Any) -> None:
    number = port_of(world)
    world.up(world.desired("api", service("old", number)))
    assert world.up(world.desired("api", service("new", number)), prune=False).failed
    assert world.get("v1", "Service", "old") is not None


def test_the_default_priority_class_must_change_hands(world: Any, make: Any) -> None:
    def priority(name: str) -> Obj:
        metadata = {"name": f"{world.name}-{name}"}
        return {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": metadata, "value": 0, "globalDefault": True}

    world.up(world.desired("api", priority("old")))
    result = world.up(world.desired("api", priority("new")))
    assert not result.failed, result.instances


def test_a_renamed_workload_must_let_go_of_its_host_port_first(world: Any, make: Any) -> None:
    def listening(name: str) -> Obj:
        found = make.workload(name)
        found["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"containerPort": 80, "hostPort": port_of(world)}]
        return found

    assert not world.up(world.desired("api", listening("old"))).failed
    for wait in (True, False):
        name = f"new-{wait}".lower()
        result = world.up(world.desired("api", listening(name)), wait=wait)
        assert not result.failed, result.instances
        assert ("create", "Deployment", name) in told(result)
        assert result.instances[0].duration < 45


def test_a_renamed_definition_must_give_its_names_to_the_new_one(world: Any, make: Any) -> None:
    group = f"{world.name}.example.com"

    def definition(plural: str) -> Obj:
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        names = {"plural": plural, "singular": plural[:-1], "kind": plural.title()[:-1], "listKind": f"{plural.title()[:-1]}List"}
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.{group}"},
            "spec": {
                "group": group,
                "names": {**names, "shortNames": ["thing"]},
                "scope": "Namespaced",
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        }

    world.up(world.desired("api", definition("olds")), volumes=True)
    result = world.up(world.desired("api", definition("news")), volumes=True)
    assert not result.failed, result.instances


def mounting(make: Any, name: str, kind: str = "Deployment") -> Obj:
    """A workload that writes the claim `data`."""
    return make.workload(name, kind, pod={"volumes": [{"name": "d", "persistentVolumeClaim": {"claimName": "data"}}]})


def test_a_volume_of_one_pod_must_never_be_written_by_two_workloads(world: Any, make: Any) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {"accessModes": ["ReadWriteOncePod"], "resources": {"requests": {"storage": "1Mi"}}, "storageClassName": world.name},
    }
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": world.name},
        "spec": {
            "accessModes": ["ReadWriteOncePod"],
            "capacity": {"storage": "1Mi"},
            "storageClassName": world.name,
            "hostPath": {"path": "/tmp"},
        },
    }
    data = world.desired("data", volume, claim)
    result = world.up(data, world.desired("api", mounting(make, "old")))
    assert not result.failed, result.instances
    wanted = (data, world.desired("api", mounting(make, "new")))
    foretold = world.up(*wanted, check=True)
    result = world.up(*wanted)
    assert not result.failed, result.instances
    assert told(result) == told(foretold)
    assert any("takes its volume claim" in item.cause for item in result.instances[1].actions)
    world.up(data, world.desired("api"), allow_empty=True)


def test_pods_that_find_no_place_must_be_given_that_of_what_goes(world: Any, make: Any) -> None:
    """A quota for one pod: the ReplicaSet of the new Deployment may not make its own beside the old one's."""
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q"}, "spec": {"hard": {"pods": "1"}}}
    world.up(world.desired("limits", quota), world.desired("api", make.workload("old")))
    result = world.up(world.desired("limits", quota), world.desired(world.instance("api", timeout=170.0), make.workload("new")))
    assert not result.failed, result.instances
    assert any(f"Deployment {world.name}/old goes before what replaces it is ready" in notice for notice in result.notices)


def ingress(name: str, host: str) -> Obj:
    """An Ingress for one host."""
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rule = {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": name}, "spec": {"rules": [rule]}}


@pytest.fixture
def unique_routes(world: Any, tmp_path: Path, eventually: Callable[..., object]) -> Iterator[UniqueRoutes]:
    """The webhook, in force for the world's namespace, which has an Ingress `old`."""
    served = UniqueRoutes(world.cluster, world.name, tmp_path)
    world.up(world.desired("api", ingress("old", "shop.example")), wait=False)
    hooks = world.cluster.resource("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration")
    world.cluster.apply(hooks, served.configuration())
    again = {**ingress("probe", "shop.example"), "metadata": {"name": "probe", "namespace": world.name}}

    def in_force() -> bool:
        try:
            world.cluster.apply(world.cluster.resource("networking.k8s.io/v1", "Ingress"), again, dry_run=True)
        except ApiError:
            return True
        return False

    try:
        eventually(in_force)
        yield served
    finally:
        world.cluster.delete(hooks, None, world.name)
        served.close()


def test_a_host_that_a_webhook_gives_to_one_ingress_must_change_hands(world: Any, unique_routes: UniqueRoutes) -> None:
    wanted = world.desired("api", ingress("new", "shop.example"))
    foretold = world.up(wanted, check=True, wait=False)
    assert not foretold.failed, foretold.instances
    result = world.up(wanted, wait=False)
    assert not result.failed, result.instances
    assert told(result) == told(foretold) == [("create", "Ingress", "new"), ("delete", "Ingress", "old")]
    assert any(f"Ingress {world.name}/old goes before" in notice for notice in result.notices)
