# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 templates: this project's rendering against Jinja2 called bare, in one run. Budget: at most 1.2 times.

Both read the same files, compile them and render them with the same variables; bare is `Environment(FileSystemLoader)` without a
sandbox, ours runs in the child that is killed at its bounds. Times are processor time, the child's included, so that a busy machine changes
little. Reported beside it, not part of the budget: the same without the child, templates compiled before (in memory, on disk), reading and
checking the YAML that came out (against PyYAML's fast loader), and a second run where nothing changed.

    python benchmarks/render.py [--templates N] [--rounds N]
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
from jinja2 import Environment, FileSystemLoader, StrictUndefined

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
    """Print the ratios; exit 1 when the budget is missed."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--templates", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=5)
    arguments = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        ratio = measure(Path(directory) / "apps" / "api", arguments.templates, arguments.rounds)
    if ratio > BUDGET:
        raise SystemExit(f"over the budget: {ratio:.2f} > {BUDGET}")


def measure(folder: Path, count: int, rounds: int) -> float:
    """Write the templates, measure, print; the ratio of the budget."""
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

    times = best(
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
    report(count, times)
    return times[1] / times[0]


def report(count: int, times: list[float]) -> None:
    """One line a figure."""
    bare, child, cold, warm, disk, pyyaml, parsed, checked, whole, kept, results = times
    print(f"{count} templates, shortest of the rounds")
    print(f"  bare Jinja2, read + compile + render      {bare * 1000:8.0f} ms")
    print(f"  ours, the same (sandboxed, bounded)       {child * 1000:8.0f} ms   {child / bare:.2f} x bare (budget {BUDGET})")
    print(f"  ours, without the child                   {cold * 1000:8.0f} ms   {cold / bare:.2f} x bare")
    print(f"  ours, templates compiled in this process  {warm * 1000:8.0f} ms   {warm / bare:.2f} x bare")
    print(f"  ours, templates compiled on disk          {disk * 1000:8.0f} ms   {disk / bare:.2f} x bare")
    print(f"  PyYAML's fast loader on the output        {pyyaml * 1000:8.0f} ms")
    print(f"  ours on the output (kubectl's YAML)       {parsed * 1000:8.0f} ms   {parsed / pyyaml:.2f} x PyYAML")
    print(f"  checks of the objects                     {checked * 1000:8.0f} ms")
    print(f"  render_instance, all, compiled on disk    {whole * 1000:8.0f} ms   {whole / count * 1000:.2f} ms a template")
    print(f"  render_instance, nothing changed          {kept * 1000:8.0f} ms   {kept / count * 1000:.2f} ms a template")
    print(f"  reading and digests alone                 {results * 1000:8.0f} ms")


if __name__ == "__main__":
    main()
