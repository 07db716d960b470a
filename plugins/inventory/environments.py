# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of workspaces as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: environments
short_description: Environments of workspaces as hosts
author:
  - roro.kube contributors (@roro-dev)
description:
  - Each environment of one or many workspaces is a host with the variables that the roles and playbooks of the collection read, so that
    C(--limit), forks, C(serial) and the slices of AWX work on environments.
  - Only documents are read. No cluster is asked, and nothing of the system environment or of files of variables (C(envFile)) is read
    into the inventory.
  - The source is a YAML file named C(roro.yml) or C(*.roro.yml) (or C(.yaml)).
  - All hosts are in the group C(roro_environments), and in a group of their workspace (C(workspace_shop)), of their environment's name
    (C(environment_prod)) and, where the document names one, of their context (C(context_prod)). What a group's name cannot have becomes
    an underscore. Groups after anything else are made with O(keyed_groups) and O(groups).
  - "The variables of a host:"
  - C(roro_workspace) (the folder), C(roro_environment) (the name), C(ansible_connection) and C(ansible_python_interpreter), so that
    tasks run on the controller.
  - C(roro_workspace_name); C(roro_environment_context) and C(roro_environment_kubeconfig), where the document names them;
    C(roro_environment_apps) and C(roro_environment_instances), sorted ids, profiles or not.
  - C(roro_environment_variables), the variables of the environment's document on top of those of the workspace's. A value whose name
    promises a secret is hidden. Ansible does not evaluate templates in them.
notes:
  - The context and kubeconfig of a document are not set as C(roro_context) and C(roro_kubeconfig). Those say what a person asked for, which
    is stronger than the credentials that AWX injects. The playbooks find what the document names by themselves.
  - Ansible goes on without a source that fails. Set C(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED) to V(true) where it must not.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [roro.kube.environments]
  workspaces:
    description:
      - Folders with C(workspace.json), or below one. A relative path starts at the folder of the inventory file.
      - A pattern with C(*), C(?), C([...]) or C(**) stands for the folders that have a workspace document themselves.
    type: list
    elements: str
    default: [.]
  environments:
    description: Names of environments, or patterns such as V(prod-*).
    type: list
    elements: str
    default: ['*']
  hostname:
    description:
      - Template of a host's name over C(workspace), C(environment), C(context) (empty where the document names none) and C(folder),
        the name of the workspace's folder. Two environments of one name are an error.
      - Without it, V({{ environment }}) where there is one workspace, V({{ workspace }}-{{ environment }}) where there are several.
        Write it where a pattern may come to match a second workspace.
    type: str
  strict:
    description:
      - Whether a workspace whose documents have a mistake, a pattern that matches nothing, and an invalid entry of O(compose),
        O(groups) and O(keyed_groups) are errors. Otherwise a warning tells of the first two, and everything else comes.
      - An inventory without any workspace is an error in both cases.
    type: bool
    default: false
extends_documentation_fragment:
  - ansible.builtin.constructed
seealso:
  - module: roro.kube.workspace_info
"""

EXAMPLES = r"""
# roro.yml in the folder of a workspace: its environments by their names
# ansible-playbook -i roro.yml roro.kube.up -e roro_hosts=all --limit staging
plugin: roro.kube.environments

