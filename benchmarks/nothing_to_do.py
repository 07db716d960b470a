"""How long a person waits when there is nothing to do: `roro up`, `roro ps` and `ansible-playbook roro.kube.up`.

Case `ten`: ten healthy instances of two objects. Case `many`: 2,000 objects in 40 instances; beside `roro ps` then is `kubectl get` of the
same objects. Whole processes, in turn, median of the rounds; beside them a bare `ansible-playbook` with one `debug` task, which is the
floor under `up`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budget import keep
from page import write_table

BUDGETS = {"ten": {"roro up": 2.0, "roro ps": 0.6}}
"""Case -> command -> seconds."""
OURS, BARE = "ansible-playbook roro.kube.up", "ansible-playbook with one debug task"
MOST_OF_BARE = {"ten": 1.3}
"""Case -> how many times the bare playbook's time ours may take."""
BINARIES = Path(sys.executable).parent


@dataclass(frozen=True)
class Case:
    """What is deployed. table: the marks in docs/benchmarks.md; objects: of each instance."""

    table: str
    instances: int
    objects: int

    @property
    def words(self) -> str:
        """What the table is of."""
        if self.objects == 2:
            return f"{self.instances} healthy instances"
        return f"{self.instances * self.objects:,} ConfigMaps in {self.instances} instances"


CASES = {"ten": Case("nothing", 10, 2), "many": Case("nothing-many", 40, 50)}


@dataclass(frozen=True)
class Cost:
    """Of one whole command. processor: user and system, of all its processes."""

    seconds: float
    processor: float


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", type=Path, default=Path("kubectl"))
    parser.add_argument("--case", action="append", choices=list(CASES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["K8S_AUTH_KUBECONFIG"] = str(asked.kubeconfig)
    missed = [words for name in asked.case or CASES for words in measure(name, environment, asked)]
    keep(missed)


def measure(name: str, environment: dict[str, str], asked: argparse.Namespace) -> list[str]:
    """One case, measured and told; the budgets that it misses, in words."""
    case, budgets = CASES[name], BUDGETS.get(name, {})
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder), f"idle-{uuid.uuid4().hex[:6]}", case)
        roro = [str(BINARIES / "roro"), "-w", str(workspace)]
        subprocess.run([*roro, "up", "dev"], env=environment, check=True, capture_output=True)
        timed = commands(roro, workspace)
        if name == "many":
            kubectl = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig)]
            timed["kubectl get configmaps"] = [*kubectl, "get", "configmaps", "-A", "-l", f"roro.dev/workspace={workspace_name(workspace)}"]
        measured = costs(timed, environment, asked.rounds)
        subprocess.run([*roro, "down", "dev"], env=environment, check=True, capture_output=True)
    middle = {command: statistics.median(cost.seconds for cost in all_of) for command, all_of in measured.items()}
    lines = [
        f"{case.words}, median (and fastest) of {asked.rounds} rounds in turn, whole processes.",
        "",
        "| command | seconds | its processor time | budget |",
        "|---|---:|---:|---:|",
    ]
    for command, all_of in measured.items():
        least, busy = min(cost.seconds for cost in all_of), min(cost.processor for cost in all_of)
        lines.append(f"| `{command}` | {middle[command]:.2f} ({least:.2f}) | {busy:.2f} s | {budgets.get(command, '')} |")
    busy_of = {command: min(cost.processor for cost in all_of) for command, all_of in measured.items()}
    seconds, processor = middle[OURS] / middle[BARE], busy_of[OURS] / busy_of[BARE]
    budget = f" (budget {MOST_OF_BARE[name]} of the seconds)" if name in MOST_OF_BARE else ""
    lines += ["", f"`{OURS}` takes {seconds:.2f} times the bare playbook's seconds and {processor:.2f} times its processor time{budget}."]
    print("\n".join(lines))
    if asked.write:
        write_table(case.table, "\n".join(lines))
    missed = [f"{command} takes {middle[command]:.2f} s, not {most} s" for command, most in budgets.items() if middle[command] > most]
    ratio, most = middle[OURS] / middle[BARE], MOST_OF_BARE.get(name)
    return [*missed, f"{OURS} takes {ratio:.2f} times a bare playbook, not {most}"] if most and ratio > most else missed


def commands(roro: list[str], workspace: Path) -> dict[str, list[str]]:
    """What is timed, by the name in the table."""
    playbook = [str(BINARIES / "ansible-playbook"), "-i", "localhost,", "-c", "local"]
    bare = workspace / "bare.yml"
    bare.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": "nothing"}}]}]))
    return {
        "roro up": [*roro, "up", "dev"],
        "roro ps": [*roro, "ps", "dev"],
        OURS: [*playbook, "roro.kube.up", "-e", f"roro_workspace={workspace}", "-e", "roro_environment=dev"],
        BARE: [*playbook, str(bare)],
    }


def costs(timed: dict[str, list[str]], environment: dict[str, str], rounds: int) -> dict[str, list[Cost]]:
    """Of each command in each round, after one that does not count."""
    found: dict[str, list[Cost]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, command in timed.items():
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run(command, env=environment, check=True, capture_output=True)
            took, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            if number:
                found[name].append(Cost(took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    return found


def make_workspace(folder: Path, name: str, case: Case) -> Path:
    """Apps with a ConfigMap and a Service each, or with as many ConfigMaps as the case has."""
    files: dict[str, Any] = {"workspace.json": {"version": 1, "name": name}, "environments/dev/environment.json": {}}
    for number in range(case.instances):
        files[f"apps/app{number}/app.json"] = {"manifests": {"engine": "jinja2", "include": ["*.json"]}}
        files[f"apps/app{number}/manifests/all.json"] = {"apiVersion": "v1", "kind": "List", "items": _objects(case.objects)}
    for path, document in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(document))
    return folder


def workspace_name(workspace: Path) -> str:
    """As its document says."""
    return str(json.loads((workspace / "workspace.json").read_text())["name"])


def _objects(count: int) -> list[dict[str, Any]]:
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ instance }}"}, "data": {"environment": "{{ environment }}"}}
    if count != 2:
        return [{**config, "metadata": {"name": f"{{{{ instance }}}}-{number}"}} for number in range(count)]
    service = {"selector": {"app": "{{ instance }}"}, "ports": [{"port": 80}]}
    return [config, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "{{ instance }}"}, "spec": service}]


if __name__ == "__main__":
    main()
