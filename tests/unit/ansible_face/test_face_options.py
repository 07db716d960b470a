# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""An option means the same wherever a person writes it: module, action plugin, documentation, role."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.specs import GROUP, KUBE_AUTH

TOP = Path(__file__).parents[3]
ROLES = {
    "workspace": "workspace_info",
    "render": "render",
    "deploy": "up",
    "remove": "down",
    "rollback": "rollback",
    "stop": "stop",
    "start": "start",
    "restart": "restart",
    "status": "status_info",
    "forward": "port_forward",
    "sync": "sync",
    "reconcile": "reconcile",
}
OWN_PREFIX = {"sync": "roro_git_"}
"""Roles whose variables are not `roro_<option>`, but for those that other roles have too."""
SHARED = ("workspace",)
CREDENTIALS = set(KUBE_AUTH) - {"kubeconfig", "context"}
ASK_NO_CLUSTER = ("workspace", "render")
"""Roles whose modules take a connection only because `module_defaults` of the group may hold one."""
REFUSED = {"reconcile": {"instances"}}
"""Options that a role does not offer, as its module takes them only because `module_defaults` of the group may hold them."""
OF_GIT = ("clone", "sync")
OF_NO_CLUSTER = (*OF_GIT, "awx_definitions")
"""Modules that ask no cluster, but a Git server, whose credentials have the same names."""


@cache
def all_documented() -> dict[str, Any]:
    """What ansible-doc says of all modules, by full name: it takes half a second to start."""
    names = [f"roro.kube.{name}" for name in sorted(SPECS)]
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--type", "module", "--json", *names]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def documented(name: str) -> dict[str, Any]:
    return all_documented()[f"roro.kube.{name}"]


def comparable(option: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": option.get("type", "str"),
        "elements": option.get("elements"),
        "default": option.get("default"),
        "required": bool(option.get("required")),
        "choices": option.get("choices"),
        "aliases": sorted(option.get("aliases") or []),
    }


@pytest.mark.parametrize("name", sorted(SPECS))
def test_the_documentation_of_a_module_must_say_what_its_argument_spec_does(name):
    options = {key: comparable(option) for key, option in documented(name)["doc"]["options"].items()}
    assert options == {key: comparable(option) for key, option in SPECS[name]["argument_spec"].items()}


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_module_must_have_an_action_plugin_of_its_name_that_reads_the_same_spec(name):
    action = importlib.import_module(f"ansible_collections.roro.kube.plugins.action.{name}")
    assert name == action.ActionModule.NAME
    assert documented(name)["doc"]["has_action"] is True


@pytest.mark.parametrize("name", OF_NO_CLUSTER)
def test_a_module_that_needs_no_cluster_must_not_be_given_the_credentials_of_a_cluster(name):
    assert name not in action_group()
    assert "action_group" not in documented(name)["doc"]["attributes"]


@pytest.mark.parametrize("name", sorted(set(SPECS) - set(OF_NO_CLUSTER)))
def test_every_module_must_be_in_the_action_group_and_say_so(name):
    runtime = yaml.safe_load((TOP / "meta/runtime.yml").read_text())
    assert name in runtime["action_groups"]["kube"]
    assert documented(name)["doc"]["attributes"]["action_group"]["membership"] == ["roro.kube.kube"]


@pytest.mark.parametrize("name", sorted(SPECS))
def test_every_module_must_have_examples_and_returns(name):
    described = documented(name)
    assert f"roro.kube.{name}:" in described["examples"]
    assert {"problems", "exit_code"} <= set(described["return"])


def role_file(role: str, path: str) -> Any:
    return yaml.safe_load((TOP / "roles" / role / path).read_text())


def role_variables(role: str) -> dict[str, Any]:
    """Those that are about the module."""
    options = role_file(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    return {name: option for name, option in options.items() if name not in ("roro_tasks_before", "roro_tasks_after")}


def role_task(role: str) -> dict[str, Any]:
    """The role's one task with the module; tasks of the operator's own may be around it."""
    file = "run" if (TOP / "roles" / role / "tasks" / "run.yml").exists() else "main"
    (task,) = role_file(role, f"tasks/{file}.yml")
    return task


def variable_of(role: str, option: str) -> str:
    if option in SHARED or role not in OWN_PREFIX:
        return f"roro_{option}"
    return OWN_PREFIX[role] + option.removeprefix("git_")


@pytest.mark.parametrize(("role", "module"), sorted(ROLES.items()))
def test_a_roles_variables_must_agree_with_the_options_of_its_module(role, module):
    task = role_task(role)
    specs = role_variables(role)
    defaults = role_file(role, "defaults/main.yml") or {}
    spec = SPECS[module]["argument_spec"]
    arguments = task[f"roro.kube.{module}"]
    assert {variable_of(role, option) for option in arguments} == set(specs)
    for option, template in arguments.items():
        variable = variable_of(role, option)
        assert f"{variable} " in template, f"{option} must take {variable}"
        assert specs[variable].get("default") == spec[option].get("default") == defaults.get(variable)
        assert specs[variable]["type"] == spec[option]["type"] or spec[option]["type"] == "raw"


@pytest.mark.parametrize(("role", "module"), sorted(ROLES.items()))
def test_a_role_must_offer_every_option_that_is_not_about_credentials(role, module):
    unused = set(KUBE_AUTH) if role in ASK_NO_CLUSTER else set() if module in OF_GIT else CREDENTIALS
    assert set(role_variables(role)) == {
        variable_of(role, option) for option in set(SPECS[module]["argument_spec"]) - unused - REFUSED.get(role, set())
    }


def action_group() -> list[str]:
    return yaml.safe_load((TOP / "meta/runtime.yml").read_text())["action_groups"]["kube"]


@pytest.mark.parametrize("option", sorted(GROUP))
@pytest.mark.parametrize("name", action_group())
def test_every_member_of_the_action_group_must_take_what_its_module_defaults_may_hold(name, option):
    """`module_defaults: {group/roro.kube.kube: {...}}` gives every member every option of it; one that a member lacks fails the task."""
    assert comparable(SPECS[name]["argument_spec"][option]) == comparable(GROUP[option])


def test_what_every_member_takes_must_be_what_the_group_shares():
    shared = set.intersection(*(set(SPECS[name]["argument_spec"]) for name in action_group()))
    assert shared == set(GROUP)


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_roles_readme_must_name_every_variable(role):
    readme = (TOP / "roles" / role / "README.md").read_text()
    for variable in role_variables(role):
        assert f"`{variable}`" in readme
