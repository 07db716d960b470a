# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Down: everything that instances own is deleted."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ..._cluster import Cluster
from ..._events import RunPhase, Sink
from ..data.options import Options
from ..data.result import RunResult
from ..observation.observe import observe_recorded
from ..ownership.strangers import leave_strangers_up
from ..planning.removal import look_around, plan_removal
from ..records.unreadable import set_aside, told
from ..workers import workers_at_work
from .execute_plan import execute_plan


def remove(
    cluster: Cluster,
    workspace: str,
    environment: str,
    instances: Sequence[str] | None,
    options: Options,
    sink: Sink,
    cancel: threading.Event,
    *,
    homes: Sequence[str] = (),
) -> RunResult:
    """Delete what the instances (None: all) own, dependants first, and their records. Nothing left to delete is a success without change.

    homes: namespaces to search where the whole cluster may not be. Raises ClusterError, Interrupted.
    """
    with workers_at_work(options.concurrency) as workers:
        sink(RunPhase("", "observe"))
        observed = observe_recorded(cluster, workspace, environment, homes, workers)
        observed, options = leave_strangers_up(observed, instances, options)
        spaces = {record.namespace for record in observed.records.values()}
        observed, options, blocked = set_aside(observed, instances, spaces, options)
        observed, around = look_around(cluster, workspace, environment, observed, workers)
        sink(RunPhase("", "plan"))
        planned = plan_removal(workspace, environment, instances, observed, around, options)
        return told(execute_plan(cluster, workspace, environment, planned, observed, (), options, sink, cancel, workers), blocked)
