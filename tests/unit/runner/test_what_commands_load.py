"""What a command's modules bring with them: start-up time is felt, and nobody waits for what their command does not use."""

from __future__ import annotations

import subprocess
import sys

ROOM = "ansible_collections.roro.kube.plugins.module_utils."
LIST_MODULES = "\nimport sys\nprint(*sorted(sys.modules))"


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after this code."""
    ran = subprocess.run([sys.executable, "-c", code + LIST_MODULES], capture_output=True, text=True, check=True, timeout=240)
    return set(ran.stdout.split())


def unwanted(modules: set[str], *packages: str) -> list[str]:
    """Of the modules, those of these packages."""
    return sorted(name for name in modules if any(name == package or name.startswith(f"{package}.") for package in packages))


def rooms(*names: str) -> tuple[str, ...]:
    """Full names of parts of the engine."""
    return tuple(ROOM + name for name in names)


def test_ps_must_load_nothing_that_renders_plans_writes_or_opens_websockets():
    modules = loaded_by(f"import roro.ps_command\nfrom {ROOM}_workflow import status")
    assert unwanted(modules, "aiohttp", "asyncio", "jinja2", "ansible", "ansible_runner", "kubernetes", "rich", "dukpy") == []
    assert unwanted(modules, "difflib", "concurrent.futures.thread") == []
    assert (
        unwanted(
            modules,
            *rooms(
                "_exec",
                "_git.remote",
                "_git.repository",
                "_logs",
                "_values",
                "_local_cluster",
                "_workflow.jobs",
                "_render.render",
                "_render.engines",
            ),
        )
        == []
    )
    assert unwanted(modules, *rooms("_release.lifecycle.up", "_release.planning.planner", "_release.execution", "_release.steps")) == []


def test_the_playbook_task_of_up_must_load_no_websockets_and_no_logs():
    modules = loaded_by(f"from {ROOM}_ansible_face import run\nfrom {ROOM}_workflow import up")
    assert unwanted(modules, "aiohttp", "asyncio", "kubernetes", "jsonschema", "ruamel", "rich", "dukpy") == []
    assert unwanted(modules, *rooms("_exec", "_logs", "_workflow.commands_inside", "_workflow.event_reading")) == []


def test_the_command_up_must_load_neither_the_cluster_nor_the_jobs_of_the_engine():
    modules = loaded_by("import roro.lifecycle_commands")
    assert unwanted(modules, "urllib3", "aiohttp", "jinja2", "ansible", "kubernetes", "jsonschema", "rich") == []
    assert unwanted(modules, *rooms("_cluster", "_release", "_render", "_workflow")) == []
