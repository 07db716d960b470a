# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release room works on: desired state, what is observed, the plan, the result. Pure data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from ..._cluster import Resource
from ..._kube_events import EventLine
from ..._model import Instance
from ..._objects import FIELD_MANAGER, KubeObject, ObjectRef
from ..._render import Manifest
from ..._secrets import Secrets
from ..fields.takeover import Claims
from ..hooks.hook_manifests import Hook, HookRun
from ..ownership.strangers import UNKNOWN, WorkspaceOrigin
from ..server_answers.refusals import Refusal
from .plan_record import plan_record, plan_text

Action = Literal["create", "update", "recreate", "delete", "run", "unchanged"]
"""`run` is a hook: its object is made (anew) and counts as done when it has completed."""
Status = Literal["NotDeployed", "Deploying", "Running", "Failed", "Updating"]
Identity = tuple[str, str, str, str]
"""ObjectRef.identity: (group, kind, namespace, name)."""


Renderer = Callable[[threading.Event], "Desired"]
"""Gives up when the event is set. Raises RenderError, ValueFailed, ClusterError, Interrupted."""


@dataclass(frozen=True)
class Desired:
    """One instance as it should be: its manifests as rendered. digest: of all that went in, hex. cause: of its revision.
    transition: a stop or a start of what is deployed makes no revision, and concerns only the manifests given.
    occasion: whose hooks run. secrets: what must not be shown of it.
    again: renders it with the values that are there then, for instances that have some. rendered: False where a value is not there yet
    (`why` says which) that others of the run may bring; then there are no manifests. after: instances that bring what its values are
    read from, beside those that it depends on."""

    instance: Instance
    manifests: tuple[Manifest, ...]
    digest: str = ""
    cause: str = "up"
    transition: Literal["", "stop", "start"] = ""
    secrets: Secrets = field(default_factory=Secrets, repr=False, compare=False)
    rendered: bool = True
    again: Renderer | None = field(default=None, repr=False, compare=False)
    after: frozenset[str] = frozenset()
    why: str = ""
    occasion: Literal["up", "rollback"] = "up"


@dataclass(frozen=True)
class ConfigRead:
    """A ConfigMap or Secret of a workload's namespace, and the digest of what its pods read of it at their start."""

    kind: str
    name: str
    digest: str


@dataclass(frozen=True)
class OwnedObject:
    """One object in an instance's record. uid "" until it was applied. applied: digest of what was sent; live: digest of what the
    server held then in the fields that were sent. Both digests unchanged prove that a write would change nothing. fields: digest of
    which fields were ours then; "" when not known. reads: of a workload, see `config_restarts`; () when not known."""

    ref: ObjectRef
    uid: str = ""
    applied: str = ""
    live: str = ""
    fields: str = ""
    reads: tuple[ConfigRead, ...] = ()


@dataclass(frozen=True)
class InstanceRecord:
    """What an instance owns now, kept in the cluster as a Secret labelled `roro.dev/record: instance`.

    revision: the number of the last revision begun (1, 2, ...), 0 for none. deployed: the last revision that became healthy, 0 for none.
    outcome: `pending` while a run is under way or was killed, else `deployed` (became healthy), `applied` (not waited for), `failed`,
    `interrupted`, `stopped`, `removed` (gone but for objects that are protected), `removing` (its removal failed: these objects are left);
    `unreadable` stands for a record that is there and cannot be read, see `unreadable.py`: this is never written.
    reason, message: why it failed, for machines and for a person. updated: when it was written, RFC 3339 in UTC.
    objects: everything that this instance may own, also from a run that was killed, so that nothing is ever orphaned.
    depends_on: ids of the instances that must outlive this one, for `down`, which reads no documents.
    namespace: where the record itself is. resource_version: of its Secret, "" when it does not exist yet. parts: it goes on in others.
    scales: replicas that workloads had when they were stopped, where no manifest says how many.
    hooks: what runs at moments of its life, not among `objects`; with their manifests where they run when it goes.
    origin: where the workspace came from that deployed it.
    """

    instance: str
    app: str
    namespace: str
    revision: int = 0
    deployed: int = 0
    outcome: str = ""
    reason: str = ""
    message: str = ""
    digest: str = ""
    updated: str = ""
    objects: tuple[OwnedObject, ...] = ()
    depends_on: tuple[str, ...] = ()
    scales: tuple[tuple[Identity, int], ...] = ()
    hooks: tuple[Hook, ...] = ()
    origin: WorkspaceOrigin = UNKNOWN
    resource_version: str = ""
    parts: bool = False

    @property
    def unreadable(self) -> bool:
        """Whether this only stands for a record that cannot be read: what the instance owns is not known."""
        return self.outcome == "unreadable"


