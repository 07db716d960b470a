"""What `drift.ignore` names stays as somebody made it, while everything else is brought back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._model import Drift, DriftIgnore
from ansible_collections.roro.kube.plugins.module_utils._release import history

DEPLOYMENTS = ("apps/v1", "Deployment")
REPLICAS = DriftIgnore("Deployment.apps", None, "$.spec.replicas")
SERVICES = ("v1", "Service")


def app(make: Any, image: str = "example.com/nothing:1", replicas: int | None = 1) -> Any:
    """A Deployment whose pods never run: only what it says matters here."""
    obj = make.workload(replicas=replicas)
    obj["spec"]["template"]["spec"]["containers"][0]["image"] = image
    if replicas is None:
        del obj["spec"]["replicas"]
    return obj


def wanted(world: Any, *objects: Any, rules: tuple[DriftIgnore, ...] = (REPLICAS,), digest: str = "one") -> Any:
    owner = world.instance("api", drift=Drift(mode="correct", ignore=rules))
    return replace(world.desired(owner, *objects), digest=digest, occasion="correct")


def keep(world: Any, *desired: Any, **options: Any) -> Any:
    done = world.up(*desired, ignore_drift=True, take_back=True, wait=False, **options)
    assert not done.failed, done.instances[0].message
    return done


def change(
    world: Any, body: Any, kind: tuple[str, str] = DEPLOYMENTS, name: str = "api", *, under: str = "", manager: str = "kubectl"
) -> None:
    path = world.cluster.resource(*kind).path(world.name, name) + under
    world.cluster.request("PATCH", path, query={"fieldManager": manager}, body=body, content_type="application/merge-patch+json")


def state(world: Any) -> tuple[int, str]:
    spec = world.get(*DEPLOYMENTS, "api")["spec"]
    return spec["replicas"], spec["template"]["spec"]["containers"][0]["image"]


def written(world: Any) -> Any:
    """What changes with every write of ours, and not with a controller's."""
    records = {name: version for name, version in world.versions().items() if name.startswith("Secret/")}
    metadata = world.get(*DEPLOYMENTS, "api")["metadata"]
    return records, metadata["generation"], [entry for entry in metadata["managedFields"] if entry["manager"] == "roro"]


def set_image(world: Any, image: str) -> None:
    containers = [{**world.get(*DEPLOYMENTS, "api")["spec"]["template"]["spec"]["containers"][0], "image": image}]
    change(world, {"spec": {"template": {"spec": {"containers": containers}}}}, manager="kubectl-edit")


def revisions(world: Any) -> list[int]:
    return [one.revision for one in history(world.cluster, world.name, "dev", None, [world.name])]


def test_what_is_scaled_by_hand_must_stay_while_everything_else_is_brought_back(world: Any, make: Any) -> None:
    item = wanted(world, app(make))
    world.up(item, wait=False)
    assert not keep(world, item).changed

    change(world, {"spec": {"replicas": 3}}, under="/scale")
    before = written(world)
    assert not world.preview(item, ignore_drift=True, wait=False).changed
    assert not keep(world, item).changed
    assert (written(world), state(world)) == (before, (3, "example.com/nothing:1"))

    set_image(world, "example.com/by-hand:1")
    done = keep(world, item)
    assert [one.cause for one in done.instances[0].actions if one.action == "update"] == [
        "spec.template.spec.containers[main].image differs"
    ]
    assert state(world) == (3, "example.com/nothing:1")
    assert not keep(world, item).changed

    change(world, {"spec": {"replicas": 0}}, under="/scale")
    assert not keep(world, item).changed
    assert state(world)[0] == 0
    assert revisions(world) == [1]


