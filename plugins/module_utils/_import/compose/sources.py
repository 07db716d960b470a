# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which line of which file a place of the merged model comes from: looked up only when something is to be told.

A value may come from a later file, an included one, or the service that is extended: the strongest that says it is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Path_ = tuple["str | int", ...]


@dataclass(frozen=True)
class Spot:
    """A place in a file; line and column are 1-based."""

    file: Path
    line: int
    column: int


@dataclass
class Sources:
    """documents: (file, root node), weakest first. extended: (file, section, service) -> (file, section, service) that it extends."""

    documents: list[tuple[Path, Any]] = field(default_factory=list)
    extended: dict[tuple[Path, str, str], tuple[Path, str]] = field(default_factory=dict)

    def add(self, file: Path, node: Any) -> None:
        """One more document, stronger than those before."""
        self.documents.append((file, node))

    def spot(self, path: Path_, file: Path | None = None) -> Spot | None:
        """Where the value at `path` is said, or the nearest thing around it. file: only in this one. A step into a list may be a text: the
        item that is it, holds it, or has a value that is it."""
        best: tuple[int, Spot] | None = None
        for where, node in reversed(self.documents):
            if file is not None and where != file:
                continue
            depth, spot = self._follow(where, node, path)
            if best is None or depth > best[0]:
                best = (depth, spot)
            if depth == len(path):
                break
        return best[1] if best else None

    def _follow(self, file: Path, node: Any, path: Path_, hops: int = 0) -> tuple[int, Spot]:
        """(how many steps are there, the place of the last)."""
        depth, mark = 0, node.start_mark
        for step in path:
            child = _child(node, step)
            if child is None:
                break
            mark, node = child
            depth += 1
        spot = Spot(file, mark.line + 1, mark.column + 1)
        if 2 <= depth < len(path) and hops < 20:
            further = self.extended.get((file, str(path[0]), str(path[1])))
            for where, root in self.documents if further else ():
                if further and where == further[0]:
                    deeper, other = self._follow(where, root, (path[0], further[1], *path[2:]), hops + 1)
                    depth, spot = (deeper, other) if deeper > depth else (depth, spot)
        return depth, spot


def _child(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """(mark, node) one step down: a key's own mark, an item's own mark."""
    if isinstance(node, yaml.MappingNode):
        merged: list[Any] = []
        for key, value in node.value:
            if key.value == step:
                return key.start_mark, value
            if key.value == "<<":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        return next((found for each in merged if (found := _child(each, step))), None)
    if not isinstance(node, yaml.SequenceNode):
        return None
    if isinstance(step, int):
        return (node.value[step].start_mark, node.value[step]) if step < len(node.value) else None
    return next(((item.start_mark, item) for like in (_is, _holds) for item in node.value if like(item, step)), None)


def _is(item: Any, text: str) -> bool:
    if isinstance(item, yaml.MappingNode):
        return any(value.value == text for _key, value in item.value)
    return bool(item.value == text)


def _holds(item: Any, text: str) -> bool:
    return isinstance(item, yaml.ScalarNode) and text in item.value
