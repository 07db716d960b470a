"""How soon `roro reconcile --watch` mends drift, how soon a commit is on the cluster, and what it costs while nothing happens.

    python benchmarks/reconciling.py --kubeconfig FILE [--objects N] [--quiet-objects N] [--rounds N] [--quiet SECONDS] [--write]

Drift: an object is changed as `kubectl edit` does it, and read again until it is as it was. A commit: five of the objects change in the
workspace's folder; the time runs from there, so it has the look at the documents (twice a second) in it. Quiet: processor time, memory and
requests of the whole process, of which the log of requests tells everything but the watches that are open.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from ansible_collections.roro.kube.plugins.module_utils._cluster import Cluster, Connection, Resource, connect
from budget import keep
from page import write_table

MAPS = Resource("", "v1", "ConfigMap", "configmaps", True)
EACH = 50
"""Objects of an instance."""
CHANGED = 5
BUDGETS = {"drift": 1.0, "commit": 2.0, "core": 1.0, "memory": 120.0}
"""Seconds, seconds, percent of a core, MB."""
PATIENCE = 120.0
SETTLING = 8.0
"""Seconds after the first run in which events about it are written."""
RORO = str(Path(sys.executable).parent / "roro")


def main() -> None:
    """Measure, print, and write when asked."""
    asked = _arguments()
    environment = {**os.environ, "K8S_AUTH_KUBECONFIG": str(asked.kubeconfig)}
    with connect(Connection(kubeconfig=str(asked.kubeconfig))) as cluster, tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = environment["XDG_STATE_HOME"] = folder
        busy = _measure_work(cluster, Path(folder) / "busy", environment, asked)
        quiet = _measure_quiet(Path(folder) / "quiet", environment, asked)
    figures = {**busy, **quiet}
    table = _table(figures, asked)
    print(table)
    if asked.write:
        write_table("reconciling", table)
    keep([f"{name}: {figures[name]:.2f}, not {most}" for name, most in BUDGETS.items() if figures[name] > most])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--quiet-objects", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quiet", type=float, default=30.0)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


def _table(figures: dict[str, float], asked: argparse.Namespace) -> str:
    rows = [
        ("a changed object is as it was", f"{figures['drift']:.2f} s", "1.0 s"),
        ("a deleted object is there again", f"{figures['deleted']:.2f} s", ""),
        (f"a commit that changes {CHANGED} of {asked.objects} objects is on the cluster", f"{figures['commit']:.2f} s", "2.0 s"),
        (f"quiet, {asked.quiet_objects} objects: part of a core", f"{figures['core']:.2f} %", "1 %"),
        ("its memory (RSS)", f"{figures['memory']:.0f} MB", "120 MB"),
        (f"its requests in {asked.quiet:.0f} s, but for watches", f"{figures['requests']:.0f}", "0"),
    ]
    lines = [
        f"Median of {asked.rounds} rounds; one process of `roro reconcile --watch`.",
        "",
        "| what | measured | budget |",
        "|---|---:|---:|",
    ]
    return "\n".join([*lines, *(f"| {what} | {measured} | {budget} |" for what, measured, budget in rows)])


def _measure_work(cluster: Cluster, folder: Path, environment: dict[str, str], asked: argparse.Namespace) -> dict[str, float]:
    name = f"bench-{uuid.uuid4().hex[:6]}"
    namespace = f"{name}-dev"
    make_workspace(folder, name, asked.objects)
    with _reconciling(folder, environment):

        def value(number: int) -> str | None:
            found = cluster.get(MAPS, namespace, f"app0-{number}")
            return None if found is None else str(found["data"]["mode"])

        def has(mode: str) -> bool:
            return all(value(one) == mode for one in range(CHANGED))

        drift = [_until(lambda: value(0) == "0", lambda: _edit(cluster, namespace)) for _ in range(asked.rounds)]
        deleted = [_until(lambda: value(1) == "0", lambda: cluster.delete(MAPS, namespace, "app0-1")) for _ in range(asked.rounds)]
        commit = [_until(partial(has, str(mode)), partial(_commit, folder, str(mode))) for mode in range(1, asked.rounds + 1)]
    return {"drift": statistics.median(drift), "deleted": statistics.median(deleted), "commit": statistics.median(commit)}


def _edit(cluster: Cluster, namespace: str) -> None:
    """As a person's editor writes it."""
    path = f"/api/v1/namespaces/{namespace}/configmaps/app0-0"
    body = {"data": {"mode": "by hand"}}
    cluster.request("PATCH", path, query=[("fieldManager", "kubectl-edit")], body=body, content_type="application/merge-patch+json")


