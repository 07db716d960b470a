# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""1,000 templates of Tera and of Handlebars, each beside the engine called bare, in one run. Budgets: at most 1.2 times
Jinja2 and 1.2 times handlebars.js; with templates of Handlebars compiled on disk at most 0.5 times.

Handlebars called bare is handlebars.js in QuickJS, compiling and rendering every template. Tera has no engine that Python can call: bare
stands for Jinja2 without a sandbox, on templates that say the same. Times are processor time. New templates first; beside
them: templates compiled before (in memory, on disk).

    python benchmarks/render_engines.py [--templates N] [--rounds N] [--write]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dukpy  # type: ignore[import-untyped]
from ansible_collections.roro.kube.plugins.module_utils._model import ManifestSource
from ansible_collections.roro.kube.plugins.module_utils._render import ENGINES, RenderCache
from ansible_collections.roro.kube.plugins.module_utils._render.files import AppFiles, find_files
from ansible_collections.roro.kube.plugins.module_utils._render.handlebars.machine import machine
from ansible_collections.roro.kube.plugins.module_utils._render.handlebars.script import script
from ansible_collections.roro.kube.plugins.module_utils._render.types import RenderRequest
from budget import keep
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from page import write_table
from render import VARIABLES, best

NEW, ON_DISK = "new templates", "compiled on disk"
ROWS = ("the engine called bare", NEW, "compiled in this process", ON_DISK)
BUDGETS = {("tera", NEW): 1.2, ("handlebars", NEW): 1.2, ("handlebars", ON_DISK): 0.5}
"""(engine, row) -> the ratio to the engine called bare."""

HEAD = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ app }}-@N@
  labels:
    app.kubernetes.io/name: {{ app }}
    app.kubernetes.io/part-of: {{ workspace }}
spec:
  replicas: {{ replicas }}
  template:
    spec:
      containers:
"""
JINJA = (
    HEAD
    + """\
{% for container in containers %}
        - name: {{ container.name }}
          image: {{ registry ~ "/" ~ container.image }}
          env:
{% for key, value in container.env | dictsort %}
            - name: {{ key | upper }}
              value: {{ value | tojson }}
{% endfor %}
{% if container.memory is defined %}
          memory: {{ container.memory }}
{% endif %}
{% endfor %}
"""
)
TERA = JINJA.replace(" | dictsort", "").replace("tojson", "json_encode")
HANDLEBARS = (
    HEAD
    + """\
{{#each containers}}
        - name: {{name}}
          image: {{@root.registry}}/{{image}}
          env:
{{#each env}}
            - name: {{@key}}
              value: "{{this}}"
{{/each}}
{{#if memory}}
          memory: {{memory}}
{{/if}}
{{/each}}
"""
)


def main() -> None:
    """Measure, print, and write when asked."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--templates", type=int, default=1000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    arguments = options.parse_args()
    times: dict[tuple[str, str], float] = {}
    with tempfile.TemporaryDirectory() as directory:
        for engine, suffix, template, bare in (("tera", "tera", TERA, bare_jinja), ("handlebars", "hbs", HANDLEBARS, bare_handlebars)):
            found = measure(Path(directory) / engine, engine, suffix, template, bare, arguments.templates, arguments.rounds)
            times |= {(engine, row): seconds for row, seconds in zip(ROWS, found, strict=True)}
    ratios = {(engine, row): seconds / times[engine, ROWS[0]] for (engine, row), seconds in times.items()}
    how = f"{arguments.templates:,} templates of each, processor time, the shortest of {arguments.rounds} rounds."
    lines = [how, "", "| engine | what | time | ratio to bare | budget |", "|---|---|---:|---:|---:|"]
    lines += [
        f"| {engine} | {row} | {seconds * 1000:.0f} ms | {ratios[engine, row]:.2f} | {BUDGETS.get((engine, row), '')} |"
        for (engine, row), seconds in times.items()
    ]
    table = "\n".join(lines)
    print(table)
    if arguments.write:
        write_table("engines", table)
    keep(
        [f"{engine}, {row}: {ratios[engine, row]:.2f}, not {most}" for (engine, row), most in BUDGETS.items() if ratios[engine, row] > most]
    )


def bare_jinja(folder: Path, texts: list[str]) -> Callable[[], list[str]]:
    """Jinja2 on the same templates in its own language."""
    plain = folder / "jinja"
    plain.mkdir()
    for number in range(len(texts)):
        (plain / f"{number:04}").write_text(JINJA.replace("@N@", str(number)))

    def render() -> list[str]:
        environment = Environment(loader=FileSystemLoader(plain), undefined=StrictUndefined, keep_trailing_newline=True)
        return [environment.get_template(f"{number:04}").render(VARIABLES) for number in range(len(texts))]

    return render


def bare_handlebars(_folder: Path, texts: list[str]) -> Callable[[], list[str]]:
    """handlebars.js in QuickJS, with nothing of ours around it."""
    interpreter = dukpy.JSInterpreter()
    interpreter.evaljs(f"{script()[1]}\n;0")
    interpreter.evaljs(f"var context = {json.dumps(VARIABLES)}; 0")
    code = "Handlebars.compile(dukpy.text, {noEscape: true})(context)"
    return lambda: [interpreter.evaljs(code, text=text) for text in texts]


def measure(folder: Path, engine: str, suffix: str, template: str, bare_of: Any, count: int, rounds: int) -> list[float]:
    """Write the templates and measure: seconds of each of `ROWS`."""
    manifests = folder / "manifests"
    manifests.mkdir(parents=True)
    texts = [template.replace("@N@", str(number)) for number in range(count)]
    for number, text in enumerate(texts):
        (manifests / f"{number:04}.yaml.{suffix}").write_text(text)
    source = ManifestSource(None, manifests, ())

    def ours(cache: RenderCache) -> list[str]:
        app = AppFiles(folder)
        return [one.text for one in ENGINES[engine].render(RenderRequest(source, find_files(source, app), app, VARIABLES, cache))]

    def new() -> list[str]:
        if engine == "handlebars":
            machine().forget()
        return ours(RenderCache())

    bare = bare_of(folder, texts)
    assert ours(RenderCache()) == bare(), "the same text as the engine called bare"
    warm = RenderCache(size=count)
    ours(warm)
    disk = folder / "cache"
    disk.mkdir()
    ours(RenderCache(disk))
    return best(rounds, bare, new, lambda: ours(warm), lambda: ours(RenderCache(disk)))


if __name__ == "__main__":
    main()
