"""Which environments and instances the names of a command mean when there may be several environments."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import Workspace, load_workspace

from roro.cli import cli
from roro.fleet_targets import read_targets
from roro.targets import Target

EVERY = ("api", "dev", "prod-eu", "prod-us", "staging")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Apps `api` and `web`; one environment is called `api` too. `prod-us` has no `web`."""
    documents = {
        "workspace.json": {"version": 1, "name": "shop"},
        "apps/api/app.json": {},
        "apps/api/manifests/a.json": {},
        "apps/web/app.json": {},
        "apps/web/manifests/a.json": {},
        **{f"environments/{name}/environment.json": {} for name in EVERY},
        "environments/prod-us/environment.json": {"instances": [{"app": "api"}, {"app": "api", "suffix": "blue"}]},
    }
    for name, content in documents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(json.dumps(content))
    return load_workspace(tmp_path)


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No environment of the person who runs the tests."""
    monkeypatch.delenv("RORO_ENVIRONMENT", raising=False)


@pytest.mark.parametrize(
    ("typed", "environments", "instances"),
    [
        (("dev", "staging"), ("dev", "staging"), ()),
        (("staging", "dev", "web"), ("staging", "dev"), ("web",)),
        (("staging", "dev", "web", "api"), ("staging", "dev"), ("web", "api")),
        (("prod-*",), ("prod-eu", "prod-us"), ()),
        (("staging", "prod-*", "dev"), ("staging", "prod-eu", "prod-us", "dev"), ()),
        (("prod-[e]*",), ("prod-eu",), ()),
        (("dev", "dev", "d*"), ("dev",), ()),
        (("dev", "[a]pi"), ("dev", "api"), ()),
    ],
)
def test_environments_must_come_first_in_the_order_typed_and_patterns_must_be_environments(
    workspace: Workspace, typed: tuple[str, ...], environments: tuple[str, ...], instances: tuple[str, ...]
) -> None:
    target = read_targets(workspace, typed)
    assert (target.several, target.instances) == (environments, instances)


@pytest.mark.parametrize("typed", [("dev",), ("dev", "web"), ("dev", "web", "api"), ("api",), ("api", "web")])
def test_one_environment_must_stay_what_it_was(workspace: Workspace, typed: tuple[str, ...]) -> None:
    assert read_targets(workspace, typed) == Target(typed[0], typed[1:])


def test_all_must_be_every_environment_and_its_names_must_be_instances(workspace: Workspace) -> None:
    assert read_targets(workspace, ("web", "api"), every=True) == Target("api", ("web", "api"), EVERY)


@pytest.mark.parametrize("name", ["dev", "prod-*"])
def test_an_environment_beside_all_must_be_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(UsageError, match="--all is every environment"):
        read_targets(workspace, (name,), every=True)


def test_a_name_that_is_an_environment_and_an_instance_must_be_told_with_both_ways_to_say_it(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match='"api" is an environment and an instance') as told:
        read_targets(workspace, ("dev", "api"))
    hint = told.value.problems[0].hint or ""
    assert "--env dev api for the instance" in hint and "--env dev --env api for the environment" in hint
    assert read_targets(workspace, ("api",), named=("dev",)) == Target("dev", ("api",))
    assert read_targets(workspace, (), named=("dev", "api")) == Target("dev", (), ("dev", "api"))


def test_after_an_instance_a_name_must_be_one_too(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match='"staging" is an environment, after "web"'):
        read_targets(workspace, ("dev", "web", "staging"))


@pytest.mark.parametrize("named", [("prod-*",), ("prod-eu", "prod-us")])
def test_a_fleet_that_is_named_by_the_option_must_take_patterns_too(workspace: Workspace, named: tuple[str, ...]) -> None:
    assert read_targets(workspace, (), named=named).several == ("prod-eu", "prod-us")


@pytest.mark.parametrize(("typed", "named"), [(("q*",), ()), (("dev", "q*"), ()), ((), ("q*",)), ((), ("deb",))])
def test_a_pattern_or_option_that_matches_nothing_must_be_refused(
    workspace: Workspace, typed: tuple[str, ...], named: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError, match=r"there is no environment|no environment matches"):
        read_targets(workspace, typed, named=named)


def test_batches_must_make_a_fleet_of_one_environment_too(workspace: Workspace) -> None:
    assert read_targets(workspace, ("dev",), fleet=True).several == ("dev",)


@pytest.mark.parametrize("typed", [["rollback", "dev", "staging", "web"], ["up", "dev", "staging", "--watch"], ["ps", "--all", "--watch"]])
def test_what_is_for_one_environment_must_refuse_several(workspace: Workspace, typed: list[str]) -> None:
    with pytest.raises(UsageError, match="is for one environment at a time"):
        cli.main(["-w", str(workspace.root), *typed], standalone_mode=False)
