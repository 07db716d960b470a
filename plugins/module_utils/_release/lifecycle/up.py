# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door's jobs that write, each observe -> plan -> execute or a part of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce
from operator import or_
from typing import Literal

from ..._cluster import Cluster, rfc3339
from ..._events import Notice, RunPhase, Sink, ignore
from ..._log import conceal
from ..._model import Instance, Selection
from ..._secrets import Secrets
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..data.result import InstanceResult, RunResult
from ..execution.report import hiding
from ..execution.run import Run
from ..execution.scheduler import Scheduler
from ..locks.holder import this_process
from ..locks.lease import Locks
from ..observation.observe import observe, observe_recorded
from ..ownership.strangers import leave_strangers, leave_strangers_up, refuse_strangers
from ..planning.planner import plan
from ..planning.removal import look_around, plan_removal
from ..planning.stop_and_start import backwards
from ..records.instance_records import list_records
from ..records.ledger import Ledger, LockingLedger, SilentLedger
from ..records.unreadable import refuse, set_aside, told
from ..restarts.rollout_restart import plan_restart
from ..steps.ask_beforehand import asked
from ..workers import Workers, workers_at_work
from .namespace_made_anew import once_more
from .rendered_late import LateRun, foretold, joined, needs, outdated, refuse_circles, sorted_out, waiting_words
from .rollback import desired_before, desired_power, roll_back


def release(
    cluster: Cluster, selection: Selection, desired: Sequence[Desired], options: Options, sink: Sink, cancel: threading.Event
) -> RunResult:
    """Make the cluster hold exactly `desired` and wait until it is healthy.

    An instance that failed, or whose record cannot be read, is told in the result. Raises PlanError before anything is written,
    ReleaseError where no record can be read, ClusterError when the cluster cannot be read, Interrupted (everything recorded) after
    `cancel` was set.
    """
    with workers_at_work(options.concurrency) as workers:
        sink(RunPhase("", "observe"))
        now, _ = sorted_out(desired)
        observed = observe(cluster, selection.workspace.name, selection.environment.name, now, workers)
        names = {item.instance.id for item in desired}
        observed, options = leave_strangers(observed, names, options)
        homes = {item.instance.namespace for item in desired}
        observed, options, blocked = set_aside(observed, names, homes, options)
        desired = [item for item in desired if item.instance.id not in {one.instance for one in blocked}]
        return told(_planned(cluster, selection, desired, observed, options, sink, cancel, workers), blocked)


def _planned(
    cluster: Cluster,
    selection: Selection,
    desired: Sequence[Desired],
    observed: Observed,
    options: Options,
    sink: Sink,
    cancel: threading.Event,
    workers: Workers,
) -> RunResult:
    """What was observed, planned and brought up: at once where nothing has to wait for values of others."""
    now, late = sorted_out(desired)
    sink(RunPhase("", "plan"))
    options = _that_awaits(options, late)
    planning = _with_later(options, late)
    planned, observed = asked(
        cluster, plan(now, observed, planning), observed, planning, workers, _secrets_of(now), lambda seen: plan(now, seen, planning)
    )
    more = outdated(now, planned)
    if more and options.check:
        words = f"with the values that are there now; once what it needs is healthy they are read again: {', '.join(sorted(more))}"
        planned = replace(planned, notices=(*planned.notices, f"predicted {words}"))
    elif more:
        now, late = sorted_out(desired, more)
        options = _that_awaits(options, late)
        planned = plan(now, observed, _with_later(options, late))

    def bring_up(sink: Sink) -> RunResult:
        return _brought_up(cluster, selection, planned, observed, now, _with_later(options, late), sink, cancel, workers)

    if not late:
        return bring_up(sink)
    if options.check:
        checked = bring_up(sink)
        for item in late:
            sink(Notice(item.instance.id, "info", waiting_words(item)))
        return joined([checked, foretold(late, observed.records, checked)], [item.instance.id for item in desired])
    refuse_circles(now, late)
    return _with_late(cluster, selection, desired, late, observed, options, sink, cancel, bring_up)


def _secrets_of(desired: Sequence[Desired]) -> Secrets:
    return reduce(or_, (item.secrets for item in desired), Secrets())


def _with_later(options: Options, late: Sequence[Desired]) -> Options:
    return replace(options, later=options.later | {item.instance.id for item in late})


def _that_awaits(options: Options, late: Sequence[Desired]) -> Options:
    """Whoever is rendered late is so once those that it needs are healthy, also where nobody waits for the rest."""
    return replace(options, awaited=frozenset(name for item in late for name in needs(item)))


