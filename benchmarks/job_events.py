"""What a job of many environments puts into the database of AWX: bytes of the events that ansible-runner writes, by environment.

Environments of 10 instances of 10 ConfigMaps, all hosts of one play. Once every object is changed, once nothing, each with
`roro_result` counts (the default), changes and all. Bytes and events do not depend on the machine, so they are taken once. Prints a table
and, with --write, puts it into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

import ansible_runner  # type: ignore[import-untyped]
from page import write_table

INSTANCES, OBJECTS = 10, 10
WANTED = ("counts", "changes", "all")
BUDGET = 20_000
"""Bytes of all events of an environment whose 100 objects changed, of the default."""


@dataclass(frozen=True)
class Weight:
    """Of one job, for each of its environments. result: bytes of the event with the task's result."""

    events: float
    bytes: float
    result: float


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--environments", type=int, default=50)
    parser.add_argument("--forks", type=int, default=5)
    parser.add_argument("--result", action="append", choices=WANTED)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where ansible-runner looks for ansible-playbook
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(Path(folder), asked)
    lines = [
        f"{asked.environments} environments of {INSTANCES} instances of {OBJECTS} ConfigMaps in one job; for each environment.",
        "",
        "| 100 objects | `roro_result` | events | bytes of all events | bytes of the task's result |",
        "|---|---|---:|---:|---:|",
        *(f"| {what} | {wanted} | {one.events:.0f} | {one.bytes:,.0f} | {one.result:,.0f} |" for what, wanted, one in rows),
    ]
    print("\n".join(lines))
    if asked.write:
        write_table("job-events", "\n".join(lines))
    if rows[0][2].bytes > BUDGET:
        raise SystemExit(f"{rows[0][2].bytes:,.0f} bytes for each environment, not {BUDGET:,}")


def measured(folder: Path, asked: argparse.Namespace) -> list[tuple[str, str, Weight]]:
    """(what happened to the objects, how much the result holds, weight)."""
    workspace = make_workspace(folder / "workspace", asked.environments)
    rows = []
    for number, wanted in enumerate(asked.result or WANTED):
        for what in ("changed", "as they were"):
            rows.append((what, wanted, job(folder, workspace, asked, "up", wanted, str(number))))
    job(folder, workspace, asked, "down", "counts", "0")
    return sorted(rows, key=lambda row: row[0] != "changed")


def job(folder: Path, workspace: Path, asked: argparse.Namespace, verb: str, wanted: str, version: str) -> Weight:
    """One job, as AWX's runner writes it."""
    private = folder / uuid.uuid4().hex
    private.mkdir()
    variables = {"roro_hosts": "roro_environments", "roro_result": wanted}
    if verb == "up":
        variables["roro_variables"] = {"version": version}  # type: ignore[assignment]
    ran = ansible_runner.run(
        private_data_dir=str(private),
        playbook=f"roro.kube.{verb}",
        inventory=str(workspace / "fleet.roro.yml"),
        extravars=variables,
        envvars={"K8S_AUTH_KUBECONFIG": str(asked.kubeconfig.absolute()), "ANSIBLE_FORKS": str(asked.forks)},
        quiet=True,
    )
    if ran.status != "successful":
        raise SystemExit(ran.stdout.read())
    files = [file for file in (private / "artifacts").glob("*/job_events/*.json") if "partial" not in file.name]
    results = [file for file in files if json.loads(file.read_bytes()).get("event") == "runner_on_ok"]
    count = asked.environments
    return Weight(len(files) / count, sum(map(os.path.getsize, files)) / count, sum(map(os.path.getsize, results)) / count)


def make_workspace(root: Path, environments: int) -> Path:
    """ConfigMaps that differ by a variable."""
    name = f"events-{uuid.uuid4().hex[:6]}"
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "{{ instance }}-{{ n }}"},
        "data": {"version": "{{ version | default('0') }}"},
    }
    text = f"{{% for n in range({OBJECTS}) %}}\n---\n{json.dumps(config)}\n{{% endfor %}}\n"
    files = {"workspace.json": json.dumps({"version": 1, "name": name}), "fleet.roro.yml": "plugin: roro.kube.environments\n"}
    files |= {f"environments/env{number}/environment.json": "{}" for number in range(environments)}
    for number in range(INSTANCES):
        files[f"apps/app{number}/app.json"] = "{}"
        files[f"apps/app{number}/manifests/all.yaml.j2"] = text
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content)
    return root


if __name__ == "__main__":
    main()