def is_leaving(obj: KubeObject) -> bool:
    """Whether the object is being deleted."""
    return bool((obj.get("metadata") or {}).get("deletionTimestamp"))


@dataclass(frozen=True)
class Observed:
    """The cluster as LISTs found it.

    objects: by ref identity, those of this environment and any other that has a desired name.
    records: by instance id. namespaces: those that exist, those that are being deleted too; the object is {} where it may not be read.
    served: (group, kind) -> how to reach it. A kind that a desired CustomResourceDefinition will define, or that a desired APIService will
    serve (then without `plural`, until it is there), is in `promised` instead.
    versions: (group, kind, namespace) -> resourceVersion of the labelled LIST, where a watch may continue.
    unserved: desired (apiVersion, kind) that nobody serves nor will -> what is served instead, in words, and what to do.
    scaled: identities of what autoscalers scale, as far as anything depends on it.
    unanswered: apiVersions whose own API server does not answer: what is there of them is not known. ending: (group, kind) of those whose
    definition is being deleted; they are not in `served`, and their objects count as gone.
    schemas: of kinds whose CustomResourceDefinition this run brings or changes, by version; known in check mode.
    refused: what the server's dry run refused for what is there, by ref identity; see `steps.ask_beforehand`.
    """

    objects: Mapping[Identity, KubeObject] = field(default_factory=dict)
    records: Mapping[str, InstanceRecord] = field(default_factory=dict)
    namespaces: Mapping[str, KubeObject] = field(default_factory=dict)
    served: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    promised: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    versions: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    unserved: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    scaled: frozenset[Identity] = frozenset()
    unanswered: frozenset[str] = frozenset()
    ending: frozenset[tuple[str, str]] = frozenset()
    schemas: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    refused: Mapping[Identity, Refusal] = field(default_factory=dict)

    def has_namespace(self, name: str) -> bool:
        """Whether the namespace is there and stays."""
        return name in self.namespaces and not is_leaving(self.namespaces[name])

    def learn(self, resource: Resource) -> None:
        """A promised kind is served now."""
        if isinstance(self.promised, dict):
            self.promised[(resource.group, resource.kind)] = resource

    def resource(self, ref: ObjectRef) -> Resource | None:
        """How to reach the ref's kind in the ref's own version, served or promised."""
        if (ref.api_version, ref.kind) in self.unserved:
            return None
        key = (ref.group, ref.kind)
        found = self.served.get(key) or self.promised.get(key)
        version = ref.api_version.rpartition("/")[2]
        return replace(found, version=version) if found is not None and found.version != version else found


