# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs on what is deployed: back to an earlier revision, stop, start, restart."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ..._cluster import Cluster, rfc3339
from ..._events import Notice, RunPhase, Sink
from ..._model import Instance, Selection
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..data.result import RunResult
from ..observation.observe import observe_recorded
from ..ownership.strangers import refuse_strangers
from ..planning.stop_and_start import backwards
from ..records.instance_records import list_records
from ..records.ledger import LockingLedger
from ..records.unreadable import refuse, set_aside, told
from ..restarts.rollout_restart import plan_restart
from ..workers import workers_at_work
from .execute_plan import execute_plan
from .rollback import desired_before, desired_power
from .up import up_once_more


def go_back(
    cluster: Cluster,
    selection: Selection,
    instances: Sequence[Instance],
    number: int | None,
    options: Options,
    sink: Sink,
    cancel: threading.Event,
) -> RunResult:
    """Bring the instances back to revision `number` (None: the newest healthy one before the present), as a new revision.

    Raises UsageError when there is none, and what `release` raises.
    """
    homes = sorted({item.namespace for item in instances})
    records, _ = list_records(cluster, selection.workspace.name, selection.environment.name, homes)
    refuse_strangers(records, {item.id for item in instances}, options)
    refuse(records, {item.id for item in instances})
    desired = desired_before(cluster, instances, records, number)
    only_these = replace(options, complete=False, prune=True, allow_empty=True)
    return up_once_more(cluster, selection, only_these, cancel, desired, sink)


def stop(
    cluster: Cluster, selection: Selection, instances: Sequence[Instance], options: Options, sink: Sink, cancel: threading.Event
) -> RunResult:
    """Stop what is deployed: workloads to zero replicas, CronJobs suspended, dependants first. What was there is remembered.

    Raises ReleaseError when a revision is not kept any more, and what `release` raises.
    """
    return _transition(cluster, selection, backwards(instances), "stop", options, sink, cancel)


def start(
    cluster: Cluster, selection: Selection, instances: Sequence[Instance], options: Options, sink: Sink, cancel: threading.Event
) -> RunResult:
    """Start what was stopped, as it was then. Raises as `stop` does."""
    return _transition(cluster, selection, instances, "start", options, sink, cancel)


def _transition(
    cluster: Cluster,
    selection: Selection,
    instances: Sequence[Instance],
    to: Literal["stop", "start"],
    options: Options,
    sink: Sink,
    cancel: threading.Event,
) -> RunResult:
    records, _ = list_records(cluster, selection.workspace.name, selection.environment.name, sorted({i.namespace for i in instances}))
    refuse_strangers(records, {item.id for item in instances}, options)
    observed, _, blocked = set_aside(Observed(records=records), {i.id for i in instances}, {i.namespace for i in instances}, options)
    instances = [item for item in instances if item.id not in {one.instance for one in blocked}]
    desired, notices = desired_power(cluster, instances, observed.records, to)
    for notice in notices:
        sink(Notice("", "warning", notice))
    only_these = replace(options, complete=False, prune=False, allow_empty=True, force_conflicts=True)
    result = up_once_more(cluster, selection, only_these, cancel, desired, sink)
    result.notices = [*notices, *result.notices]
    return told(result, blocked)


def restart(
    cluster: Cluster, selection: Selection, instances: Sequence[Instance], options: Options, sink: Sink, cancel: threading.Event
) -> RunResult:
    """Give the instances new pods by a rollout, in dependency order, and wait until they are healthy. Raises ClusterError, Interrupted."""
    workspace, environment = selection.workspace.name, selection.environment.name
    with workers_at_work(options.concurrency) as workers:
        sink(RunPhase("", "observe"))
        observed = observe_recorded(cluster, workspace, environment, sorted({item.namespace for item in instances}), workers)
        refuse_strangers(observed.records, {item.id for item in instances}, options)
        spaces = {record.namespace for record in observed.records.values()}
        observed, options, blocked = set_aside(observed, {item.id for item in instances}, spaces, options)
        instances = [item for item in instances if item.id not in {one.instance for one in blocked}]
        there = [
            replace(item, namespace=observed.records[item.id].namespace) if item.id in observed.records else item for item in instances
        ]
        planned = plan_restart(there, observed, rfc3339(cluster.now()))
        desired = [Desired(item, ()) for item in there]
        result = execute_plan(cluster, workspace, environment, planned, observed, desired, options, sink, cancel, workers, LockingLedger)
        return told(result, blocked)