def _commit(folder: Path, mode: str) -> None:
    (folder / "apps/app0/manifests/all.json").write_text(_manifests(EACH, mode, CHANGED))
    subprocess.run(["git", "commit", "-qam", f"Mode {mode}"], cwd=folder, check=True)


def _measure_quiet(folder: Path, environment: dict[str, str], asked: argparse.Namespace) -> dict[str, float]:
    make_workspace(folder, f"bench-{uuid.uuid4().hex[:6]}", asked.quiet_objects)
    log = folder.parent / "requests.log"
    with _reconciling(folder, {**environment, "RORO_LOG": "json", "RORO_LOG_LEVEL": "debug", "RORO_LOG_FILE": str(log)}) as process:
        time.sleep(SETTLING)
        seen = log.stat().st_size
        began, before = time.monotonic(), process.cpu_times()
        time.sleep(asked.quiet)
        after, spent = process.cpu_times(), time.monotonic() - began
        memory = process.memory_info().rss / 1e6
        with log.open("rb") as lines:
            told = [json.loads(line) for line in lines.read(seen).splitlines()]
            requests = [line for line in map(json.loads, lines) if _is_request(line)]
        if not any(map(_is_request, told)):
            raise RuntimeError("the log has no requests at all: it does not tell what is counted")
    core = 100.0 * (after.user + after.system - before.user - before.system) / spent
    return {"core": core, "memory": memory, "requests": float(len(requests))}


def _is_request(line: dict[str, Any]) -> bool:
    return line.get("event") == "request" and "watch" not in (line.get("query") or {})


def _until(done: Callable[[], bool], change: Callable[[], object]) -> float:
    """Seconds from a change to what it leads to."""
    change()
    began = time.perf_counter()
    while not done():
        if time.perf_counter() - began > PATIENCE:
            raise TimeoutError("it is not as it should be")
    found = time.perf_counter() - began
    time.sleep(1.5)
    return found


@contextmanager
def _reconciling(folder: Path, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """A process that keeps `dev`, once it has brought everything up."""
    command = [RORO, "-w", str(folder), "reconcile", "dev", "--watch", "--drift", "correct", "--no-sync", "-o", "json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        wanted, well = len(list((folder / "apps").iterdir())), set[str]()
        for line in running.stdout or ():
            standing = json.loads(line).get("standing") or {}
            well |= {standing["instance"]} if standing.get("state") == "InSync" else set()
            if len(well) == wanted:
                break
        threading.Thread(target=lambda: list(running.stdout or ()), daemon=True).start()  # a full pipe would hold it up
        try:
            yield psutil.Process(running.pid)
        finally:
            running.terminate()
            running.communicate(timeout=60)
            subprocess.run([RORO, "-w", str(folder), "down", "dev"], env=environment, check=True, capture_output=True)


def make_workspace(folder: Path, name: str, objects: int) -> None:
    """A Git repository with apps of `EACH` ConfigMaps."""
    files = {"workspace.json": json.dumps({"version": 1, "name": name}), "environments/dev/environment.json": "{}"}
    for number in range(objects // EACH):
        files[f"apps/app{number}/app.json"] = json.dumps({"manifests": {"engine": "jinja2", "include": ["*.json"]}})
        files[f"apps/app{number}/manifests/all.json"] = _manifests(EACH, "0", EACH)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    identity = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
    for words in (["init", "-q"], ["config", "user.name", "Bench"], ["config", "user.email", "bench@example.com"], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    subprocess.run(["git", *identity, "commit", "-qm", "The workspace"], cwd=folder, check=True)


def _manifests(count: int, mode: str, changed: int) -> str:
    """So many ConfigMaps, of which the first few have another mode."""
    items = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{{{{ instance }}}}-{number}"},
            "data": {"mode": mode if number < changed else "0"},
        }
        for number in range(count)
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


if __name__ == "__main__":
    main()
