# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Back to an earlier revision: when a person asks, and after a failed update for apps that say `onFailure: rollback`.

A rollback is an `up` with that revision's manifests: what later ones changed is changed back, what they added is pruned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ..._cluster import Cluster
from ..._errors import ClusterError, PlanError, ReleaseError, RoroError, UsageError
from ..._events import Event, InstanceState, Sink
from ..._model import Instance, Position
from ..._objects import ref_of
from ..._render import Manifest
from ..data.desired import Desired
from ..data.record import InstanceRecord
from ..data.result import InstanceResult, RunResult
from ..hooks.hook_manifests import is_hook
from ..planning.stop_and_start import at_rest, keeps_running
from ..records.revisions import Revision, list_revisions, read_revision, revision_name

Again = Callable[[Sequence[Desired], Sink], RunResult]


def desired_before(
    cluster: Cluster, instances: Sequence[Instance], records: Mapping[str, InstanceRecord], number: int | None
) -> list[Desired]:
    """The instances as they were at that revision; None: at the newest healthy one before the present. Raises UsageError, ReleaseError."""
    found = []
    for instance in instances:
        record = records.get(instance.id)
        if record is None:
            hint = "`roro ps` shows what is there, `roro up` deploys it."
            raise UsageError(f"instance {instance.id} is not deployed: there is nothing to roll back", hint=hint)
        kept = list_revisions(cluster, instance.workspace, instance.environment, {instance.id: record})
        target = _target(record, kept, number)
        manifests = read_revision(cluster, record.namespace, instance.id, target.revision)
        if manifests is None:
            raise _not_kept(record, kept, target.revision)
        source = Position(Path(revision_name(instance.id, target.revision)), 1)
        there = replace(instance, namespace=record.namespace)
        cause = f"rollback to revision {target.revision}"
        found.append(Desired(there, tuple(Manifest(obj, source) for obj in manifests), target.digest, cause, occasion="rollback"))
    return found


def desired_power(
    cluster: Cluster, instances: Sequence[Instance], records: Mapping[str, InstanceRecord], to: Literal["stop", "start"]
) -> tuple[list[Desired], list[str]]:
    """(the workloads of the instances at rest or as their revision says, notices). Raises ReleaseError when the revision is not kept."""
    found, notices = [], []
    for instance in instances:
        record = records.get(instance.id)
        if record is None:
            notices.append(f"instance {instance.id} is not deployed")
            continue
        number = record.revision
        manifests = read_revision(cluster, record.namespace, instance.id, number)
        if manifests is None:
            hint = "Its last run was killed or interrupted: run `roro up` first."
            raise ReleaseError(f"revision {number} of instance {instance.id} is not kept: how it should run is not known", hint=hint)
        source = Position(Path(revision_name(instance.id, number)), 1)
        manifests = [obj for obj in manifests if not is_hook(obj)]
        workloads = [(obj, rest) for obj in manifests if (rest := at_rest(obj)) is not None]
        if to == "stop":
            notices += [f"{ref_of(obj)} of instance {instance.id} is not stopped" for obj in manifests if keeps_running(obj)]
        if not workloads:
            continue
        chosen = tuple(Manifest(rest if to == "stop" else obj, source) for obj, rest in workloads)
        found.append(Desired(replace(instance, namespace=record.namespace), chosen, record.digest, to, to))
    return found, notices


def _target(record: InstanceRecord, kept: Sequence[Revision], number: int | None) -> Revision:
    if number is not None:
        named = [item for item in kept if item.revision == number]
        if not named:
            raise _not_kept(record, kept, number)
        return named[0]
    healthy = [item for item in kept if item.revision < record.revision and item.outcome == "deployed"]
    if not healthy:
        hint = "Name one of `roro history` with --to, or change the documents and run `roro up`."
        raise UsageError(f"no revision of instance {record.instance} before {record.revision} was healthy", hint=hint)
    return healthy[-1]


def _not_kept(record: InstanceRecord, kept: Sequence[Revision], number: int) -> UsageError:
    numbers = ", ".join(str(item.revision) for item in kept) or "none"
    return UsageError(f"revision {number} of instance {record.instance} is not kept", hint=f"These are: {numbers} (`roro history`).")


def roll_back(
    cluster: Cluster, desired: Sequence[Desired], before: Mapping[str, InstanceRecord], result: RunResult, again: Again, sink: Sink
) -> None:
    """Roll the failed instances of `result` back and tell it there; their status stays Failed.

    A correction is not rolled back: it was the present revision that it brought back.

    before: the records as they were before the run. again: an `up` of just these, without waiting for the rest of the environment.
    """
    undone = [item for item in desired if item.instance.on_failure == "rollback" and not item.corrects(before.get(item.instance.id))]
    wanted = {item.instance.id: item for item in undone}
    failed = [item for item in result.instances if item.status == "Failed" and item.changed and item.instance in wanted]
    targets: dict[str, int] = {}
    old: list[Desired] = []
    for item in failed:
        record = before.get(item.instance)
        manifests = read_revision(cluster, record.namespace, item.instance, record.deployed) if record and record.deployed else None
        if record is None or manifests is None:
            item.message += "; not rolled back: no earlier revision was healthy"
            continue
        source = Position(Path(revision_name(item.instance, record.deployed)), 1)
        targets[item.instance] = record.deployed
        cause = f"rollback to revision {record.deployed}, as revision {item.revision} failed"
        sent = tuple(Manifest(obj, source) for obj in manifests)
        old.append(Desired(wanted[item.instance].instance, sent, record.digest, cause, occasion="rollback"))
    if old:
        _tell(failed, targets, _attempt(old, again, sink))
    for item in failed:
        sink(InstanceState(item.instance, item.status, item.reason, item.message))


def _attempt(old: Sequence[Desired], again: Again, sink: Sink) -> RunResult | RoroError:
    def without_states(event: Event) -> None:
        """The instances stay Failed, however well the rollback goes."""
        if not isinstance(event, InstanceState):
            sink(event)

    try:
        return again(old, without_states)
    except (ReleaseError, PlanError, ClusterError) as error:
        return error


def _tell(failed: Sequence[InstanceResult], targets: Mapping[str, int], ended: RunResult | RoroError) -> None:
    results = {item.instance: item for item in ended.instances} if isinstance(ended, RunResult) else {}
    for item in failed:
        if item.instance not in targets:
            continue
        undone = results.get(item.instance)
        if undone is None or undone.status == "Failed":
            why = undone.message if undone else str(ended)
            item.message += f"; the rollback to revision {targets[item.instance]} failed too: {why}"
            continue
        item.actions += [replace(action, cause=f"rollback: {action.cause}") for action in undone.actions if action.action != "unchanged"]
        item.revision = undone.revision
        item.message += f"; rolled back to revision {targets[item.instance]}"
        item.rolled_back_to = targets[item.instance]
