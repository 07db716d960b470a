# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run behaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .health import HealthAsker
from .plan import Plan
from .workspace_origin import UNKNOWN, WorkspaceOrigin

Consent = Callable[[Plan], None]


@dataclass(frozen=True)
class Options:
    """How a run behaves. timeout in seconds overrides the apps' own; concurrency is the number of parallel API calls.
    wait_lock: seconds to wait for another run that is at work on an instance, before it is refused. hooks: whether they run.
    adopt: take over whatever is in the way: objects of other owners, and instances of another workspace of the same name.
    ignore_drift: fields that the documents let differ (`drift.ignore`) are left as they are on the cluster.
    origin: where this workspace comes from; records that come from elsewhere are another's.
    complete: no instance was left out by name, so what is only in the records may be pruned, except left_out: instances of the
    environment that this run leaves alone (their profile is not asked for).
    later: instances of the run whose turn is another time; until then nothing that left the environment is removed.
    awaited: instances that those of `later` need, and that are waited for although `wait` is off.
    timeouts: by id, those of the documents for instances that are only removed.
    health: asks the checks of instances that have some, before they are healthy; None: nobody does.
    take_back: what others changed of objects that are ours by the record is taken back, but for what is left to controllers.
    consent: is shown the plan before anything is written, also in check mode, and raises a RoroError where it shall not be carried out. Not
    asked for instances that are rendered late."""

    check: bool = False
    diff: bool = False
    wait: bool = True
    prune: bool = True
    allow_empty: bool = False
    volumes: bool = False
    force_conflicts: bool = False
    adopt: bool = False
    ignore_drift: bool = False
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
    take_back: bool = False
    consent: Consent | None = field(default=None, repr=False, compare=False)
