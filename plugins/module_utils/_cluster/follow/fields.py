# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A few fields instead of whole objects."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, TypeAlias

from ..._objects import KubeObject

_Tree: TypeAlias = "dict[str, _Tree]"


class Fields:
    """Keeps these fields of an object, in its own shape. paths: names with dots between (`status.containerStatuses.state`); lists are gone
    through, a path that ends at a mapping keeps all of it. Equal when the paths are."""

    def __init__(self, *paths: str) -> None:
        self._paths = frozenset(paths)
        self._tree: _Tree = {}
        for path in sorted(self._paths):
            _put(self._tree, path.split("."))

    def __call__(self, obj: KubeObject) -> Any:
        return _pick(obj, self._tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fields) and other._paths == self._paths

    def __hash__(self) -> int:
        return hash(self._paths)

    def __repr__(self) -> str:
        return f"Fields({', '.join(sorted(self._paths))})"


def _put(tree: _Tree, names: list[str]) -> None:
    """A path into the tree. An empty tree stands for everything below; a shorter path, which comes first, keeps what longer ones add."""
    for name in names:
        if name in tree and not tree[name]:
            return
        tree = tree.setdefault(sys.intern(name), {})


def _pick(value: Any, tree: _Tree) -> Any:
    """The names of the result are those of the tree: one text for all objects."""
    if not tree:
        return value
    if isinstance(value, Mapping):
        return {name: _pick(value[name], below) for name, below in tree.items() if name in value}
    if isinstance(value, list):
        return [_pick(item, tree) for item in value]
    return value
