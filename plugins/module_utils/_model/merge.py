# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging documents, weakest first. Pure.

The rule is JSON Merge Patch (RFC 7396): maps merge by key, everything else replaces, null removes. Lists of named things
are turned into maps by name first (`normalise`), so that the one rule holds for them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from .builds import written_build
from .types import Origin, Place, Variable

NAMED_LISTS = ("forwards", "health")
VARIABLE_KEYS = ("variables", "systemEnvironment", "values")


@dataclass(frozen=True)
class Layer:
    """What one document (or one item of `instances`, or the command line) says. place: where; None for the command line."""

    name: str
    data: Mapping[str, Any]
    place: Place | None = None

    def origin(self, *path: str | int) -> Origin:
        """The origin of what stands at `path` in this layer."""
        return Origin(self.name, place=Place(self.place.document, self.place.path + path) if self.place else None)


@dataclass(frozen=True)
class Merged:
    """A variable after the merge: which of VARIABLE_KEYS said it last, the value as written, where, and what it replaced."""

    key: str
    value: Any
    origin: Origin
    overridden: tuple[tuple[Any, Origin], ...] = field(default=())

    def variable(self) -> Variable:
        """The same for templates."""
        return Variable(self.value, self.origin, self.overridden)


def merge(base: Any, over: Any) -> Any:
    """`over` on top of `base`. Neither is changed; null in a map of `over` removes the key."""
    if not isinstance(over, Mapping):
        return over
    result = dict(base) if isinstance(base, Mapping) else {}
    for key, value in over.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result


def merge_all(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All layers, weakest first."""
    return reduce(merge, layers, {})


def normalise(document: Mapping[str, Any]) -> dict[str, Any]:
    """A document in its mergeable form: notes (x-...) gone, lists of named things and `dependsOn` as maps by name."""
    result = without_notes(document)
    for key in NAMED_LISTS:
        if isinstance(items := result.get(key), list):
            result[key] = {item["name"]: {name: value for name, value in item.items() if name != "name"} for item in items}
        elif isinstance(items, dict):
            result[key] = without_notes(items)
    if "build" in result:
        result["build"] = written_build(result["build"])
    depends = result.get("dependsOn")
    if isinstance(depends, list):
        result["dependsOn"] = {app: {} for app in depends}
    for key in (*VARIABLE_KEYS, "dependsOn"):
        if isinstance(result.get(key), dict):
            result[key] = without_notes(result[key])
    return result


def without_notes(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping without keys that start with x-."""
    return {key: value for key, value in mapping.items() if not key.startswith("x-")}


def merge_settings(layers: Sequence[Layer]) -> dict[str, Any]:
    """Everything but variables, values and system environment."""
    return merge_all([{key: value for key, value in layer.data.items() if key not in VARIABLE_KEYS} for layer in layers])


def merge_variables(layers: Sequence[Layer]) -> dict[str, Merged]:
    """Variables, values and system environment, which share one set of names: the strongest layer decides which of them a name is."""
    result: dict[str, Merged] = {}
    removed: dict[str, tuple[tuple[Any, Origin], ...]] = {}
    for layer in layers:
        for key in VARIABLE_KEYS:
            for name, value in (layer.data.get(key) or {}).items():
                origin = layer.origin(key, name)
                before = result.pop(name, None)
                history = (*before.overridden, (before.value, before.origin)) if before else removed.pop(name, ())
                if value is None:
                    removed[name] = (*history, (None, origin))
                    continue
                base = before.value if before and before.key == key else None
                result[name] = Merged(key, merge(base, value), origin, history)
    return result


def removed_variables(layers: Sequence[Layer]) -> dict[str, Any]:
    """What the layers removed with null and no stronger one said again: `{"gone": None, "page": {"colour": None}}`. For an engine with
    defaults of its own, from which it has to be removed as well."""
    result: dict[str, Any] = {}
    for layer in layers:
        result = _removed(result, layer.data.get("variables") or {})
        for key in VARIABLE_KEYS[1:]:
            for name in layer.data.get(key) or {}:
                result.pop(name, None)
    return result


def _removed(before: Any, said: Mapping[str, Any]) -> dict[str, Any]:
    """The nulls of `before` that `said` leaves, and its own."""
    result = dict(before) if isinstance(before, Mapping) else {}
    for key, value in said.items():
        found = None if value is None else _removed(result.get(key), value) if isinstance(value, Mapping) else {}
        if found is None or found:
            result[key] = found
        else:
            result.pop(key, None)
    return result


def with_removed(said: Mapping[str, Any], removed: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with null where one was removed (`removed_variables`)."""
    result = dict(said)
    for name, what in removed.items():
        if what is None:
            result.setdefault(name, None)
        elif isinstance(result.get(name, {}), Mapping):
            result[name] = with_removed(result.get(name, {}), what)
    return result


def find_place(layers: Sequence[Layer], *path: str | int) -> Place:
    """Where the strongest layer says `path` (keys, names of named things, indexes), or as much of it as any layer says."""
    stated = [(layer, layer.place) for layer in reversed(layers) if layer.place is not None]
    for length in range(len(path), 0, -1):
        for layer, place in stated:
            if _says(layer.data, path[:length]):
                return Place(place.document, place.path + path[:length])
    return stated[0][1]


def _says(data: Any, path: Sequence[str | int]) -> bool:
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(step)
        else:
            data = data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None
    return data is not None
