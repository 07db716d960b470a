"""What a command works on: which instances, in which order, merged from which documents."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import MISSING, Selection, explain, load_workspace, locate, select

WriteWorkspace = Callable[..., Path]


def ids(selection: Selection) -> list[str]:
    return [instance.id for instance in selection.instances]


def values(selection: Selection, instance: str) -> dict[str, Any]:
    found = next(item for item in selection.instances if item.id == instance)
    return {name: variable.value for name, variable in found.variables.items() if variable.origin.layer != "computed"}


def test_environment_without_instances_must_place_one_of_every_app(write_workspace: WriteWorkspace) -> None:
    workspace = load_workspace(write_workspace(apps={"web": {}, "api": {}}))

    assert ids(select(workspace, "dev")) == ["api", "web"]


def test_single_environment_must_not_need_a_name(write_workspace: WriteWorkspace) -> None:
    assert select(load_workspace(write_workspace()), None).environment.name == "dev"


def test_several_environments_must_be_told_apart_by_name(write_workspace: WriteWorkspace) -> None:
    workspace = load_workspace(write_workspace(environments={"dev": {}, "prod": {}}))

    with pytest.raises(UsageError, match="name one of dev, prod"):
        select(workspace, None)


def test_unknown_environment_must_suggest_the_nearest(write_workspace: WriteWorkspace) -> None:
    workspace = load_workspace(write_workspace(environments={"staging": {}, "prod": {}}))

    with pytest.raises(UsageError, match='did you mean "staging"'):
        select(workspace, "stagin")


class TestDefaultEnvironment:
    def test_it_must_be_meant_where_none_is_named(self, write_workspace: WriteWorkspace) -> None:
        root = write_workspace(workspace={"defaultEnvironment": "dev"}, environments={"dev": {}, "prod": {}})
        workspace = load_workspace(root)
        assert workspace.implied_environment == "dev"
        assert select(workspace, None).environment.name == "dev"
        assert select(workspace, "prod").environment.name == "prod"

    def test_one_that_is_not_there_must_be_told_with_place_and_nearest_name(self, write_workspace: WriteWorkspace) -> None:
        root = write_workspace(workspace={"defaultEnvironment": "stagin"}, environments={"staging": {}})
        with pytest.raises(DocumentError, match=r"workspace\.json:4:.*there is no environment") as refused:
            load_workspace(root)
        assert refused.value.problems[0].hint == 'did you mean "staging"?'

    def test_without_it_several_environments_must_have_none(self, write_workspace: WriteWorkspace) -> None:
        assert load_workspace(write_workspace(environments={"dev": {}, "prod": {}})).implied_environment is None


def test_workspace_without_environments_must_say_what_to_make(write_workspace: WriteWorkspace) -> None:
    with pytest.raises(UsageError, match=r"environments/dev/environment\.json"):
        select(load_workspace(write_workspace(environments={})), None)


def test_unknown_instance_must_suggest_the_nearest(write_workspace: WriteWorkspace) -> None:
    with pytest.raises(UsageError, match='did you mean "api"'):
        select(load_workspace(write_workspace()), "dev", instances=["apo"])


def test_dependencies_must_come_first_then_the_name_decides(write_workspace: WriteWorkspace) -> None:
    apps = {"a": {"dependsOn": ["z"]}, "b": {}, "c": {"dependsOn": ["a", "b"]}, "z": {}}

    selection = select(load_workspace(write_workspace(apps=apps)), "dev")

    assert ids(selection) == ["b", "z", "a", "c"]
    assert selection.complete


def test_named_instance_must_bring_what_it_needs_and_leave_the_rest_out(write_workspace: WriteWorkspace) -> None:
    apps = {
        "web": {"dependsOn": ["api"]},
        "api": {"dependsOn": {"db": {}, "cache": {"required": False}}},
        "db": {},
        "cache": {},
        "other": {},
    }
    workspace = load_workspace(write_workspace(apps=apps))

    selection = select(workspace, "dev", instances=["web"])

    assert ids(selection) == ["db", "api", "web"]
    assert not selection.complete
    assert selection.left_out == ("cache", "other")
    assert ids(select(workspace, "dev", instances=["web"], with_dependencies=False)) == ["web"]


def test_dependency_must_prefer_the_same_suffix_else_the_one_without(write_workspace: WriteWorkspace) -> None:
    placed = [{"app": "db"}, {"app": "db", "suffix": "blue"}, {"app": "cache"}, {"app": "api"}, {"app": "api", "suffix": "blue"}]
    apps = {"api": {"dependsOn": ["db", "cache"]}, "db": {}, "cache": {}}

    selection = select(load_workspace(write_workspace(apps=apps, environments={"dev": {"instances": placed}})), "dev")

    needs = {instance.id: [need.instance for need in instance.depends_on] for instance in selection.instances}
    assert needs["api"] == ["cache", "db"]
    assert needs["api-blue"] == ["cache", "db-blue"]


@pytest.mark.parametrize(
    ("app", "instance"),
    [
        ({"cach": {"condition": "started", "required": False}}, {}),
        ({}, {"cach": {"required": False}}),
        ({"cach": {"required": False}}, {"cach": {"condition": "started"}}),
    ],
)
def test_optional_dependency_on_an_app_that_there_is_not_must_be_noted(write_workspace: WriteWorkspace, app: Any, instance: Any) -> None:
    placed = {"instances": [{"app": "api", "dependsOn": instance}, {"app": "cache"}]}
    root = write_workspace(apps={"api": {"dependsOn": app}, "cache": {}}, environments={"dev": placed})

    selection = select(load_workspace(root), "dev")

    assert [need for item in selection.instances for need in item.depends_on] == []
    assert selection.notices == ('api goes on without cach: it is optional and not in this workspace (did you mean "cache"?)',)


def test_dependency_that_an_instance_makes_required_must_be_there(write_workspace: WriteWorkspace) -> None:
    placed = {"instances": [{"app": "api", "dependsOn": {"cache": {"required": True}}}]}
    root = write_workspace(apps={"api": {"dependsOn": {"cache": {"required": False}}}}, environments={"dev": placed})

    with pytest.raises(DocumentError, match='found "cache"; expected an app of this workspace'):
        load_workspace(root)


def test_optional_dependency_that_is_not_placed_must_be_noted_and_left_out(write_workspace: WriteWorkspace) -> None:
    apps = {"api": {"dependsOn": {"cache": {"condition": "started", "required": False}}}, "cache": {}}
    workspace = load_workspace(write_workspace(apps=apps, environments={"dev": {"instances": [{"app": "api"}]}}))

    selection = select(workspace, "dev")

    assert selection.instances[0].depends_on == ()
    assert selection.notices == ("api goes on without cache: it is optional and not in this environment",)


def test_dependency_with_only_another_suffix_must_be_refused_with_what_there_is(write_workspace: WriteWorkspace) -> None:
    placed = [{"app": "db", "suffix": "blue"}, {"app": "api"}]
    workspace = load_workspace(write_workspace(apps={"api": {"dependsOn": ["db"]}, "db": {}}, environments={"dev": {"instances": placed}}))

    with pytest.raises(DocumentError, match="there is db-blue"):
        select(workspace, "dev")


def test_instance_may_change_dependencies_and_a_new_cycle_must_be_refused(write_workspace: WriteWorkspace) -> None:
    apps = {"api": {"dependsOn": ["db"]}, "db": {}}
    free = {"instances": [{"app": "api", "dependsOn": {"db": None}}]}
    cycle = {"instances": [{"app": "api"}, {"app": "db", "dependsOn": ["api"]}]}
    workspace = load_workspace(write_workspace(apps=apps, environments={"free": free, "cycle": cycle}))

    assert select(workspace, "free").instances[0].depends_on == ()
    with pytest.raises(DocumentError, match="api -> db -> api"):
        select(workspace, "cycle")


class TestProfiles:
    APPS = {"api": {}, "tools": {"profiles": ["debug"], "dependsOn": ["dump"]}, "dump": {"profiles": ["debug", "backup"]}}

    def test_app_with_a_profile_must_be_left_out_until_asked_for(self, write_workspace: WriteWorkspace) -> None:
        workspace = load_workspace(write_workspace(apps=self.APPS))

        selection = select(workspace, "dev")

        assert ids(selection) == ["api"]
        assert selection.complete
        assert selection.left_out == ("dump", "tools")
        assert "left out by profile: dump (debug, backup), tools (debug)" in selection.notices
        assert ids(select(workspace, "dev", profiles=["debug"])) == ["api", "dump", "tools"]
        assert ids(select(workspace, "dev", profiles=["*"])) == ["api", "dump", "tools"]

    def test_named_instance_must_not_need_its_profile(self, write_workspace: WriteWorkspace) -> None:
        workspace = load_workspace(write_workspace(apps=self.APPS))

        assert ids(select(workspace, "dev", instances=["tools"])) == ["dump", "tools"]

    def test_required_dependency_that_is_left_out_must_be_refused(self, write_workspace: WriteWorkspace) -> None:
        apps = {"api": {"dependsOn": ["dump"]}, "dump": {"profiles": ["backup"]}}

        with pytest.raises(UsageError, match="add --profile backup"):
            select(load_workspace(write_workspace(apps=apps)), "dev")

    def test_optional_dependency_that_is_left_out_must_be_noted(self, write_workspace: WriteWorkspace) -> None:
        apps = {"api": {"dependsOn": {"dump": {"required": False}}}, "dump": {"profiles": ["backup"]}}

        selection = select(load_workspace(write_workspace(apps=apps)), "dev")

        assert any("api goes on without dump" in notice for notice in selection.notices)

    def test_unknown_profile_must_only_be_noted(self, write_workspace: WriteWorkspace) -> None:
        selection = select(load_workspace(write_workspace(apps=self.APPS)), "dev", profiles=["debg"])

        assert 'no instance has the profile "debg"; did you mean "debug"?' in selection.notices


class TestVariables:
    def test_stronger_documents_must_win_and_every_variable_say_where_it_came_from(self, write_workspace: WriteWorkspace) -> None:
        root = write_workspace(
            workspace={"variables": {"a": 1, "team": "web", "limits": {"cpu": 1, "memory": 2}}},
            apps={"api": {"variables": {"a": 2, "b": 2, "gone": 1}}},
            environments={
                "dev": {
                    "variables": {"a": 3, "limits": {"cpu": 4}, "gone": None},
                    "instances": [{"app": "api", "variables": {"a": 4, "list": [1]}}],
                }
            },
        )

        selection = select(load_workspace(root), "dev", variables={"a": 5})

        assert values(selection, "api") == {"a": 5, "b": 2, "team": "web", "limits": {"cpu": 4, "memory": 2}, "list": [1]}
        a = selection.instances[0].variables["a"]
        assert (a.origin.layer, [(value, origin.layer) for value, origin in a.overridden]) == (
            "command line",
            [(1, "workspace"), (2, "app"), (3, "environment"), (4, "instance")],
        )

    def test_explain_must_give_line_and_column_of_every_document(self, write_workspace: WriteWorkspace) -> None:
        root = write_workspace(
            apps={"api": {"variables": {"a": 2}}}, environments={"dev": {"instances": [{"app": "api", "variables": {"a": 4}}]}}
        )
        instance = select(load_workspace(root), "dev").instances[0]

        a = explain(instance)["a"]

        assert str(a.origin) == f"instance ({root / 'environments/dev/environment.json'}:6:9)"
        assert str(a.overridden[0][1]) == f"app ({root / 'apps/api/app.json'}:3:5)"
        assert locate(instance.variables["a"].origin) == a.origin
        assert locate(instance.variables["namespace"].origin).position is None
        assert str(instance.variables["a"].origin).endswith("at $.instances[0].variables.a)")

    def test_computed_variables_must_be_there_and_strongest(self, write_workspace: WriteWorkspace) -> None:
        placed = {"instances": [{"app": "api", "suffix": "blue"}]}

        instance = select(load_workspace(write_workspace(environments={"dev": placed})), "dev").instances[0]

        assert {name: variable.value for name, variable in instance.variables.items()} == {
            "workspace": "shop",
            "environment": "dev",
            "app": "api",
            "suffix": "blue",
            "instance": "api-blue",
            "namespace": "shop-dev",
        }
        assert {variable.origin.layer for variable in instance.variables.values()} == {"computed"}

    def test_command_line_must_not_set_computed_variables(self, write_workspace: WriteWorkspace) -> None:
        with pytest.raises(UsageError, match="computed"):
            select(load_workspace(write_workspace()), "dev", variables={"namespace": "other"})

    def test_system_environment_must_only_give_what_a_document_names(self, write_workspace: WriteWorkspace) -> None:
        app = {"systemEnvironment": {"GIT_SHA": {"default": "dev"}, "USER_NAME": {}}}
        workspace = load_workspace(write_workspace(apps={"api": app}))

        selection = select(workspace, "dev", system_environment={"USER_NAME": "ann", "SECRET": "x", "GIT_SHA": "abc"})

        assert values(selection, "api") == {"GIT_SHA": "abc", "USER_NAME": "ann"}
        assert selection.instances[0].variables["GIT_SHA"].origin.layer == "system environment"
        assert values(select(workspace, "dev"), "api") == {"GIT_SHA": "dev"}

    def test_missing_system_environment_variable_must_be_told_unless_a_stronger_document_has_it(
        self, write_workspace: WriteWorkspace
    ) -> None:
        app = {"systemEnvironment": {"TOKEN_NAME": {}}}
        environments = {"dev": {}, "prod": {"variables": {"TOKEN_NAME": "prod"}}}
        workspace = load_workspace(write_workspace(apps={"api": app}, environments=environments))

        with pytest.raises(DocumentError, match=r"apps/api/app\.json:3:5.*has no TOKEN_NAME"):
            select(workspace, "dev", system_environment={})
        assert values(select(workspace, "prod", system_environment={}), "api") == {"TOKEN_NAME": "prod"}

    @pytest.mark.parametrize("names", [[], ["api"]], ids=["by its profile", "not named"])
    def test_an_instance_that_is_left_out_must_ask_for_nothing(self, write_workspace: WriteWorkspace, names: list[str]) -> None:
        debugger = {"systemEnvironment": {"MY_WORD": {}, "GITHUB_TOKEN": {"default": ""}}, "profiles": [] if names else ["debug"]}
        workspace = load_workspace(write_workspace(apps={"api": {}, "debugger": debugger}))

        def chosen(names: list[str]) -> Selection:
            return select(workspace, "dev", instances=names, system_environment={"GITHUB_TOKEN": "x"}, allowed_environment=())

        assert ids(chosen(names)) == ["api"]
        assert not any("environment" in notice for notice in chosen(names).notices)
        with pytest.raises(DocumentError, match="has no MY_WORD, which instance debugger needs") as refused:
            chosen(["debugger"])
        assert "GITHUB_TOKEN is a credential" in str(refused.value)

    def test_what_a_dependency_needs_of_the_system_environment_must_be_asked_for(self, write_workspace: WriteWorkspace) -> None:
        apps = {"api": {"dependsOn": ["db"]}, "db": {"systemEnvironment": {"MY_WORD": {}}}}
        with pytest.raises(DocumentError, match="which instance db needs"):
            select(load_workspace(write_workspace(apps=apps)), "dev", instances=["api"], system_environment={})
        shown = select(load_workspace(write_workspace(apps=apps)), "dev", instances=["api"], system_environment={}, asking=["api"])
        assert ids(shown) == ["db", "api"], "whose variables are not wanted is not asked"

    def test_stronger_variable_must_replace_a_value_and_the_other_way_round(self, write_workspace: WriteWorkspace) -> None:
        resource = {"apiVersion": "v1", "kind": "ConfigMap", "name": "{{ instance }}-site"}
        value = {"resource": resource, "path": "$.data.region", "default": "local", "wait": "30s"}
        environments = {"dev": {"variables": {"region": "here"}}, "prod": {"values": {"region": {"required": False}, "zone": value}}}
        root = write_workspace(apps={"api": {"values": {"region": value}, "variables": {"zone": "a"}}}, environments=environments)
        workspace = load_workspace(root)

        dev, prod = select(workspace, "dev").instances[0], select(workspace, "prod").instances[0]

        assert dev.values == ()
        assert dev.variables["region"].value == "here"
        assert [source.variable for source in prod.values] == ["region", "zone"]
        assert "zone" not in prod.variables
        region = prod.values[0]
        assert (region.name, region.default, region.required, region.wait) == ("api-site", "local", False, 30.0)
        assert workspace.apps["api"].values[0].default == "local"

    def test_value_without_default_must_not_have_one(self, write_workspace: WriteWorkspace) -> None:
        value = {"resource": {"apiVersion": "v1", "kind": "ConfigMap", "selector": "app=db"}, "path": "$.data.x"}

        instance = select(load_workspace(write_workspace(apps={"api": {"values": {"x": value}}})), "dev").instances[0]

        assert (instance.values[0].default, instance.values[0].selector, instance.values[0].wait) == (MISSING, "app=db", None)


class TestNamespace:
    @pytest.mark.parametrize(
        ("documents", "expected"),
        [
            ({}, "shop-dev"),
            ({"workspace": {"namespace": "all"}}, "all"),
            ({"workspace": {"namespace": "all"}, "apps": {"api": {"namespace": "{{ app }}"}}}, "api"),
            ({"apps": {"api": {"namespace": "x"}}, "environments": {"dev": {"namespace": "team-{{environment}}"}}}, "team-dev"),
            ({"environments": {"dev": {"namespace": "x", "instances": [{"app": "api", "namespace": "{{ instance }}-ns"}]}}}, "api-ns"),
        ],
    )
    def test_strongest_document_must_choose_the_namespace(
        self, write_workspace: WriteWorkspace, documents: dict[str, Any], expected: str
    ) -> None:
        assert select(load_workspace(write_workspace(**documents)), "dev").instances[0].namespace == expected

    @pytest.mark.parametrize("template", ["{{ workspace | upper }}", "{% if app %}x{% endif %}", "{{ app }}-{{ team }}"])
    def test_template_must_not_do_more_than_name_computed_variables(self, write_workspace: WriteWorkspace, template: str) -> None:
        with pytest.raises(DocumentError, match=r"apps/api/app\.json:2:16"):
            load_workspace(write_workspace(apps={"api": {"namespace": template}}))

    def test_missing_suffix_in_a_namespace_must_point_to_instance(self, write_workspace: WriteWorkspace) -> None:
        workspace = load_workspace(write_workspace(workspace={"namespace": "{{ app }}-{{ suffix }}"}))

        with pytest.raises(DocumentError, match=r"workspace\.json:4:16.*\"api-\".*\n.*use \{\{ instance \}\}"):
            select(workspace, "dev")


class TestNamedLists:
    APP = {
        "forwards": [{"name": "http", "target": "service/{{ instance }}", "port": 80, "localPort": 8080, "open": "/docs"}],
        "health": {"http": {"http": {"target": "service/{{ instance }}", "port": "web", "path": "/{{ app }}"}, "interval": "1m"}},
        "readiness": [{"kind": "Job", "condition": "Complete"}, {"kind": "X", "anyOf": [{"path": "$.a", "exists": True}]}],
    }

    def test_instance_must_change_one_key_and_keep_the_rest(self, write_workspace: WriteWorkspace) -> None:
        placed = [{"app": "api"}, {"app": "api", "suffix": "blue", "forwards": [{"name": "http", "localPort": "auto"}]}]
        workspace = load_workspace(write_workspace(apps={"api": self.APP}, environments={"dev": {"instances": placed}}))

        plain, blue = select(workspace, "dev").instances

        assert (plain.forwards[0].target, plain.forwards[0].local_port, plain.forwards[0].open) == ("service/api", 8080, "/docs")
        assert (blue.forwards[0].target, blue.forwards[0].local_port, blue.forwards[0].port) == ("service/api-blue", "auto", 80)
        assert blue.health[0].probe == {"target": "service/api-blue", "port": "web", "path": "/api"}
        assert (blue.health[0].kind, blue.health[0].interval, blue.health[0].timeout) == ("http", 60.0, 5.0)
        assert blue.readiness[1].any_of[0].kind == "X"
        assert blue.readiness[0].equals is MISSING

    def test_null_must_remove(self, write_workspace: WriteWorkspace) -> None:
        changes = {"forwards": {"http": None}, "health": {"http": {"http": None, "tcp": {"target": "pod/x", "port": 1}}}, "readiness": None}
        placed = [{"app": "api", **changes}]
        workspace = load_workspace(write_workspace(apps={"api": self.APP}, environments={"dev": {"instances": placed}}))

        instance = select(workspace, "dev").instances[0]

        assert instance.forwards == ()
        assert instance.readiness == ()
        assert instance.health[0].kind == "tcp"

    def test_new_entry_of_an_instance_must_be_complete(self, write_workspace: WriteWorkspace) -> None:
        placed = [{"app": "api", "forwards": [{"name": "admin", "port": 81}], "health": [{"name": "deep"}]}]
        workspace = load_workspace(write_workspace(apps={"api": self.APP}, environments={"dev": {"instances": placed}}))

        with pytest.raises(DocumentError) as caught:
            select(workspace, "dev")

        text = str(caught.value)
        assert 'at $.instances[0].forwards[0]: the key "target" is missing' in text
        assert "at $.instances[0].health[0]: found none; expected exactly one of http, tcp and exec" in text

    def test_target_must_be_a_name_after_substitution(self, write_workspace: WriteWorkspace) -> None:
        app = {"forwards": [{"name": "http", "target": "service/{{ suffix }}", "port": 80}]}

        with pytest.raises(DocumentError, match='the target would be "service/"'):
            select(load_workspace(write_workspace(apps={"api": app})), "dev")

    def test_one_port_on_two_addresses_must_be_fine(self, write_workspace: WriteWorkspace) -> None:
        forwards = [
            {"name": "one", "target": "service/api", "port": 80, "localPort": 8080},
            {"name": "two", "target": "service/api", "port": 81, "localPort": 8080, "bind": "127.0.0.2"},
        ]

        assert len(select(load_workspace(write_workspace(apps={"api": {"forwards": forwards}})), "dev").instances[0].forwards) == 2


def test_timeout_and_failure_policy_must_come_from_the_strongest_document(write_workspace: WriteWorkspace) -> None:
    placed = [{"app": "api"}, {"app": "db", "timeout": "10s", "onFailure": None}]
    root = write_workspace(
        workspace={"onFailure": "stop", "timeout": "1h"},
        apps={"api": {"onFailure": "rollback", "onImmutable": "recreate"}, "db": {}},
        environments={"dev": {"instances": placed}},
    )

    api, db = select(load_workspace(root), "dev").instances

    assert (api.timeout, api.on_failure, api.on_immutable) == (3600.0, "rollback", "recreate")
    assert (db.timeout, db.on_failure, db.on_immutable) == (10.0, "keep", "refuse")


def test_instance_with_other_manifests_must_be_checked_like_an_app(write_workspace: WriteWorkspace) -> None:
    placed = [{"app": "api", "manifests": {"path": "manifest"}}]
    workspace = load_workspace(write_workspace(environments={"dev": {"instances": placed}}))

    with pytest.raises(DocumentError, match=r"at \$\.instances\[0\]\.manifests\.path: there is no folder apps/api/manifest"):
        select(workspace, "dev")


def test_ids_of_suffix_and_app_name_must_not_meet(write_workspace: WriteWorkspace) -> None:
    placed = [{"app": "api-blue"}, {"app": "api", "suffix": "blue"}]

    with pytest.raises(DocumentError, match='the instance "api-blue" is already'):
        load_workspace(write_workspace(apps={"api": {}, "api-blue": {}}, environments={"dev": {"instances": placed}}))


def test_too_long_instance_id_must_be_refused(write_workspace: WriteWorkspace) -> None:
    placed = [{"app": "api", "suffix": "b" * 60}]

    with pytest.raises(DocumentError, match="64 characters; at most 63"):
        load_workspace(write_workspace(environments={"dev": {"instances": placed}}))
