# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the variables of instances are and where each comes from, values of the cluster with them. For reading: nothing is waited for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .._cluster import Cluster
from .._errors import ClusterError, RenderError, UsageError
from .._model import MISSING, Instance, Origin, ValueSource, Variable, locate
from .._model import explain as explain_documents
from .._render import resolved
from .._secrets import Secrets
from .._values import Answer, read_values, settle
from .values import by_instance, wanted_of


@dataclass(frozen=True)
class Explained:
    """One variable. value: resolved; MISSING where there is none, then `why` says why. template: as it is written, where it is one.
    source: what a value is read from, in words."""

    value: Any
    origin: Origin
    overridden: tuple[tuple[Any, Origin], ...] = ()
    template: Any = MISSING
    source: str = ""
    why: str = ""


@dataclass(frozen=True)
class Variables:
    """Those of one instance by name. secrets: what must not be shown of them."""

    items: dict[str, Explained] = field(default_factory=dict)
    secrets: Secrets = field(default_factory=Secrets)


def explain_variables(
    instances: Sequence[Instance], connect: Callable[[], AbstractContextManager[Cluster]] | None, *, root: Path, places: bool
) -> dict[str, Variables]:
    """The variables by instance. connect: to read values; a cluster that cannot be asked leaves them out, and says why. root: the
    workspace's folder. places: with line and column, in files below it.

    Raises RenderError for variables that cannot be resolved whatever their values are.
    """
    answers, refusal = _read(instances, connect)
    grouped = by_instance(answers)
    return {instance.id: _explained(instance, grouped.get(instance.id, []), refusal, root if places else None) for instance in instances}


def _read(instances: Sequence[Instance], connect: Callable[[], AbstractContextManager[Cluster]] | None) -> tuple[list[Answer], str]:
    wanted = wanted_of(instances)
    if not wanted:
        return [], ""
    if connect is None:
        return [], "read from the cluster; --explain shows it"
    try:
        with connect() as cluster:
            return read_values(cluster, wanted), ""
    except (ClusterError, UsageError) as error:
        return [], f"not read: {error.problems[0].message}"


def _explained(instance: Instance, answers: Sequence[Answer], refusal: str, root: Path | None) -> Variables:
    """root: None for no places."""
    found = settle(answers)
    absent = {answer.wanted.source.variable: answer.message for answer in answers if answer.wanted.source.variable not in found.values}
    absent |= {source.variable: refusal for source in instance.values if refusal}
    documents = explain_documents(instance, root) if root else instance.variables
    try:
        known = resolved(instance, found.values)
    except RenderError:
        if not absent:
            raise
        known = {**{name: variable.value for name, variable in instance.variables.items()}, **found.values}
    items = {name: _variable(variable, known[name], instance.variables[name]) for name, variable in documents.items()}
    for source in instance.values:
        items[source.variable] = _value(source, known.get(source.variable, MISSING), absent.get(source.variable, ""), root)
        if source.variable in found.defaulted:
            items[source.variable] = replace(items[source.variable], why="the default, as it is not there")
    secrets = Secrets([known, *(variable.value for variable in instance.variables.values())])
    return Variables(dict(sorted(items.items())), secrets)


def _variable(shown: Variable, value: Any, written: Variable) -> Explained:
    template = written.value if written.value != value else MISSING
    return Explained(value, shown.origin, shown.overridden, template)


def _value(source: ValueSource, value: Any, why: str, root: Path | None) -> Explained:
    named = source.name if source.name is not None else f"with {source.selector}"
    inside = f" of namespace {source.namespace}" if source.namespace else ""
    origin = Origin(source.layer, place=source.place)
    overridden = tuple((value, locate(other, root) if root else other) for value, other in source.overridden)
    words = f"{source.kind} {named}{inside}, {source.path}"
    return Explained(value, locate(origin, root) if root else origin, overridden, source=words, why=why)
