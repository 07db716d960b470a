# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run did, and how an instance is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from ..._kube_events import EventLine

Status = Literal["NotDeployed", "Deploying", "Running", "Failed", "Updating"]


@dataclass(frozen=True)
class ActionRecord:
    """One line of a result: what was done to one object and why. duration in seconds. checked: see `not_there_yet.Checked`."""

    action: str
    kind: str
    namespace: str
    name: str
    cause: str = ""
    duration: float = 0.0
    error: str = ""
    checked: str = ""


@dataclass
class InstanceResult:
    """What became of one instance in a run. warnings: of one that failed, what the cluster's events say about its objects.
    rolled_back_to: of one that failed, the revision that it was rolled back to and is healthy at; 0 for none.
    Of one that failed also: details: what stands behind the message, a line each. log: the last lines that its crashed container or hook
    wrote. hint: what to do, or "". where: the file and line that it comes from, or ""."""

    instance: str
    app: str
    namespace: str
    status: Status = "NotDeployed"
    reason: str = ""
    message: str = ""
    revision: int = 0
    changed: bool = False
    duration: float = 0.0
    actions: list[ActionRecord] = field(default_factory=list)
    rolled_back_to: int = 0
    warnings: list[EventLine] = field(default_factory=list)
    diffs: list[dict[str, Any]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    hint: str = ""
    where: str = ""


@dataclass
class RunResult:
    """What a run did, instances in dependency order. failed: at least one instance failed. plan: in check mode, see `plan_record`."""

    workspace: str
    environment: str
    changed: bool = False
    failed: bool = False
    check: bool = False
    instances: list[InstanceResult] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    plan: dict[str, Any] | None = None


@dataclass(frozen=True)
class ObjectStatus:
    """One object as `ps` sees it. state: ready, progressing, failed or gone."""

    kind: str
    namespace: str
    name: str
    state: str
    reason: str = ""
    message: str = ""


@dataclass(frozen=True)
class InstanceStatus:
    """One line of `ps`. updated: when the record was last written, RFC 3339 in UTC, or "". ready of total objects are ready, ready_pods of
    wanted_pods of its workloads; wanted_pods is None where it has no workload.
    revision: the last one begun; deployed: the last one that became healthy. origin: where the workspace was that deployed it.
    details, hint: of one that failed, as in InstanceResult."""

    instance: str
    app: str
    namespace: str
    status: Status = "NotDeployed"
    reason: str = ""
    message: str = ""
    revision: int = 0
    deployed: int = 0
    updated: str = ""
    ready: int = 0
    total: int = 0
    objects: tuple[ObjectStatus, ...] = ()
    origin: str = ""
    ready_pods: int = 0
    wanted_pods: int | None = None
    details: tuple[str, ...] = ()
    hint: str = ""
