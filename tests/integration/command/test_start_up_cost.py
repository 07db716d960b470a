"""What the command loads to start with: nobody waits for what their command does not use."""

from __future__ import annotations

import subprocess
import sys

import pytest
from command_workspace import Workspace

LIST_MODULES = """
import atexit, sys
atexit.register(lambda: print("\\nLOADED", *sorted(sys.modules), file=sys.stderr))
sys.argv[0] = "roro"
from roro.cli import main
main()
"""


def loaded_by(workspace: Workspace, *arguments: str) -> set[str]:
    """Names of the modules that the command's own process has loaded when it ends."""
    ran = workspace.roro.start("-c", LIST_MODULES, *arguments, program=(sys.executable,)).wait()
    assert ran.code == 0, ran.told
    return set(ran.stderr.rpartition("LOADED")[2].split())


def unwanted(modules: set[str], *packages: str) -> list[str]:
    """Of the modules, those of these packages."""
    return sorted(name for name in modules if any(name == package or name.startswith(f"{package}.") for package in packages))


ROOM = "ansible_collections.roro.kube.plugins.module_utils"
PROVIDERS = tuple(f"{ROOM}._local_cluster.{name}" for name in ("native", "native_real", "kind", "k3d", "minikube", "external"))


def test_help_must_load_neither_ansible_nor_the_engine(notes: Workspace) -> None:
    modules = loaded_by(notes, "--help")
    assert unwanted(modules, "ansible", "ansible_runner", "rich", "kubernetes", "jsonschema", "urllib3", "jinja2", "yaml") == []
    assert unwanted(modules, *(f"{ROOM}.{room}" for room in ("_cluster", "_release", "_render", "_model", "_local_cluster"))) == []


@pytest.mark.parametrize("more", [(), ("--output", "json")])
def test_ps_must_load_neither_ansible_nor_providers(notes: Workspace, more: tuple[str, ...]) -> None:
    modules = loaded_by(notes, "ps", "dev", *more)
    assert unwanted(modules, "ansible", "ansible_runner", "kubernetes", "jsonschema", "ruamel", "jinja2", *PROVIDERS) == []


def test_up_must_leave_the_engine_to_the_playbook(notes: Workspace) -> None:
    modules = loaded_by(notes, "up", "dev")
    assert unwanted(modules, "ansible", "kubernetes", "jsonschema", "ruamel", "rich", "urllib3", "jinja2", *PROVIDERS) == []
    assert unwanted(modules, *(f"{ROOM}.{room}" for room in ("_cluster", "_release", "_render", "_local_cluster"))) == []


def test_the_version_must_be_told_without_a_workspace(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("empty")
    ran = subprocess.run([sys.executable, "-m", "roro", "--version"], cwd=folder, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0
    assert ran.stdout.startswith("roro, version ")