def _with_late(
    cluster: Cluster,
    selection: Selection,
    desired: Sequence[Desired],
    late: Sequence[Desired],
    observed: Observed,
    options: Options,
    sink: Sink,
    cancel: threading.Event,
    bring_up: Callable[[Sink], RunResult],
) -> RunResult:
    """The others, the late ones as soon as they can be rendered, and at last the removal of what left the environment."""
    order = [item.instance.id for item in desired]

    def start(item: Desired, sink: Sink) -> RunResult:
        others = frozenset(order) - {item.instance.id}
        alone = replace(item, again=None, rendered=True)
        return release(cluster, selection, [alone], replace(options, later=options.later | others), sink, cancel)

    for item in late:
        sink(Notice(item.instance.id, "info", waiting_words(item)))
    run = LateRun(late, {item.instance.id: item.instance.on_failure for item in desired}, start, sink, cancel)
    run.run(bring_up)
    gone = set(observed.records) - set(order) - options.left_out
    if gone and options.complete and options.prune and not options.later:
        if any(result.failed for result in run.results):
            words = f"what left the environment ({', '.join(sorted(gone))}) is kept, as an instance that may need it failed"
            run.results[0].notices.append(words)
            sink(Notice("", "warning", words))
        else:
            sweep = replace(options, left_out=options.left_out | frozenset(order), allow_empty=True)
            run.results.append(release(cluster, selection, [], sweep, run.quiet, cancel))
    sink(RunPhase("", "done"))
    return joined(run.results, order)


def _brought_up(
    cluster: Cluster,
    selection: Selection,
    planned: Plan,
    observed: Observed,
    desired: Sequence[Desired],
    options: Options,
    sink: Sink,
    cancel: threading.Event,
    workers: Workers,
) -> RunResult:
    """The plan executed, and rolled back where it failed and that is asked for."""
    workspace, environment = selection.workspace.name, selection.environment.name
    result = _execute(cluster, workspace, environment, planned, observed, desired, options, sink, cancel, workers)
    if result.failed and not options.check:
        others = replace(options, complete=False, allow_empty=True)
        result = once_more(result, desired, lambda items, tell: release(cluster, selection, items, others, tell, cancel), sink)
        undo = replace(options, complete=False, prune=True, allow_empty=True, wait=True)
        roll_back(cluster, desired, observed.records, result, partial(_again, cluster, selection, undo, cancel), sink)
    return result


def _again(
    cluster: Cluster, selection: Selection, options: Options, cancel: threading.Event, desired: Sequence[Desired], sink: Sink
) -> RunResult:
    """Another `up`, which is itself never rolled back."""
    kept = [replace(item, instance=replace(item.instance, on_failure="keep")) for item in desired]
    return release(cluster, selection, kept, options, sink, cancel)


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
    return _again(cluster, selection, only_these, cancel, desired, sink)


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
    result = _again(cluster, selection, only_these, cancel, desired, sink)
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
        result = _execute(cluster, workspace, environment, planned, observed, desired, options, sink, cancel, workers, LockingLedger)
        return told(result, blocked)


def preview(cluster: Cluster, selection: Selection, desired: Sequence[Desired], options: Options) -> RunResult:
    """What `release` would do, by the server's dry run, with diffs. Writes nothing. Raises PlanError, ClusterError."""
    return release(cluster, selection, desired, replace(options, check=True, diff=True), ignore, threading.Event())


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
        return told(_execute(cluster, workspace, environment, planned, observed, (), options, sink, cancel, workers), blocked)


def _execute(
    cluster: Cluster,
    workspace: str,
    environment: str,
    planned: Plan,
    observed: Observed,
    desired: Sequence[Desired],
    options: Options,
    sink: Sink,
    cancel: threading.Event,
    workers: Workers,
    keeping: type[Ledger] = Ledger,
) -> RunResult:
    secrets = _secrets_of(desired)
    sink = hiding(sink, secrets)
    conceal(secrets)
    for notice in planned.notices:
        sink(Notice("", "warning", notice))
    locks = Locks(cluster, workspace, environment, this_process(), options.wait_lock, sink)
    ledger = (SilentLedger if options.check else keeping)(
        cluster, workspace, environment, planned, observed, desired, locks, options.origin
    )
    run = Run(cluster, workspace, environment, planned, observed, desired, options, ledger, sink, cancel, workers, secrets)
    instances, rest, notices = Scheduler(run).run()
    if any(step.ref.kind in ("CustomResourceDefinition", "APIService") and step.action != "unchanged" for step in planned.steps):
        cluster.invalidate_discovery()
    sink(RunPhase("", "done"))
    return RunResult(
        workspace,
        environment,
        changed=any(item.changed for item in (*instances, rest)),
        failed=any(item.status == "Failed" for item in (*instances, rest)),
        check=options.check,
        instances=[*instances, *_environment(rest, instances)],
        notices=[*planned.notices, *notices],
        plan=planned.record() if options.check else None,
    )


def _environment(rest: InstanceResult, instances: Sequence[InstanceResult]) -> list[InstanceResult]:
    """Steps that belong to no instance and live with none (a namespace left behind) are told under no name; so is the failure of one that
    no instance's failure tells."""
    alone = rest.status == "Failed" and all(item.status != "Failed" for item in instances)
    return [rest] if rest.actions or alone else []
