"""First apply of N ConfigMaps and again unchanged: ours against the peers, in turn, in one run; ratios of medians.

Requests are counted from the API server's audit log, so that no contender counts its own. Prints a table and, with --write, puts
it into docs/benchmarks.md with the machine described.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contenders import Contender, config_maps, contenders
from page import write_table

BASELINE = "kubectl apply --server-side"


@dataclass
class Measured:
    """What one contender did in all rounds: seconds and requests, first and unchanged."""

    first: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    requests_first: int | None = None
    requests_again: int | None = None
    peak: int = 0


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", type=Path, default=Path("kubectl"))
    parser.add_argument("--helm", type=Path)
    parser.add_argument("--peers", type=Path, help="virtual environment that holds the PyPI package `ansible`")
    parser.add_argument("--audit", type=Path, help="the API server's audit log")
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()

    found = contenders(asked.kubeconfig, asked.kubectl, asked.helm, asked.peers)
    results = {contender.name: Measured() for contender in found}
    for number in range(asked.rounds):
        for contender in found:
            print(f"round {number + 1} of {asked.rounds}: {contender.name}", file=sys.stderr, flush=True)
            _measure(contender, results[contender.name], asked)
    table = _table(results, asked.objects, asked.rounds)
    print(table)
    if asked.write:
        write_table("apply", table)


def _measure(contender: Contender, measured: Measured, asked: argparse.Namespace) -> None:
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    kubectl = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig)]
    if not contender.name.startswith("roro"):
        subprocess.run([*kubectl, "create", "namespace", namespace], check=True, capture_output=True)
    with tempfile.TemporaryDirectory() as folder:
        command = contender.prepare(Path(folder), config_maps(asked.objects), namespace)
        seconds, measured.requests_first, peak = _run(contender, command, asked.audit)
        measured.first.append(seconds)
        seconds, measured.requests_again, _ = _run(contender, command, asked.audit)
        measured.again.append(seconds)
        measured.peak = max(measured.peak, peak)
    counted = subprocess.run([*kubectl, "-n", namespace, "get", "configmaps", "-o", "name"], check=True, capture_output=True, text=True)
    assert counted.stdout.count("settings-") == asked.objects, f"{contender.name} applied {counted.stdout.count('settings-')} objects"


def _run(contender: Contender, command: Sequence[str], audit: Path | None) -> tuple[float, int | None, int]:
    """Seconds, requests and peak memory in MiB of the largest process of one run."""
    offset = audit.stat().st_size if audit else 0
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, errors = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"{contender.name} failed: {' '.join(command)}\n{output[-2000:]}\n{errors[-2000:]}")
    if contender.in_process:
        told = json.loads(output.splitlines()[-1])
        return told["seconds"], _requests(audit, offset), told["peak"]
    return seconds, _requests(audit, offset), 0


def _requests(audit: Path | None, offset: int) -> int | None:
    """Requests since `offset` that no part of the cluster made."""
    if audit is None:
        return None
    with audit.open("rb") as log:
        log.seek(offset)
        return sum(_is_a_request(json.loads(line)) for line in log if line.endswith(b"}\n"))


def _is_a_request(event: dict[str, Any]) -> bool:
    """Whether this audit event is the one that stands for a request of a contender (a watch is told when it starts)."""
    own = event["user"].get("username", "").startswith(("system:kube", "system:node", "system:serviceaccount", "system:apiserver"))
    stage = "ResponseStarted" if event["verb"] == "watch" else "ResponseComplete"
    return not own and event["stage"] == stage


def _table(results: dict[str, Measured], objects: int, rounds: int) -> str:
    """A Markdown table: medians, the ratio to kubectl, requests."""
    base = results[BASELINE]
    first_base, again_base = statistics.median(base.first), statistics.median(base.again)
    lines = [
        f"{objects} ConfigMaps, median of {rounds} rounds, all contenders in turn in each round.",
        "",
        "| tool | first apply | ratio to kubectl | requests | again, unchanged | ratio to kubectl | requests |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, measured in results.items():
        first, again = statistics.median(measured.first), statistics.median(measured.again)
        lines.append(
            f"| {name} | {first:.2f} s | {first / first_base:.2f} | {_known(measured.requests_first)} "
            f"| {again:.2f} s | {again / again_base:.2f} | {_known(measured.requests_again)} |"
        )
    engine = results.get("roro engine")
    if engine:
        lines += [
            "",
            f"Peak memory of the engine's process: {engine.peak} MiB. The engine's seconds are its own work, documents to result;",
        ]
        lines += ["every other row is the whole process from start to end."]
    return "\n".join(lines)


def _known(number: int | None) -> str:
    return "not counted" if number is None else str(number)


if __name__ == "__main__":
    main()