---
# fleet.roro.yml: all production environments of many workspaces, grouped by a variable of their documents
plugin: roro.kube.environments
workspaces:
  - /srv/shop
  - teams/*
environments: [prod, prod-*]
hostname: "{{ environment }}.{{ workspace }}"
compose:
  roro_timeout: "'10m' if 'database' in roro_environment_apps else '5m'"
groups:
  canaries: roro_environment_variables.canary | default(false)
keyed_groups:
  - key: roro_environment_variables.region
    prefix: region
"""

import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Constructable
from ansible.template import trust_as_template
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._model import (
    Environment,
    Workspace,
    is_document_name,
    load_workspace,
    merge,
    suggest,
    without_secrets,
)

_NAMES = (".roro.yml", ".roro.yaml")
_ALL = "roro_environments"
_PLAIN = re.compile(r"[A-Za-z0-9_./:@-]*")
_GROUPS_OF_ANSIBLE = ("all", "ungrouped")
_OTHER_VARIABLES = ("values", "systemEnvironment")


@dataclass(frozen=True)
class _Host:
    """An environment that becomes a host. name: the host's."""

    name: str
    workspace: Workspace
    environment: Environment


class InventoryModule(BaseInventoryPlugin, Constructable):  # type: ignore[misc]
    """See the documentation above."""

    NAME = "roro.kube.environments"

    def verify_file(self, path: str) -> bool:
        """Whether the file is one of ours by its name."""
        name = os.path.basename(path)  # noqa: PTH119 - Ansible's own paths are texts
        return bool(super().verify_file(path)) and (name in ("roro.yml", "roro.yaml") or name.endswith(_NAMES))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add the hosts and groups. Raises AnsibleParserError; nothing was added then, but for what strict says of expressions."""
        super().parse(inventory, loader, path, cache)
        config = self._read_config_data(path)
        for key in sorted(set(config) - set(self.get_options())):
            raise AnsibleParserError(f"{path}: there is no option {key}; {suggest(str(key), self.get_options())}")
        hosts = self._hosts(Path(path).absolute().parent)
        self._refuse_hosts_of_other_sources(hosts)
        self._warn_of_contexts_in_one_group(hosts)
        for host in hosts:
            self._add(host)

    def _hosts(self, folder: Path) -> list[_Host]:
        """The environments meant, sorted by workspace and name. folder: where relative paths start."""
        workspaces, several = self._workspaces(folder)
        patterns = self.get_option("environments")
        known = {name for workspace in workspaces for name in workspace.environments}
        for pattern in patterns:
            if known and not any(fnmatchcase(name, pattern) for name in known):
                self._complain(f"no environment matches {pattern}; {suggest(pattern, known, what='there are')}")
        template = self.get_option("hostname") or ("{{ workspace }}-{{ environment }}" if several else "{{ environment }}")
        named: dict[str, _Host] = {}
        for workspace in workspaces:
            for environment in workspace.environments.values():
                if not any(fnmatchcase(environment.name, pattern) for pattern in patterns):
                    continue
                host = _Host(self._name(template, workspace, environment), workspace, environment)
                if other := named.get(host.name):
                    raise AnsibleParserError(_two_of_one_name(host, other))
                named[host.name] = host
        return list(named.values())

    def _workspaces(self, folder: Path) -> tuple[list[Workspace], bool]:
        """The workspaces that can be read, each once, and whether several are meant, readable or not."""
        found: dict[Path, Workspace] = {}
        broken = []
        for place in dict.fromkeys(self._folders(folder)):
            try:
                workspace = load_workspace(place)
            except RoroError as error:
                broken.append(f"the workspace in {place} is left out:\n{_indented(str(error))}")
            else:
                found.setdefault(workspace.root, workspace)
        if not found:
            raise AnsibleParserError("\n".join(broken) or "no workspace is named")
        for told in broken:
            self._complain(told)
        return list(found.values()), len(found) + len(broken) > 1

    def _folders(self, folder: Path) -> Iterator[Path]:
        """The folders that the option names, links followed."""
        for given in self.get_option("workspaces"):
            whole = os.path.join(folder, os.path.expanduser(given))  # noqa: PTH111, PTH118 - a pattern, not a path
            if not glob.has_magic(given):
                yield Path(os.path.realpath(whole))
                continue
            matching = sorted(Path(os.path.realpath(place)) for place in glob.iglob(whole, recursive=True))  # noqa: PTH207 - absolute ones too
            kept = [place for place in matching if _has_document(place)]
            if not kept:
                self._complain(f"no folder with workspace.json (or .yaml, .yml) matches {given}")
            yield from kept

    def _complain(self, told: str) -> None:
        """An error where the option strict says so, otherwise a warning."""
        if self.get_option("strict"):
            raise AnsibleParserError(told)
        self.display.warning(f"{self.NAME}: {told}", formatted=True)

    def _name(self, template: str, workspace: Workspace, environment: Environment) -> str:
        """The name of the host. Raises AnsibleParserError when the template gives none."""
        words = {
            "workspace": workspace.name,
            "environment": environment.name,
            "context": environment.context or "",
            "folder": workspace.root.name,
        }
        self.templar.available_variables = words
        try:
            name = str(self.templar.template(trust_as_template(template))).strip()
        except Exception as error:  # a template of somebody else may fail in any way
            raise AnsibleParserError(f"the hostname {template}: {error}; it may use {', '.join(words)}") from error
        if not name:
            raise AnsibleParserError(f"the hostname {template} is empty for environment {environment.name} of {workspace.root}")
        if name in _GROUPS_OF_ANSIBLE:
            told = f"the hostname {template} is {name} for environment {environment.name} of {workspace.root}, a group of Ansible's own"
            raise AnsibleParserError(f'{told}; write another, such as "{{{{ workspace }}}}-{{{{ environment }}}}"')
        return name

    def _refuse_hosts_of_other_sources(self, hosts: list[_Host]) -> None:
        """Raises AnsibleParserError where another source has a host of the same name for another workspace: Ansible would mix the two."""
        for host in hosts:
            there = self.inventory.get_host(host.name)
            root = str(host.workspace.root)
            if there is not None and (other := there.vars.get("roro_workspace", root)) != root:
                raise AnsibleParserError(
                    f"host {host.name} is in the inventory already, for the workspace in {other}, and would be of {root} too; "
                    "name both folders in one file, or write a hostname that tells them apart"
                )

    def _warn_of_contexts_in_one_group(self, hosts: list[_Host]) -> None:
        groups: dict[str, set[str]] = {}
        for host in hosts:
            if context := host.environment.context:
                groups.setdefault(_group("context", context), set()).add(context)
        for group, contexts in groups.items():
            if len(contexts) > 1:
                self.display.warning(f"{self.NAME}: the contexts {' and '.join(sorted(contexts))} are one group, {group}", formatted=True)

    def _add(self, host: _Host) -> None:
        """Add the host, its variables and its groups."""
        self.inventory.add_host(host.name)
        for name, value in _variables(host.workspace, host.environment).items():
            self.inventory.set_variable(host.name, name, value)
        for group in _groups(host.workspace, host.environment):
            self.inventory.add_host(host.name, self.inventory.add_group(group))
        strict = self.get_option("strict")
        variables = self.inventory.get_host(host.name).get_vars()
        self._set_composite_vars(self.get_option("compose"), variables, host.name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host.name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host.name, strict=strict)


def _has_document(folder: Path) -> bool:
    """Whether a folder has a workspace document itself."""
    return any(is_document_name(file.name) for file in folder.glob("workspace.*"))


def _variables(workspace: Workspace, environment: Environment) -> dict[str, Any]:
    """The variables of a host."""
    ids = {entry.id for entry in environment.entries} if environment.entries is not None else set(workspace.apps)
    apps = {entry.app for entry in environment.entries} if environment.entries is not None else set(workspace.apps)
    named = {"context": environment.context, "kubeconfig": environment.kubeconfig and str(environment.kubeconfig)}
    variables = {
        "ansible_connection": "local",
        # As of the implicit localhost: the Python that has the collection's packages.
        "ansible_python_interpreter": trust_as_template("{{ ansible_playbook_python }}"),
        "roro_workspace": str(workspace.root),
        "roro_environment": environment.name,
        "roro_workspace_name": workspace.name,
        **{f"roro_environment_{name}": value for name, value in named.items() if value},
        "roro_environment_apps": sorted(apps),
        "roro_environment_instances": sorted(ids),
        "roro_environment_variables": _document_variables(workspace, environment),
    }
    return {name: _readable(value) for name, value in variables.items()}


def _document_variables(workspace: Workspace, environment: Environment) -> dict[str, Any]:
    """What both documents say under `variables`, as it may be shown."""
    said: Mapping[str, Any] = environment.raw.get("variables") or {}
    elsewhere = {name for key in _OTHER_VARIABLES for name in environment.raw.get(key) or {}}
    base = {name: variable.value for name, variable in workspace.variables.items() if name not in elsewhere}
    merged = merge(base, {name: value for name, value in said.items() if not name.startswith("x-")})
    return {name: without_secrets(name, value) for name, value in merged.items()}


def _readable(value: Any) -> Any:
    """The value with its plain words marked as harmless, so that `ansible-inventory --list` and AWX show them as they are. A text that
    could be a template stays unmarked, and Ansible evaluates it nowhere."""
    if isinstance(value, dict):
        return {key: _readable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return trust_as_template(value) if isinstance(value, str) and _PLAIN.fullmatch(value) else value


def _groups(workspace: Workspace, environment: Environment) -> list[str]:
    """The groups of a host."""
    of_context = [_group("context", environment.context)] if environment.context else []
    return [_ALL, _group("workspace", workspace.name), _group("environment", environment.name), *of_context]


def _group(kind: str, name: str) -> str:
    """The name of a group: letters, digits and underscores."""
    return f"{kind}_{re.sub(r'[^A-Za-z0-9_]', '_', name)}"


def _two_of_one_name(host: _Host, other: _Host) -> str:
    """That two environments would be one host, and what to do."""
    ours, theirs = (f"environment {each.environment.name} of {each.workspace.root}" for each in (other, host))
    example = 'such as "{{ folder }}-{{ environment }}"'
    return f"{ours} and {theirs} would both be host {host.name}; write a hostname that tells them apart, {example}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
