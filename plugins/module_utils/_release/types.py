# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release room works on: desired state, what is observed, the plan, the result. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .._model import Instance
from .._objects import KubeObject, ObjectRef
from .._render import Manifest

Action = Literal["create", "update", "recreate", "delete", "unchanged"]
Status = Literal["NotDeployed", "Deploying", "Running", "Failed", "Updating"]


@dataclass(frozen=True)
class Desired:
    """One instance as it should be: its manifests as rendered. digest: of all that went in, hex."""

    instance: Instance
    manifests: tuple[Manifest, ...]
    digest: str = ""


@dataclass(frozen=True)
class OwnedObject:
    """One object in an instance's record. uid "" until it was applied. applied: digest of what was sent; live: digest of what the
    server held then, without status and bookkeeping. Both digests unchanged prove that a write would change nothing."""

    ref: ObjectRef
    uid: str = ""
    applied: str = ""
    live: str = ""


@dataclass(frozen=True)
class InstanceRecord:
    """What an instance owns now, kept in the cluster as a Secret labelled `roro.dev/record: instance`.

    revision: the number of the last revision begun (1, 2, ...), 0 for none. deployed: the last revision that became healthy, 0 for none.
    outcome: `pending` while a run is under way or was killed, else `deployed`, `failed`, `interrupted`.
    objects: everything that this instance may own, also from a run that was killed, so that nothing is ever orphaned.
    """

    instance: str
    app: str
    namespace: str
    revision: int = 0
    deployed: int = 0
    outcome: str = ""
    message: str = ""
    digest: str = ""
    updated: str = ""
    objects: tuple[OwnedObject, ...] = ()
    resource_version: str = ""


@dataclass(frozen=True)
class Observed:
    """The cluster as LISTs found it. objects: by ref identity, those of this environment and any other that has a desired name.
    records: by instance id. namespaces: names that exist. served: (apiVersion, kind) -> whether namespaced."""

    objects: Mapping[tuple[str, str, str, str], KubeObject]
    records: Mapping[str, InstanceRecord]
    namespaces: Mapping[str, KubeObject]


@dataclass(frozen=True)
class Step:
    """One planned API call. after: ids of steps (and of readiness gates, see Gate) that come first. cause: why, for a person."""

    id: int
    instance: str
    action: Action
    ref: ObjectRef
    cause: str
    after: frozenset[int] = frozenset()
    desired: KubeObject | None = None
    live: KubeObject | None = None
    uid: str = ""


@dataclass(frozen=True)
class Gate:
    """A point in the graph that opens when objects are ready (an instance healthy, a CRD established); not an API call."""

    id: int
    instance: str
    condition: Literal["started", "healthy", "completed", "established"]
    after: frozenset[int] = frozenset()
    objects: tuple[ObjectRef, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A directed acyclic graph of steps and gates. `unchanged` steps need no call and are there so that everything is told."""

    steps: tuple[Step, ...] = ()
    gates: tuple[Gate, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class ActionRecord:
    """One line of a result: what was done to one object and why. duration in seconds."""

    action: str
    kind: str
    namespace: str
    name: str
    cause: str = ""
    duration: float = 0.0
    error: str = ""


@dataclass
class InstanceResult:
    """What became of one instance in a run."""

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
    diffs: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class RunResult:
    """What a run did, instances in dependency order. failed: at least one instance failed."""

    workspace: str
    environment: str
    changed: bool = False
    failed: bool = False
    check: bool = False
    instances: list[InstanceResult] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Options:
    """How a run behaves. timeout in seconds overrides the apps' own; concurrency is the number of parallel API calls."""

    check: bool = False
    diff: bool = False
    wait: bool = True
    prune: bool = True
    allow_empty: bool = False
    volumes: bool = False
    force_conflicts: bool = False
    timeout: float | None = None
    concurrency: int = 24
    complete: bool = True
