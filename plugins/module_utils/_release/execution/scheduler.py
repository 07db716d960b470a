# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a plan: every step as soon as what it waits for is done, everything told as it happens.

One thread (the caller's) decides; worker threads make one API call each; watch threads read. They all talk to the one through a queue,
so nothing here is locked and nothing polls: the thread sleeps until something happened or a deadline is due.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..._errors import Interrupted, RoroError
from ..._events import RunPhase
from ..._objects import Identity, KubeObject, uid_of
from ..causes.error_words import reason_of, words_of
from ..causes.failure import Failure, Root
from ..data.health import CheckWord
from ..data.outcome import Checked, Outcome
from ..data.record import OwnedObject
from ..data.result import InstanceResult
from ..data.steps import Gate, Step
from ..fields.compare import differences, fields_digest, live_digest
from ..hooks.hook_end import end_hook
from ..ownership.labels import environment_selector, labels_present
from ..readiness import Verdict
from ..steps.perform import perform
from .awaited_effects import Awaited
from .closing import Closing
from .deadlines import Deadlines
from .first_seen import FirstSeen
from .graph_walk import Walk
from .health_checks import Checks, refusal
from .inbox import Inbox
from .instance_progress import ENVIRONMENT, Progress, all_progress, gates_by_instance, tell_plan
from .judge_instances import Judge, timeout_words
from .make_room import LACKS_NODE, LACKS_QUOTA, Way, refused_by_quota
from .opening import Opening
from .quota_room import QuotaRoom
from .report import Teller
from .run import Run, last_words
from .tracker import Place, Tracker, forbidden
from .who_waits import others_come, refused, runs_as_before, stranded


class Scheduler:
    """Takes a Run through its plan. `run` may be called once."""

    def __init__(self, run: Run, inbox: Inbox | None = None) -> None:
        self._run, self._plan, self._options = run, run.plan, run.options
        self._inbox = inbox or Inbox()
        self._walk = Walk(run.plan)
        self._progress = all_progress(run.plan, run.desired, run.observed, run.options)
        self._teller = Teller(run.sink, run.options, {name: progress.result for name, progress in self._progress.items()}, run.secrets)
        self._teller.environment = run.environment
        selector = environment_selector(run.workspace, run.environment)
        put, seen = self._inbox.put, FirstSeen(run.cluster, self._inbox.clock)
        self._tracker = Tracker(run.cluster, run.observed, selector, put, self._changed, self._watch_broken, seen)
        self._awaited = Awaited(self._tracker, run.sink, self._teller.home)
        self._checks = Checks(run, put, self._checked)
        self._judge = Judge(
            run.plan, self._tracker, self._watch, self._checks.passed, run.sink, partial(others_come, self._progress.values())
        )
        self._gates = gates_by_instance(run.plan)
        self._way = Way(self._walk, self._teller.notice)
        self._quotas = QuotaRoom(run.cluster, run.workers, put, self._refused_by_quota)
        self._deadlines = Deadlines(self._progress, self._judge, self._awaited, self, self._inbox.clock)
        self._opening = Opening(run, self._walk, self._teller, self._inbox, self._fail)
        self._closing = Closing(run, self._walk, self._judge, self._checks, self._gates, self._teller, self._inbox)
        run.ledger.on_lost(lambda instance, words: put(partial(self._lock_lost, instance, words)))

    def run(self) -> tuple[list[InstanceResult], InstanceResult, list[str]]:
        """(instances in the plan's order, the environment's own steps, notices). After a cancel: raises Interrupted, with all recorded."""
        try:
            self._begin()
            while not all(progress.closed for progress in self._progress.values()):
                self._next()
            self._teller.predictions()
            return [self._progress[name].result for name in self._plan.instances], self._progress[ENVIRONMENT].result, self._teller.notices
        finally:
            self._tracker.stop()
            self._quotas.stop()
            self._checks.stop()
            self._run.ledger.stop_waiting()

    # The loop

    def _begin(self) -> None:
        tell_plan(self._plan, self._run.sink)
        self._run.sink(RunPhase("", "apply"))
        self._drain()
        for progress in self._progress.values():
            self._closing.consider(progress)

    def _next(self) -> None:
        """Wait for the next thing that happens, at most until something is due."""
        due = self._deadlines.next()
        call = self._inbox.get(due)
        if call is not None:
            call()
            self._drain()
        else:
            for progress in stranded(self._progress.values()):
                self._fail(progress, Failure("Timeout", "not started: what it waits for has ended without it"))
        if self._run.cancel.is_set():
            self._interrupt()
        now = self._inbox.clock()
        if now >= due:
            self._deadlines.look(now)
            self._drain()

    def _drain(self) -> None:
        for number in self._walk.upcoming():
            self._enter(number)

    # Deadlines

    def settled(self, identity: Identity) -> None:
        """See deadlines.Over."""
        self._look(identity)

    def lasted(self, identity: Identity, verdict: Verdict) -> None:
        """See deadlines.Over."""
        owner = self._progress[self._judge.instance_of(identity)]
        hook = self._awaited.hook(identity)
        if hook is not None:
            self._hook_ended(hook, owner, verdict)
        elif not owner.closing:
            self._failing(owner, identity, verdict, lasted=True)

    def expired(self, progress: Progress) -> None:
        """See deadlines.Over."""
        leaving, checks = self._awaited.leaving(progress.instance), self._checks.waiting(progress.instance)
        words = partial(timeout_words, self._run.cluster, progress.timeout, self._judge.waiting(progress), leaving, checks)
        self._run.workers.submit(words, partial(self._inbox.answer, partial(self._timed_out, progress)))

    # Nodes

    def _enter(self, number: int) -> None:
        """Everything the node waits for is done."""
        node = self._walk.nodes[number]
        if isinstance(node, Step):
            self._enter_step(node, self._progress[node.instance])
        elif self._options.check or self._judge.open(node):
            self._done(number)

    def _enter_step(self, step: Step, progress: Progress) -> None:
        if progress.failed:
            self._break(step.id, progress.root or Root(progress.instance, progress.result.message))
            return
        if progress.began is None:
            progress.began = self._inbox.clock()
            progress.deadline = progress.began + progress.timeout
        if step.action == "unchanged":
            self._settle(step, progress, Outcome("unchanged", step.live))
        elif self._opening.lets_in(step, progress):
            self._submit(step)

    def _lock_lost(self, instance: str, words: str) -> None:
        self._progress[instance].stop.set()  # nothing more is sent: the instance is the other run's
        self._fail(self._progress[instance], Failure("LockLost", words))

    def _submit(self, step: Step) -> None:
        self._walk.started[step.id] = self._inbox.clock()
        run, progress, tell = self._run, self._progress[step.instance], self._awaited.listener(step, self._inbox.put)
        progress.running += 1
        call = partial(perform, run.cluster, step, run.observed, self._options, progress.stop, tell)
        self._run.workers.submit(call, partial(self._inbox.answer, partial(self._performed, step)))

    def _performed(self, step: Step, outcome: object, error: BaseException | None) -> None:
        progress = self._progress[step.instance]
        progress.running -= 1
        if isinstance(outcome, Outcome):
            self._settle(step, progress, outcome)
            return
        if (sooner := self._way.after_refusal(step, error)) is not None:
            self._walk.enter(sooner)
            return
        self._report(step, progress, step.action, words_of(error, hints=False))  # what to do, the instance says
        failure = refused(self._run, reason_of(error), error, step)
        self._fail(progress, failure)
        self._break(step.id, progress.root or Root("", failure.message))

    def _settle(self, step: Step, progress: Progress, outcome: Outcome) -> None:
        """A step's call has ended well."""
        if not outcome.ended and (step.hook is not None or self._options.wait or self._way.is_awaited(step)):
            (self._await_gone if step.hook is None else self._await_hook)(step, progress, outcome)
            return
        self._report(step, progress, outcome.action, "", outcome.checked)
        identity = step.ref.identity
        progress.result.changed |= outcome.action != "unchanged"
        if step.action == "delete":
            progress.gone.add(identity)
            self._judge.begin_anew((LACKS_QUOTA, LACKS_NODE), self._inbox.clock())
        elif step.hook is not None:
            progress.hooks.add(identity)
        elif step.desired is not None:
            self._applied(step, progress, outcome)
        self._teller.diff(step, progress, outcome)
        self._done(step.id)

    def _applied(self, step: Step, progress: Progress, outcome: Outcome) -> None:
        identity, obj = step.ref.identity, outcome.object
        if step.action != "unchanged" and obj is not None and step.desired is not None:
            # Somebody may have changed what is left as it is just before the write: then what is there proves nothing.
            proof = "" if step.may_differ and differences(step.desired, obj) else live_digest(obj, step.desired)
            digests = step.applied, proof, fields_digest(obj)
            progress.applied[identity] = OwnedObject(step.ref, uid_of(obj), *digests, reads=step.reads)
        if self._options.check or progress.removed or obj is None:
            progress.unready.discard(identity)
            self._judge.assume(identity)
            return
        self._judge.follow(step, progress, obj)
        self._look(identity)

    def _report(self, step: Step, progress: Progress, action: str, error: str, checked: Checked = "") -> None:
        began = self._walk.started.get(step.id)
        self._teller.step(step, progress, action, error, self._inbox.clock() - began if began else 0.0, checked)

    def _await_gone(self, step: Step, progress: Progress, outcome: Outcome) -> None:
        """The object has finalizers or a grace period to go; the watch may have told of its end before the answer came."""
        resource, identity = self._run.observed.resource(step.ref), step.ref.identity
        self._tracker.follow(step.ref, outcome.object or step.live)
        if resource is None or self._tracker.object(identity) is None:
            self._settle(step, progress, Outcome("delete"))
            return
        self._awaited.add(step)
        self._tracker.watch(step.ref, resource, labelled=labels_present(step.live or {}, self._run.workspace, self._run.environment))

    def _await_hook(self, step: Step, progress: Progress, outcome: Outcome) -> None:
        """The hook's object is there and has to complete."""
        identity = step.ref.identity
        self._awaited.add(step)
        progress.unready.add(identity)
        progress.hooks.discard(identity)
        progress.result.changed = True
        self._judge.follow(step, progress, outcome.object or {})
        self._look(identity)

    def _hook_ended(self, step: Step, progress: Progress, verdict: Verdict | None) -> None:
        """It completed (no verdict) or failed: what is left to be asked of the server is asked by a worker."""
        identity = step.ref.identity
        self._awaited.remove(step)
        progress.unready.discard(identity)
        progress.running += 1
        live = self._tracker.object(identity)
        self._judge.forget(identity)
        call = partial(end_hook, self._run.cluster, self._run.observed, step, live, verdict)
        self._run.workers.submit(call, partial(self._inbox.answer, partial(self._performed, step)))

    def _done(self, number: int) -> None:
        """The node is done: what waited for it may go on."""
        if not self._walk.end(number):
            return
        if self._walk.is_over and not self._options.check:
            self._run.sink(RunPhase("", "wait"))
        progress = self._progress[self._walk.nodes[number].instance]
        progress.pending.discard(number)
        self._closing.consider(progress)

    def _break(self, number: int, why: Root) -> None:
        """The node can never be done: what waits for it, however far, is never begun, and its instances say what was at the root."""
        for node in self._walk.lose(number):
            if isinstance(node, Step):
                self._abandon(node, why)
            elif not node.required:
                self._teller.notice(f"going on without instance {node.instance}, which is optional: {why.told}")
                self._done(node.id)

    def _abandon(self, step: Step, why: Root) -> None:
        progress = self._progress[step.instance]
        progress.pending.discard(step.id)
        if progress.removed:
            progress.skipped = True
        elif progress.spared or (not progress.failed and runs_as_before(self._run, self._judge, progress)):
            progress.spared = progress.spared or why
            progress.unready.discard(step.ref.identity)
            self._report(step, progress, "unchanged", "")
        elif not progress.failed:
            self._fail(progress, Failure("DependencyFailed", why.waits), why)
        self._closing.consider(progress)

    # Readiness

    def _changed(self, touched: set[Identity]) -> None:
        for identity in touched:
            step = self._awaited.gone(identity)
            if step is not None:
                self._awaited.remove(step)
                self._settle(step, self._progress[step.instance], Outcome("delete"))
            elif self._judge.knows(identity):
                self._look(identity)

    def _look(self, identity: Identity) -> None:
        """Judge one object and let what depends on it go on."""
        progress = self._progress[self._judge.instance_of(identity)]
        if progress.closed:
            return
        verdict = self._judge.look(identity, self._inbox.clock())
        hook = self._awaited.hook(identity)
        if hook is not None:
            if verdict.state == "gone" or (verdict.state == "failed" and not verdict.grace):
                self._hook_ended(hook, progress, verdict)
            elif self._tracker.satisfies(identity, "completed"):
                self._hook_ended(hook, progress, None)
            return
        if verdict.state == "ready":
            progress.unready.discard(identity)
        elif not progress.closing:
            progress.unready.add(identity)
        if verdict.state == "failed":
            self._failing(progress, identity, verdict, lasted=not verdict.grace)
        self._open(self._judge.gates_of(identity))
        self._closing.consider(progress)

    def _checked(self, instance: str, word: CheckWord) -> None:
        """A health check has said something."""
        if word.final:
            self._fail(self._progress[instance], Failure(*refusal(word)))
        self._open(self._gates[instance])
        self._closing.consider(self._progress[instance])
        self._drain()

    def _failing(self, progress: Progress, identity: Identity, verdict: Verdict, *, lasted: bool) -> None:
        """A failure counts when it has lasted, unless what is pruned anyway may make room by going now."""
        failure = self._judge.failure(identity, verdict)
        if refused_by_quota(verdict) and not self._options.check:
            self._quotas.wait(identity)
        sooner = self._way.make_room(identity[2], verdict, failure.message, lasted=lasted)
        self._walk.enter(sooner)
        if lasted:
            room = sooner or (verdict.grace and self._way.is_made(identity[2], verdict))
            self._look(identity) if room else self._fail(progress, failure)

    def _refused_by_quota(self, identity: Identity) -> KubeObject | None:
        """Whose controller makes the object's pods, while a quota refuses them."""
        return self._tracker.pod_maker(identity) if refused_by_quota(self._tracker.verdict(identity)) else None

    def _open(self, gates: Sequence[Gate]) -> None:
        for gate in gates:
            if self._walk.is_reached(gate) and self._judge.open(gate):
                self._done(gate.id)

    def _watch(self, step: Step) -> None:
        resource = self._run.observed.resource(step.ref)
        if resource is not None:
            self._tracker.watch(step.ref, resource)

    def _watch_broken(self, place: Place, error: RoroError) -> None:
        if place[1] in ("Event", "Pod", "ReplicaSet") and forbidden(error):
            words = f"reasons may be missing: {error.problems[0].message}"
            if words not in self._teller.notices:
                self._teller.notice(words)
            return
        for progress in self._progress.values():
            waits = [identity for identity in (*progress.unready, *self._awaited) if identity[:3] == place]
            if waits and not progress.closing:
                self._fail(progress, refused(self._run, "WatchFailed", error))
                self._give_up_waiting(progress, words_of(error))

    # Ends

    def _timed_out(self, progress: Progress, found: object, error: BaseException | None) -> None:
        if progress.closing:
            return
        progress.stop.set()
        reason, message = found if isinstance(found, tuple) else ("Timeout", f"not done after {progress.timeout:g} s: {words_of(error)}")
        self._fail(progress, self._judge.timeout(progress, reason, message))
        self._give_up_waiting(progress, message)

    def _give_up_waiting(self, progress: Progress, message: str) -> None:
        """For what was begun and has not ended: its time is over, or nobody would hear of its end."""
        for step in self._awaited.of(progress.instance):
            self._awaited.remove(step)
            self._report(step, progress, step.action, message)
            self._break(step.id, progress.root or Root(progress.instance, message))

    def _fail(self, progress: Progress, failure: Failure, root: Root | None = None) -> None:
        """root: what those are told who need the instance, when another one's failure is behind this."""
        if progress.failed or progress.closing:
            return
        progress.failed, progress.crashed = True, failure
        progress.root = root or Root(progress.instance, failure.message)
        self._teller.failure(progress, failure)
        for number in [*self._walk.unbegun(progress.pending), *(gate.id for gate in self._gates[progress.instance])]:
            self._break(number, progress.root)
        self._closing.consider(progress)
        if progress.stops_all and not self._options.check:
            self._stop_all(progress.root)

    def _stop_all(self, why: Root) -> None:
        """Begin nothing new anywhere: what is under way is awaited, what has yet to be written is not."""
        for progress in self._progress.values():
            steps = [self._walk.nodes[number] for number in self._walk.unbegun(progress.pending)]
            coming = [step.id for step in steps if isinstance(step, Step) and step.action != "unchanged"]
            if coming and not progress.failed and not progress.removed:
                words = f"the run was stopped, as {why.instance} failed"
                self._fail(progress, Failure("RunStopped", f"not started: {words}" if progress.began is None else words), why)
            for number in coming:
                self._break(number, why)

    def _interrupt(self) -> None:
        """Stop at once; what was begun is recorded as far as the server answers in time."""
        self._tracker.stop()
        self._quotas.stop()
        for progress in self._progress.values():
            progress.stop.set()
        self._run.ledger.stop_waiting()
        last_words(self._run, [p for p in self._progress.values() if p.record == "written" and not p.closing])
        raise Interrupted("interrupted; what was under way is recorded", hint="The next `roro up` completes it, `roro down` removes it.")
