"""A fleet: 50 environments of 10 instances of 10 objects, `roro up --all` against kubernetes.core in one playbook with the same forks.

First and again unchanged, in turn, whole processes; ratios of medians. kubernetes.core gets all objects of an environment in one task, once
with `wait: true`, which does what `roro up` does, in the first round only, and once without waiting. Prints a table and, with --write, puts
it into docs/benchmarks.md with the machine described.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from budget import keep
from page import write_table
from runs import run
from workloads import simulated

OURS, PEER, HASTY = "roro up --all", "kubernetes.core.k8s, waits", "kubernetes.core.k8s, does not wait"
BUDGETS = {"first": 0.25, "again": 0.15}
"""Of the time of kubernetes.core that waits as well."""
Command = Callable[[Path, "Fleet", argparse.Namespace], list[str]]
OBJECTS = 10
"""Of each instance: a Deployment of one pod on a simulated node, a Service, and ConfigMaps."""


@dataclass(frozen=True)
class Fleet:
    """What is brought up. name: of the workspace; its environments' namespaces begin with it."""

    name: str
    environments: list[str]
    instances: list[str]

    def namespace(self, environment: str) -> str:
        """Where the instances of an environment go."""
        return f"{self.name}-{environment}"


@dataclass
class Measured:
    """Seconds and requests of one contender in all rounds. processor: of its own processes."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"first": [], "again": []})
    processor: dict[str, list[float]] = field(default_factory=lambda: {"first": [], "again": []})
    requests: dict[str, int | None] = field(default_factory=dict)


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", type=Path, default=Path("kubectl"))
    parser.add_argument("--peers", type=Path, help="virtual environment that holds the PyPI package `ansible`")
    parser.add_argument("--audit", type=Path, help="the API server's audit log")
    parser.add_argument("--environments", type=int, default=50)
    parser.add_argument("--instances", type=int, default=10)
    parser.add_argument("--forks", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--hasty", action="store_true", help="leave out kubernetes.core that waits: minutes")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()

    contenders: dict[str, Command] = {OURS: _ours}
    if asked.peers:
        contenders |= {HASTY: partial(_peer, wait=False), **({} if asked.hasty else {PEER: partial(_peer, wait=True)})}
    results = {name: Measured() for name in contenders}
    for number in range(asked.rounds):
        for name, command in contenders.items():
            if number and name == PEER:
                continue
            print(f"round {number + 1} of {asked.rounds}: {name}", file=sys.stderr, flush=True)
            _measure(name, command, results[name], asked)
    table = _table(results, asked)
    print(table)
    if asked.write:
        write_table("fleet", table)
    parts = {when: ratio for when in BUDGETS if (ratio := _part(results, PEER, when)) is not None}
    keep(
        [
            f"{OURS}, {when}, takes {parts[when]:.2f} of kubernetes.core's time, not {BUDGETS[when]}"
            for when in parts
            if parts[when] > BUDGETS[when]
        ]
    )


def _measure(name: str, command: Command, measured: Measured, asked: argparse.Namespace) -> None:
    fleet = Fleet(
        f"fleet-{uuid.uuid4().hex[:5]}",
        [f"env{number:02}" for number in range(asked.environments)],
        [f"app{number}" for number in range(asked.instances)],
    )
    kubectl = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig)]
    with tempfile.TemporaryDirectory() as folder:
        typed = command(Path(folder), fleet, asked)
        for when in ("first", "again"):
            ran = run(name, typed, asked.audit)
            measured.seconds[when].append(ran.seconds)
            measured.processor[when].append(ran.processor)
            measured.requests[when] = ran.requests
            print(f"  {when}: {ran.seconds:.1f} s, processor {ran.processor:.1f} s, {ran.requests} requests", file=sys.stderr, flush=True)
    counted = subprocess.run([*kubectl, "get", "configmaps", "-A", "-o", "name"], check=True, capture_output=True, text=True).stdout
    wanted = (OBJECTS - 2) * len(fleet.environments) * len(fleet.instances)
    assert counted.count(f"{fleet.name}-") == wanted, f"{name} applied {counted.count(f'{fleet.name}-')} ConfigMaps, not {wanted}"
    namespaces = [fleet.namespace(environment) for environment in fleet.environments]
    subprocess.run([*kubectl, "delete", "namespace", *namespaces], check=True, capture_output=True)


def objects_of(fleet: Fleet, instance: str) -> list[dict[str, Any]]:
    """The objects of an instance, the same in each environment, without a namespace."""
    service = {"selector": {"app": instance}, "ports": [{"port": 80}]}
    metadata = [{"name": f"{fleet.name}-{instance}-{number}"} for number in range(OBJECTS - 2)]
    config = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": each, "data": {"text": f"some words of {instance} " * 8}} for each in metadata
    ]
    return [*config, {"apiVersion": "v1", "kind": "Service", "metadata": {"name": instance}, "spec": service}, dict(simulated(instance))]


def _ours(folder: Path, fleet: Fleet, asked: argparse.Namespace) -> list[str]:
    files: dict[str, Any] = {"workspace.json": {"version": 1, "name": fleet.name}}
    files.update({f"environments/{name}/environment.json": {} for name in fleet.environments})
    for instance in fleet.instances:
        files[f"apps/{instance}/app.json"] = {"manifests": {"engine": "raw"}}
    for path, document in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(json.dumps(document))
    for instance in fleet.instances:
        _multi_document(folder / f"apps/{instance}/manifests/all.yaml", objects_of(fleet, instance))
    roro = Path(sys.executable).parent / "roro"
    return [str(roro), "-w", str(folder), "up", "--all", "--forks", str(asked.forks), "--kubeconfig", str(asked.kubeconfig)]


def _peer(folder: Path, fleet: Fleet, asked: argparse.Namespace, *, wait: bool) -> list[str]:
    objects = [each for instance in fleet.instances for each in objects_of(fleet, instance)]
    hosts = {}
    for environment in fleet.environments:
        namespace = fleet.namespace(environment)
        _multi_document(
            folder / f"{environment}.yaml", [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, *objects]
        )
        hosts[environment] = {"namespace": namespace, "src": str(folder / f"{environment}.yaml")}
    task = {
        "kubernetes.core.k8s": {
            "state": "present",
            "src": "{{ src }}",
            "namespace": "{{ namespace }}",
            "kubeconfig": str(asked.kubeconfig),
            "apply": True,
            "wait": wait,
            "server_side_apply": {"field_manager": "ansible"},
        }
    }
    (folder / "play.yml").write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "tasks": [task]}]))
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (folder / "inventory.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": variables}}))
    (folder / "ansible.cfg").write_text("[defaults]\n")
    playbook = str(asked.peers.resolve() / "bin/ansible-playbook")
    arguments = ["-i", str(folder / "inventory.yml"), "--forks", str(asked.forks), str(folder / "play.yml")]
    return ["env", f"ANSIBLE_CONFIG={folder / 'ansible.cfg'}", playbook, *arguments]


def _part(results: dict[str, Measured], peer: str, when: str) -> float | None:
    """Our time as a part of the peer's, first or again; None where it was not measured."""
    if peer not in results:
        return None
    return statistics.median(results[OURS].seconds[when]) / statistics.median(results[peer].seconds[when])


