"""Whose is a pod? Chains of owners without a cluster, and how few requests it takes to find what is missing in one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._cluster import ObjectList, Resource
from ansible_collections.roro.kube.plugins.module_utils._errors import ApiError
from ansible_collections.roro.kube.plugins.module_utils._release import Ancestry, Reference
from ansible_collections.roro.kube.plugins.module_utils._release.observation import owner_chains
from ansible_collections.roro.kube.plugins.module_utils._release.observation.owner_chains import Lineage

Obj = dict[str, Any]
DATABASES = Resource("db.example", "v1", "Database", "databases", True)
VERSIONS = {
    "Pod": "v1",
    "ReplicaSet": "apps/v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "Database": "db.example/v1",
    "Job": "batch/v1",
}


def thing(kind: str, name: str, *owners: Obj, labels: dict[str, str] | None = None) -> Obj:
    references = [
        {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
        for owner in owners
    ]
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{kind}-{name}", "labels": labels or {}, "ownerReferences": references}
    return {"apiVersion": VERSIONS.get(kind, "v1"), "kind": kind, "metadata": metadata}


def labels(instance: str, environment: str = "dev") -> dict[str, str]:
    return {"roro.dev/workspace": "shop", "roro.dev/environment": environment, "roro.dev/instance": instance}


class Shelf:
    """A cluster that holds objects and counts what it is asked for."""

    def __init__(self, *objects: Obj, refuse: int = 0) -> None:
        self.objects = {(item["kind"], item["metadata"]["name"]): item for item in objects}
        self.refuse = refuse
        self.asked: list[str] = []

    def find_resource(self, api_version: str, kind: str) -> Resource | None:
        if kind == "Database":
            return DATABASES
        group, _, version = api_version.rpartition("/")
        return Resource(group, version, kind, kind.lower() + "s", True) if kind in VERSIONS else None

    def get(self, resource: Resource, namespace: str | None, name: str) -> Obj | None:
        self.asked.append(f"get {resource.kind} {name}")
        if self.refuse:
            raise ApiError("no", status=self.refuse)
        return self.objects.get((resource.kind, name))

    def list(self, resource: Resource, namespace: str | None, *, metadata_only: bool) -> ObjectList:
        assert metadata_only
        self.asked.append(f"list {resource.kind}")
        return ObjectList([item for (kind, _), item in self.objects.items() if kind == resource.kind], "1")


def ancestry(shelf: Shelf, roots: dict[str, str] | None = None) -> Ancestry:
    return Ancestry(shelf, "shop", "dev", roots)  # type: ignore[arg-type]


def test_a_pod_must_belong_to_the_instance_at_the_top_of_its_owners() -> None:
    deployment = thing("Deployment", "api")
    replicas = thing("ReplicaSet", "api-1", deployment)
    lineage = Lineage("shop", "dev", {"uid-Deployment-api": "api"})
    pod = thing("Pod", "api-1-x", replicas)
    assert lineage.instance_of(pod) is None
    assert [ref.name for ref in lineage.unknown_above("uid-Pod-api-1-x")] == ["api-1"]
    lineage.learn(replicas)
    assert lineage.instance_of(pod) == "api"
    assert lineage.unknown_above("uid-Pod-api-1-x") == ()


def test_an_owner_of_the_same_name_and_another_uid_must_not_count() -> None:
    old = thing("ReplicaSet", "api-1", thing("Deployment", "api"))
    new = {**old, "metadata": {**old["metadata"], "uid": "uid-of-another"}}
    shelf = Shelf(new)
    assert ancestry(shelf, {"uid-Deployment-api": "api"}).instance_of(thing("Pod", "p", old)) is None


def test_labels_must_lead_to_an_instance_of_this_environment_only() -> None:
    found = ancestry(Shelf())
    assert found.instance_of(thing("Pod", "mine", labels=labels("tools"))) == "tools"
    assert found.instance_of(thing("Pod", "theirs", labels=labels("tools", "prod"))) is None


def test_owners_in_a_circle_must_end_the_climb() -> None:
    one, two = thing("Job", "one"), thing("Job", "two")
    one["metadata"]["ownerReferences"] = thing("Job", "x", two)["metadata"]["ownerReferences"]
    two["metadata"]["ownerReferences"] = thing("Job", "x", one)["metadata"]["ownerReferences"]
    assert ancestry(Shelf(one, two)).instance_of(thing("Pod", "p", one)) is None


def test_what_an_operator_put_between_must_be_climbed_and_asked_for_once() -> None:
    database = thing("Database", "orders", labels=labels("orders"))
    sets = thing("StatefulSet", "orders-db", database)
    shelf = Shelf(database, sets)
    found = ancestry(shelf)
    assert found.instances_of([thing("Pod", "orders-db-0", sets), thing("Pod", "orders-db-1", sets)]) == ["orders", "orders"]
    assert found.instance_of(thing("Pod", "orders-db-2", sets)) == "orders"
    assert shelf.asked == ["get StatefulSet orders-db", "get Database orders"]


def test_many_missing_owners_of_a_kind_must_be_one_list() -> None:
    deployments = [thing("Deployment", f"d{number}") for number in range(9)]
    sets = [thing("ReplicaSet", f"r{number}", owner) for number, owner in enumerate(deployments)]
    shelf = Shelf(*sets)
    found = ancestry(shelf, {item["metadata"]["uid"]: item["metadata"]["name"] for item in deployments})
    assert found.instances_of([thing("Pod", f"p{number}", owner) for number, owner in enumerate(sets)]) == [f"d{n}" for n in range(9)]
    assert shelf.asked == ["list ReplicaSet"]


@pytest.mark.parametrize("shelf", [Shelf(), Shelf(refuse=403)], ids=["gone", "forbidden"])
def test_an_owner_that_cannot_be_read_must_be_asked_for_once(shelf: Shelf) -> None:
    found = ancestry(shelf)
    pods: Sequence[Obj] = [thing("Pod", name, thing("ReplicaSet", "gone")) for name in ("a", "b")]
    assert [found.instance_of(pod) for pod in pods] == [None, None]
    assert shelf.asked == ["get ReplicaSet gone"]


def test_a_server_that_fails_must_not_be_taken_for_an_owner_that_is_gone() -> None:
    with pytest.raises(ApiError):
        ancestry(Shelf(refuse=500)).instance_of(thing("Pod", "p", thing("ReplicaSet", "r")))


def test_what_an_event_is_about_must_be_found_by_its_reference_alone() -> None:
    replicas = thing("ReplicaSet", "api-1", thing("Deployment", "api"))
    pod = thing("Pod", "api-1-x", replicas)
    shelf = Shelf(replicas, pod)
    found = ancestry(shelf, {"uid-Deployment-api": "api"})
    about = [
        Reference("v1", "Pod", "shop", "api-1-x", "uid-Pod-api-1-x"),
        Reference("apps/v1", "Deployment", "shop", "api", "uid-Deployment-api"),
        Reference("v1", "Pod", "shop", "gone", "uid-Pod-gone"),
    ]
    assert found.instances_of_references(about) == ["api", "api", None]
    assert found.instances_of_references(about) == ["api", "api", None]
    assert sorted(shelf.asked) == ["get Pod api-1-x", "get Pod gone", "get ReplicaSet api-1"]


def test_what_is_followed_for_weeks_must_not_be_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pod that ever was would stay; what was forgotten is asked for again, and nothing while a question is under way."""
    monkeypatch.setattr(owner_chains, "MOST_LEARNED", 10)
    deployment = thing("Deployment", "web", labels=labels("web"))
    replicas = thing("ReplicaSet", "web-1", deployment)
    ancestry = Ancestry(shelf := Shelf(deployment, replicas), "shop", "dev")  # type: ignore[arg-type]
    for number in range(100):
        assert ancestry.instance_of(thing("Pod", f"web-{number}", replicas)) == "web"
    assert len(ancestry._lineage._owners) <= 13
    assert 2 < len(shelf.asked) < 60
    assert ancestry.instances_of([thing("Pod", f"many-{number}", replicas) for number in range(50)]) == ["web"] * 50
