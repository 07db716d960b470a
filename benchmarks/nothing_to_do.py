"""How long a person waits when there is nothing to do: `roro up`, `roro ps` and `ansible-playbook roro.kube.up` on ten healthy instances.

Whole processes, median of the rounds; beside them a bare `ansible-playbook` with one `debug` task, which is the floor under `up`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

from budget import keep
from page import write_table

INSTANCES = 10
BUDGETS = {"roro up": 2.0, "roro ps": 0.6}
"""Seconds."""
BINARIES = Path(sys.executable).parent


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["K8S_AUTH_KUBECONFIG"] = str(asked.kubeconfig)
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder), f"idle-{uuid.uuid4().hex[:6]}")
        roro = [str(BINARIES / "roro"), "-w", str(workspace)]
        subprocess.run([*roro, "up", "dev"], env=environment, check=True, capture_output=True)
        measured = {name: seconds(command, environment, asked.rounds) for name, command in commands(roro, workspace).items()}
        subprocess.run([*roro, "down", "dev"], env=environment, check=True, capture_output=True)
    lines = [
        f"{INSTANCES} healthy instances, median (and fastest) of {asked.rounds} rounds, whole processes.",
        "",
        "| command | seconds | budget |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| `{name}` | {statistics.median(times):.2f} ({min(times):.2f}) | {BUDGETS.get(name, '')} |" for name, times in measured.items()
    ]
    print("\n".join(lines))
    if asked.write:
        write_table("nothing", "\n".join(lines))
    middle = {name: statistics.median(times) for name, times in measured.items()}
    keep([f"{name} takes {middle[name]:.2f} s, not {most} s" for name, most in BUDGETS.items() if middle[name] > most])


def commands(roro: list[str], workspace: Path) -> dict[str, list[str]]:
    """What is timed, by the name in the table."""
    playbook = [str(BINARIES / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
    bare = workspace / "bare.yml"
    bare.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "nothing"}}]}]))
    return {
        "roro up": [*roro, "up", "dev"],
        "roro ps": [*roro, "ps", "dev"],
        "ansible-playbook roro.kube.up": [*playbook, "roro.kube.up", "-e", f"roro_workspace={workspace}", "-e", "roro_environment=dev"],
        "ansible-playbook with one debug task": [*playbook, str(bare)],
    }


def seconds(command: list[str], environment: dict[str, str], rounds: int) -> list[float]:
    """Wall seconds of each round, after one that does not count."""
    times = []
    for number in range(rounds + 1):
        began = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        if number:
            times.append(time.perf_counter() - began)
    return times


def make_workspace(folder: Path, name: str) -> Path:
    """Ten apps with a ConfigMap and a Service each."""
    objects = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ instance }}"}, "data": {"environment": "{{ environment }}"}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "{{ instance }}"},
            "spec": {"selector": {"app": "{{ instance }}"}, "ports": [{"port": 80}]},
        },
    ]
    files = {"workspace.json": {"version": 1, "name": name}, "environments/dev/environment.json": {}}
    for number in range(INSTANCES):
        files[f"apps/app{number}/app.json"] = {"manifests": {"engine": "jinja2", "include": ["*.json"]}}
        files[f"apps/app{number}/manifests/all.json"] = {"apiVersion": "v1", "kind": "List", "items": objects}
    for path, document in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(document))
    return folder


if __name__ == "__main__":
    main()
