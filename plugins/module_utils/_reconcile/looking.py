# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One look at some instances of an environment, and what is done about it: a plan of `_release`, shown before it is carried out."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from .._cluster import Cluster
from .._errors import PlanError, Problem, ReleaseError, RoroError
from .._events import Sink
from .._release import InstanceRecord, InstanceResult, Options, Plan, RunResult, last_writer, release
from .._release.fields.compare import TO_MAKE_SURE
from .fights import Fight, Fights
from .types import Finding, FindingAction, Proposal
from .wanted import Wanted

_ACTIONS: Mapping[str, FindingAction] = {"create": "Create", "update": "Update", "recreate": "Update", "delete": "Delete"}
_LOCKED = "Locked"


class Withheld(ReleaseError):
    """A plan is not carried out: it would only go on with fights."""

    def __init__(self, fights: list[Fight]) -> None:
        super().__init__("; ".join(map(str, fights)))
        self.fights = fights


@dataclass(frozen=True)
class Looked:
    """What one look found. findings: what differs. failed: instance -> why it could not be brought to what the documents say. locked:
    instances that another run is at work on. fighting: instance -> the fight that its correction would go on with. changed: whether
    anything was written. results: of the runs."""

    findings: tuple[Finding, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    fighting: Mapping[str, str] = field(default_factory=dict)
    changed: bool = False
    results: tuple[RunResult, ...] = ()

    @property
    def seen_to(self) -> tuple[Finding, ...]:
        """Those of the findings that a run which writes has brought to what the documents say."""
        left = {*self.failed, *self.locked, *self.fighting}
        return tuple(one for one in self.findings if one.instance not in left)

    def and_also(self, other: Looked) -> Looked:
        """Both."""
        return Looked(
            (*self.findings, *other.findings),
            {**self.failed, **other.failed},
            self.locked | other.locked,
            {**self.fighting, **other.fighting},
            self.changed or other.changed,
            (*self.results, *other.results),
        )


@dataclass(frozen=True)
class Looking:
    """Looks at instances. records: what the cluster remembers, by instance. fights: None where none is counted."""

    cluster: Cluster
    wanted: Wanted
    records: Mapping[str, InstanceRecord]
    sink: Sink
    cancel: threading.Event
    fights: Fights | None = None
    now: float = 0.0

    def look(self, names: Collection[str], *, gone: bool = False) -> Looked:
        """What differs; nothing is written. gone: also of what left the documents. Raises RoroError."""
        return self._each(names, gone=gone, check=True, wait=False)

    def correct(self, names: Collection[str], *, gone: bool = False, wait: bool = False) -> Looked:
        """Bring them to what the documents say. wait: until they are healthy. Raises RoroError."""
        try:
            return self._each(names, gone=gone, check=False, wait=wait)
        except Withheld as held:
            fighting = {fight.opponent[0]: str(fight) for fight in held.fights}
            rest = [name for name in names if name not in fighting]
            told = Looked(fighting=fighting)
            return told.and_also(self.correct(rest, gone=gone, wait=wait)) if rest or gone else told

    def approved(self, proposal: Proposal, names: Collection[str], *, gone: bool, wait: bool, check: bool = False) -> Looked:
        """Carry out exactly what was proposed; with `check` only see that it still is that. Raises PlanError where it would be something
        else by now."""

        def consent(plan: Plan) -> None:
            now = findings_of(plan, self.wanted, self.records)
            if proposal_id(proposal.id.rpartition("-")[0], proposal.commit, now) != proposal.id:
                raise PlanError(
                    f"what would be done is no longer what plan {proposal.id} says", hint="Look again: roro reconcile --drift propose"
                )

        return self._run(names, gone=gone, check=check, wait=wait, consent=consent)

    def _each(self, names: Collection[str], *, gone: bool, check: bool, wait: bool) -> Looked:
        """All at once; where no plan can be made for all, one by one, so that one instance does not hold up the others."""
        consent = None if check or self.fights is None else self._no_fights
        try:
            return self._run(names, gone=gone, check=check, wait=wait, consent=consent)
        except PlanError as error:
            if len(names) < 2:
                return Looked(failed=dict.fromkeys(names or ("",), _words(error)))
        alone = self.look if check else partial(self.correct, wait=wait)
        found = alone((), gone=True) if gone else Looked()
        for name in names:
            found = found.and_also(alone((name,)))
        return found

    def _no_fights(self, plan: Plan) -> None:
        """Raises Withheld."""
        drifted = [one for one in findings_of(plan, self.wanted, self.records) if not self._is_news(one.instance)]
        fights = self.fights.against(drifted, self.now) if self.fights is not None else []
        if fights:
            raise Withheld(fights)

    def _is_news(self, instance: str) -> bool:
        return is_news(instance, self.wanted, self.records)

    def _run(self, names: Collection[str], *, gone: bool, check: bool, wait: bool, consent: Any) -> Looked:
        plans: list[Plan] = []

        def seen(plan: Plan) -> None:
            if consent is not None:
                consent(plan)
            plans.append(plan)

        desired = [self._item(item) for item in self.wanted.desired if item.instance.id in names]
        if not desired and not gone:
            return Looked()
        options = replace(self._options(set(names), gone=gone), check=check, wait=wait, consent=seen)
        result = release(self.cluster, self.wanted.selection, desired, options, self.sink, self.cancel)
        found = [one for plan in plans for one in findings_of(plan, self.wanted, self.records)]
        if check:
            unchanged = _unchanged(result)
            found = [one for one in found if _key(one) not in unchanged]
        return Looked(tuple(found), _failed(result), _locked(result), {}, result.changed and not check, (result,))

    def _item(self, item: Any) -> Any:
        return item if self._is_news(item.instance.id) else replace(item, occasion="correct", cause="reconcile")

    def _options(self, names: set[str], *, gone: bool) -> Options:
        every = {item.instance.id for item in self.wanted.desired}
        base = replace(self.wanted.options, ignore_drift=True, take_back=True)
        others = frozenset(every - names)
        if gone:
            return replace(base, left_out=base.left_out | others, allow_empty=base.allow_empty or bool(others and not names))
        return replace(base, complete=False, later=others)


def is_news(instance: str, wanted: Wanted, records: Mapping[str, InstanceRecord]) -> bool:
    """Whether the documents say something else of the instance than what was applied last."""
    item, record = wanted.by_id.get(instance), records.get(instance)
    return item is None or record is None or (item.rendered and record.digest != item.digest)


def findings_of(plan: Plan, wanted: Wanted, records: Mapping[str, InstanceRecord]) -> list[Finding]:
    """What a plan would write, as findings. Hooks are not: they run because of others."""
    found = []
    for step in plan.steps:
        action = _ACTIONS.get(step.action)
        if action is None or step.cause.startswith(TO_MAKE_SURE):
            continue
        drifted = step.live is not None and not is_news(step.instance, wanted, records)
        manager = last_writer(step.live) if drifted and step.live is not None else ""
        instance = step.instance or _who_lives_in(step.ref.name, wanted)
        found.append(Finding(instance, action, step.ref.kind, step.ref.namespace or "", step.ref.name, step.cause, manager))
    return found


def _who_lives_in(namespace: str, wanted: Wanted) -> str:
    """A namespace that belongs to no instance is made for the first one in it."""
    return next((item.instance.id for item in wanted.desired if item.instance.namespace == namespace), "")


def proposal_id(environment: str, commit: str, findings: Iterable[Finding]) -> str:
    """The id of a plan: the same for the same findings at the same commit."""
    lines = sorted({f"{one.action} {one.kind} {one.namespace}/{one.name} {one.cause}" for one in findings})
    text = "\n".join([commit, *lines])
    return f"{environment}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"


def _key(finding: Finding) -> tuple[str, str, str]:
    return (finding.kind, finding.namespace, finding.name)


def _unchanged(result: RunResult) -> set[tuple[str, str, str]]:
    """What the server's dry run says would stay as it is, although the plan has a write for it."""
    actions = (action for item in result.instances for action in item.actions)
    return {(action.kind, action.namespace, action.name) for action in actions if action.action == "unchanged"}


def _failed(result: RunResult) -> dict[str, str]:
    return {item.instance: _told(item) for item in result.instances if item.status == "Failed" and item.reason != _LOCKED}


def _locked(result: RunResult) -> frozenset[str]:
    return frozenset(item.instance for item in result.instances if item.status == "Failed" and item.reason == _LOCKED)


def _told(item: InstanceResult) -> str:
    return f"{item.reason}: {item.message}" if item.reason else item.message


def _words(error: RoroError) -> str:
    return "; ".join(_problem(problem) for problem in error.problems)


def _problem(problem: Problem) -> str:
    return f"{problem.message} ({problem.where})" if problem.where else problem.message
