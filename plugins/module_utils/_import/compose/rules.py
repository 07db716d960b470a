# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for places in a model, written as `services.*.build.args`; a step down is one look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

CONTAINERS = ("services.*", "jobs.*", "services.*.pre_start.*")
"""Where the specification has a container."""
WORKLOADS = ("services.*", "jobs.*")


class Rules:
    """A tree of rules. value: what holds here, or None. Lists are stepped into with "*"."""

    __slots__ = ("_below", "value")

    def __init__(self, rules: Mapping[str, Any] | None = None) -> None:
        self.value: Any = None
        self._below: dict[str, Rules] = {}
        for path, value in (rules or {}).items():
            self._put(path.split("."), value)

    def _put(self, path: list[str], value: Any) -> None:
        at = self
        for step in path:
            at = at._below.setdefault(step, Rules())
        at.value = value

    def down(self, step: str) -> Rules | None:
        """The rules below a key; None where there are none."""
        return self._below.get(step) or self._below.get("*")


def spread(prefixes: tuple[str, ...], rules: Mapping[str, Any]) -> dict[str, Any]:
    """The same rules below each prefix."""
    return {f"{prefix}.{path}": value for prefix in prefixes for path, value in rules.items()}
