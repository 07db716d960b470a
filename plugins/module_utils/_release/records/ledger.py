# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the records of a run are written: before an instance's first write, and when it has ended.

The record of a run that is under way lists everything the instance may own by then, old and new, so that a kill at any moment
orphans nothing; digests of what is about to be written are blank, so that the next run writes it again. Called in worker threads,
for one instance by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..._cluster import Cluster, rfc3339
from ..._errors import RoroError
from ..._objects import Identity, KubeObject
from ..._run_id import run_id
from ..data.desired import Desired
from ..data.hook import Hook
from ..data.observed import Observed
from ..data.plan import Plan
from ..data.record import InstanceRecord, OwnedObject
from ..data.steps import Step
from ..data.workspace_origin import UNKNOWN, WorkspaceOrigin
from ..hooks.hook_manifests import has_moment
from ..locks.lease import Locks
from ..planning.prune import still_known
from ..planning.stop_and_start import remembered
from ..restarts.config_restarts import owned_with_reads
from .instance_records import delete_records, delete_revisions, write_record
from .revisions import write_revision


@dataclass(frozen=True)
class Ending:
    """How an instance ended. reason, message: why it failed, else "". applied: what its objects are now, by identity; gone: what was
    deleted; hooks: which of them completed."""

    outcome: str
    reason: str
    message: str
    changed: bool
    applied: Mapping[Identity, OwnedObject]
    gone: frozenset[Identity]
    hooks: frozenset[Identity] = frozenset()


