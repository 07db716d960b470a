# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a forward is and how it is told. Pure data, JSON both ways."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from .._cluster import Connection
from .._errors import UsageError
from .._known_fields import known_fields

State = Literal["Starting", "Active", "Reconnecting", "Waiting", "Conflict", "Failed", "Stopped"]
Scope = Literal["lasting", "job"]

LOOPBACK = ("127.0.0.1", "::1")
"""Where a forward listens unless it is told otherwise. RFC 8252 section 8.3: both, as `localhost` may mean either."""

KINDS = {
    "service": "Service",
    "svc": "Service",
    "pod": "Pod",
    "po": "Pod",
    "deployment": "Deployment",
    "deploy": "Deployment",
    "statefulset": "StatefulSet",
    "sts": "StatefulSet",
    "daemonset": "DaemonSet",
    "ds": "DaemonSet",
    "replicaset": "ReplicaSet",
    "rs": "ReplicaSet",
    "job": "Job",
}
"""What a target may be, and kubectl's short names."""


@dataclass(frozen=True)
class Target:
    """A kind (`Service`) and a name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}"


def read_target(text: str) -> Target:
    """`service/api` and its like; a bare name is a pod, as for kubectl. Raises UsageError."""
    kind, separator, name = text.strip().partition("/")
    if not separator:
        kind, name = "pod", kind
    known = KINDS.get(kind.lower().removesuffix("s") if kind.lower() not in KINDS else kind.lower())
    if known is None or not name or "/" in name:
        raise UsageError(
            f'"{text}" is no target of a forward',
            hint="Write KIND/NAME; kinds: service, deployment, statefulset, pod, daemonset, replicaset, job.",
        )
    return Target(known, name)


@dataclass(frozen=True)
class Origin:
    """The document that a forward comes from; all "" for one that was made by hand. name: the forward's name in the document."""

    workspace: str = ""
    environment: str = ""
    instance: str = ""
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.instance)

    def __str__(self) -> str:
        return f"{self.instance}/{self.name}" if self else ""

    def within(self, workspace: str, environment: str, instances: Collection[str] = ()) -> bool:
        """Whether it is of that environment, and of one of the instances where some are named."""
        return (self.workspace, self.environment) == (workspace, environment) and (not instances or self.instance in instances)


@dataclass(frozen=True)
class ForwardSpec:
    """One forward as it was asked for.

    connection: pinned, so that the daemon needs nothing of the asker's environment. target: `service/api`. port: number or name.
    local_port: number, "auto" for any free one, None for the one of last time. bind: addresses, empty for loopback.
    open: path or address that `roro open` shows. owner: process (pid, creation time) that a forward of scope job ends with.
    run: id of the run that asked for it first.
    """

    connection: Connection
    namespace: str
    target: str
    port: int | str
    server: str = ""
    context: str = ""
    local_port: int | str | None = None
    bind: tuple[str, ...] = ()
    open: str | None = None
    origin: Origin = field(default_factory=Origin)
    scope: Scope = "lasting"
    owner: tuple[int, float] | None = None
    run: str = ""

    @property
    def id(self) -> str:
        """Eight digits that name this forward: cluster, namespace, target, port and bind; what it comes from when that is a document."""
        parts = (self.server, self.context, self.namespace, str(read_target(self.target)), str(self.port), *sorted(self.bind))
        place = astuple_text(self.origin) if self.origin else ""
        return hashlib.sha256("\0".join((*parts, place)).encode()).hexdigest()[:8]

    def as_record(self) -> dict[str, Any]:
        """JSON-ready. Holds the connection's secrets: for the private state file and socket alone."""
        record = asdict(self)
        record["connection"] = {name: value for name, value in record["connection"].items() if value not in (None, ())}
        return record

    def same_as(self, other: ForwardSpec) -> bool:
        """Whether starting the one changes nothing where the other runs. A job's forward is another owner's each time."""
        return replace(self, owner=None, run="") == replace(other, owner=None, run="")


