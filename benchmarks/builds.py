"""What `roro up --build` costs when nothing changed: beside `roro up` of the same ten apps, each of them built.

Whole processes in turn, after one round that builds and loads. The images are of one static program, so that the build itself is short; the
contexts have a thousand files each, which is what looking for changes is about. Needs buildah (or another builder) and a native cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from ansible_collections.roro.kube.plugins.module_utils._local_cluster.packages import static_busybox
from budget import keep
from nothing_to_do import BINARIES, costs
from page import write_table

BUDGET = 0.5
"""Seconds that `--build` may add."""
APPS = 10
FILES = 1000
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ instance }}"}
spec:
  replicas: 0
  selector: {matchLabels: {app: "{{ instance }}"}}
  template:
    metadata: {labels: {app: "{{ instance }}"}}
    spec: {containers: [{name: app, image: "{{ image }}"}]}
"""


def main() -> None:
    """Measure, print, and write when asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    environment = {**os.environ, "K8S_AUTH_KUBECONFIG": str(asked.kubeconfig)}
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder), f"built-{uuid.uuid4().hex[:6]}")
        roro = [str(BINARIES / "roro"), "-w", str(workspace)]
        subprocess.run([*roro, "up", "dev", "--build"], env=environment, check=True, capture_output=True)
        timed = {"roro up": [*roro, "up", "dev"], "roro up --build": [*roro, "up", "dev", "--build"], "roro build": [*roro, "build", "dev"]}
        measured = costs(timed, environment, asked.rounds)
        subprocess.run([*roro, "down", "dev"], env=environment, check=True, capture_output=True)
    middle = {command: statistics.median(cost.seconds for cost in all_of) for command, all_of in measured.items()}
    added = middle["roro up --build"] - middle["roro up"]
    lines = [
        f"{APPS} apps that are built, {FILES:,} files in each context, nothing changed: median (and fastest) of {asked.rounds} rounds.",
        "",
        "| command | seconds | its processor time |",
        "|---|---:|---:|",
    ]
    for command, all_of in measured.items():
        least, busy = min(cost.seconds for cost in all_of), min(cost.processor for cost in all_of)
        lines.append(f"| `{command}` | {middle[command]:.2f} ({least:.2f}) | {busy:.2f} s |")
    lines += ["", f"`--build` adds {added:.2f} s; the budget is {BUDGET} s."]
    print("\n".join(lines))
    if asked.write:
        write_table("builds", "\n".join(lines))
    keep([f"--build adds {added:.2f} s, not {BUDGET} s"] if added > BUDGET else [])


def make_workspace(folder: Path, name: str) -> Path:
    """The workspace, with sources of which each app has its own."""
    busybox = static_busybox()
    if busybox is None:
        sys.exit("builds: install busybox-static")
    root = folder / name
    (root / "environments/dev").mkdir(parents=True)
    (root / "environments/dev/environment.json").write_text("{}")
    (root / "workspace.json").write_text(json.dumps({"version": 1, "name": name}))
    for number in range(APPS):
        app = root / "apps" / f"app{number}"
        (app / "manifests").mkdir(parents=True)
        (app / "app.json").write_text('{"build": "src"}')
        (app / "manifests/app.yaml.j2").write_text(DEPLOYMENT)
        (app / "src/files").mkdir(parents=True)
        (app / "src/Dockerfile").write_text("FROM scratch\nCOPY busybox /bin/sh\nCOPY files/0 /number\n")
        shutil.copy(busybox, app / "src/busybox")
        for file in range(FILES):
            (app / "src/files" / str(file)).write_text(f"{number} {file}\n" * 20)
    return root


if __name__ == "__main__":
    main()
