# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that were given and that nobody reads: most are misspelt.

A variable is read when a document of the instances names it, or a template does. Templates are not run for that: a word within their
marks is enough, and a chart that passes all its values on reads everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from .._errors import Problem
from .._model import Instance, Selection, suggest
from .template_blocks import blocks, texts_below

_WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_]*")
_PASSES = re.compile(rb"(?:toYaml|toJson|toPrettyJson|range|with|merge|include|tpl)\b")
_ALL_VALUES = re.compile(rb"\.Values(?![.\w])")
_CHART_FILES = ("Chart.yaml", "values.yaml", "values.yml", "values.schema.json")


def unread_variables(selection: Selection, given: Mapping[str, Any]) -> list[Problem]:
    """For each variable of `given` that no instance of the selection reads: a message, and the nearest name as the hint. A folder that
    cannot be looked at reads everything; null takes a variable away, which is right for one that is not there."""
    names = [name for name, value in given.items() if value is not None]
    open_names = [name for name in names if not any(_in_documents(instance, name) for instance in selection.instances)]
    if not open_names:
        return []
    words = _words_of(selection.instances)
    if words is None:
        return []
    known = {name for instance in selection.instances for name in _own_names(instance)}
    return [
        Problem(f"no instance of {selection.environment.name} reads the variable {name}", None, suggest(name, known, what="variables"))
        for name in open_names
        if name.encode() not in words
    ]


def _in_documents(instance: Instance, name: str) -> bool:
    """Whether a document names it: not only whoever gave it."""
    variable = instance.variables.get(name)
    return variable is not None and (variable.origin.layer != "command line" or bool(variable.overridden))


def _own_names(instance: Instance) -> Iterator[str]:
    yield from (name for name, item in instance.variables.items() if item.origin.layer != "computed" and _in_documents(instance, name))
    yield from (source.variable for source in instance.values)


def _words_of(instances: Sequence[Instance]) -> set[bytes] | None:
    """Words that may be variables in the templates and documents of the instances; None where they read everything."""
    words: set[bytes] = set()
    for instance in instances:
        for variable in instance.variables.values():
            if variable.origin.layer not in ("command line", "computed"):
                words |= _marked(repr(variable.value).encode())
    for folder in dict.fromkeys(path for instance in instances for path in (instance.folder, instance.manifests.path)):
        found = _words_in(folder)
        if found is None:
            return None
        words |= found
    return words


def _words_in(folder: Path) -> set[bytes] | None:
    words: set[bytes] = set()
    try:
        for path, data in texts_below(folder):
            if _passes_all(data):
                return None
            words |= set(_WORD.findall(data)) if path.name in _CHART_FILES else _marked(data)
    except OSError:
        return None
    return words


def _marked(data: bytes) -> set[bytes]:
    return {word for block in blocks(data) for word in _WORD.findall(block)}


def _passes_all(data: bytes) -> bool:
    """Whether an expression of a chart hands all values on."""
    for part in data.split(b"}"):
        begin = _PASSES.search(part)
        if begin and _ALL_VALUES.search(part, begin.end()):
            return True
    return False
