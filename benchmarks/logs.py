"""Logs of ten pods side by side with `kubectl logs` and stern: lines a second, all of them, and how soon the first one is there.

    python benchmarks/logs.py --kubeconfig FILE --kubectl FILE [--stern FILE] [--lines N] [--rounds N] [--write]

The cluster needs the image that `tests/box_image.py docker.io/library/roro-box:1 FILE` writes. Contenders take turns in each round. What
each one printed is counted: none may lose a line.
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
import threading
import time
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, connect
from page import write_table

IMAGE = "docker.io/library/roro-box:1"
PODS = 10
PATIENCE = 180.0


def main() -> None:
    """Measure, print, and write when asked."""
    asked = _arguments()
    cluster = connect(Connection(kubeconfig=str(asked.kubeconfig)))
    namespace = f"bench-{uuid.uuid4().hex[:8]}"
    cluster.create(cluster.resource("v1", "Namespace"), {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    try:
        with tempfile.TemporaryDirectory() as scratch:
            table = _measure(asked, cluster, namespace, Path(scratch))
    finally:
        cluster.delete(cluster.resource("v1", "Namespace"), None, namespace)
    print(table)
    if asked.write:
        write_table("logs", table)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--kubectl", type=Path, required=True)
    parser.add_argument("--stern", type=Path, help="the program that benchmarks/tools/stern pins")
    parser.add_argument("--audit", type=Path, help="accepted, not used")
    parser.add_argument("--lines", type=int, default=100_000, help="of each of the ten pods (default 100000)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args()


def _workload(namespace: str, lines: int) -> dict[str, Any]:
    script = f"busybox awk 'BEGIN {{ for (i = 1; i <= {lines}; i++) printf \"%06d a line of words\\n\", i }}'; exec sleep 100000"
    container = {"name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent", "command": ["sh", "-c", script]}
    template = {"metadata": {"labels": {"app": "talk"}}, "spec": {"terminationGracePeriodSeconds": 0, "containers": [container]}}
    spec = {"replicas": PODS, "podManagementPolicy": "Parallel", "serviceName": "talk", "selector": {"matchLabels": {"app": "talk"}}}
    labels = {"roro.dev/workspace": "bench", "roro.dev/environment": "dev", "roro.dev/instance": "talk"}
    metadata = {"name": "talk", "namespace": namespace, "labels": labels}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": {**spec, "template": template}}


def _measure(asked: argparse.Namespace, cluster: Cluster, namespace: str, scratch: Path) -> str:
    cluster.apply(cluster.resource("apps/v1", "StatefulSet"), _workload(namespace, asked.lines))
    _wait_for_lines(cluster, namespace, asked.lines)
    figures: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for _ in range(asked.rounds):
        for name, commands in _contenders(asked, namespace, scratch).items():
            before = _processor_seconds()
            seconds, first, lines = _run(commands)
            assert lines == PODS * asked.lines, f"{name}: {lines} lines"
            figures[name].append((seconds, first, _processor_seconds() - before))
    return _table(asked, figures)


def _contenders(asked: argparse.Namespace, namespace: str, scratch: Path) -> dict[str, list[list[str]]]:
    """The commands of each contender, to be run at once."""
    roro = [str(Path(sys.executable).parent / "roro"), "-w", str(_workspace(asked, namespace, scratch))]
    kubectl = [str(asked.kubectl), "--kubeconfig", str(asked.kubeconfig), "-n", namespace, "logs", "--timestamps", "--tail=-1"]
    selected = ["-l", "app=talk", "--prefix", f"--max-log-requests={PODS}"]
    found = {
        "roro logs, merged in the order of time": [[*roro, "logs", "dev", "-t"]],
        "kubectl logs -l, one pod after the other": [[*kubectl, *selected]],
        f"{PODS} kubectl logs at once, not merged": [[*kubectl, f"talk-{number}"] for number in range(PODS)],
    }
    if asked.stern:
        found["stern, all at once, not merged"] = [_stern(asked, namespace)]
    return found


def _stern(asked: argparse.Namespace, namespace: str) -> list[str]:
    """Everything that is there, with times, and nothing but lines of the log. By itself it would read five pods at once and follow."""
    to = [str(asked.stern), "--kubeconfig", str(asked.kubeconfig), "-n", namespace, "-l", "app=talk"]
    return [
        *to,
        f"--config={os.devnull}",
        "--no-follow",
        "--tail=-1",
        "--timestamps",
        "--only-log-lines",
        "--color=never",
        f"--max-log-requests={PODS}",
    ]


def _workspace(asked: argparse.Namespace, namespace: str, scratch: Path) -> Path:
    documents: dict[str, Any] = {
        "workspace.json": {"version": 1, "name": "bench", "namespace": namespace},
        "apps/talk/app.json": {},
        "apps/talk/manifests/talk.json": _workload(namespace, asked.lines),
        "environments/dev/environment.json": {"kubeconfig": str(asked.kubeconfig.absolute())},
    }
    for name, document in documents.items():
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        (scratch / name).write_text(json.dumps(document))
    return scratch


def _wait_for_lines(cluster: Cluster, namespace: str, lines: int) -> None:
    until, clock = time.monotonic() + PATIENCE, threading.Event()
    for number in range(PODS):
        while True:
            pod = cluster.get(cluster.resource("v1", "Pod"), namespace, f"talk-{number}")
            running = (pod or {}).get("status", {}).get("phase") == "Running"
            if running and any(line.startswith(f"{lines:06d} ") for line in cluster.logs(namespace, f"talk-{number}", tail=1)):
                break
            assert time.monotonic() < until, f"talk-{number} has not written {lines} lines"
            clock.wait(0.2)


def _run(commands: list[list[str]]) -> tuple[float, float, int]:
    """(seconds until all have ended, until the first line came, how many came). Each is read by a thread, as a pipe would be."""
    began = time.monotonic()
    firsts, counts = list[float](), list[int]()

    def read(command: list[str]) -> None:
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            block = os.read(process.stdout.fileno(), 1 << 20)
            firsts.append(time.monotonic() - began)
            count = 0
            while block:
                count += block.count(b"\n")
                block = os.read(process.stdout.fileno(), 1 << 20)
        assert process.returncode == 0, command
        counts.append(count)

    threads = [threading.Thread(target=read, args=(command,)) for command in commands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began, min(firsts), sum(counts)


def _processor_seconds() -> float:
    """Of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _table(asked: argparse.Namespace, figures: dict[str, list[tuple[float, float, float]]]) -> str:
    middle = {name: tuple(statistics.median(column) for column in zip(*rows, strict=True)) for name, rows in figures.items()}
    base = next(values for name, values in middle.items() if name.startswith("kubectl"))
    total = PODS * asked.lines
    rounds = "one round" if asked.rounds == 1 else f"median of {asked.rounds} rounds"
    rows = [
        f"| {name} | {total / seconds:,.0f} | {base[0] / seconds:.2f} | {first * 1000:.0f} ms | {used:.1f} s |"
        for name, (seconds, first, used) in middle.items()
    ]
    head = "| tool | lines a second | ratio to kubectl | first line | own processor time |\n|---|---:|---:|---:|---:|"
    how = f"{PODS} pods of {asked.lines:,} lines with times, all counted, {rounds}, contenders in turn in each."
    return "\n".join([how, "", head, *rows])


if __name__ == "__main__":
    main()
