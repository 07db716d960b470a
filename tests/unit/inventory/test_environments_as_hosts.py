# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin makes hosts of environments, with what the playbooks need and nothing secret, and tells mistakes in words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).parents[3]
CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "{{ instance }}"\n'


def workspace(folder: Path, name: str, environments: dict[str, Any], *, apps: Any = None, **said: Any) -> Path:
    """A workspace on disk: its environments by name, its apps by name (one, api, without)."""
    documents: dict[str, Any] = {"workspace.json": {"version": 1, "name": name, **said}}
    for app, document in (apps or {"api": {}}).items():
        documents |= {f"apps/{app}/app.json": document, f"apps/{app}/manifests/settings.yaml.j2": CONFIG_MAP}
    documents |= {f"environments/{environment}/environment.json": document for environment, document in environments.items()}
    for path, content in documents.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def source(folder: Path, name: str = "fleet.roro.yml", **options: Any) -> Path:
    """An inventory file."""
    file = folder / name
    file.write_text(yaml.safe_dump({"plugin": "roro.kube.environments", **options}))
    return file


def clean_environ() -> dict[str, str]:
    """The environment without the shell's own settings."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "RORO_", "ANSIBLE_"))}
    return {**clean, "ANSIBLE_NOCOLOR": "1"}


@dataclass(frozen=True)
class Inventory:
    """What Ansible makes of sources. hosts: name -> variables. groups: name -> sorted hosts."""

    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]
    warnings: list[str]


Ask = Callable[[Any], Any]
Read = Callable[..., Inventory]
Refused = Callable[[Path], str]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Ask inventory_reader.py."""
    command = [sys.executable, str(Path(__file__).with_name("inventory_reader.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environ()) as process:
        assert process.stdin and process.stdout
        reading, writing = process.stdout, process.stdin

        def ask(asked: Any) -> Any:
            writing.write(json.dumps(asked) + "\n")
            writing.flush()
            return json.loads(reading.readline())

        yield ask
        writing.close()


@pytest.fixture
def read(ask: Ask) -> Read:
    """The inventory as ansible-playbook reads it, from files."""
    return lambda *files: Inventory(**ask([str(file) for file in files]))


@pytest.fixture
def refused(ask: Ask) -> Refused:
    """What the plugin says when it gives up on a file."""

    def refused(file: Path) -> str:
        told = ask({"parse": str(file)})
        assert isinstance(told, str), "was not refused"
        return told

    return refused


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two workspaces, shop and store, below one folder."""
    prod = {"context": "admin@prod", "kubeconfig": "kube.yaml", "variables": {"region": "us", "canary": True}}
    instances = [{"app": "api"}, {"app": "api", "suffix": "blue"}]
    workspace(tmp_path / "shop", "shop", {"dev": {"instances": instances}, "prod": prod}, variables={"region": "eu", "tier": "web"})
    workspace(tmp_path / "store", "store", {"prod-eu": {"context": "prod-eu"}}, apps={"db": {}, "api": {}})
    return tmp_path


def test_environments_of_one_workspace_must_be_hosts_by_their_names(fleet: Path, read: Read) -> None:
    assert sorted(read(source(fleet / "shop", "roro.yml")).hosts) == ["dev", "prod"]


def test_a_workspace_must_be_found_above_the_inventory_file(fleet: Path, read: Read) -> None:
    (fleet / "shop" / "inventories").mkdir()
    assert sorted(read(source(fleet / "shop" / "inventories")).hosts) == ["dev", "prod"]


def test_environments_of_several_workspaces_must_be_named_after_both(fleet: Path, read: Read) -> None:
    assert sorted(read(source(fleet, workspaces=["shop", str(fleet / "store")])).hosts) == ["shop-dev", "shop-prod", "store-prod-eu"]


@pytest.mark.parametrize("pattern", ["*", "s*", "**", "./*/"])
def test_a_pattern_must_find_each_workspace_once_and_nothing_else(fleet: Path, pattern: str, read: Read) -> None:
    (fleet / "notes").mkdir()
    assert sorted(read(source(fleet, workspaces=[pattern, "shop", "shop/apps"])).hosts) == ["shop-dev", "shop-prod", "store-prod-eu"]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [(["prod*"], ["shop-prod", "store-prod-eu"]), (["dev", "prod"], ["shop-dev", "shop-prod"]), (["*-eu"], ["store-prod-eu"])],
)
def test_only_environments_that_are_meant_must_be_hosts(fleet: Path, patterns: list[str], expected: list[str], read: Read) -> None:
    assert sorted(read(source(fleet, workspaces=["*"], environments=patterns)).hosts) == expected


def test_a_host_must_have_what_the_roles_read_and_what_the_documents_say(fleet: Path, read: Read) -> None:
    found = read(source(fleet, workspaces=["*"])).hosts["shop-prod"]
    assert {name: value for name, value in found.items() if not name.startswith("inventory_")} == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "roro_workspace": str(fleet / "shop"),
        "roro_environment": "prod",
        "roro_workspace_name": "shop",
        "roro_environment_context": "admin@prod",
        "roro_environment_kubeconfig": str(fleet / "shop/environments/prod/kube.yaml"),
        "roro_environment_apps": ["api"],
        "roro_environment_instances": ["api"],
        "roro_environment_variables": {"region": "us", "tier": "web", "canary": True},
    }


def test_what_the_document_says_of_the_cluster_must_not_be_what_a_person_asked_for(fleet: Path, read: Read) -> None:
    for variables in read(source(fleet, workspaces=["*"])).hosts.values():
        assert {"roro_context", "roro_kubeconfig"}.isdisjoint(variables)


def test_instances_must_be_told_by_their_ids(fleet: Path, read: Read) -> None:
    inventory = read(source(fleet, workspaces=["*"]))
    assert inventory.hosts["shop-dev"]["roro_environment_instances"] == ["api", "api-blue"]
    assert inventory.hosts["shop-dev"]["roro_environment_apps"] == ["api"]
    assert inventory.hosts["store-prod-eu"]["roro_environment_instances"] == ["api", "db"]


def test_a_variable_that_the_environment_removes_or_takes_from_elsewhere_must_be_gone(tmp_path: Path, read: Read) -> None:
    value = {"resource": {"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}, "path": "$.data.a"}
    said = {"variables": {"gone": None, "page": {"colour": None}}, "values": {"read": value}, "systemEnvironment": {"taken": {}}}
    variables = {"gone": 1, "read": "from the workspace", "taken": "from the workspace", "page": {"colour": "red", "size": 2}}
    workspace(tmp_path, "shop", {"dev": said}, variables=variables)
    assert read(source(tmp_path)).hosts["dev"]["roro_environment_variables"] == {"page": {"size": 2}}


def test_nothing_secret_must_be_in_the_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_PASS", "out-of-the-shell")
    (tmp_path / "apps/api").mkdir(parents=True)
    (tmp_path / "apps/api/api.env").write_text("WORD=out-of-the-file\n")
    dev = {"variables": {"dbPassword": "plain-to-see", "mail": {"token": "as-plain"}}, "systemEnvironment": {"SHOP_PASS": {}}}
    workspace(tmp_path, "shop", {"dev": dev}, apps={"api": {"envFile": ["api.env"]}}, variables={"apiKey": "in-plain-text"})

    found = listed(source(tmp_path))

    assert "dbPassword" in found
    for secret in ("out-of-the-shell", "out-of-the-file", "plain-to-see", "as-plain", "in-plain-text"):
        assert secret not in found


def test_a_template_of_a_document_must_never_be_evaluated(tmp_path: Path) -> None:
    sums = {"one": "{{ 6 * 7 }}", "two": "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ 6 * 7 ]]", "plain": "eu-1"}
    workspace(tmp_path, "shop", {"dev": {"variables": sums}})
    file = source(tmp_path, compose={"copied": "roro_environment_variables.one"})
    shown = json.loads(listed(file))["_meta"]["hostvars"]["dev"]["roro_environment_variables"]
    assert shown == {"one": {"__ansible_unsafe": sums["one"]}, "two": {"__ansible_unsafe": sums["two"]}, "plain": "eu-1"}

    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "<{{ copied }}>"}}]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play))
    done = ansible("ansible-playbook", "-i", file, tmp_path / "play.yml")
    assert "<{{ 6 * 7 }}>" in done.stdout, done.stdout + done.stderr


def test_groups_must_be_made_of_workspace_environment_and_context(fleet: Path, read: Read) -> None:
    groups = read(source(fleet, workspaces=["*"])).groups
    assert {name: hosts for name, hosts in groups.items() if name not in ("all", "ungrouped")} == {
        "roro_environments": ["shop-dev", "shop-prod", "store-prod-eu"],
        "workspace_shop": ["shop-dev", "shop-prod"],
        "workspace_store": ["store-prod-eu"],
        "environment_dev": ["shop-dev"],
        "environment_prod": ["shop-prod"],
        "environment_prod_eu": ["store-prod-eu"],
        "context_admin_prod": ["shop-prod"],
        "context_prod_eu": ["store-prod-eu"],
    }


def test_contexts_that_become_one_group_must_be_told(tmp_path: Path, read: Read) -> None:
    workspace(tmp_path, "shop", {"one": {"context": "a-b"}, "two": {"context": "a@b"}})
    inventory = read(source(tmp_path))
    assert inventory.groups["context_a_b"] == ["one", "two"]
    assert [told for told in inventory.warnings if "the contexts a-b and a@b are one group, context_a_b" in told]


def test_groups_and_variables_must_be_made_of_expressions(fleet: Path, read: Read) -> None:
    inventory = read(
        source(
            fleet,
            workspaces=["*"],
            compose={"roro_timeout": "'10m' if 'db' in roro_environment_apps else '5m'"},
            groups={"canaries": "roro_environment_variables.canary | default(false)", "slow": "roro_timeout == '10m'"},
            keyed_groups=[{"key": "roro_environment_variables.region", "prefix": "region"}],
        )
    )
    assert inventory.hosts["store-prod-eu"]["roro_timeout"] == "10m"
    found = {name: inventory.groups[name] for name in ("canaries", "slow", "region_us", "region_eu")}
    assert found == {"canaries": ["shop-prod"], "slow": ["store-prod-eu"], "region_us": ["shop-prod"], "region_eu": ["shop-dev"]}


def test_hosts_must_be_named_as_asked(fleet: Path, read: Read) -> None:
    file = source(
        fleet, workspaces=["*"], hostname="{{ environment }}.{{ workspace }}.{{ context | default('none', true) | replace('@', '-') }}"
    )
    assert sorted(read(file).hosts) == ["dev.shop.none", "prod-eu.store.prod-eu", "prod.shop.admin-prod"]


def test_two_environments_must_not_be_one_host(fleet: Path, read: Read, refused: Refused) -> None:
    workspace(fleet / "copy", "shop", {"dev": {}})
    told = refused(source(fleet, workspaces=["*"]))
    assert f"environment dev of {fleet}/copy and environment dev of {fleet}/shop would both be host shop-dev" in told
    assert 'write a hostname that tells them apart, such as "{{ folder }}-{{ environment }}"' in told

    named = source(fleet, workspaces=["*"], hostname="{{ folder }}-{{ environment }}")
    assert sorted(read(named).hosts) == ["copy-dev", "shop-dev", "shop-prod", "store-prod-eu"]
    assert read(named).groups["workspace_shop"] == ["copy-dev", "shop-dev", "shop-prod"]


def test_a_host_of_another_file_must_not_become_one_of_this_workspace(fleet: Path) -> None:
    workspace(fleet / "other", "other", {"dev": {}, "test": {}})
    done = ansible("ansible-inventory", "-i", source(fleet / "shop"), "-i", source(fleet / "other"), "--list")
    found = json.loads(done.stdout)["_meta"]["hostvars"]
    assert {name: said["roro_workspace"] for name, said in found.items()} == {"dev": str(fleet / "shop"), "prod": str(fleet / "shop")}
    assert f"host dev is in the inventory already, for the workspace in {fleet}/shop" in done.stderr


def test_a_host_of_another_file_may_have_more_variables(fleet: Path, read: Read) -> None:
    (fleet / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"dev": {"roro_timeout": "9m"}}}}))
    found = read(fleet / "hosts.yml", source(fleet / "shop")).hosts["dev"]
    assert (found["roro_timeout"], found["roro_environment"]) == ("9m", "dev")


@pytest.mark.parametrize(
    ("hostname", "words"),
    [
        ("{{ enviroment }}", "it may use workspace, environment, context, folder"),
        ("{{ context }}", "is empty for environment dev of "),
        ("{{", ""),
    ],
)
def test_a_hostname_that_gives_no_name_must_be_told(fleet: Path, hostname: str, words: str, refused: Refused) -> None:
    told = refused(source(fleet, workspaces=["shop"], hostname=hostname))
    assert f"the hostname {hostname}" in told
    assert words in told


def test_an_environment_that_is_called_as_a_group_of_ansible_must_be_told_with_a_way_out(fleet: Path, read: Read, refused: Refused) -> None:
    workspace(fleet / "odd", "odd", {"all": {}})
    told = refused(source(fleet, workspaces=["odd"]))
    assert "a group of Ansible's own" in told and '"{{ workspace }}-{{ environment }}"' in told
    assert list(read(source(fleet, workspaces=["odd"], hostname="{{ workspace }}-{{ environment }}")).hosts) == ["odd-all"]


@pytest.fixture
def broken(fleet: Path) -> Path:
    """A third workspace, with a mistake in line 3."""
    workspace(fleet / "broken", "broken", {"dev": '{\n  "variables": {},\n  "instancs": []\n}\n'})
    return fleet


def test_a_mistake_must_be_told_with_its_place_and_the_other_workspaces_must_come(broken: Path, read: Read) -> None:
    inventory = read(source(broken, workspaces=["*"]))
    assert sorted(inventory.hosts) == ["shop-dev", "shop-prod", "store-prod-eu"]
    (told,) = inventory.warnings
    assert f"the workspace in {broken}/broken is left out:" in told
    assert re.search(r"environments/dev/environment\.json:3:\d+: .*instancs", told)


def test_a_workspace_that_is_left_out_must_not_rename_the_hosts_of_another(broken: Path, read: Read) -> None:
    assert sorted(read(source(broken, workspaces=["store", "broken"])).hosts) == ["store-prod-eu"]


@pytest.mark.parametrize("options", [{"workspaces": ["*"], "strict": True}, {"workspaces": ["broken"]}])
def test_a_mistake_must_be_an_error_where_it_is_asked_for_or_nothing_else_is_there(
    broken: Path, options: dict[str, Any], refused: Refused
) -> None:
    assert re.search(r"environments/dev/environment\.json:3:\d+: ", refused(source(broken, **options)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"workspaces": ["shop", "nowhere"]}, "nowhere"),
        ({"workspaces": ["shop", "nowhere/*"]}, "no folder with workspace.json (or .yaml, .yml) matches nowhere/*"),
        ({"workspaces": ["shop"], "environments": ["dev", "prd"]}, 'no environment matches prd; did you mean "prod"?'),
    ],
)
def test_what_matches_nothing_must_be_told(fleet: Path, options: dict[str, Any], words: str, read: Read, refused: Refused) -> None:
    inventory = read(source(fleet, **options))
    assert [name for name in inventory.hosts if name.endswith("dev")]
    assert [told for told in inventory.warnings if words in told]
    assert words in refused(source(fleet, **options, strict=True))


def test_a_misspelt_option_must_be_told(fleet: Path, refused: Refused) -> None:
    assert 'there is no option workspace; did you mean "workspaces"?' in refused(source(fleet, workspace="shop"))


@pytest.mark.parametrize(
    ("name", "ours"), [("roro.yml", True), ("roro.yaml", True), ("a.roro.yaml", True), ("hosts.yml", False), ("aroro.yml", False)]
)
def test_files_must_be_taken_by_their_names(fleet: Path, name: str, ours: bool, ask: Ask) -> None:
    assert ask({"verify": str(source(fleet, name))}) is ours


def ansible(command: str, *arguments: Any) -> subprocess.CompletedProcess[str]:
    """One of Ansible's commands."""
    line = [str(Path(sys.executable).parent / command), *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, check=False, cwd=TOP, env=clean_environ())


def listed(file: Path) -> str:
    """What `ansible-inventory --list` prints."""
    done = ansible("ansible-inventory", "-i", file, "--list")
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return done.stdout


def test_the_example_of_the_page_must_give_what_the_page_says(tmp_path: Path) -> None:
    section = (TOP / "docs/ansible.md").read_text().partition("### A fleet as an inventory")[2].partition("\n### ")[0]
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (graph,) = re.findall(r"^\$ ansible-inventory -i fleet\.roro\.yml --graph\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    workspace(tmp_path / "shop", "shop", {"dev": {}, "prod": {"context": "prod", "variables": {"region": "eu"}}})
    workspace(tmp_path / "teams/store", "store", {"prod": {"context": "prod", "variables": {"region": "us"}}})
    (tmp_path / "fleet.roro.yml").write_text(text)

    done = ansible("ansible-inventory", "-i", tmp_path / "fleet.roro.yml", "--graph")

    assert (done.stdout, done.stderr) == (graph, "")


def test_playbooks_must_work_on_each_host_and_on_those_of_a_limit(fleet: Path) -> None:
    """Rendering needs no cluster; it is the same roles and variables as for the playbooks that do."""
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.import_role": {"name": "roro.kube.render"}}]}]
    (fleet / "render.yml").write_text(yaml.safe_dump(play))
    file = source(fleet, workspaces=["*"], compose={"roro_dest": f"'{fleet}/out/' ~ inventory_hostname"})
    done = ansible("ansible-playbook", "-i", file, fleet / "render.yml", "--limit", "workspace_shop")
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"shop-dev", "shop-prod"} == set(re.findall(r"^(\S+) +: ok=", done.stdout, re.MULTILINE))
    assert sorted(folder.name for folder in (fleet / "out").iterdir()) == ["shop-dev", "shop-prod"]


def test_the_collections_own_playbooks_must_take_the_hosts(fleet: Path) -> None:
    file = source(fleet, workspaces=["*"])
    done = ansible(
        "ansible-playbook", "-i", file, "roro.kube.up", "-e", "roro_hosts=roro_environments", "--limit", "environment_prod*", "--list-hosts"
    )
    assert done.returncode == 0, done.stderr
    assert sorted(re.findall(r"^ {6}(\S+)$", done.stdout, re.MULTILINE)) == ["shop-prod", "store-prod-eu"]
