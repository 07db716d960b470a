# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked for and what came of it. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .._errors import Problem
from .._model import MISSING, Instance, Origin, ValueSource, locate

Reason = Literal["KindNotServed", "Forbidden", "NotFound", "SeveralObjects", "NoMatch", "SeveralMatches", "BadPath", "LibraryMissing"]
"""Why there is no value: a word for machines."""
LATER: frozenset[str] = frozenset({"KindNotServed", "NotFound", "NoMatch"})
"""What may come: a default stands in for these, and waiting may help."""
Place = tuple[str, str, str]
"""(apiVersion, kind, namespace): what one LIST covers."""


@dataclass(frozen=True)
class Wanted:
    """A value that an instance (id; "" for none) asks for. namespace: where the resource is, unless its kind has no namespaces."""

    instance: str
    namespace: str
    source: ValueSource

    @property
    def place(self) -> Place:
        """What has to be asked of the cluster."""
        return (self.source.api_version, self.source.kind, self.namespace)

    def __str__(self) -> str:
        """The resource in words: `ConfigMap shop/site`, or by its labels."""
        source = self.source
        inside = f"{self.namespace}/" if self.namespace else ""
        if source.name is not None:
            return f"{source.kind} {inside}{source.name}"
        return f"{source.kind} with {source.selector}" + (f" in namespace {self.namespace}" if self.namespace else "")

    def problem(self, reason: Reason, message: str, hint: str | None) -> Problem:
        """The problem with the place in the document; reading that place again costs time, so only where a person will see it."""
        source = self.source
        where = str(self)
        if source.place is not None:
            where = str(locate(Origin("app", place=source.place)).position)
            message = f"value {source.variable} of instance {self.instance}: {message}"
        return Problem(message, where, hint, reason)


@dataclass(frozen=True)
class Answer:
    """One value: what it is (MISSING for none), or why there is none: reason, message and hint, made a Problem when it is one."""

    wanted: Wanted
    value: Any = MISSING
    reason: Reason | None = None
    message: str = ""
    hint: str | None = None


def wanted_by(instance: Instance) -> list[Wanted]:
    """The values of an instance; the namespace is the instance's own where the document says none."""
    return [Wanted(instance.id, source.namespace or instance.namespace, source) for source in instance.values]
