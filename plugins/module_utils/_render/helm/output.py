# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `helm` printed -> rendered files, notes and problems at the chart's own files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from ..._errors import Problem
from ..types import Advice, RenderedFile
from ..yaml_text import load_documents
from .chart import Chart

NOTES = "templates/roro-notes.yaml"
"""A template of our own in the staged chart, which renders NOTES.txt into one field: `helm template` prints no notes."""
_SOURCE = re.compile(r"^---\n# Source: (\S.*)\n", re.MULTILINE)
_PLACE = r"([^\s()\"]+?):(\d+)(?::(\d+))?"
_FRAME = re.compile(r"([^\s()\"]+?:\d+(?::\d+)?)\n  (executing \"[^\"]*\" at <.*?>):\n\s+", re.DOTALL)
"""A place as Helm 4 tells it, on three lines."""
_EXECUTING = re.compile(rf"template: {_PLACE}: executing \"[^\"]*\" at (<.*?>): ", re.DOTALL)
_FAILED = re.compile(rf"execution error at \({_PLACE}\): (.*)", re.DOTALL)
_PARSE = re.compile(rf"parse error at \({_PLACE}\): (.*)", re.DOTALL)
_YAML = re.compile(r"YAML parse error on (\S+): (?:error converting YAML to JSON: )?(?:yaml: )?(?:line (\d+): )?(.*)", re.DOTALL)
_ASIDE = ("WARNING:", "walk.go:", "level=")
"""How lines begin that are not the error."""
_LINT = re.compile(r"^\[(INFO|WARNING|ERROR)\] ([^:\n]+?): (.*)$", re.MULTILINE)


def notes_template(text: str) -> str:
    """The template that renders the chart's NOTES.txt. A Go string takes JSON's escapes, but not its halves of characters."""
    quoted = json.dumps(text, ensure_ascii=False)
    return f"apiVersion: roro.dev/v1\nkind: Notes\nmetadata: {{name: notes}}\ntext: {{{{ tpl {quoted} . | toJson }}}}\n"


def rendered_files(output: str, chart: Chart) -> list[RenderedFile]:
    """The documents in Helm's order, each with the template that it came from."""
    found: list[RenderedFile] = []
    marks = list(_SOURCE.finditer(output))
    ends = [mark.start() for mark in marks[1:]] + [len(output)] * bool(marks)
    for mark, end in zip(marks, ends, strict=True):
        text = output[mark.end() : end]
        source = mark[1].strip()
        if source.partition("/")[2] == NOTES:
            found.append(RenderedFile(chart.where(source), _notes(text), notes=True))
        else:
            found.append(RenderedFile(chart.where(source), text, repeats=True))
    return found


def _notes(text: str) -> str:
    document = next((value for value, _node in load_documents(text)), None)
    return str(document.get("text") or "") if isinstance(document, dict) else ""


def problem_of(message: str, chart: Chart, hide: Callable[[str], str], command: str = "helm template") -> Problem:
    """Helm's error at the file and line it is about. hide: see `RenderRequest`; first of all, as what follows cuts lines and parts off."""
    text = hide(message).replace("\n\nUse --debug flag to render out invalid YAML", "").strip()
    text = "\n".join(line for line in text.splitlines() if not line.startswith(_ASIDE)).removeprefix("Error: ")
    text = _as_helm_3(text)
    for explain in (_failed, _executing, _parse, _yaml, _dependencies, _schema, _version):
        found = explain(text, chart)
        if found is not None:
            return found
    return Problem(
        f"{command}: {_short(text) or 'it failed without a word'}",
        str(chart.place / "Chart.yaml"),
        "Check the chart with `roro config --lint`.",
    )


def _as_helm_3(text: str) -> str:
    """Places and what happened there on one line."""
    return _FRAME.sub(r"template: \1: \2: ", text).replace(":\ntemplate: ", ": template: ")


def _short(text: str, lines: int = 12) -> str:
    shown = [line if len(line) <= 400 else f"{line[:400]}..." for line in text.strip().splitlines()]
    return "\n".join(shown[:lines])


def _at(chart: Chart, source: str, line: str | None, column: str | None = None) -> str:
    return ":".join([str(chart.where(source)), *(part for part in (line, column) if part)])


def _failed(text: str, chart: Chart) -> Problem | None:
    found = _FAILED.search(text)
    if found is None:
        return None
    return Problem(
        f"the chart says: {_short(found[4])}",
        _at(chart, found[1], found[2], found[3]),
        "Set what it asks for in `manifests.values` or `variables`.",
    )


def _executing(text: str, chart: Chart) -> Problem | None:
    executing = list(_EXECUTING.finditer(text))
    if not executing:
        return None
    found = executing[-1]
    said = _short(text[found.end() :], 3)
    hint = "Check the values that this line uses."
    if "no template" in said:
        hint = "Is the chart that defines it in charts/? Names of templates are shared by a chart and its subcharts."
    return Problem(f"{found[4]}: {said}", _at(chart, found[1], found[2], found[3]), hint)


def _parse(text: str, chart: Chart) -> Problem | None:
    found = _PARSE.search(text)
    return found and Problem(f"template syntax: {_short(found[4], 3)}", _at(chart, found[1], found[2], found[3]), "Correct the template.")


def _yaml(text: str, chart: Chart) -> Problem | None:
    found = _YAML.search(text)
    if found is None:
        return None
    line = f" (line {found[2]} of the rendered text)" if found[2] else ""
    return Problem(
        f"the rendered text is not valid YAML: {_short(found[3], 3)}",
        f"{chart.where(found[1])}{line}",
        "Check the indentation and quotes that its values give.",
    )


def _dependencies(text: str, chart: Chart) -> Problem | None:
    found = re.search(r"found in Chart\.yaml, but missing in charts/ directory: (.*)", text)
    if found is None:
        return None
    hint = (
        f"Nothing is fetched while rendering: run `helm dependency build {chart.place}` once, and commit what it puts into "
        f"{chart.place / 'charts'}."
    )
    return Problem(f"this chart needs others that are not in its folder: {found[1].strip()}", str(chart.place / "Chart.yaml"), hint)


def _schema(text: str, chart: Chart) -> Problem | None:
    found = re.search(r"values don't meet the specifications of the schema\(s\) in the following chart\(s\):\n(.*)", text, re.DOTALL)
    if found is None:
        return None
    hint = (
        "Correct `variables` or the files of `manifests.values`. Variables that are no values of this chart can be left out: name those "
        "that are in `manifests.options.variables`."
    )
    return Problem(f"the values are not what the chart's schema allows:\n{_short(found[1])}", str(chart.place / "values.schema.json"), hint)


def _version(text: str, chart: Chart) -> Problem | None:
    found = re.search(r"chart requires kubeVersion: (.*?) which is incompatible with Kubernetes (\S+)", text)
    if found is None:
        return None
    return Problem(
        f"this chart is for Kubernetes {found[1]}, not {found[2]}", str(chart.place / "Chart.yaml"), "Use another version of the chart."
    )


def advice_of(output: str, chart: Chart, hide: Callable[[str], str]) -> tuple[Advice, ...]:
    """What `helm lint` printed. hide: as for `problem_of`."""
    return tuple(
        Advice(match[1].lower(), str(chart.place / match[2].rstrip("/")), _short(match[3], 3))
        for match in _LINT.finditer(_as_helm_3(hide(output)))
    )
