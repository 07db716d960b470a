# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a plan: API calls, and points that open when objects are ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..._objects import FIELD_MANAGER, Identity, KubeObject, ObjectRef
from ..fields.takeover import Claims
from .hook import HookRun
from .record import ConfigRead

Action = Literal["create", "update", "recreate", "delete", "run", "unchanged"]
"""`run` is a hook: its object is made (anew) and counts as done when it has completed."""


@dataclass(frozen=True)
class Step:
    """One planned API call (a recreate is two). instance "" is the environment's own: namespaces.

    after: ids of steps (and of readiness gates, see Gate) that come first. cause: why, for a person. applied: digest of `desired`.
    A delete counts as done when the object is gone. replicas: to give back to a stopped workload before the apply. manager: the field
    manager, where it is not our usual one. force: take the fields of other managers, as the object is taken from
    them. hook: for the action `run`. claims: whose fields become whose before it. whole: the manifest, where `desired` lacks what is
    left out. may_differ: JSONPaths of the fields that are left as they are (`drift.ignore`).
    consent: whether the object may be made anew where the server refuses to change it. displaces: objects that go in
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
    may_differ: tuple[str, ...] = ()
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
