# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Up: observe, plan, execute; instances that are rendered late are releases of their own. Its preview is the same as a check."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from ..._cluster import Cluster
from ..._errors import RoroError
from ..._events import Notice, RunPhase, Sink, ignore
from ..._model import Selection
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..data.result import InstanceStatus, RunResult
from ..observation.observe import observe
from ..ownership.strangers import leave_strangers
from ..planning.planner import plan
from ..records.unreadable import set_aside, told
from ..steps.ask_beforehand import asked
from ..workers import Workers, workers_at_work
from .execute_plan import execute_plan, secrets_of
from .look import status
from .namespace_made_anew import once_more
from .rendered_late import LateRun, foretold, joined, needs, outdated, refuse_circles, sorted_out, waiting_words
from .rollback import roll_back


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
        cluster, plan(now, observed, planning), observed, planning, workers, secrets_of(now), lambda seen: plan(now, seen, planning)
    )
    more = outdated(now, planned)
    if more and options.check:
        words = f"with the values that are there now; once what it needs is healthy they are read again: {', '.join(sorted(more))}"
        planned = replace(planned, notices=(*planned.notices, f"predicted {words}"))
    elif more:
        now, late = sorted_out(desired, more)
        options = _that_awaits(options, late)
        planned = plan(now, observed, _with_later(options, late))
    if options.consent is not None:
        options.consent(planned)
        options = replace(options, consent=None)

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

    def look(item: Desired) -> InstanceStatus | None:
        only = replace(selection, instances=(item.instance,))
        try:
            return next(iter(status(cluster, selection.workspace.name, selection.environment.name, only, names=(item.instance.id,))), None)
        except RoroError:
            return None

    for item in late:
        sink(Notice(item.instance.id, "info", waiting_words(item)))
    run = LateRun(late, {item.instance.id: item.instance.on_failure for item in desired}, start, look, sink, cancel)
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
    result = execute_plan(cluster, workspace, environment, planned, observed, desired, options, sink, cancel, workers)
    if result.failed and not options.check:
        others = replace(options, complete=False, allow_empty=True)
        result = once_more(result, desired, lambda items, tell: release(cluster, selection, items, others, tell, cancel), sink)
        undo = replace(options, complete=False, prune=True, allow_empty=True, wait=True)
        roll_back(cluster, desired, observed.records, result, partial(up_once_more, cluster, selection, undo, cancel), sink)
    return result


def up_once_more(
    cluster: Cluster, selection: Selection, options: Options, cancel: threading.Event, desired: Sequence[Desired], sink: Sink
) -> RunResult:
    """Another `up`, which is itself never rolled back."""
    kept = [replace(item, instance=replace(item.instance, on_failure="keep")) for item in desired]
    return release(cluster, selection, kept, options, sink, cancel)


def preview(cluster: Cluster, selection: Selection, desired: Sequence[Desired], options: Options) -> RunResult:
    """What `release` would do, by the server's dry run, with diffs. Writes nothing. Raises PlanError, ClusterError."""
    return release(cluster, selection, desired, replace(options, check=True, diff=True), ignore, threading.Event())
