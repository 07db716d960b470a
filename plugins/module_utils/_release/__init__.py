# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""observe -> plan -> execute: brings instances up and down and keeps the record of what they own.

`order`, `plan`, `diff` and `readiness` are pure: they know no clock and no cluster, and tests compare their data.
May import `_cluster`, `_model` (types), `_render` (types), `_errors`, `_events`, `_objects`.

Front door:
    release(cluster, selection, desired: Sequence[Desired], options, sink, cancel: threading.Event) -> RunResult     up
    remove(cluster, workspace, environment, instances: Sequence[str] | None, options, sink, cancel) -> RunResult     down (None: all)
    preview(cluster, selection, desired, options) -> RunResult with diffs                                            diff
    go_back(cluster, selection, instances, number, options, sink, cancel) -> RunResult                               rollback
    stop, start, restart(cluster, selection, instances, options, sink, cancel) -> RunResult
    history(cluster, workspace, environment, instances: Sequence[str] | None, homes) -> list[Revision]               history
    status(cluster, workspace, environment, selection: Selection | None) -> list[InstanceStatus]                     ps
    inventory(cluster, namespace=None) -> (DeployedInstance, ...), notices         ls: of all workspaces and environments
    shared_by(manifest, other) -> whether two instances may bring them as one object
    find_roots(cluster, workspace, environment, homes) -> Roots                    whose objects are whose, by one LIST of the records
    Ancestry(cluster, workspace, environment, roots.uids)                          whose pods and events are they, climbing their owners:
        .instance_of(obj), .instances_of(objects), .instances_of_references(Reference(api_version, kind, namespace, name, uid), ...)
    all_at_once(calls) -> list of their results                                    each in a thread of its own
"""

from __future__ import annotations

from .ancestry import Ancestry, Roots, find_roots
from .inventory import DeployedInstance
from .lineage import Reference
from .release import go_back, history, inventory, preview, release, remove, restart, start, status, stop
from .revisions import Revision
from .sharing import shared_by
from .types import Desired, InstanceResult, InstanceStatus, ObjectStatus, Options, RunResult
from .workers import all_at_once

__all__ = [
    "Ancestry",
    "DeployedInstance",
    "Desired",
    "InstanceResult",
    "InstanceStatus",
    "ObjectStatus",
    "Options",
    "Reference",
    "Revision",
    "Roots",
    "RunResult",
    "all_at_once",
    "find_roots",
    "go_back",
    "history",
    "inventory",
    "preview",
    "release",
    "remove",
    "restart",
    "shared_by",
    "start",
    "status",
    "stop",
]
