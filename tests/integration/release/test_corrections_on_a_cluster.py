"""What somebody changed is brought back without a revision; a person's change of the documents makes one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._release import history

CONFIG_MAP = ("v1", "ConfigMap")


def correct(world: Any, wanted: Any, **options: Any) -> Any:
    return world.up(replace(wanted, occasion="correct"), take_back=True, **options)


def told(world: Any) -> list[Any]:
    return [(one.revision, one.outcome, one.cause, one.updated) for one in history(world.cluster, world.name, "dev", None, [world.name])]


def edit(world: Any, mode: str) -> None:
    body = {"data": {"mode": mode}}
    resource = world.cluster.resource(*CONFIG_MAP)
    path = resource.path(world.name, "settings")
    query = {"fieldManager": "kubectl-edit"}
    world.cluster.request("PATCH", path, query=query, body=body, content_type="application/merge-patch+json")


def mode(world: Any) -> str:
    return str(world.get(*CONFIG_MAP, "settings")["data"]["mode"])


def test_a_correction_must_make_no_revision_and_a_rollback_must_go_to_the_one_before(world: Any, make: Any) -> None:
    world.up(replace(world.desired("api", make.config(mode="1")), digest="one"))
    wanted = replace(world.desired("api", make.config(mode="2")), digest="two")
    world.up(wanted)
    before = told(world)

    edit(world, "by hand")
    done = correct(world, wanted)

    assert (mode(world), make.actions(done)["ConfigMap/settings"], done.instances[0].revision) == ("2", "update", 2)
    assert told(world) == before
    assert not correct(world, wanted).changed
    world.rollback("api")
    assert mode(world) == "1"
    assert [one[2] for one in told(world)] == ["up", "up", "rollback to revision 1"]


def test_a_correction_that_is_not_waited_for_must_leave_the_instance_deployed(world: Any, make: Any) -> None:
    wanted = world.desired("api", make.config(mode="1"))
    world.up(wanted)
    before = told(world)

    world.cluster.delete(world.cluster.resource(*CONFIG_MAP), world.name, "settings")
    done = correct(world, wanted, wait=False)

    assert make.actions(done)["ConfigMap/settings"] == "create"
    assert told(world) == before
    assert [(one.status, one.revision) for one in world.status(wanted)] == [("Running", 1)]


def test_other_documents_must_make_a_revision(world: Any, make: Any) -> None:
    wanted = replace(world.desired("api", make.config(mode="1")), digest="one")
    world.up(wanted)

    done = correct(world, replace(world.desired("api", make.config(mode="2")), digest="two"))

    assert (mode(world), done.instances[0].revision) == ("2", 2)
    assert [one[:3] for one in told(world)] == [(1, "deployed", "up"), (2, "deployed", "up")]
