# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: a directed acyclic graph of steps and gates. Made by `planning.planner`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .hook import Hook
from .plan_record import Kept, plan_record, plan_text
from .steps import Gate, Step


@dataclass(frozen=True)
class Plan:
    """A directed acyclic graph of steps and gates, in an order that respects it.

    `unchanged` steps need no call and are there so that everything is told. instances: in the order of the result, with those that
    are only pruned at the end. kept: (instance, OwnedObject, why) for what is no longer wanted but stays, and stays in the record.
    hooks: by instance, all that its record shall know, those that are about to run with `done` "".
    """

    steps: tuple[Step, ...] = ()
    gates: tuple[Gate, ...] = ()
    notices: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    kept: tuple[Kept, ...] = ()
    hooks: Mapping[str, tuple[Hook, ...]] = field(default_factory=dict)

    def text(self) -> str:
        """The plan for reading and for tests, a line each: `#3 create ConfigMap shop/settings <- #1: no existing object`."""
        return plan_text(self.record())

    def record(self) -> dict[str, Any]:
        """The plan as JSON-ready data, see `plan_record`."""
        return plan_record(self.steps, self.gates, self.kept, self.notices)
