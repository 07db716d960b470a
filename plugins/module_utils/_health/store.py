# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the daemon remembers of health checks. Keys of its state file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Memory:
    """checks: id -> the record of a check, perhaps another version's. watching: ids of those that are to run."""

    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    watching: set[str] = field(default_factory=set)

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return {"checks": self.checks, "watching": sorted(self.watching)}


def memory_of(record: Mapping[str, Any]) -> Memory:
    """The memory of such a record, which may be empty. Raises ValueError, TypeError, AttributeError for what is none."""
    checks = {str(key): dict(each) for key, each in (record.get("checks") or {}).items()}
    return Memory(checks, {str(key) for key in record.get("watching") or ()} & set(checks))