@dataclass(frozen=True)
class Step:
    """One planned API call (a recreate is two). instance "" is the environment's own: namespaces.

    after: ids of steps (and of readiness gates, see Gate) that come first. cause: why, for a person. applied: digest of `desired`.
    A delete counts as done when the object is gone. replicas: to give back to a stopped workload before the apply. manager: the field
    manager, where it is not our usual one. force: take the fields of other managers, as the object is taken from
    them. hook: for the action `run`. claims: whose fields become whose before it. whole: the manifest, where `desired` lacks what is
    left to controllers. consent: whether the object may be made anew where the server refuses to change it. displaces: objects that go in
    this run, or let go, and hold what this one needs: they come before it. foreseen: in check mode, what the server's dry run has
    already said the object would be.
    reads: see OwnedObject. restart: a word to put on the pod template after the apply where that alone makes no new pods, "" for none.
    """

    id: int
    instance: str
    action: Action
    ref: ObjectRef
    cause: str
    after: frozenset[int] = frozenset()
    desired: KubeObject | None = None
    live: KubeObject | None = None
    uid: str = ""
    applied: str = ""
    replicas: int | None = None
    manager: str = FIELD_MANAGER
    force: bool = False
    hook: HookRun | None = None
    claims: Claims = field(default_factory=Claims)
    whole: KubeObject | None = None
    consent: bool = False
    displaces: frozenset[Identity] = frozenset()
    foreseen: KubeObject | None = field(default=None, repr=False, compare=False)
    reads: tuple[ConfigRead, ...] = ()
    restart: str = ""


GateCondition = Literal["started", "healthy", "completed", "established"]


@dataclass(frozen=True)
class Gate:
    """A point in the graph that opens when objects are ready (an instance healthy, a CRD established); not an API call.

    required: False lets those who wait go on, with a notice, when it can never open.
    """

    id: int
    instance: str
    condition: GateCondition
    after: frozenset[int] = frozenset()
    objects: tuple[ObjectRef, ...] = ()
    required: bool = True


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
    kept: tuple[tuple[str, OwnedObject, str], ...] = ()
    hooks: Mapping[str, tuple[Hook, ...]] = field(default_factory=dict)

    def text(self) -> str:
        """The plan for reading and for tests, a line each: `#3 create ConfigMap shop/settings <- #1: no existing object`."""
        return plan_text(self.record())

    def record(self) -> dict[str, Any]:
        """The plan as JSON-ready data, see `plan_record`."""
        return plan_record(self)


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


class CheckWord(Protocol):
    """What one health check has found. passed: it will not be asked again. final: asking again does not help. reason: for machines."""

    @property
    def name(self) -> str: ...
    @property
    def passed(self) -> bool: ...
    @property
    def reason(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def final(self) -> bool: ...


class HealthAsker(Protocol):
    """Whoever asks the health checks of instances."""

    def begin(self, instance: Instance, tell: Callable[[Any], None]) -> Callable[[], None]:
        """Ask each check of the instance until it passed; `tell` gets each new CheckWord, from any thread. Returns what ends it."""


@dataclass(frozen=True)
class Options:
    """How a run behaves. timeout in seconds overrides the apps' own; concurrency is the number of parallel API calls.
    wait_lock: seconds to wait for another run that is at work on an instance, before it is refused. hooks: whether they run.
    adopt: take over whatever is in the way: objects of other owners, and instances of another workspace of the same name.
    origin: where this workspace comes from; records that come from elsewhere are another's.
    complete: no instance was left out by name, so what is only in the records may be pruned, except left_out: instances of the
    environment that this run leaves alone (their profile is not asked for).
    later: instances of the run whose turn is another time; until then nothing that left the environment is removed.
    awaited: instances that those of `later` need, and that are waited for although `wait` is off.
    timeouts: by id, those of the documents for instances that are only removed.
    health: asks the checks of instances that have some, before they are healthy; None: nobody does."""

    check: bool = False
    diff: bool = False
    wait: bool = True
    prune: bool = True
    allow_empty: bool = False
    volumes: bool = False
    force_conflicts: bool = False
    adopt: bool = False
    origin: WorkspaceOrigin = UNKNOWN
    timeout: float | None = None
    concurrency: int = 24
    hooks: bool = True
    wait_lock: float = 0.0
    complete: bool = True
    left_out: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    timeouts: Mapping[str, float] = field(default_factory=dict)
    health: HealthAsker | None = field(default=None, repr=False, compare=False)
