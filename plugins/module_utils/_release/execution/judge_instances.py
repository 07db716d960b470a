# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From verdicts to decisions: which gates are open, whose grace has run out, what a person is told about it.

Belongs to the scheduler's thread. Time comes in as monotonic seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from ..._cluster import Cluster
from ..._events import ObjectState, Sink
from ..._kube_events import Concerned, read_warnings
from ..._objects import Identity, KubeObject, ObjectRef
from ..causes.failure import Failure, details_of, failure_of
from ..data.options import Options
from ..data.plan import Plan
from ..data.record import InstanceRecord
from ..data.result import Status
from ..data.steps import Gate, Step
from ..readiness import HASTY_CALM, HASTY_RESTARTS, Verdict, tidy
from ..server_answers.being_deleted import Left, sentence
from .health_checks import timeout_of_checks
from .instance_progress import Progress
from .tracker import Tracker

_MAX_NAMED = 3
CRASH_LOOP = "CrashLoopBackOff"


class Judge:
    """watch: called with a step whose object is not ready, so that changes to it are heard of. healthy: whether an
    instance's health checks passed. busy: whether anything but this object is on its way in the run."""

    def __init__(
        self,
        plan: Plan,
        tracker: Tracker,
        watch: Callable[[Step], None],
        healthy: Callable[[str], bool],
        sink: Sink,
        busy: Callable[[Identity], bool] = lambda identity: False,
    ) -> None:
        self._tracker, self._watch, self._healthy, self._sink, self._busy = tracker, watch, healthy, sink, busy
        self._became_ready: dict[Identity, float] = {}
        self._counted: dict[Identity, float] = {}
        self._awaited: set[Identity] = set()
        self._excused: dict[Identity, int] = {}
        self._steps: dict[Identity, Step] = {}
        self._told: dict[Identity, tuple[str, str, str]] = {}
        self._grace: dict[Identity, tuple[float, Verdict]] = {}
        self._steady: set[Identity] = set()
        self._unmet = {gate.id: {ref.identity for ref in gate.objects} for gate in plan.gates}
        self._gates: dict[Identity, list[Gate]] = defaultdict(list)
        self._refs: dict[str, list[ObjectRef]] = defaultdict(list)
        for step in plan.steps:
            self._refs[step.instance].append(step.ref)
        for gate in plan.gates:
            for ref in gate.objects:
                self._gates[ref.identity].append(gate)

    def follow(self, step: Step, progress: Progress, obj: KubeObject) -> None:
        """From now on the step's object is judged."""
        self._steps[step.ref.identity] = step
        self._tracker.follow(step.ref, obj, progress.rules)

    def forget(self, identity: Identity) -> None:
        """The object is not judged any more: a hook has run."""
        self._steps.pop(identity, None)
        self._grace.pop(identity, None)
        self._told.pop(identity, None)

    def assume(self, identity: Identity) -> None:
        """The object counts as whatever is asked of it: check mode, or a Job that cleaned up after itself."""
        for gate in self._gates.get(identity, ()):
            self._unmet[gate.id].discard(identity)

    def knows(self, identity: Identity) -> bool:
        """Whether the object is followed."""
        return identity in self._steps

    def instance_of(self, identity: Identity) -> str:
        """The instance that a followed object belongs to."""
        return self._steps[identity].instance

    def look(self, identity: Identity, now: float) -> Verdict:
        """The object's verdict; tells when it changed, keeps its grace, brings its gates up to date."""
        verdict, step = self._believed(identity, self._tracker.verdict(identity), now), self._steps[identity]
        if verdict.state != "ready":
            self._became_ready.pop(identity, None)
            self._awaited.add(identity)
            self._watch(step)
        else:
            self._became_ready.setdefault(identity, now)
        for gate in self._gates.get(identity, ()):
            unproven = verdict.state == "progressing" and identity in self._grace and gate.condition != "started"
            met = verdict.state == "ready" or (not unproven and self._tracker.satisfies(identity, gate.condition))
            (self._unmet[gate.id].discard if met else self._unmet[gate.id].add)(identity)
        self._tell(step, verdict)
        return verdict

    def open(self, gate: Gate) -> bool:
        """Whether all objects of the gate meet its condition; for an instance's health its checks, too."""
        return not self._unmet[gate.id] and (gate.condition != "healthy" or self._healthy(gate.instance))

    def gates_of(self, identity: Identity) -> Sequence[Gate]:
        """The gates that this object holds shut."""
        return self._gates.get(identity, ())

    def due(self) -> list[float]:
        """When graces run out, and when starts have lasted long enough."""
        return [due for due, _ in self._grace.values()]

    def expired(self, now: float) -> tuple[list[tuple[Identity, Verdict]], list[Identity]]:
        """(failed verdicts that outlasted their grace, objects that stayed ready for theirs); each is named once."""
        over = [(identity, verdict) for identity, (due, verdict) in self._grace.items() if now >= due]
        for identity, _ in over:
            del self._grace[identity]
        settled = [identity for identity, verdict in over if verdict.state == "ready"]
        self._steady.update(identity for identity, verdict in over if verdict.state == "ready" and verdict.grace)
        return [(identity, verdict) for identity, verdict in over if verdict.state != "ready"], settled

    def begin_anew(self, reasons: Container[str], now: float) -> None:
        """The grace of what failed for these reasons, as they may not hold any more."""
        for identity, (_, verdict) in self._grace.items():
            if verdict.state == "failed" and verdict.reason in reasons:
                self._grace[identity] = (now + verdict.grace, verdict)

    def _believed(self, identity: Identity, verdict: Verdict, now: float) -> Verdict:
        """The verdict, or `progressing` for one that must first last: ready between two crashes, or by a start a moment ago. A failed one
        says its own grace."""
        if verdict.state != "ready":
            self._steady.discard(identity)
            self._counted.pop(identity, None)
        if self._is_hopeless(identity, verdict, now):
            verdict = replace(verdict, state="failed")
        if not verdict.grace or identity in self._steady:
            return self._proved(identity, verdict, now)
        held = self._grace.get(identity)
        if held is None or (held[1].state, held[1].reason) != (verdict.state, verdict.reason):
            self._grace[identity] = (now + verdict.grace, verdict)
        return replace(verdict, state="progressing") if verdict.state == "ready" else verdict

    def _proved(self, identity: Identity, verdict: Verdict, now: float) -> Verdict:
        """The verdict, or `progressing` while one that was waited for is ready only because of starts a moment ago."""
        self._grace.pop(identity, None)
        if verdict.state != "ready" or identity not in self._awaited:
            return verdict
        due = self._tracker.proved(identity, self._counted.setdefault(identity, now))
        if now >= due:
            return verdict
        self._grace[identity] = (due, verdict)
        return replace(verdict, state="progressing", reason="JustStarted", message=f"{verdict.message}; it has just started")

    def _is_hopeless(self, identity: Identity, verdict: Verdict, now: float) -> bool:
        """Whether a container that ends right after each start waits for nothing that this run brings: by its newest crash nothing else
        had been on its way for a while. One that came earlier is excused."""
        cause = verdict.cause
        if verdict.state != "progressing" or verdict.reason != CRASH_LOOP or cause is None or not cause.hasty:
            return False
        news = max((when for other, when in self._became_ready.items() if other != identity), default=float("-inf"))
        if self._busy(identity) or now - news <= HASTY_CALM:
            self._excused[identity] = cause.restarts
        return cause.restarts >= HASTY_RESTARTS and cause.restarts > self._excused.get(identity, -1)

    def failure(self, identity: Identity, verdict: Verdict) -> Failure:
        """What a failed verdict means for the instance."""
        step = self._steps[identity]
        return failure_of(step.ref, step.instance, verdict)

    def timeout(self, progress: Progress, reason: str, message: str) -> Failure:
        """The instance's time is over: what it waited for first tells where to look."""
        identity = next((item for item in sorted(progress.unready) if item in self._steps), None)
        if identity is None:
            return Failure(reason, message)
        ref, verdict = self._steps[identity].ref, self._tracker.verdict(identity)
        details = details_of(ref, verdict.cause) if verdict.cause else ()
        return Failure(reason, message, details, state=verdict.reason, cause=verdict.cause, namespace=ref.namespace or "")

    def is_ready(self, step: Step, progress: Progress) -> bool:
        """Whether the object of a step that was not begun is as it should be, as far as is known."""
        self._tracker.follow(step.ref, step.live, progress.rules)
        return self._tracker.verdict(step.ref.identity).state == "ready"

    def waiting(self, progress: Progress) -> list[tuple[ObjectRef, Verdict, list[str]]]:
        """What the instance still waits for: object, verdict, and UIDs of it and of everything below it."""
        known = [identity for identity in sorted(progress.unready) if identity in self._steps]
        return [(self._steps[item].ref, self._tracker.verdict(item), self._uids(item)) for item in known]

    def concerned(self, instance: str) -> Concerned:
        """The instance's objects and what is known below them, for the events about them."""
        refs = self._refs.get(instance, ())
        uids = frozenset(uid for ref in refs for uid in self._uids(ref.identity) if uid)
        return Concerned(uids, frozenset((ref.kind, ref.namespace or "", ref.name) for ref in refs))

    def _uids(self, identity: Identity) -> list[str]:
        """Of the object and of everything below it; "" for one that is not known."""
        uid = str((self._tracker.object(identity) or {}).get("metadata", {}).get("uid") or "")
        return [uid, *(str(item["metadata"].get("uid")) for item in self._tracker.descendants(uid))] if uid else [uid]

    def _tell(self, step: Step, verdict: Verdict) -> None:
        state = "ready" if verdict.state == "ready" else "failed" if verdict.state == "failed" and not verdict.grace else "waiting"
        told = (state, verdict.reason, verdict.message)
        known = self._told.get(step.ref.identity)
        if told == known or (known is None and state == "ready"):
            self._told[step.ref.identity] = told
            return
        self._told[step.ref.identity] = told
        ref = step.ref
        self._sink(ObjectState(step.instance, ref.kind, ref.namespace or "", ref.name, state, verdict.reason, verdict.message))


