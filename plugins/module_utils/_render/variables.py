# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an instance to the variables its templates see: plain data only, so that a template has no object to climb out by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from .._model import Instance, ValueSource
from .._secrets import HIDDEN, Secrets, secret
from .plain_data import plain
from .resolve import resolve

_SECRET_NAME = re.compile(r"pass(word|wd|phrase)?|secret|token|credential|api_?key|private_?key|_key$|auth", re.IGNORECASE)


def context(instance: Instance, values: Mapping[str, Any] | None = None, revision: int | None = None) -> dict[str, Any]:
    """The variables of an instance's templates: plain dicts, lists, strings, numbers, booleans and None.

    values: what was read from the cluster, by variable. A value is stronger than the documents and weaker than the command
    line and the computed variables. revision: the computed variable of that name, when it is known.
    Raises RenderError for a variable that is no such data (a set, bytes, an object, or nested deeper than 100), and as `resolve`.
    """
    result = resolved(instance, values)
    if revision is not None:
        result["revision"] = revision
    return {str(name): plain(value, str(name)) for name, value in result.items()}


def resolved(instance: Instance, values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The variables with the templates inside them resolved; SecretText marks what is secret. Raises RenderError as `resolve`."""
    known: dict[str, Any] = {name: variable.value for name, variable in instance.variables.items()}
    for name, value in (values or {}).items():
        if not _stronger_than_values(instance, name):
            known[name] = value
    return resolve(instance.variables, known, pending(instance, known))


def pending(instance: Instance, known: Mapping[str, Any]) -> dict[str, str]:
    """Declared names that have no value -> the sentence that says why."""
    result = {source.variable: _describe(source) for source in instance.values if source.variable not in known}
    result |= instance.absent
    if "revision" not in known:
        result["revision"] = "a revision gets its number when it is applied: a manifest that named it would change with every run"
    return result


def _stronger_than_values(instance: Instance, name: str) -> bool:
    variable = instance.variables.get(name)
    return variable is not None and variable.origin.layer in ("command line", "computed")


def _describe(source: ValueSource) -> str:
    named = source.name if source.name is not None else f"with {source.selector}"
    place = f" of namespace {source.namespace}" if source.namespace else ""
    return f"value {source.variable} is read from the cluster ({source.kind} {named}{place}, {source.path}) and is not there"


def looks_secret(name: str) -> bool:
    """Whether a variable's name says that its value must not be shown."""
    return _SECRET_NAME.search(name) is not None


def secret_texts(variables: Mapping[str, Any]) -> frozenset[str]:
    """The strings below variables whose names look secret: what no message may contain."""
    found: set[str] = set()

    def collect(value: Any, secret: bool) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                collect(item, secret or looks_secret(str(key)))
        elif isinstance(value, list):
            for item in value:
                collect(item, secret)
        elif secret and value not in (None, True, False, ""):
            found.add(str(value))

    collect(variables, False)
    return frozenset(found)


class Hidden:
    """What no message about an instance may show: texts below variables whose names say so, and what is marked as secret (read from a
    Secret, say), each in any form. Worked out when it is first asked."""

    def __init__(self, instance: Instance, variables: Mapping[str, Any], values: Mapping[str, Any] | None) -> None:
        self._instance, self._variables, self._values = instance, variables, values

    @cached_property
    def _named(self) -> list[str]:
        return sorted(secret_texts(self._variables), key=len, reverse=True)

    @cached_property
    def _secrets(self) -> Secrets:
        return Secrets([secret(self._named), resolved(self._instance, self._values)])

    def holds(self, text: str) -> bool:
        """Whether some of it is in the text."""
        return any(named in text for named in self._named) or self._secrets.holds(text)

    def hide(self, text: str) -> str:
        """The text without it. To be asked before anything is cut off: half a secret is not recognised any more."""
        text = self._secrets.hide(text)
        for named in self._named:  # also those that are too short for `Secrets`
            text = text.replace(named, HIDDEN)
        return text
