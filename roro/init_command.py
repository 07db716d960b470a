"""`roro init`: three short files and one manifest that work on any cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .examples import examples

MANIFEST = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ instance }}"
data:
  greeting: "{{ greeting }} from {{ environment }}"
"""


@click.command(epilog=examples("roro init", "roro init shop && roro -w shop up dev"))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def init(folder: Path) -> None:
    """Make a small working workspace in FOLDER (default: here)."""
    name = re.sub(r"[^a-z0-9-]+", "-", folder.resolve().name.lower()).strip("-") or "workspace"
    files = {
        "workspace.json": json.dumps({"version": 1, "name": name}, indent=2) + "\n",
        "apps/hello/app.json": json.dumps({"description": "A first app", "variables": {"greeting": "Hello"}}, indent=2) + "\n",
        "apps/hello/manifests/configmap.yaml.j2": MANIFEST,
        "environments/dev/environment.json": json.dumps({"variables": {"greeting": "Good morning"}}, indent=2) + "\n",
    }
    present = [path for path in ("workspace.json", "workspace.yaml", "workspace.yml", *files) if (folder / path).exists()]
    if present:
        raise UsageError(f"{folder / present[0]} is already there", hint="Name another folder: roro init DIR.")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(f"made {target}")
    where = "" if folder == Path() else f" -w {folder}"
    print(f"\nNext: roro cluster up   (a local Kubernetes, unless you name your own with --context)\n      roro{where} up dev")
