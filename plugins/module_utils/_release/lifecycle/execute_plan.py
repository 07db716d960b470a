# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan executed and told as one result: the part that all jobs share."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import reduce
from operator import or_

from ..._cluster import Cluster
from ..._events import Notice, RunPhase, Sink
from ..._log import conceal
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
from ..records.ledger import Ledger, SilentLedger
from ..workers import Workers


def secrets_of(desired: Sequence[Desired]) -> Secrets:
    """What must not be shown of any of them."""
    return reduce(or_, (item.secrets for item in desired), Secrets())


def execute_plan(
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
    """Run the plan, under locks and with records unless it is a check. keeping: which of the records. Raises Interrupted."""
    secrets = secrets_of(desired)
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
