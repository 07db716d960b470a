"""Two workspaces of the same name on one cluster: whose instances are whose."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import PlanError
from ansible_collections.roro.kube.plugins.module_utils._release.data.options import Options
from ansible_collections.roro.kube.plugins.module_utils._release.data.workspace_origin import WorkspaceOrigin
from ansible_collections.roro.kube.plugins.module_utils._release.ownership.strangers import (
    leave_strangers,
    leave_strangers_up,
    refuse_strangers,
)
from ansible_collections.roro.kube.plugins.module_utils._release.planning.planner import plan
from ansible_collections.roro.kube.plugins.module_utils._release.planning.removal import Surroundings, plan_removal
from ansible_collections.roro.kube.plugins.module_utils._release.records.instance_records import encode, read_record, record_data

OURS = WorkspaceOrigin("git:git.example/team/shop#", "git.example/team/shop")
THEIRS = WorkspaceOrigin("git:git.example/other/shop#", "git.example/other/shop")


def cluster_of(make: Any, **origins: WorkspaceOrigin) -> Any:
    """An environment with one ConfigMap of each instance, deployed from these origins."""
    held = {name: make.live(make.config(name), name) for name in origins}
    records = [make.record(name, make.owned(held[name]), origin=origin) for name, origin in origins.items()]
    return make.observed(*held.values(), records=records)


@pytest.mark.parametrize(
    ("recorded", "ours", "same"),
    [
        ("git:h/a#x", "git:h/a#x", True),
        ("git:h/a#x", "git:h/a#y", False),
        ("git:h/a#x", "git:h/b#x", False),
        ("git:h/a#x", "git:h/a", True),
        ("git:h/a", "git:h/b#x", False),
        ("id:1", "id:2", False),
        ("", "id:2", True),
        ("id:1", "", True),
    ],
)
def test_origins_must_be_the_same_by_repository_and_folder(recorded: str, ours: str, same: bool) -> None:
    assert WorkspaceOrigin(ours).answers_to(WorkspaceOrigin(recorded)) is same


def test_a_workspace_must_answer_to_the_id_that_it_had_before_it_was_put_into_git() -> None:
    assert WorkspaceOrigin("git:h/a#", others=("id:1",)).answers_to(WorkspaceOrigin("id:1"))


def test_an_instance_that_was_deployed_from_elsewhere_must_be_refused_with_both_places(make: Any) -> None:
    with pytest.raises(PlanError) as caught:
        leave_strangers(cluster_of(make, api=THEIRS), {"api"}, Options(origin=OURS))
    problem = caught.value.problems[0]
    assert problem.message == "instance api was deployed from git.example/other/shop, and this workspace is git.example/team/shop"
    assert "roro up --adopt" in str(problem.hint) and "git.url" not in str(problem.hint)


def test_a_copy_without_git_data_must_be_told_what_makes_it_the_same_workspace(make: Any) -> None:
    with pytest.raises(PlanError) as caught:
        leave_strangers(cluster_of(make, api=OURS), {"api"}, Options(origin=WorkspaceOrigin("id:4711", "/runner/project on pod")))
    assert "workspace.json says `git.url`" in str(caught.value.problems[0].hint)


def test_what_others_deployed_must_neither_be_pruned_nor_robbed_and_be_told(make: Any) -> None:
    seen, options = leave_strangers(cluster_of(make, api=OURS, web=THEIRS), {"api"}, Options(origin=OURS))
    found = plan([make.desired("api", make.config("new"))], seen, options)
    assert [(step.action, step.ref.name) for step in found.steps] == [("create", "new"), ("delete", "api")]
    assert found.removed == frozenset()
    assert found.notices == ("instance web is left alone: it was deployed from git.example/other/shop (--adopt takes it over)",)
    with pytest.raises(PlanError, match="belongs to instance web"):
        plan([make.desired("api", make.config("web"))], seen, options)


def test_an_environment_without_instances_of_its_own_must_not_be_refused_for_those_of_others(make: Any) -> None:
    seen, options = leave_strangers(cluster_of(make, web=THEIRS), (), Options(origin=OURS))
    assert plan([], seen, options).steps == ()


def test_adopt_must_take_over_what_others_deployed(make: Any) -> None:
    seen, options = leave_strangers(cluster_of(make, api=THEIRS, web=THEIRS), {"api"}, Options(origin=OURS, adopt=True))
    found = plan([make.desired("api", make.config("api"))], seen, options)
    assert found.removed == {"web"}
    refuse_strangers(seen.records, {"api"}, options)


def test_down_must_leave_what_others_deployed(make: Any) -> None:
    seen, options = leave_strangers_up(cluster_of(make, api=OURS, web=THEIRS), None, Options(origin=OURS))
    found = plan_removal("shop", "dev", None, seen, Surroundings(), options)
    assert [step.ref.name for step in found.steps] == ["api"]
    assert found.removed == {"api"}
    assert found.notices[0].startswith("instance web stays: it was deployed from git.example/other/shop")


@pytest.mark.parametrize("names", [None, ("web",)])
def test_down_of_nothing_but_others_instances_must_be_refused(make: Any, names: Any) -> None:
    with pytest.raises(PlanError, match="instance web was deployed from"):
        leave_strangers_up(cluster_of(make, web=THEIRS), names, Options(origin=OURS))
    seen, options = leave_strangers_up(cluster_of(make, web=THEIRS), names, Options(origin=OURS, adopt=True))
    assert plan_removal("shop", "dev", names, seen, Surroundings(), options).removed == {"web"}


def test_a_record_must_keep_its_origin_and_one_of_an_older_version_have_none(make: Any) -> None:
    record = make.record("api", origin=WorkspaceOrigin("id:1", "/srv/shop on ci", ("id:2",)))
    data = record_data(record)
    metadata = {"name": "roro.api", "namespace": "shop", "resourceVersion": "3"}
    assert read_record({"metadata": metadata, "data": {"record": encode(data)}}).origin == WorkspaceOrigin("id:1", "/srv/shop on ci")
    del data["origin"]
    assert read_record({"metadata": metadata, "data": {"record": encode(data)}}).origin == WorkspaceOrigin()
