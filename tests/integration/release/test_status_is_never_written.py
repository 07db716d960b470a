"""A manifest that holds a status (an export, a generated definition) brings everything but the status to the cluster."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


def definition(group: str, subresources: dict[str, Any]) -> Any:
    """A custom resource; generators write an empty status into definitions."""
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": free, "status": free}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema, "subresources": subresources}
    names = {"kind": "Lamp", "plural": "lamps"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"lamps.{group}", "creationTimestamp": None},
        "spec": {"group": group, "names": names, "scope": "Namespaced", "versions": [version]},
        "status": {"acceptedNames": {"kind": "", "plural": ""}, "conditions": [], "storedVersions": []},
    }


@pytest.fixture
def group(world: Any) -> Iterator[str]:
    """A group of the test's own; its definitions go afterwards."""
    name = f"{world.name}.example.com"
    yield name
    world.down(volumes=True, wait=False)
    world.cluster.delete(world.cluster.resource("apiextensions.k8s.io/v1", "CustomResourceDefinition"), None, f"lamps.{name}")


def ours(live: Any) -> list[dict[str, Any]]:
    """What our field manager owns."""
    return [entry["fieldsV1"] for entry in live["metadata"]["managedFields"] if entry["manager"] == "roro"]


@pytest.mark.parametrize("subresources", [{"status": {}}, {}])
def test_a_status_in_a_manifest_must_not_be_sent_and_change_nothing(
    world: Any, make: Any, group: str, subresources: dict[str, Any]
) -> None:
    wished = {"replicas": 7, "readyReplicas": 7, "observedGeneration": 99}
    lamp = {"apiVersion": f"{group}/v1", "kind": "Lamp", "metadata": {"name": "one"}, "spec": {"on": True}, "status": {"on": False}}
    wanted = world.desired("api", definition(group, subresources), lamp, {**make.workload(replicas=0), "status": wished})
    assert make.outcome(world.up(wanted)) == {"api": "Running"}
    deployment, one = world.get("apps/v1", "Deployment", "api"), world.get(f"{group}/v1", "Lamp", "one")
    assert deployment["status"].get("replicas", 0) == 0
    assert "status" not in one
    for live in (deployment, one):
        assert all("f:status" not in fields for fields in ours(live))
    assert not world.up(wanted).changed


def test_a_status_that_a_controller_writes_must_be_no_change(world: Any, make: Any, group: str) -> None:
    lamp = {"apiVersion": f"{group}/v1", "kind": "Lamp", "metadata": {"name": "one"}, "spec": {"on": True}, "status": {"on": False}}
    wanted = world.desired("api", definition(group, {"status": {}}), lamp)
    world.up(wanted)
    path = f"/apis/{group}/v1/namespaces/{world.name}/lamps/one/status"
    world.cluster.request("PATCH", path, body={"status": {"on": True}}, content_type="application/merge-patch+json")
    assert not world.up(wanted).changed
    assert not world.preview(wanted).changed
    assert world.get(f"{group}/v1", "Lamp", "one")["status"] == {"on": True}
