# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far one instance is within a run: plain data that the scheduler keeps."""

from __future__ import annotations

import math
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from ..._events import PlanReady, Sink
from ..._model import ReadinessRule
from ..._objects import Identity
from ..causes.failure import Failure, Root
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..data.record import OwnedObject
from ..data.result import InstanceResult
from ..data.steps import Gate, Step

_REMOVAL_TIMEOUT = 300.0
"""Seconds for an instance that is only removed, where no document says."""
ENVIRONMENT = ""
"""The "instance" of steps that belong to the environment as a whole: its namespaces. It has no record, and the time of those that live
there."""


@dataclass
class Progress:
    """One instance in this run.

    stops_all: when it fails, nothing new is begun in the whole run. transition: see Desired.
    pending: steps not ended yet. running: calls under way. unready: objects applied or about to be that are not ready.
    root: of a failed one, the failure that it suffers from. spared: of one that runs as before, what failed that it needs.
    crashed: of a failed one, the failure whose log may tell more.
    stop: ends calls that wait (a recreate). hooks: those that completed.
    parked: steps that wait until the record is written. deadline: monotonic seconds, None before its first step.
    """

    result: InstanceResult
    timeout: float
    rules: Sequence[ReadinessRule] = ()
    removed: bool = False
    stops_all: bool = False
    transition: str = ""
    pending: set[int] = field(default_factory=set)
    unready: set[Identity] = field(default_factory=set)
    parked: list[int] = field(default_factory=list)
    applied: dict[Identity, OwnedObject] = field(default_factory=dict)
    gone: set[Identity] = field(default_factory=set)
    hooks: set[Identity] = field(default_factory=set)
    record: Literal["none", "writing", "written"] = "none"
    running: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    began: float | None = None
    deadline: float | None = None
    expiring: bool = False
    failed: bool = False
    root: Root | None = None
    spared: Root | None = None
    crashed: Failure | None = None
    skipped: bool = False
    closing: bool = False
    closed: bool = False

    @property
    def instance(self) -> str:
        """The instance's id."""
        return self.result.instance

    @property
    def expires(self) -> float:
        """When its time is over, in monotonic seconds; infinite while that is not known, and once it is noticed."""
        return math.inf if self.deadline is None or self.closing or self.expiring else self.deadline


def all_progress(plan: Plan, desired: Sequence[Desired], observed: Observed, options: Options) -> dict[str, Progress]:
    """Every instance of the plan, nothing done yet."""
    instances = {item.instance.id: item.instance for item in desired}
    transitions = {item.instance.id: item.transition for item in desired}
    found: dict[str, Progress] = {}
    for name in plan.instances:
        instance, record = instances.get(name), observed.records.get(name)
        app = instance.app if instance else (record.app if record else "")
        namespace = instance.namespace if instance else (record.namespace if record else "")
        timeout = options.timeout or (instance.timeout if instance else options.timeouts.get(name, _REMOVAL_TIMEOUT))
        result = InstanceResult(name, app, namespace, revision=record.revision if record else 0)
        found[name] = Progress(result, timeout, instance.readiness if instance else (), removed=name in plan.removed)
        found[name].stops_all = instance is not None and instance.on_failure == "stop"
        found[name].transition = transitions.get(name, "")
    spaces = {step.ref.name for step in plan.steps if step.instance == ENVIRONMENT}
    theirs = [item.timeout for item in found.values() if item.result.namespace in spaces] or list(options.timeouts.values())
    longest = options.timeout or max(theirs, default=_REMOVAL_TIMEOUT)
    found[ENVIRONMENT] = Progress(InstanceResult(ENVIRONMENT, "", ""), longest, removed=True)
    for step in plan.steps:
        found[step.instance].pending.add(step.id)
        if step.action not in ("delete", "run") and not found[step.instance].removed:
            found[step.instance].unready.add(step.ref.identity)
    return found


def tell_plan(plan: Plan, sink: Sink) -> None:
    """How many steps each instance has, and how many of them write."""
    steps: dict[str, list[Step]] = {name: [] for name in plan.instances}
    for step in plan.steps:
        steps.setdefault(step.instance, []).append(step)
    for name in plan.instances:
        sink(PlanReady(name, sum(step.action != "unchanged" for step in steps[name]), len(steps[name])))


def gates_by_instance(plan: Plan) -> dict[str, list[Gate]]:
    """An entry for every instance that is asked about."""
    found: dict[str, list[Gate]] = defaultdict(list)
    for gate in plan.gates:
        found[gate.instance].append(gate)
    return found
