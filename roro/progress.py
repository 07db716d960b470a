"""What a run looks like while it works, as data: one row an instance, filled from events. Drawing is elsewhere (live.py, plain.py)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.roro.kube.plugins.module_utils._events import (
    Event,
    InstanceState,
    Notice,
    ObjectState,
    PlanReady,
    RunPhase,
    StepDone,
    from_record,
)

from .ages import lasted
from .reason_words import reason_words

FINAL = ("Running", "Failed", "NotDeployed")
WRITES = ("create", "update", "recreate", "delete", "run")


@dataclass
class Row:
    """One instance under way. done and steps count API writes; waiting maps an object's name to why it is not ready yet."""

    instance: str
    status: str = "Waiting"
    reason: str = ""
    message: str = ""
    done: int = 0
    steps: int = 0
    waiting: dict[str, str] = field(default_factory=dict)
    began: float | None = None
    ended: float | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the first thing happened, until the instance was done."""
        return lasted(self.began, self.ended)

    @property
    def detail(self) -> str:
        """The one most telling sentence: why it failed, or what it waits for."""
        if self.status == "Failed" and (self.message or self.reason):
            return reason_words(self.reason, self.message)
        if self.waiting and self.ended is None:
            name, why = next(iter(self.waiting.items()))
            more = f" (+{len(self.waiting) - 1} more)" if len(self.waiting) > 1 else ""
            return f"{name}: {why}{more}" if why else f"{name}{more}"
        return self.message


class Progress:
    """Takes event records and keeps the rows; calls `changed` with the event after each."""

    def __init__(self, instances: Sequence[str], changed: Callable[[Event], None] = lambda event: None) -> None:
        self.rows: dict[str, Row] = {name: Row(name) for name in instances}
        self.phase = "starting"
        self.notices: list[Notice] = []
        self._changed = changed

    def receive(self, record: dict[str, Any]) -> None:
        """Take one record from the event channel; unknown ones are dropped."""
        event = from_record(record)
        if event is not None:
            self._take(event)
            self._changed(event)

    def _take(self, event: Event) -> None:
        match event:
            case RunPhase():
                self.phase = event.message or event.phase
            case Notice():
                self.notices.append(event)
            case _ if event.instance:
                self._take_for(self.rows.setdefault(event.instance, Row(event.instance)), event)

    def _take_for(self, row: Row, event: Event) -> None:
        if row.began is None:
            row.began = time.monotonic()
        match event:
            case PlanReady():
                row.steps = event.steps
            case InstanceState():
                row.status, row.reason, row.message = event.status, event.reason, event.message
                row.ended = time.monotonic() if event.status in FINAL else None
            case StepDone():
                row.done += event.action in WRITES
                if event.error:
                    row.reason, row.message = "", event.error
            case ObjectState():
                name = f"{event.kind} {event.name}"
                row.waiting.pop(name, None)
                if event.state != "ready":
                    row.waiting[name] = event.message or event.reason