def spec_of(record: Mapping[str, Any]) -> ForwardSpec:
    """The spec of a record; unknown keys, of another version, are dropped. Raises UsageError when it is none."""
    try:
        values = known_fields(ForwardSpec, record)
        values["connection"] = connection_of(record["connection"])
        values["bind"] = tuple(record.get("bind") or ())
        values["origin"] = Origin(**(record.get("origin") or {}))
        owner = record.get("owner")
        values["owner"] = (int(owner[0]), float(owner[1])) if owner else None
        return ForwardSpec(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError("the record of a forward is not usable", hint="Start the forward again.") from error


def connection_of(record: Mapping[str, Any]) -> Connection:
    """The connection of a record; unknown keys, of another version, are dropped."""
    values = known_fields(Connection, record)
    values["impersonate_groups"] = tuple(values.get("impersonate_groups") or ())
    return Connection(**values)


def connection_key(connection: Connection) -> str:
    """The same text for connections that reach the same server as the same user; secret, for dictionaries only."""
    return json.dumps(asdict(connection), sort_keys=True, default=str)


def astuple_text(origin: Origin) -> str:
    """The parts of an origin as one text."""
    return "\0".join((origin.workspace, origin.environment, origin.instance, origin.name))


@dataclass(frozen=True)
class ForwardStatus:
    """How a forward is; what clients see. No secrets.

    reason: machine-readable (`NoReadyPod`, `PortTaken`, `Forbidden`, ...), message: for a person. since: when the state began, RFC 3339.
    local_port: None until there is one. addresses: `127.0.0.1:8080`. received: bytes from the pod, sent: to the pod.
    connections: open now; total: since the daemon started. free_port: an offer when the port is taken.
    """

    id: str
    target: str
    namespace: str
    port: int | str
    context: str = ""
    server: str = ""
    origin: Origin = field(default_factory=Origin)
    scope: str = "lasting"
    open: str | None = None
    local_port: int | None = None
    addresses: tuple[str, ...] = ()
    state: State = "Starting"
    reason: str = ""
    message: str = ""
    since: str = ""
    pod: str = ""
    protocol: str = ""
    received: int = 0
    sent: int = 0
    connections: int = 0
    total: int = 0
    last_error: str = ""
    free_port: int | None = None

    @property
    def settled(self) -> bool:
        """Whether waiting longer is not likely to change it by itself."""
        return self.state in ("Active", "Conflict", "Failed", "Stopped")

    @property
    def deserted(self) -> bool:
        """Whether there is nothing that it could lead to, nor on its way."""
        return self.state == "Waiting" and self.reason in ("NoPods", "NotFound")

    @property
    def url(self) -> str:
        """What to open: `open` when it is an address, else http (https for 443 and names like it) on the first address."""
        if self.open and "://" in self.open:
            return self.open
        if self.local_port is None:
            return ""
        scheme = "https" if str(self.port) in ("443", "8443") or "https" in str(self.port) else "http"
        return f"{scheme}://{self.addresses[0] if self.addresses else f'127.0.0.1:{self.local_port}'}{self.open or ''}"

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return {**asdict(self), "url": self.url}


def status_of(record: Mapping[str, Any]) -> ForwardStatus:
    """The status of a record, of this version or another."""
    values = known_fields(ForwardStatus, record)
    values["addresses"] = tuple(values.get("addresses") or ())
    values["origin"] = Origin(**(values.get("origin") or {}))
    return ForwardStatus(**values)


def stopped_status(spec: ForwardSpec, port: int | None) -> ForwardStatus:
    """The status of a forward that does not run."""
    return ForwardStatus(
        spec.id,
        spec.target,
        spec.namespace,
        spec.port,
        spec.context,
        spec.server,
        spec.origin,
        spec.scope,
        spec.open,
        local_port=spec.local_port if isinstance(spec.local_port, int) else port,
        state="Stopped",
    )
