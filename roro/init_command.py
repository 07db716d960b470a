"""`roro init`: a small workspace that runs: a web server with a Service, a forward, logs and a health check."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .examples import examples

IMAGE = "docker.io/library/busybox:1.37"
"""Small, in every registry, and a web server, a shell and tar are in it."""
APP = {
    "description": "A first app: a page that greets",
    "variables": {"greeting": "Hello", "replicas": 1, "image": IMAGE},
    "forwards": [{"name": "http", "target": "service/{{ instance }}", "port": 80, "open": "/"}],
    "health": [{"name": "page", "http": {"target": "service/{{ instance }}", "port": 80, "path": "/"}, "interval": "10s"}],
}
MANIFEST = """\
# What the server shows. A change of it gives the pods below new ones: they read it when they start.
apiVersion: v1
kind: ConfigMap
metadata:
  name: "{{ instance }}"
data:
  GREETING: "{{ greeting }} from {{ environment }}"
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: "{{ instance }}"
spec:
  replicas: {{ replicas }}
  selector:
    matchLabels: {app: "{{ instance }}"}
  template:
    metadata:
      labels: {app: "{{ instance }}"}
    spec:
      terminationGracePeriodSeconds: 2
      containers:
        - name: web
          image: "{{ image }}"
          imagePullPolicy: IfNotPresent
          command:
            - sh
            - -c
            - |
              mkdir -p /tmp/www && echo "$GREETING" > /tmp/www/index.html
              echo "greeting with: $GREETING"
              exec busybox httpd -f -vv -p 8080 -h /tmp/www
          envFrom:
            - configMapRef: {name: "{{ instance }}"}
          ports:
            - {name: http, containerPort: 8080}
          readinessProbe:
            tcpSocket: {port: http}
            periodSeconds: 2
          resources:
            requests: {cpu: 10m, memory: 16Mi}
            limits: {memory: 64Mi}
---
apiVersion: v1
kind: Service
metadata:
  name: "{{ instance }}"
spec:
  selector: {app: "{{ instance }}"}
  ports:
    - {name: http, port: 80, targetPort: http}
"""


@click.command(
    epilog=examples("roro init", "roro init shop && roro -w shop up dev", "roro init shop --image registry.example/busybox:1.37")
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--image", default=IMAGE, metavar="IMAGE", help=f"What the app runs, something with busybox in it (default: {IMAGE}).")
def init(folder: Path, image: str) -> None:
    """Make a small workspace that runs in FOLDER (default: here): a web server with a Service, a forward, logs and a health check."""
    name = re.sub(r"[^a-z0-9-]+", "-", folder.resolve().name.lower()).strip("-") or "workspace"
    app = {**APP, "variables": {**APP["variables"], "image": image}}  # type: ignore[dict-item]
    files = {
        "workspace.json": _text({"version": 1, "name": name}),
        "apps/hello/app.json": _text(app),
        "apps/hello/manifests/hello.yaml.j2": MANIFEST,
        "environments/dev/environment.json": _text({"variables": {"greeting": "Good morning"}}),
    }
    present = [path for path in ("workspace.json", "workspace.yaml", "workspace.yml", *files) if (folder / path).exists()]
    if present:
        raise UsageError(f"{folder / present[0]} is already there", hint="Name another folder: roro init DIR.")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        print(f"made {target}")
    print(_next_steps("" if folder == Path() else f" -w {folder}", image))


def _text(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"


def _next_steps(where: str, image: str) -> str:
    """What to type now."""
    archive = f"{image.rpartition('/')[2].partition(':')[0].partition('@')[0]}.tar"
    steps = (
        ("roro cluster up", "a local Kubernetes, unless you name your own with --context"),
        (f"roro{where} up dev", "apply, wait until it is healthy, open its forward"),
        (f"roro{where} open dev hello", "see the page"),
        (f"roro{where} logs -f dev", "what it writes"),
        (f"roro{where} exec dev hello", "a shell in it"),
    )
    width = max(len(command) for command, _ in steps)
    lines = "\n".join(f"  {command.ljust(width)}   {words}" for command, words in steps)
    load = f"  docker save {image} -o {archive} && roro cluster load {archive}"
    return f"\nNext:\n{lines}\n\nThe nodes pull {image}. Where they reach no registry, load it into the local cluster first:\n{load}"
