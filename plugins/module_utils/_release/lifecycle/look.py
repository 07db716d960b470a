# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door's jobs that only read. Loads nothing of what plans and writes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ..._cluster import Cluster
from ..._events import Notice, Sink, ignore
from ..._model import Selection
from ..data.result import InstanceStatus
from ..instance_status.inventory import DeployedInstance, read_inventory
from ..instance_status.read_status import read_status
from ..records.instance_records import list_records
from ..records.revisions import Revision, list_revisions
from ..workers import workers_at_work

_READERS = 16


def history(
    cluster: Cluster, workspace: str, environment: str, instances: Sequence[str] | None, homes: Sequence[str], sink: Sink = ignore
) -> list[Revision]:
    """The kept revisions of the instances (None: all), oldest first within each. homes: see `remove`. Raises ClusterError."""
    records, notice = list_records(cluster, workspace, environment, homes)
    if notice:
        sink(Notice("", "warning", notice))
    chosen = {name: record for name, record in sorted(records.items()) if instances is None or name in instances}
    return list_revisions(cluster, workspace, environment, chosen)


def status(
    cluster: Cluster,
    workspace: str,
    environment: str,
    selection: Selection | None = None,
    sink: Sink = ignore,
    names: Collection[str] = (),
) -> list[InstanceStatus]:
    """The instances of an environment as they are now: those of the selection first, in its order. names: only these; all when empty.
    Raises ClusterError."""
    instances = selection.instances if selection else ()
    homes = {item.namespace for item in instances}
    with workers_at_work(_READERS) as workers:
        found, notices = read_status(cluster, workspace, environment, instances, homes, workers, names)
    for notice in notices:
        sink(Notice("", "warning", notice))
    return found


def inventory(cluster: Cluster, namespace: str | None = None) -> tuple[list[DeployedInstance], tuple[str, ...]]:
    """See `inventory.read_inventory`."""
    with workers_at_work(_READERS) as workers:
        return read_inventory(cluster, workers, namespace)
