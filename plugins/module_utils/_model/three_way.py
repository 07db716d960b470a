# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three versions of one document -> one, by key and not by line: two people who changed different keys never conflict. Pure.

Maps merge by key. `forwards` and `health` merge by name, `instances` by the instance's id, and a list in `dependsOn` means its map.
Rules in `drift.ignore` merge one by one: what tells one from the others is all that it says.
Every other list is one value. Where only one side changed a value, its change is taken; where both changed it, and not to the same,
there is a conflict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from .merge import NAMED_LISTS
from .types import MISSING, json_path

Side = Literal["ours", "theirs"]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """A value that both sides changed. path: keys, names and instance ids from the top. base, ours, theirs: the value of each version,
    MISSING where it has none."""

    path: Path
    base: Any
    ours: Any
    theirs: Any

    @property
    def json_path(self) -> str:
        """The path as `$.instances['api-blue'].variables.image`."""
        return json_path(self.path)


@dataclass(frozen=True)
class MergedDocument:
    """data: the one version; where there is a conflict, with the value of ours. conflicts: what nobody has settled."""

    data: Any
    conflicts: tuple[Conflict, ...]


class Named(dict[str, Any]):
    """A list of named things as a map by name, which is written as a list again; its order counts."""


def merge_documents(base: Any, ours: Any, theirs: Any, settled: Callable[[Path], Side | None] = lambda path: None) -> MergedDocument:
    """Merge three versions of a document's data. None is changed. settled: which side was chosen for a conflict at a path.

    base is MISSING where the document is new on both sides; a side that removed the document is for the caller to decide.
    """
    merging = _Merging(settled)
    merged = merging.merge(_by_name(base), _by_name(ours), _by_name(theirs), ())
    return MergedDocument(_as_written(merged), tuple(merging.conflicts))


def identity(key: str, item: Any) -> str | None:
    """What tells an item of the list at `key` from the others there: its name, its id in `instances`, the fields that a rule in `ignore`
    is about; None where nothing does."""
    if key == "dependsOn":
        return item if isinstance(item, str) else None
    if not isinstance(item, Mapping):
        return None
    if key == "instances":
        parts = [part for part in (item.get("app"), item.get("suffix")) if part]
        return "-".join(parts) if parts and all(isinstance(part, str) for part in parts) else None
    if key == "ignore":
        said = [part for part in (item.get("kind"), item.get("name") or "*", item.get("path")) if isinstance(part, str)]
        return " ".join(said) if len(said) == 3 else None
    name = item.get("name") if key in NAMED_LISTS else None
    return name if isinstance(name, str) else None


def value_at(document: Any, path: Path) -> Any:
    """The value at the path of a Conflict in any version of the document; MISSING where it has none."""
    value = _by_name(document)
    for step in path:
        value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
    return _as_written(value, path[-1] if path else "")


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: true is not 1, the order of a map's keys does not count, that of named things does."""
    if one is MISSING or other is MISSING:
        return one is other
    return _canonical(one) == _canonical(other)


def _canonical(value: Any) -> str:
    def plain(item: Any) -> Any:
        if isinstance(item, Named):
            return [[name, plain(inner)] for name, inner in item.items()]
        if isinstance(item, Mapping):
            return {key: plain(inner) for key, inner in item.items()}
        return [plain(inner) for inner in item] if isinstance(item, list) else item

    return json.dumps(plain(value), sort_keys=True)


class _Merging:
    def __init__(self, settled: Callable[[Path], Side | None]) -> None:
        self._settled = settled
        self.conflicts: list[Conflict] = []

    def merge(self, base: Any, ours: Any, theirs: Any, path: Path) -> Any:
        if same(ours, theirs) or same(theirs, base):
            return ours
        if same(ours, base):
            return theirs
        before = {} if base is MISSING else base
        if isinstance(before, dict) and isinstance(ours, dict) and isinstance(theirs, dict):
            return self._maps(before, ours, theirs, path)
        side = self._settled(path)
        if side is None:
            self.conflicts.append(Conflict(path, *(_as_written(value, path[-1] if path else "") for value in (base, ours, theirs))))
        return theirs if side == "theirs" else ours

    def _maps(self, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any], path: Path) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for key in _order(list(base), list(ours), list(theirs)):
            value = self.merge(base.get(key, MISSING), ours.get(key, MISSING), theirs.get(key, MISSING), (*path, key))
            if value is not MISSING:
                merged[key] = value
        shape = theirs if type(ours) is type(base) else ours
        return Named(merged) if isinstance(shape, Named) else merged


def _order(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """All keys of both: in the order of the side that changed it (ours, when both did), each new key of the other after the key that
    it follows there."""
    common = [key for key in base if key in ours and key in theirs]
    ours_moved = [key for key in ours if key in common] != common
    spine, other = (list(ours), theirs) if ours_moved else (list(theirs), ours)
    present = set(spine)
    before: str | None = None
    for key in other:
        if key not in present:
            spine.insert(spine.index(before) + 1 if before is not None else 0, key)
            present.add(key)
        before = key
    return spine


def _by_name(document: Any) -> Any:
    """The document with its lists of named things as maps. A list with an item that has no name, or one twice, stays a list."""
    if not isinstance(document, dict):
        return document
    result = dict(document)
    if isinstance(result.get("drift"), dict):
        result["drift"] = _lists_by_name(result["drift"], ("ignore",))
    return _lists_by_name(result, ("instances", "dependsOn", *NAMED_LISTS))


def _lists_by_name(said: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """The map with the lists at these keys as maps."""
    result = dict(said)
    for key in keys:
        items = result.get(key)
        if not isinstance(items, list):
            continue
        names = [identity(key, item) for item in items]
        if None not in names and len(set(names)) == len(names):
            result[key] = Named((str(name), _inner(key, item)) for name, item in zip(names, items, strict=True))
    return result


def _inner(key: str, item: Any) -> Any:
    if key == "dependsOn":
        return {}
    if key in ("instances", "ignore"):
        return _by_name(item) if key == "instances" else item
    return {name: value for name, value in item.items() if name != "name"}


def _as_written(value: Any, key: str = "") -> Any:
    """The inverse of `_by_name`. key: where the value stands; a `dependsOn` of which an item says more than its name stays a map."""
    if not isinstance(value, dict):
        return value
    written = {name: _as_written(item, name) for name, item in value.items()}
    if not isinstance(value, Named) or (key == "dependsOn" and any(written.values())):
        return written
    if key == "dependsOn":
        return list(written)
    return [{"name": name, **item} for name, item in written.items()] if key in NAMED_LISTS else list(written.values())