class Ledger:
    """The records of one run, and the locks under which they are written."""

    def __init__(
        self,
        cluster: Cluster,
        workspace: str,
        environment: str,
        plan: Plan,
        observed: Observed,
        desired: Sequence[Desired],
        locks: Locks,
        origin: WorkspaceOrigin = UNKNOWN,
    ) -> None:
        self._cluster, self._workspace, self._environment, self._locks = cluster, workspace, environment, locks
        self._origin = origin
        self._before = dict(observed.records)
        self._desired = {item.instance.id: item for item in desired}
        self._now: dict[str, InstanceRecord] = {}
        self._steps: dict[str, list[Step]] = {}
        self._hooks = plan.hooks
        self._kept: dict[str, dict[Identity, OwnedObject]] = {}
        self._remembered: dict[str, list[OwnedObject]] = {}
        for instance, owned, _ in still_known(plan.kept):
            self._remembered.setdefault(instance, []).append(owned)
        for step in plan.steps:
            self._steps.setdefault(step.instance, []).append(step)
        for instance, owned, _ in plan.kept:
            self._kept.setdefault(instance, {})[owned.ref.identity] = owned

    def before(self, instance: str) -> InstanceRecord | None:
        """The record as it was found."""
        return self._before.get(instance)

    def revision(self, instance: str) -> int:
        """The number of the instance's last revision, as this run knows it."""
        record = self._now.get(instance) or self._before.get(instance)
        return record.revision if record else 0

    def begin(self, instance: str) -> None:
        """Lock an instance that is about to change or to go, and write its record. Raises Locked when another run is at work on it,
        ReleaseError when one was since this run looked."""
        item, old = self._desired.get(instance), self._before.get(instance)
        namespace = item.instance.namespace if item else old.namespace if old else ""
        if namespace:
            self._locks.acquire(instance, namespace, going=item is None)
        if item is None:
            return
        try:
            self._write_begun(instance, item, old)
        except RoroError:
            self._locks.release(instance)
            raise

    def release(self, instance: str) -> None:
        """Let other runs work on the instance again."""
        self._locks.release(instance)

    def on_lost(self, tell: Callable[[str, str], None]) -> None:
        """`tell(instance, words)` is called, in another thread, when another run took a lock over."""
        self._locks.lost = tell

    def stop_waiting(self) -> None:
        """No lock is waited for or taken any more."""
        self._locks.stop()

    def _write_begun(self, instance: str, item: Desired, old: InstanceRecord | None) -> None:
        moved = old is not None and old.namespace != item.instance.namespace
        if item.transition and old is not None:
            begun = replace(
                old, outcome="pending", updated=self._time(), objects=tuple(self._union(instance).values()), scales=self._scales(item, old)
            )
            self._now[instance] = write_record(self._cluster, self._workspace, self._environment, begun)
            return
        record = InstanceRecord(
            instance=instance,
            app=item.instance.app,
            namespace=item.instance.namespace,
            revision=(old.revision if old else 0) + (0 if item.corrects(old) else 1),
            deployed=old.deployed if old else 0,
            outcome="pending",
            digest=item.digest,
            updated=self._time(),
            objects=tuple(self._union(instance).values()),
            depends_on=tuple(dependency.instance for dependency in item.instance.depends_on),
            scales=old.scales if old else (),
            hooks=self._recorded_hooks(instance, frozenset()),
            origin=self._origin_now(old),
            resource_version="" if old is None or moved else old.resource_version,
        )
        self._now[instance] = write_record(self._cluster, self._workspace, self._environment, record)

    def finish(self, instance: str, ending: Ending) -> None:
        """Write how the instance ended; nothing when nothing changed, or when another run has taken the instance over."""
        if self._locks.is_lost(instance):
            return
        old, begun = self._before.get(instance), self._now.get(instance)
        base = begun or old
        if base is None:
            return
        objects = {identity: owned for identity, owned in self._union(instance).items() if identity not in ending.gone}
        objects |= {identity: owned for identity, owned in ending.applied.items() if identity in objects}
        item = self._desired[instance]
        if item.transition and old is not None:
            self._finish_transition(item, base, old, ending, tuple(objects.values()))
            return
        # A revision that failed, or was not waited for, and is healthy now without a change is one to roll back to.
        healed = old is not None and old.outcome != "deployed" and ending.outcome == "deployed"
        went_back = healed and item.occasion == "rollback"
        revision = _number(base, old, changed=ending.changed, went_back=went_back)
        corrects = item.corrects(old)
        stays = corrects and old is not None and (old.outcome, ending.outcome) == ("deployed", "applied")  # nobody waited
        record = replace(
            base,
            objects=tuple(objects.values()),
            outcome="deployed" if stays else ending.outcome,
            reason=ending.reason,
            message=ending.message,
            digest=item.digest if went_back else base.digest,
            updated=self._time(),
            revision=revision,
            deployed=revision if ending.outcome == "deployed" else base.deployed,
            depends_on=tuple(dependency.instance for dependency in item.instance.depends_on),
            scales=() if ending.outcome in ("deployed", "applied") else base.scales,
            hooks=self._recorded_hooks(instance, ending.hooks),
            origin=self._origin_now(old),
        )
        if begun is None and old is not None and _same(record, old):
            return
        self._now[instance] = write_record(self._cluster, self._workspace, self._environment, record)
        if old is not None and old.namespace != record.namespace:
            delete_records(self._cluster, self._workspace, self._environment, instance, old.namespace)
        if ((begun is None or revision != begun.revision) and not healed) or (corrects and _is_recorded(old, ending.outcome)):
            return
        who, cause = self._locks.holder.who, item.cause
        write_revision(self._cluster, self._workspace, self._environment, record, self._manifests(instance), who, cause, run_id())

    def _finish_transition(
        self, item: Desired, base: InstanceRecord, old: InstanceRecord, ending: Ending, objects: tuple[OwnedObject, ...]
    ) -> None:
        """The revision stays what it is: only how it is now changes."""
        well = ending.outcome in ("deployed", "applied")
        was = "deployed" if base.deployed == base.revision else "applied"
        outcome = ending.outcome if not well else "stopped" if item.transition == "stop" else was
        scales = () if well and item.transition == "start" else self._scales(item, base)
        said = replace(base, reason=ending.reason, message=ending.message)
        record = replace(said, objects=objects, outcome=outcome, updated=self._time(), scales=scales)
        if item.instance.id in self._now or not _same(record, old):
            self._now[item.instance.id] = write_record(self._cluster, self._workspace, self._environment, record)

    def _origin_now(self, old: InstanceRecord | None) -> WorkspaceOrigin:
        return self._origin.recorded_over(old.origin if old is not None else UNKNOWN)

    def _time(self) -> str:
        """By the server's clock, as other machines read it."""
        return rfc3339(self._cluster.now())

    def _scales(self, item: Desired, record: InstanceRecord) -> tuple[tuple[Identity, int], ...]:
        """What is remembered already is not forgotten: a stop may come twice."""
        if item.transition != "stop":
            return record.scales
        return tuple({**dict(record.scales), **remembered(self._steps.get(item.instance.id, ()))}.items())

    def remove(self, instance: str) -> None:
        """Delete an instance's revisions and its record. Of what is protected the record stays, so that a later `down` finds it."""
        old = self._before.get(instance)
        if old is None or self._locks.is_lost(instance):
            return
        if instance not in self._remembered:
            delete_records(self._cluster, self._workspace, self._environment, instance, old.namespace)
            return
        record = InstanceRecord(
            instance=instance,
            app=old.app,
            namespace=old.namespace,
            revision=old.revision,
            outcome="removed",
            updated=self._time(),
            objects=tuple(self._remembered[instance]),
            origin=old.origin,
            resource_version=old.resource_version,
        )
        if not _same(record, old):
            write_record(self._cluster, self._workspace, self._environment, record)
            delete_revisions(self._cluster, self._workspace, self._environment, instance, old.namespace)

    def remain(self, instance: str, gone: frozenset[Identity], message: str) -> None:
        """The removal of an instance failed: its record keeps what is left, and says why."""
        old = self._before.get(instance)
        if old is None or self._locks.is_lost(instance):
            return
        objects = tuple(owned for owned in old.objects if owned.ref.identity not in gone)
        record = replace(old, objects=objects, outcome="removing", message=message, updated=self._time())
        if not _same(record, old):
            write_record(self._cluster, self._workspace, self._environment, record)

    def _manifests(self, instance: str) -> list[KubeObject]:
        steps = [step for step in self._steps.get(instance, ()) if step.hook is None]
        objects = [step.whole or step.desired for step in steps if step.desired is not None]
        return objects + [hook.object for hook in self._hooks.get(instance, ()) if hook.object]

    def _recorded_hooks(self, instance: str, completed: frozenset[Identity]) -> tuple[Hook, ...]:
        """Manifests are kept for `down`, which reads no documents."""
        return tuple(
            replace(
                hook,
                object=hook.object if has_moment([hook], "down") else {},
                done=hook.applied if hook.ref.identity in completed else hook.done,
            )
            for hook in self._hooks.get(instance, ())
        )

    def _union(self, instance: str) -> dict[Identity, OwnedObject]:
        """Everything the instance owns or is about to."""
        old = self._before.get(instance)
        known = {owned.ref.identity: owned for owned in old.objects} if old else {}
        found: dict[Identity, OwnedObject] = {}
        for step in self._steps.get(instance, ()):
            if step.hook is not None:
                continue
            recorded = known.get(step.ref.identity)
            if recorded is not None and step.action in ("unchanged", "delete"):
                found[step.ref.identity] = owned_with_reads(recorded, step)
            else:
                same = recorded is not None and recorded.uid == step.uid
                found[step.ref.identity] = OwnedObject(step.ref, step.uid, reads=recorded.reads if recorded and same else ())
        item = self._desired.get(instance)
        return {**(known if item is not None and item.transition else self._kept.get(instance, {})), **found}


