"""Two workspaces in one namespace: neither takes, blocks or removes what is the other's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError


def test_an_instance_of_the_same_name_must_be_refused_with_its_owner(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("mine")))
    other = replace(world, name=f"{world.name}x")
    theirs = other.desired(other.instance("api", namespace=world.name), make.config("theirs"))
    result = other.up(theirs)
    assert make.outcome(result) == {"api": "Failed"}
    assert f"instance api of workspace {world.name}, environment dev" in result.instances[0].message
    assert world.get("v1", "ConfigMap", "theirs") is None
    assert not other.down().changed
    assert [item.status for item in world.status()] == ["Running"]


def test_the_same_object_must_be_refused_before_anything_is_written(world: Any, make: Any) -> None:
    world.up(world.desired("api", make.config("shared")))
    before = world.versions()
    other = replace(world, name=f"{world.name}x")
    wanted = other.desired(other.instance("web", namespace=world.name), make.config("new"), make.config("shared"))
    with pytest.raises(PlanError, match=f"belongs to instance api of workspace {world.name}"):
        other.up(wanted, force_conflicts=True)
    assert world.versions() == before
