# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task does, in our own log: its beginning and end, and every event of the engine on its way to the sink."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from .. import _log as log
from .._events import Event, InstanceState, Notice, ObjectState, PlanReady, RunPhase, Sink, StepDone
from .._secrets import Secrets, secret
from .specs import SPECS
from .types import Mode, Outcome


def logged(name: str, parameters: Mapping[str, Any], mode: Mode, sink: Sink, work: Callable[[Sink], Outcome]) -> Outcome:
    """The outcome of `work(sink)`, logged where a log is wanted. Options that Ansible does not log are hidden in every line;
    of a silent task there is none."""
    if mode.silent or not log.told("error"):
        return work(sink)
    log.conceal(secrets_in(name, parameters))
    began = time.monotonic()
    environment = parameters.get("environment")
    log.tell("info", "action", "task started", module=name, environment=environment, check=mode.check or None)
    outcome = work(logging_sink(sink))
    failed = bool(outcome.get("failed"))
    log.tell(
        "error" if failed else "info",
        "action",
        "task ended",
        module=name,
        changed=bool(outcome.get("changed")),
        failed=failed,
        reason=outcome.get("reason"),
        seconds=round(time.monotonic() - began, 3),
    )
    return outcome


def secrets_in(name: str, parameters: Mapping[str, Any]) -> Secrets:
    """What the options that Ansible does not log hold."""
    options = SPECS[name]["argument_spec"]
    return Secrets([secret(value) for key, value in parameters.items() if value and options.get(key, {}).get("no_log")])


def logging_sink(sink: Sink) -> Sink:
    """The sink; every event is logged too."""

    def tell(event: Event) -> None:
        write_event(event)
        sink(event)

    return tell


def write_event(event: Event) -> None:
    """The line of one event; those of single objects that wait or change nothing are for debugging."""
    name = event.instance or None
    match event:
        case RunPhase():
            log.tell("info", "engine", "phase", instance=name, phase=event.phase, message=event.message)
        case PlanReady():
            log.tell("info", "engine", "plan", instance=name, steps=event.steps, objects=event.objects)
        case InstanceState():
            level = "error" if event.status == "Failed" else "info"
            log.tell(level, "engine", "instance", instance=name, status=event.status, reason=event.reason, message=event.message)
        case StepDone():
            level = "error" if event.error else "debug" if event.action == "unchanged" else "info"
            log.tell(
                level,
                "engine",
                "step",
                **{key: value for key, value in vars(event).items() if key != "duration"},
                seconds=round(event.duration, 3),
            )
        case ObjectState():
            log.tell("debug", "engine", "object", **vars(event))
        case Notice():
            log.tell("warning" if event.level == "warning" else "info", "engine", "notice", instance=name, message=event.message)
