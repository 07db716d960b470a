# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment shall be, as the room above reads it from a workspace."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Protocol

from .._model import Selection
from .._model.drift import environment_drift
from .._model.types import Drift
from .._model.windows import is_open, next_change
from .._release import Desired, InstanceRecord, Options
from .types import Finding, Mode

_SUSPENDED = "suspended by the documents (drift.suspend)"


@dataclass(frozen=True)
class Wanted:
    """Documents, rendered. desired: all instances that take part, dependencies first. options: of every run. commit: of the workspace, ""
    for none. documents: digest of what was rendered. mode: instead of what the documents say."""

    selection: Selection
    desired: tuple[Desired, ...]
    options: Options = field(default_factory=Options)
    commit: str = ""
    documents: str = ""
    mode: Mode | None = None

    @cached_property
    def by_id(self) -> dict[str, Desired]:
        """The instances by their ids."""
        return {item.instance.id: item for item in self.desired}

    @property
    def homes(self) -> list[str]:
        """Namespaces of the instances, sorted."""
        return sorted({item.instance.namespace for item in self.desired})

    def mode_of(self, instance: str) -> Mode:
        """How it is reconciled; one that left the documents as the environment says."""
        return self.mode or self.drift_of(instance).mode

    def left_alone(self, instance: str, record: InstanceRecord | None) -> str:
        """Why the instance is not even looked at, "" when it is. record: what the cluster remembers of it."""
        if record is not None and record.outcome == "stopped":
            return "stopped by `roro stop`; `roro start` or `roro up` starts it"
        return _SUSPENDED if instance in self.by_id and self.drift_of(instance).suspend else ""

    def held_back(self, instance: str, now: datetime) -> str:
        """Why nothing may be changed of the instance now, "" when it may. now: with its time zone."""
        drift = self.drift_of(instance)
        if drift.suspend:
            return _SUSPENDED
        return "" if is_open(drift.windows, now) else "its maintenance window (drift.windows) is closed"

    def opens_in(self, instance: str, now: datetime) -> float:
        """Seconds until its maintenance window opens or closes next; `inf` where it has none."""
        change = next_change(self.drift_of(instance).windows, now)
        return math.inf if change is None else max(1.0, (change - now).total_seconds())

    def drift_of(self, instance: str) -> Drift:
        """What the documents say of its drift; of one that left them, what the environment says."""
        item = self.by_id.get(instance)
        return item.instance.drift if item is not None else self.drift

    @cached_property
    def drift(self) -> Drift:
        """What holds for all of the environment."""
        return environment_drift(self.selection.workspace, self.selection.environment)


def changed_between(before: Wanted | None, after: Wanted) -> set[str]:
    """Ids of instances of which the documents say something else, or nothing, now."""
    old = {name: _said(before, name) for name in before.by_id} if before is not None else {}
    new = {name: _said(after, name) for name in after.by_id}
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _said(wanted: Wanted, name: str) -> object:
    item = wanted.by_id[name]
    return (item.digest, item.rendered, item.instance.drift, item.instance.namespace, wanted.mode_of(name))


class Source(Protocol):
    """Where it comes from."""

    @property
    def trouble(self) -> str:
        """Why nothing newer is in use, "" for nothing."""

    def changed(self) -> bool:
        """Whether the documents are not those that were read last. Cheap; asked often."""

    def read(self) -> Wanted:
        """Read and render them. Raises RoroError where they have a mistake."""

    def missing_forwards(self) -> tuple[Finding, ...]:
        """Forwards of the documents that should be open and are not. Asks this machine only. Raises RoroError."""

    def open_forwards(self) -> None:
        """Open those. Raises RoroError."""
