# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is given, and how its instances' records are closed: at their end, or in the last moment of an interrupted run."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from ..._cluster import Cluster
from ..._events import Sink
from ..._kube_events import Concerned, EventLine, newest_few, read_warnings
from ..._secrets import Secrets
from ..causes.failure import last_lines
from ..data.desired import Desired
from ..data.observed import Observed
from ..data.options import Options
from ..data.plan import Plan
from ..records.ledger import Ending, Ledger
from ..workers import Workers
from .instance_progress import Progress

_LAST_WORDS = 0.35
"""Seconds that an interrupted run may take to write its records."""
_NOTHING_BEGUN = frozenset({"DependencyFailed", "Locked", "NamespaceTerminating", "Record", "RunStopped"})
"""Reasons of instances that failed before anything was written for them, when their record is not open."""
_TELLS_NOTHING = _NOTHING_BEGUN | {"ConnectionFailed", "WatchFailed", "LockLost"}
"""Reasons that no event of the instance's objects explains."""


@dataclass(frozen=True)
class Run:
    """What a run is given."""

    cluster: Cluster
    workspace: str
    environment: str
    plan: Plan
    observed: Observed
    desired: Sequence[Desired]
    options: Options
    ledger: Ledger
    sink: Sink
    cancel: threading.Event
    workers: Workers
    secrets: Secrets = field(default_factory=Secrets)


def close_record(run: Run, progress: Progress, concerned: Concerned) -> None:
    """Write how the instance ended and give its lock back; for one that failed, read the cluster's warnings. Belongs in a worker thread."""
    try:
        _closed(run, progress)
    finally:
        run.ledger.release(progress.instance)
    if progress.failed and progress.instance and not run.options.check and progress.result.reason not in _TELLS_NOTHING:
        progress.result.warnings = _warnings(run, progress.instance, concerned)
    crashed = progress.crashed
    if crashed is not None and progress.instance and not run.options.check and not progress.result.log:
        progress.result.log = last_lines(run.cluster, crashed.namespace, crashed.cause, run.secrets)


def _warnings(run: Run, instance: str, concerned: Concerned) -> list[EventLine]:
    """The newest different warnings about the instance's objects. One try: a server that is away is not waited for."""
    with run.cluster.one_try():
        found = newest_few(read_warnings(run.cluster, concerned, instance), run.cluster.now())
    return [replace(line, message=run.secrets.hide(line.message)) for line in found]


def _closed(run: Run, progress: Progress) -> None:
    if progress.removed:
        if not progress.failed and not progress.skipped:
            run.ledger.remove(progress.instance)
        elif progress.failed and progress.record == "written":
            run.ledger.remain(progress.instance, frozenset(progress.gone), progress.result.message)
        return
    if progress.failed and progress.record == "none" and progress.result.reason in _NOTHING_BEGUN:
        return
    if progress.record == "none" and progress.applied:
        run.ledger.begin(progress.instance)
    outcome = "failed" if progress.failed else ("deployed" if not progress.unready else "applied")
    run.ledger.finish(progress.instance, _ending(progress, outcome))


def _ending(progress: Progress, outcome: str) -> Ending:
    reason, message = (progress.result.reason, progress.result.message) if progress.failed else ("", "")
    gone, hooks = frozenset(progress.gone), frozenset(progress.hooks)
    return Ending(outcome, reason, message, progress.result.changed, dict(progress.applied), gone, hooks)


def last_words(run: Run, begun: Sequence[Progress]) -> None:
    """Record what was under way and give the locks back, as far as the server answers in time."""
    ended: queue.SimpleQueue[None] = queue.SimpleQueue()
    last = Workers(len(begun))
    for progress in begun:
        last.submit(partial(_interrupted, run, progress), lambda result, error: ended.put(None))
    limit = time.monotonic() + _LAST_WORDS
    try:
        for _ in begun:
            ended.get(timeout=max(0.0, limit - time.monotonic()))
    except queue.Empty:
        pass
    last.close()


def _interrupted(run: Run, progress: Progress) -> None:
    try:
        if not progress.removed:
            run.ledger.finish(progress.instance, _ending(progress, "interrupted"))
    finally:
        run.ledger.release(progress.instance)