def timeout_words(
    cluster: Cluster,
    seconds: float,
    waiting: Sequence[tuple[ObjectRef, Verdict, list[str]]],
    leaving: Sequence[Left],
    checks: Sequence[str] = (),
) -> tuple[str, str]:
    """(reason, message) for an instance whose time is over: the objects, their last state, the newest warning event; else the health
    checks. Asks the server for events, so it belongs in a worker thread."""
    after = f"after {seconds:g} s"
    if waiting:
        ref, verdict, uids = waiting[0]
        others = f" (and {', '.join(str(other) for other, _, _ in waiting[1:_MAX_NAMED])} wait too)" if len(waiting) > 1 else ""
        warning = newest_warning(cluster, ref, uids)
        state = verdict.message or verdict.reason
        return "Timeout", f"{ref} is not ready {after}: {state}{warning}{others}"
    if checks:
        return timeout_of_checks(seconds, checks)
    if leaving:
        others = f" (and {', '.join(str(left.step.ref) for left in leaving[1:_MAX_NAMED])} too)" if len(leaving) > 1 else ""
        return "Timeout", f"{sentence(cluster, leaving[0], seconds)}{newest_warning(cluster, leaving[0].step.ref, [])}{others}"
    return "Timeout", f"not done {after}"


def newest_warning(cluster: Cluster, ref: ObjectRef, uids: Sequence[str]) -> str:
    """`; newest warning: ...` about the object or what is below it, "" when there is none or events may not be read."""
    found = read_warnings(cluster, Concerned(frozenset(uid for uid in uids if uid), frozenset({(ref.kind, ref.namespace or "", ref.name)})))
    return tidy(f"; newest warning: {found[-1].reason}: {found[-1].message}") if found else ""


def closing_status(progress: Progress, before: InstanceRecord | None, options: Options) -> tuple[Status, str, str]:
    """(status, reason, message) of an instance that ended."""
    result = progress.result
    if progress.failed:
        return "Failed", result.reason, result.message
    if progress.removed:
        return ("Running", "", "kept: an instance that may need it failed") if progress.skipped else ("NotDeployed", "", "")
    if progress.transition == "stop":
        return "NotDeployed", "Stopped", ""
    if options.check:
        return ("Running" if before and before.outcome == "deployed" else "NotDeployed"), "", ""
    if progress.spared:
        return "Running", "DependencyFailed", f"unchanged, runs; its dependency {progress.spared.instance or 'environment'} failed"
    if progress.unready:
        return ("Updating" if before and before.deployed else "Deploying"), "", "not waited for"
    return "Running", "", ""
