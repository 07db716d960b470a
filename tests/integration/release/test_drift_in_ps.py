"""What somebody changed by hand is seen in `ps`, with the field and who did it; a controller's own work is not."""

from __future__ import annotations

import threading
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._release import Options, start, stop


def kubectl(world: Any, api_version: str, kind: str, name: str, patch: Any, manager: str = "kubectl-edit") -> None:
    """A change as kubectl makes it, by its own field manager."""
    resource = world.cluster.resource(api_version, kind)
    path = f"{resource.path(world.name)}/{name}?fieldManager={manager}"
    world.cluster.request("PATCH", path, body=patch, content_type="application/merge-patch+json")


def told(eventually: Any, world: Any, wanted: Any) -> tuple[str, str, str]:
    """As it is when controllers have seen what was changed."""
    eventually(lambda: world.status(wanted)[0].status not in ("Updating", "Deploying"))
    found = world.status(wanted)[0]
    return found.status, found.reason, found.message


def test_a_field_that_was_changed_by_hand_must_be_told_with_its_manager(world: Any, make: Any, eventually: Any) -> None:
    wanted = world.desired("api", make.workload(replicas=0, revisionHistoryLimit=5), make.config(mode="a"))
    world.up(wanted)
    assert told(eventually, world, wanted) == ("Running", "", "")
    kubectl(world, "apps/v1", "Deployment", "api", {"spec": {"revisionHistoryLimit": 2}}, "kubectl-patch")
    kubectl(world, "v1", "ConfigMap", "settings", {"data": {"mode": "b"}})
    status, reason, message = told(eventually, world, wanted)
    assert (status, reason) == ("Running", "Drifted")
    assert f"Deployment {world.name}/api: spec.revisionHistoryLimit changed since it was applied, by kubectl-patch" in message
    assert f"ConfigMap {world.name}/settings: data.mode changed since it was applied, by kubectl-edit" in message
    assert {(item.kind, item.reason) for item in world.status(wanted)[0].objects} == {("Deployment", "Drifted"), ("ConfigMap", "Drifted")}
    assert not world.up(wanted, force_conflicts=True).failed
    assert told(eventually, world, wanted) == ("Running", "", "")


def test_a_scale_through_its_subresource_must_be_told(world: Any, make: Any, eventually: Any) -> None:
    wanted = world.desired("api", make.workload(replicas=1))
    world.up(wanted)
    resource = world.cluster.resource("apps/v1", "Deployment")
    path = f"{resource.path(world.name)}/api/scale?fieldManager=kubectl"
    world.cluster.request("PATCH", path, body={"spec": {"replicas": 0}}, content_type="application/merge-patch+json")
    assert told(eventually, world, wanted)[2] == f"Deployment {world.name}/api: spec.replicas changed since it was applied"


def test_what_is_not_in_the_manifest_must_be_no_drift(world: Any, make: Any, eventually: Any) -> None:
    free = make.workload(replicas=0)
    wanted = world.desired("api", free, make.config(mode="a"))
    world.up(wanted)
    kubectl(world, "apps/v1", "Deployment", "api", {"spec": {"minReadySeconds": 5}, "metadata": {"labels": {"team": "web"}}})
    kubectl(world, "v1", "ConfigMap", "settings", {"data": {"more": "x"}})
    assert told(eventually, world, wanted)[:2] == ("Running", "")


def test_a_field_that_was_taken_with_its_value_must_be_no_drift(world: Any, make: Any, eventually: Any) -> None:
    wanted = world.desired("api", make.config(mode="a"))
    world.up(wanted)
    kubectl(world, "v1", "ConfigMap", "settings", {"data": {"mode": "b"}})
    kubectl(world, "v1", "ConfigMap", "settings", {"data": {"mode": "a"}})
    assert told(eventually, world, wanted) == ("Running", "", "")


def test_an_object_that_was_deleted_by_hand_must_be_told_as_missing(world: Any, make: Any, eventually: Any) -> None:
    wanted = world.desired("api", make.config(mode="a"))
    world.up(wanted)
    world.cluster.delete(world.cluster.resource("v1", "ConfigMap"), world.name, "settings")
    assert told(eventually, world, wanted)[:2] == ("Failed", "Missing")


def test_without_drift_ps_must_ask_for_nothing_more(world: Any, make: Any) -> None:
    wanted = [world.desired(name, make.config(name, mode="a")) for name in ("one", "two", "three")]
    world.up(*wanted)
    before = world.cluster.requests.total
    assert {item.reason for item in world.status(*wanted)} == {""}
    assert world.cluster.requests.total - before == 3  # the records, the ConfigMaps, the namespace


def test_what_was_stopped_must_be_no_drift(world: Any, make: Any, eventually: Any) -> None:
    wanted = world.desired("api", make.workload(replicas=1))
    world.up(wanted)
    selection, stopped = world.selection([wanted]), threading.Event()
    stop(world.cluster, selection, [wanted.instance], Options(), ignore, stopped)
    assert told(eventually, world, wanted)[1] == "Stopped"
    start(world.cluster, selection, [wanted.instance], Options(), ignore, stopped)
    assert told(eventually, world, wanted) == ("Running", "", "")
