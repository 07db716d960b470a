# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collecting everything that is wrong, so that one run tells it all."""

from __future__ import annotations

from pathlib import Path

from .._errors import DocumentError, Problem
from .locate import Locator
from .types import Place, Position


class Problems:
    """Problems of one workspace; positions are looked up only when there is one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.locator = Locator(root)
        self._found: list[tuple[Position, Problem]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, message: str, hint: str | None = None, *, key: bool = False) -> None:
        """Something wrong with the value at `place` (key: with its key)."""
        position, place = self.locator.find(place, key=key)
        at = f"at {place.json_path}: " if place.path else ""
        self._found.append((position, Problem(at + message, self.locator.show(position), hint)))

    def add_at(self, position: Position, message: str, hint: str | None = None) -> None:
        """Something wrong at a line and column."""
        self._found.append((position, Problem(message, self.locator.show(position), hint)))

    def raise_any(self) -> None:
        """Raises DocumentError with all of them in the order of files and lines; nothing when there are none."""
        if self._found:
            ordered = sorted(self._found, key=lambda item: (str(item[0].file), item[0].line, item[0].column))
            unique = dict.fromkeys(problem for _position, problem in ordered)
            raise DocumentError.of(tuple(unique))