def test_what_is_scaled_while_another_field_is_brought_back_must_stay(world: Any, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number was ours and right when the run looked at it; it is another just before the write."""
    item = wanted(world, app(make))
    world.up(item, wait=False)
    set_image(world, "example.com/by-hand:1")
    apply, scaled = type(world.cluster).apply, list[str]()

    def scale_first(self: Any, resource: Any, obj: Any, **more: Any) -> Any:
        if obj["kind"] == "Deployment" and not more.get("dry_run") and not scaled:
            scaled.append(obj["kind"])
            change(world, {"spec": {"replicas": 3}}, under="/scale")
        return apply(self, resource, obj, **more)

    monkeypatch.setattr(type(world.cluster), "apply", scale_first)
    keep(world, item)

    assert scaled and state(world) == (3, "example.com/nothing:1")
    assert not keep(world, item).changed
    done = world.up(replace(item, occasion="up"), wait=False, force_conflicts=True)
    assert (done.changed, state(world)[0]) == (True, 1), "and a person's up sees it"


def test_documents_that_say_another_number_or_none_must_change_nothing_of_it(world: Any, make: Any) -> None:
    world.up(wanted(world, app(make, replicas=2)), wait=False)

    more = wanted(world, app(make, replicas=5), digest="two")
    foretold = world.preview(more, ignore_drift=True, wait=False)
    assert all("replicas: 5" not in diff["after"] for diff in foretold.instances[0].diffs)
    keep(world, more)
    assert state(world)[0] == 2, "still ours, and given up instead of changed"
    assert not keep(world, more).changed
    keep(world, wanted(world, app(make, replicas=None), digest="three"))
    assert state(world)[0] == 2, "not taken out either"
    assert revisions(world) == [1, 2], "it changed nothing"


def test_a_person_who_brings_it_up_must_get_the_number_of_the_documents(world: Any, make: Any) -> None:
    item = wanted(world, app(make))
    world.up(item, wait=False)
    change(world, {"spec": {"replicas": 3}}, under="/scale")
    keep(world, item)

    done = world.up(replace(item, occasion="up"), wait=False, force_conflicts=True)

    assert not done.failed and state(world)[0] == 1
    assert not world.up(replace(item, occasion="up"), wait=False).changed


def test_what_was_deleted_must_be_made_with_every_field(world: Any, make: Any, eventually: Callable[..., Any]) -> None:
    item = wanted(world, app(make, replicas=2))
    world.up(item, wait=False)
    change(world, {"spec": {"replicas": 3}}, under="/scale")
    world.cluster.delete(world.cluster.resource(*DEPLOYMENTS), world.name, "api")
    eventually(lambda: world.get(*DEPLOYMENTS, "api") is None)

    keep(world, item)

    assert state(world)[0] == 2


def test_a_label_and_a_whole_map_of_a_person_must_stay(world: Any) -> None:
    metadata = {"name": "web", "labels": {"team": "ours", "tier": "front"}}
    spec = {"selector": {"app": "web", "track": "stable"}, "ports": [{"name": "http", "port": 80}, {"name": "more", "port": 81}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    paths = ("$.metadata.labels.team", "$.spec.selector.track", "$.spec.ports[?@.name=='http'].targetPort")
    item = wanted(world, service, rules=tuple(DriftIgnore("Service", "web", path) for path in paths))
    world.up(item)

    changed = {"metadata": {"labels": {"team": "theirs"}}, "spec": {"selector": {"track": "canary"}}}
    ports = [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "more", "port": 81, "targetPort": 81}]
    change(world, {**changed, "spec": {**changed["spec"], "ports": ports}}, SERVICES, "web", manager="kubectl-edit")
    assert not keep(world, item).changed

    change(
        world, {"metadata": {"labels": {"tier": "back"}}, "spec": {"selector": {"app": "other"}}}, SERVICES, "web", manager="kubectl-edit"
    )
    done = keep(world, item)

    now = world.get(*SERVICES, "web")
    labels = {key: value for key, value in now["metadata"]["labels"].items() if key in metadata["labels"]}
    assert (done.changed, labels) == (True, {"team": "theirs", "tier": "front"})
    assert now["spec"]["selector"] == {"app": "web", "track": "canary"}
    assert [port["targetPort"] for port in now["spec"]["ports"]] == [8080, 81]
    assert not keep(world, item).changed
