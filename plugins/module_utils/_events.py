# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine tells while it works: small dataclasses handed to a sink. The engine itself never prints.

A sink is any callable that takes an Event; it is called from several threads and must return quickly.
`as_record` and `from_record` turn events into JSON-ready dicts and back, for the channel between the action plugin and `roro`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._known_fields import known_fields


@dataclass(frozen=True)
class Event:
    """Base of all events. `instance` is the instance id, or "" for the whole run."""

    instance: str


@dataclass(frozen=True)
class RunPhase(Event):
    """The run entered a phase: `load`, `render`, `connect`, `observe`, `plan`, `apply`, `wait`, `prune`, `record`, `done`."""

    phase: str
    message: str = ""


@dataclass(frozen=True)
class PlanReady(Event):
    """The plan is known. steps: how many API writes are planned; objects: how many objects the instance has."""

    steps: int
    objects: int


@dataclass(frozen=True)
class InstanceState(Event):
    """An instance changed status: NotDeployed, Deploying, Running, Failed or Updating (design.md section 1)."""

    status: str
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class StepDone(Event):
    """One planned step ended. action: create, update, unchanged, recreate, delete or run (a hook); duration in seconds.
    error: "" when it worked."""

    action: str
    kind: str
    namespace: str
    name: str
    cause: str = ""
    duration: float = 0.0
    error: str = ""


@dataclass(frozen=True)
class ObjectState(Event):
    """Readiness of one object changed. state: waiting, ready or failed."""

    kind: str
    namespace: str
    name: str
    state: str
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class Notice(Event):
    """Something a person should know. level: info or warning."""

    level: str
    message: str


Sink = Callable[[Event], None]

_TYPES: dict[str, type[Event]] = {kind.__name__: kind for kind in (RunPhase, PlanReady, InstanceState, StepDone, ObjectState, Notice)}


def as_record(event: Event) -> dict[str, Any]:
    """The event as a JSON-ready dict with its type under `event`."""
    return {"event": type(event).__name__, **vars(event)}


def from_record(record: dict[str, Any]) -> Event | None:
    """The event of a record; None for a type this version does not know. Unknown fields are dropped."""
    kind = _TYPES.get(record.get("event", ""))
    if kind is None:
        return None
    return kind(**known_fields(kind, record))


def ignore(event: Event) -> None:
    """A sink that drops every event."""
