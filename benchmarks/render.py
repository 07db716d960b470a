# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 templates: this project's rendering against Jinja2 called bare, in one run. Budget: at most 1.2 times.

Both read the same files, compile them and render them with the same variables; bare is `Environment(FileSystemLoader)` without a
sandbox, ours runs in the child that is killed at its bounds. Times are processor time, the child's included, so that a busy machine changes
little. Reported beside it, not part of the budget: the same without the child, templates compiled before (in memory, on disk), reading and
checking the YAML that came out (against PyYAML's fast loader), and a second run where nothing changed.

    python benchmarks/render.py [--templates N] [--rounds N] [--write]
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.roro.kube.plugins.module_utils._model import Instance, ManifestSource, Origin, Variable
from ansible_collections.roro.kube.plugins.module_utils._render import ENGINES, RenderCache, render_instance
from ansible_collections.roro.kube.plugins.module_utils._render.child import render_in_child
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles, find_files
from ansible_collections.roro.kube.plugins.module_utils._render.jinja import render_all
from ansible_collections.roro.kube.plugins.module_utils._render.manifests import parse
from ansible_collections.roro.kube.plugins.module_utils._render.object_checks import check
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest
from budget import keep
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from page import write_table

BUDGET = 1.2
TEMPLATE = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ app }}-@N@
  labels:
    app.kubernetes.io/name: {{ app }}
    app.kubernetes.io/part-of: {{ workspace | default("none") }}
spec:
  replicas: {{ replicas }}
  selector:
    matchLabels:
      app: {{ app }}-@N@
  template:
    metadata:
      labels:
        app: {{ app }}-@N@
    spec:
      containers:
{% for container in containers %}
        - name: {{ container.name }}
          image: {{ registry ~ "/" ~ container.image }}
          ports:
            - containerPort: {{ container.port + 1 }}
          env:
{% for key, value in container.env.items() %}
            - name: {{ key | upper }}
              value: {{ value | tojson }}
{% endfor %}
{% if container.memory is defined %}
          resources:
            limits:
              memory: {{ container.memory }}
{% endif %}
{% endfor %}
"""
VARIABLES: dict[str, Any] = {
    "app": "api",
    "workspace": "shop",
    "replicas": 2,
    "registry": "registry.example",
    "containers": [
        {"name": "main", "image": "api:1", "port": 8080, "memory": "64Mi", "env": {"host": "db", "mode": "fast", "level": "info"}},
        {"name": "side", "image": "log:2", "port": 9090, "env": {"target": "main"}},
    ],
}


def best(rounds: int, *jobs: Callable[[], Any]) -> list[float]:
    """The shortest processor time of each job in seconds; jobs take turns, so that a busy moment of the machine hits all alike."""
    times = [float("inf")] * len(jobs)
    for _ in range(rounds):
        for index, job in enumerate(jobs):
            gc.collect()
            start = spent()
            job()
            times[index] = min(times[index], spent() - start)
    return times


def spent() -> float:
    """Processor time of this process and of its children that ended, in seconds."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def main() -> None:
    """Measure, print, and write when asked."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--templates", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        times = measure(Path(directory) / "apps" / "api", arguments.templates, arguments.rounds)
    table = table_of(arguments.templates, arguments.rounds, times)
    print(table)
    if arguments.write:
        write_table("render", table)
    ratio = times[1] / times[0]
    keep([f"rendering takes {ratio:.2f} times bare Jinja2, not {BUDGET}"] if ratio > BUDGET else [])


def measure(folder: Path, count: int, rounds: int) -> list[float]:
    """Write the templates and measure: seconds in the order of `table_of`."""
    manifests = folder / "manifests"
    manifests.mkdir(parents=True)
    for number in range(count):
        (manifests / f"{number:04}.yaml.j2").write_text(TEMPLATE.replace("@N@", str(number)))
    source = ManifestSource(None, manifests, ())
    variables = {name: Variable(value, Origin("app")) for name, value in VARIABLES.items()}
    instance = Instance("api", "api", "", "dev", "shop", "shop-dev", folder, source, variables)
    names = sorted(path.name for path in manifests.iterdir())

    def bare() -> list[str]:
        environment = Environment(loader=FileSystemLoader(manifests), undefined=StrictUndefined, cache_size=count + 1)
        return [environment.get_template(name).render(VARIABLES) for name in names]

    def ours(cache: RenderCache) -> Any:
        app = AppFiles(folder)
        return render_all(RenderRequest(source, find_files(source, app), app, VARIABLES, cache))

    rendered = ours(RenderCache())
    assert [one.text.rstrip("\n") for one in rendered] == [text.rstrip("\n") for text in bare()], "the same text as bare Jinja2"
    documents = [document for one in rendered for document in parse(one)[0]]
    warm = RenderCache(size=count)
    ours(warm)
    disk = folder.parents[1] / "cache"
    disk.mkdir()
    ours(RenderCache(disk))
    entry = folder / "entry.json"
    entry.write_text(json.dumps([document.object for document in documents]))

    def from_disk() -> Any:
        for name in names:
            hashlib.sha256((manifests / name).read_bytes()).hexdigest()
        return json.loads(entry.read_bytes())

    def with_pyyaml() -> Any:
        return [list(yaml.load_all(one.text, yaml.CSafeLoader)) for one in rendered]

    def in_child() -> Any:
        app = AppFiles(folder)
        request = RenderRequest(source, find_files(source, app), app, VARIABLES, RenderCache(), secret=True)
        return render_in_child(ENGINES["jinja2"], request)

    return best(
        rounds,
        bare,
        in_child,
        lambda: ours(RenderCache()),
        lambda: ours(warm),
        lambda: ours(RenderCache(disk)),
        with_pyyaml,
        lambda: [parse(one) for one in rendered],
        lambda: check(documents, "shop-dev", ()),
        lambda: render_instance(instance, values={"x": 1}, cache=RenderCache(disk)),
        lambda: render_instance(instance, cache=RenderCache(disk)),
        from_disk,
    )


def table_of(count: int, rounds: int, times: list[float]) -> str:
    """A row for each figure."""
    bare, _, _, _, _, pyyaml, *_ = times
    rows = (
        ("bare Jinja2: read, compile, render", ""),
        ("the same here, in the sandbox and its process", f"{times[1] / bare:.2f} of bare Jinja2 (budget {BUDGET})"),
        ("without the process of its own", f"{times[2] / bare:.2f} of bare Jinja2"),
        ("with templates compiled in this process", f"{times[3] / bare:.2f} of bare Jinja2"),
        ("with templates compiled on disk", f"{times[4] / bare:.2f} of bare Jinja2"),
        ("PyYAML's fast loader on the output", ""),
        ("the reader of kubectl's YAML on the output", f"{times[6] / pyyaml:.2f} of PyYAML"),
        ("checks of the objects", ""),
        ("all of it, compiled on disk", f"{times[8] / count * 1000:.2f} ms a template"),
        ("all of it, nothing changed", f"{times[9] / count * 1000:.2f} ms a template"),
        ("reading and digests alone", ""),
    )
    lines = [f"{count:,} templates, processor time, the shortest of {rounds} rounds.", "", "| what | time | ratio |", "|---|---:|---:|"]
    lines += [f"| {what} | {seconds * 1000:.0f} ms | {ratio} |" for (what, ratio), seconds in zip(rows, times, strict=True)]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
