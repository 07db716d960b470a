# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm charts by the `helm` command: a folder with Chart.yaml or an archive.

The chart is copied into a private folder and rendered there by `helm template`, without network, plugins, repositories and the user's own
configuration; `lookup` gives nothing, as always in `helm template`. What it reads is what was read here, through the app's border.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..._errors import RenderError
from ..._model import substitute, with_removed
from ..commands import find_command, identity, isolated_environment, private_folder, run_bounded
from ..helm.chart import Chart, is_chart, read_chart
from ..helm.output import NOTES, advice_of, notes_template, problem_of, rendered_files
from ..near_names import nearest
from ..types import Advice, RenderedFile, RenderRequest

DEFAULT_KUBERNETES = "v1.34.0"
"""What charts see as the cluster's version where no cluster is at hand."""
MAX_NAME = 53
"""Characters of a release's name: https://helm.sh/docs/chart_template_guide/builtin_objects/ and Helm's `maxReleaseNameLen`."""
_OPTIONS = ("variables",)


class HelmEngine:
    """Folders with Chart.yaml and `*.tgz`, or what the app says is `helm`."""

    name = "helm"
    version = "helm 1"

    def accepts(self, file: Path) -> bool:
        """A chart."""
        return is_chart(file)

    def render(self, request: RenderRequest) -> tuple[RenderedFile, ...]:
        """The chart's documents in Helm's order, then its notes. Raises RenderError."""
        chart = read_chart(request.app, request.source.path)
        values = _values(request)
        notes = chart.notes
        ours = {NOTES: notes_template(notes)} if notes is not None and NOTES not in chart.files else {}
        command = _command()
        words = ["template", _name(request), "chart", "--namespace", _namespace(request), "--include-crds", *_cluster(request)]
        key = _key([self.version, identity(command), words, values], chart)
        output = request.cache.result(key, lambda: _run(request, chart, command, words, values, ours), keep=not request.secret)
        return tuple(rendered_files(output, chart))

    def lint(self, request: RenderRequest) -> tuple[Advice, ...]:
        """What `helm lint` says of the chart with the instance's values. Raises RenderError when it cannot run."""
        chart = read_chart(request.app, request.source.path)
        words = ["lint", "chart", "--namespace", _namespace(request), "--kube-version", _version(request)]
        output = _run(request, chart, _command(), words, _values(request), {}, failing=True)
        return advice_of(output, chart, request.hide)


def _command() -> Path:
    found = find_command("helm")
    if found is None:
        raise RenderError(
            "the command helm is missing, and this app is a Helm chart",
            hint="Install Helm 3.14 or newer (https://helm.sh/docs/intro/install/), or Helm 4; `roro doctor` tells which one is found.",
        )
    return found


def _name(request: RenderRequest) -> str:
    """The release's name. Raises RenderError where Helm does not take the instance's id."""
    name = str(request.variables.get("instance", "release"))
    if len(name) > MAX_NAME:
        raise RenderError(
            f"the name of the release would be {name}, which has {len(name)} characters; Helm takes {MAX_NAME}",
            where=str(request.source.path),
            hint="The name is the instance's id, app and suffix: shorten one of them in the documents.",
        )
    return name


def _namespace(request: RenderRequest) -> str:
    return str(request.variables.get("namespace", "default"))


def _version(request: RenderRequest) -> str:
    return request.cluster.version if request.cluster else DEFAULT_KUBERNETES


def _cluster(request: RenderRequest) -> list[str]:
    served = request.cluster.api_versions if request.cluster else ()
    return ["--kube-version", _version(request), *(("--api-versions", ",".join(served)) if served else ())]


def _key(parts: list[Any], chart: Chart) -> str:
    whole = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode())
    for name, data in sorted(chart.files.items()):
        whole.update(f"\0{name}\0{len(data)}\0".encode())
        whole.update(data)
    return whole.hexdigest()


def _values(request: RenderRequest) -> dict[str, str]:
    """Values files by name, weakest first: those of the document, then the variables."""
    texts: dict[str, str] = {}
    for number, file in enumerate(request.source.values):
        path = Path(
            os.path.normpath(request.app.folder / substitute(file.file, {n: str(request.variables.get(n, "")) for n in request.computed}))
        )
        if not path.exists() and not file.required:
            continue
        if not path.is_file():
            raise RenderError(
                f"there is no values file {path.name}",
                where=str(path),
                hint='Make it, correct `manifests.values`, or write {"file": ..., "required": false} there.',
            )
        texts[f"{number}.yaml"] = request.app.read(path)
    texts["variables.json"] = json.dumps(_variables(request))
    return texts


def _variables(request: RenderRequest) -> Mapping[str, Any]:
    """The variables that become values: all that documents, cluster and command line say, or those that the option names."""
    unknown = next((name for name in request.source.options if name not in _OPTIONS), None)
    if unknown is not None:
        guess = nearest(unknown, _OPTIONS)
        hint = f"{f'Did you mean {guess}? ' if guess else ''}Options: {', '.join(_OPTIONS)}."
        raise RenderError(f"helm has no option {unknown}", where=str(request.source.path), hint=hint)
    wanted = request.source.options.get("variables", True)
    said = {name: value for name, value in request.variables.items() if name not in request.computed}
    if isinstance(wanted, bool):
        return with_removed(said, request.removed) if wanted else {}
    if isinstance(wanted, list) and all(isinstance(name, str) for name in wanted):
        named = {name: request.variables[name] for name in wanted if name in request.variables}
        return with_removed(named, {name: value for name, value in request.removed.items() if name in wanted})
    raise RenderError(
        "option variables of helm must be true, false or a list of names",
        where=str(request.source.path),
        hint="true (the default) makes every variable of the documents a value of the chart.",
    )


def _run(
    request: RenderRequest,
    chart: Chart,
    command: Path,
    words: list[str],
    values: Mapping[str, str],
    ours: Mapping[str, str],
    *,
    failing: bool = False,
) -> str:
    """What the command prints. failing: its exit code means nothing. Raises RenderError at the chart's file and line."""
    with private_folder() as name:
        folder = Path(name)
        chart.stage(folder / "chart", ours)
        home = folder / "home"
        home.mkdir()
        files: list[str] = []
        for file, text in values.items():
            path = folder / file
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
            files += ["-f", file]
        environment = isolated_environment(
            home, {f"HELM_{kind}": str(home) for kind in ("CACHE_HOME", "CONFIG_HOME", "DATA_HOME", "PLUGINS")}
        )
        done = run_bounded([command, *words, *files], folder=folder, environment=environment, what=f"helm {words[0]}")
    if done.code != 0 and not failing:
        raise RenderError.of([problem_of(done.errors, chart, request.hide, f"helm {words[0]}")])
    return done.output if not failing else done.output + done.errors
