"""First apply of N ConfigMaps and again unchanged: ours against the peers, in turn, in one run; ratios of medians.

Requests are counted from the API server's audit log, so that no contender counts its own. Prints a table and, with --write, puts
it into docs/benchmarks.md with the machine described.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from budget import keep
from contenders import Contender, config_maps, contenders
from page import write_table
from runs import run

BASELINE = "kubectl apply --server-side"
BUDGETS = {("roro engine", 2000): 0.5}
"""(contender, objects) -> the most that its first apply may take, as a ratio to kubectl's."""


@dataclass
class Measured:
    """What one contender did in all rounds: seconds and requests, first and unchanged. processor: of the first."""

    first: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    requests_first: int | None = None
    requests_again: int | None = None
    peak: int = 0
    """MiB of its largest process in the first apply."""


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", type=Path, default=Path("kubectl"))
    parser.add_argument("--helm", type=Path)
    parser.add_argument("--peers", type=Path, help="virtual environment that holds the PyPI package `ansible`")
    parser.add_argument("--flux", type=Path, help="the program that benchmarks/tools/flux-ssa builds")
    parser.add_argument("--audit", type=Path, help="the API server's audit log")
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--table", default="apply", help="the marks in docs/benchmarks.md between which --write puts the table")
    asked = parser.parse_args()

    found = contenders(asked.kubeconfig, asked.kubectl, asked.helm, asked.peers, asked.flux)
    results = {contender.name: Measured() for contender in found}
    for number in range(asked.rounds):
        for contender in found if not number else [each for each in found if not each.once]:
            print(f"round {number + 1} of {asked.rounds}: {contender.name}", file=sys.stderr, flush=True)
            _measure(contender, results[contender.name], asked)
    table = _table(results, asked.objects, asked.rounds)
    print(table)
    if asked.write:
        write_table(asked.table, table)
    ratios = {name: statistics.median(each.first) / statistics.median(results[BASELINE].first) for name, each in results.items()}
    budgets = {name: most for (name, objects), most in BUDGETS.items() if objects == asked.objects}
    keep([f"{name} takes {ratios[name]:.2f} of kubectl's first apply, not {most}" for name, most in budgets.items() if ratios[name] > most])


def _measure(contender: Contender, measured: Measured, asked: argparse.Namespace) -> None:
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    kubectl = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig)]
    if not contender.name.startswith("roro"):
        subprocess.run([*kubectl, "create", "namespace", namespace], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        command = contender.prepare(Path(folder), config_maps(asked.objects), namespace)
        first = run(contender.name, command, asked.audit, in_process=contender.in_process)
        again = run(contender.name, command, asked.audit, in_process=contender.in_process)
    measured.first.append(first.seconds)
    measured.processor.append(first.processor)
    measured.again.append(again.seconds)
    measured.requests_first, measured.requests_again = first.requests, again.requests
    measured.peak = max(measured.peak, first.peak)
    counted = subprocess.run([*kubectl, "-n", namespace, "get", "configmaps", "-o", "name"], check=True, capture_output=True, text=True)
    assert counted.stdout.count("settings-") == asked.objects, f"{contender.name} applied {counted.stdout.count('settings-')} objects"


def _table(results: dict[str, Measured], objects: int, rounds: int) -> str:
    """A Markdown table: medians, the ratio to kubectl, requests."""
    base = results[BASELINE]
    first_base, again_base = statistics.median(base.first), statistics.median(base.again)
    lines = [
        f"{objects} ConfigMaps, {_rounds(results, rounds)}, all contenders in turn in each. In brackets: requests an object.",
        "",
        "| tool | first apply | ratio to kubectl | its processor time | requests "
        "| again, unchanged | ratio to kubectl | requests | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, measured in results.items():
        first, again = statistics.median(measured.first), statistics.median(measured.again)
        lines.append(
            f"| {name} | {first:.2f} s | {first / first_base:.2f} | {statistics.median(measured.processor):.2f} s "
            f"| {_known(measured.requests_first, objects)} "
            f"| {again:.2f} s | {again / again_base:.2f} | {_known(measured.requests_again, objects)} | {measured.peak} MiB |"
        )
    return "\n".join(lines)


def _rounds(results: dict[str, Measured], rounds: int) -> str:
    if rounds == 1:
        return "one round"
    once = [name for name, measured in results.items() if len(measured.first) == 1]
    return f"median of {rounds} rounds" + (f" ({', '.join(once)}: one)" if once else "")


def _known(number: int | None, objects: int) -> str:
    return "not counted" if number is None else f"{number} ({number / objects:.2f})"


if __name__ == "__main__":
    main()
