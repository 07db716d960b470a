# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""observe -> plan -> execute: brings instances up and down and keeps the record of what they own.

Its rooms, the lowest first; each may import those above it in this list, and says in its docstring which it needs:
    manifests           what one manifest says of itself
    fields              whose a field is, what differs between two states
    data                what one stage hands to the next
    ownership           whose an object or an instance is
    readiness           is an object ready, on its way, failed or gone
    order               which object comes before which
    server_answers      what the API server's answers mean, and who answers where it cannot be asked
    causes              why an instance failed, in words
    hooks, restarts     what runs at a moment of an instance's life; new pods on request or for new configuration
    planning            desired and observed state -> a plan
    locks, records      one run at a time; what the cluster remembers of an instance
    observation         what is on the cluster
    instance_status     how instances are, for `ps` and `ls`
    steps               one step of a plan -> API calls
    execution           runs a plan
    lifecycle           the jobs below
`manifests` to `order`, `causes` and `planning` are pure: they know no clock and no cluster, and tests compare their data.
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
    list_records(cluster, workspace, environment, homes) -> (InstanceRecord by instance, notice)                 what the cluster remembers
    glance(obj) -> Glance; strayed(owned, glance)          whether somebody changed an object since it was applied; last_writer(obj): who
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .data.desired import Desired
    from .data.options import Options
    from .data.plan import Plan
    from .data.record import InstanceRecord, OwnedObject
    from .data.result import InstanceResult, InstanceStatus, ObjectStatus, RunResult
    from .instance_status.inventory import DeployedInstance
    from .instance_status.object_glance import Glance, glance, last_writer, strayed
    from .lifecycle.change_deployed import go_back, restart, start, stop
    from .lifecycle.down import remove
    from .lifecycle.look import history, inventory, status
    from .lifecycle.up import preview, release
    from .observation.ancestry import Ancestry, Roots, find_roots
    from .observation.owner_chains import Reference
    from .ownership.shared_objects import shared_by
    from .records.instance_records import list_records
    from .records.revisions import Revision
    from .workers import all_at_once

__all__ = [
    "Ancestry",
    "DeployedInstance",
    "Desired",
    "Glance",
    "InstanceRecord",
    "InstanceResult",
    "InstanceStatus",
    "ObjectStatus",
    "Options",
    "OwnedObject",
    "Plan",
    "Reference",
    "Revision",
    "Roots",
    "RunResult",
    "all_at_once",
    "find_roots",
    "glance",
    "go_back",
    "history",
    "inventory",
    "last_writer",
    "list_records",
    "preview",
    "release",
    "remove",
    "restart",
    "shared_by",
    "start",
    "status",
    "stop",
    "strayed",
]

_FILES = {
    "data.desired": ("Desired",),
    "data.options": ("Options",),
    "data.plan": ("Plan",),
    "data.record": ("InstanceRecord", "OwnedObject"),
    "data.result": ("InstanceResult", "InstanceStatus", "ObjectStatus", "RunResult"),
    "instance_status.object_glance": ("Glance", "glance", "last_writer", "strayed"),
    "instance_status.inventory": ("DeployedInstance",),
    "lifecycle.change_deployed": ("go_back", "restart", "start", "stop"),
    "lifecycle.down": ("remove",),
    "lifecycle.look": ("history", "inventory", "status"),
    "lifecycle.up": ("preview", "release"),
    "observation.ancestry": ("Ancestry", "Roots", "find_roots"),
    "observation.owner_chains": ("Reference",),
    "ownership.shared_objects": ("shared_by",),
    "records.instance_records": ("list_records",),
    "records.revisions": ("Revision",),
    "workers": ("all_at_once",),
}

__getattr__ = lazily(__name__, _FILES)