def _number(base: InstanceRecord, old: InstanceRecord | None, *, changed: bool, went_back: bool) -> int:
    """A rollback is a revision of its own even where nothing had to change; else what changed nothing keeps its number."""
    if old is not None and went_back:
        return old.revision + 1
    return base.revision if changed or old is None or old.revision == 0 else old.revision


def _is_recorded(old: InstanceRecord | None, outcome: str) -> bool:
    """Whether the present revision needs no writing when it was corrected: it does where the run that began it was killed, and where it is
    healthy for the first time."""
    return old is not None and (old.deployed == old.revision or (old.outcome != "pending" and outcome != "deployed"))


def _same(record: InstanceRecord, old: InstanceRecord) -> bool:
    return (
        {owned.ref.identity: owned for owned in record.objects} == {owned.ref.identity: owned for owned in old.objects}
        and (record.outcome, record.message, record.revision, record.deployed) == (old.outcome, old.message, old.revision, old.deployed)
        and record.depends_on == old.depends_on
        and (record.namespace, record.scales, record.hooks) == (old.namespace, old.scales, old.hooks)
        and record.origin == old.origin
    )


class LockingLedger(Ledger):
    """Writes no record, but locks: for a restart, which changes nothing that is recorded."""

    def begin(self, instance: str) -> None:
        """See Ledger."""
        self._locks.acquire(instance, self._desired[instance].instance.namespace)

    def finish(self, instance: str, ending: Ending) -> None:
        """See Ledger."""


class SilentLedger(Ledger):
    """Writes nothing: for check mode."""

    def begin(self, instance: str) -> None:
        """See Ledger."""

    def finish(self, instance: str, ending: Ending) -> None:
        """See Ledger."""

    def remove(self, instance: str) -> None:
        """See Ledger."""

    def remain(self, instance: str, gone: frozenset[Identity], message: str) -> None:
        """See Ledger."""