def _table(results: dict[str, Measured], asked: argparse.Namespace) -> str:
    """A Markdown table: medians, what part of each peer's time ours is, requests."""
    total = asked.environments * asked.instances * OBJECTS
    rounds = "one round" if asked.rounds == 1 else f"median of {asked.rounds} rounds, in the first of which kubernetes.core waited"
    lines = [
        f"{asked.environments} environments of {asked.instances} instances of {OBJECTS} objects ({total:,} in all) on simulated nodes, "
        f"{asked.forks} forks, {rounds}, contenders in turn.",
        "",
        "| tool | first | of which `roro up` takes | its processor time | requests "
        "| again, unchanged | of which `roro up` takes | its processor time | requests |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, each in results.items():
        cells: list[str] = []
        for when, most in BUDGETS.items():
            part, requests = _part(results, name, when), each.requests[when]
            told = "" if name == OURS else f"{part:.2f}" + (f" (budget {most})" if name == PEER else "")
            seconds, processor = statistics.median(each.seconds[when]), statistics.median(each.processor[when])
            cells += [f"{seconds:.1f} s", told, f"{processor:.1f} s", "not counted" if requests is None else f"{requests:,}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _multi_document(path: Path, objects: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper, sort_keys=False))


if __name__ == "__main__":
    main()
