# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a health check is and how it is told. Pure data, JSON both ways."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from .._cluster import Connection
from .._errors import UsageError
from .._forward import Origin, Reach
from .._forward.types import connection_of, read_target
from .._known_fields import known_fields
from .._model import Selection

State = Literal["Starting", "Healthy", "Failing", "Unhealthy", "Unknown", "Stopped"]
"""Starting: nothing passed yet, and what failed does not count. Failing: failed, not yet often enough. Unknown: could not be asked."""

WORST_FIRST: tuple[State, ...] = ("Unhealthy", "Failing", "Unknown", "Starting", "Stopped", "Healthy")


@dataclass(frozen=True)
class HealthSpec:
    """One check of one instance, as the documents ask for it.

    connection: pinned, as a forward's. kind: http, tcp or exec. probe: what is asked, as documents have it (docs/documents.md).
    interval, timeout, start_period in seconds; failures, successes: in a row. restart: whether an unhealthy workload is restarted.
    """

    connection: Connection
    namespace: str
    origin: Origin
    kind: str
    probe: Mapping[str, Any]
    interval: float = 10.0
    timeout: float = 5.0
    failures: int = 3
    successes: int = 1
    start_period: float = 30.0
    restart: bool = False
    server: str = ""
    context: str = ""

    @property
    def id(self) -> str:
        """Eight digits that name this check: cluster, namespace, and the document that it comes from."""
        parts = (self.server, self.context, self.namespace, *asdict(self.origin).values())
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]

    @property
    def target(self) -> str:
        """`service/api`."""
        return str(self.probe["target"])

    def as_record(self) -> dict[str, Any]:
        """JSON-ready. Holds the connection's secrets: for the private state file and socket alone."""
        record = asdict(self)
        record["connection"] = {name: value for name, value in record["connection"].items() if value not in (None, ())}
        return record


def spec_of(record: Mapping[str, Any]) -> HealthSpec:
    """The spec of a record; unknown keys, of another version, are dropped. Raises UsageError when it is none."""
    try:
        values = known_fields(HealthSpec, record)
        values["connection"] = connection_of(record["connection"])
        values["origin"] = Origin(**record["origin"])
        spec = HealthSpec(**values)
        if spec.kind not in ("http", "tcp", "exec") or not spec.probe["command" if spec.kind == "exec" else "port"]:
            raise ValueError(spec.kind)
        read_target(str(spec.probe["target"]))
        return replace(spec, probe={**spec.probe, "target": str(spec.probe["target"])})
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("the record of a health check is not usable", hint="Run `roro up` again.") from error


def specs_of(selection: Selection, to: Reach) -> list[HealthSpec]:
    """The checks that the documents ask for."""
    return [
        HealthSpec(
            to.connection,
            instance.namespace,
            Origin(selection.workspace.name, selection.environment.name, instance.id, check.name),
            check.kind,
            check.probe,
            check.interval,
            check.timeout,
            check.failures,
            check.successes,
            check.start_period,
            check.restart,
            to.server,
            to.context,
        )
        for instance in selection.instances
        for check in instance.health
    ]


@dataclass(frozen=True)
class HealthStatus:
    """How a check is; what clients see. No secrets.

    reason: machine-readable (`BadStatus`, `TimedOut`, `NoPods`, `Forbidden`, ...), message: for a person. since: when the state began,
    checked: when somebody was last asked, restarted: when the daemon last restarted a workload because of it; all RFC 3339 or "".
    failures: in a row, of the pod that is worst. restarts: since the daemon started. restart: what became of the wish to restart, for a
    person. pods: how many were asked.
    """

    id: str
    target: str
    namespace: str
    kind: str
    context: str = ""
    server: str = ""
    origin: Origin = field(default_factory=Origin)
    state: State = "Starting"
    reason: str = ""
    message: str = ""
    since: str = ""
    checked: str = ""
    failures: int = 0
    pods: int = 0
    restarts: int = 0
    restarted: str = ""
    restart: str = ""

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def status_of(record: Mapping[str, Any]) -> HealthStatus:
    """The status of a record, of this version or another."""
    values = known_fields(HealthStatus, record)
    values["origin"] = Origin(**(values.get("origin") or {}))
    return HealthStatus(**values)


def quiet_status(spec: HealthSpec, state: State, reason: str = "", message: str = "") -> HealthStatus:
    """The status of a check that does not run."""
    place = (spec.id, spec.target, spec.namespace, spec.kind, spec.context, spec.server, spec.origin)
    return HealthStatus(*place, state=state, reason=reason, message=message)
