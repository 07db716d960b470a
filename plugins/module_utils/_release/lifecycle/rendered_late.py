# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that are rendered late: their values depend on others that the same run brings up.

The others are one release; each late instance is a release of its own, begun as soon as all that it needs is healthy, while the others go
on. They share the cluster, the cancel and the sink, and their results are told as one. What left the environment is removed at the very
end, when it is known what every instance has.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ..._errors import Interrupted, PlanError, Problem, RoroError
from ..._events import Event, InstanceState, PlanReady, RunPhase, Sink
from ..causes.error_words import hint_of, words_of
from ..causes.failure import Root
from ..data.desired import Desired
from ..data.plan import Plan
from ..data.record import InstanceRecord
from ..data.result import InstanceResult, InstanceStatus, RunResult

Start = Callable[[Desired, Sink], RunResult]
"""Bring one instance up, by itself."""
Look = Callable[[Desired], InstanceStatus | None]
"""How an instance is that was not begun; None where that cannot be known."""
_HEARTBEAT = 0.1
"""Seconds in which a cancel is noticed."""
_LAST_WORDS = 0.5
"""Seconds that late instances may take to record what was under way when the run is interrupted."""


def sorted_out(desired: Sequence[Desired], also: Iterable[str] = ()) -> tuple[list[Desired], list[Desired]]:
    """(now, late): late is what is not rendered or named in `also`, and what needs one of those. Both in the order given."""
    late = {item.instance.id for item in desired if not item.rendered} | set(also)
    for item in desired:  # dependencies come first
        if late & set(needs(item)):
            late.add(item.instance.id)
    return [item for item in desired if item.instance.id not in late], [item for item in desired if item.instance.id in late]


def needs(item: Desired) -> dict[str, bool]:
    """The instances that it comes after -> whether it cannot do without."""
    return {need.instance: need.required for need in item.instance.depends_on} | dict.fromkeys(item.after, True)


def outdated(desired: Sequence[Desired], planned: Plan) -> set[str]:
    """Instances whose values may change by this very plan: something that they need, directly or not, is about to be written."""
    changing = {step.instance for step in planned.steps if step.action != "unchanged"}
    found: set[str] = set()
    moved = set(changing)
    for item in desired:
        if moved & set(needs(item)):
            moved.add(item.instance.id)
            if item.again is not None:
                found.add(item.instance.id)
    return found


def waiting_words(item: Desired) -> str:
    """`instance api is rendered when db is healthy: ...`."""
    names = " and ".join(sorted(needs(item)))
    return f"instance {item.instance.id} is rendered when {names} {'is' if len(needs(item)) == 1 else 'are'} healthy" + (
        f": {item.why}" if item.why else ""
    )


def foretold(late: Sequence[Desired], records: Mapping[str, InstanceRecord], first: RunResult) -> RunResult:
    """What a check tells of instances that it cannot predict."""
    told = []
    for item in late:
        record = records.get(item.instance.id)
        result = InstanceResult(item.instance.id, item.instance.app, item.instance.namespace, revision=record.revision if record else 0)
        result.status = "Running" if record and record.outcome == "deployed" else "NotDeployed"
        result.reason, result.message = "RenderedLater", waiting_words(item)
        told.append(result)
    return replace(first, changed=False, failed=False, instances=told, notices=[waiting_words(item) for item in late])


def refuse_circles(now: Sequence[Desired], late: Sequence[Desired]) -> None:
    """Raise PlanError when late instances wait for each other: one reads a value that another brings, which needs the first."""
    settled, waiting = {item.instance.id for item in now}, {item.instance.id: item for item in late}
    while ready := [name for name, item in waiting.items() if not set(needs(item)) & waiting.keys() - settled]:
        settled.update(ready)
        for name in ready:
            del waiting[name]
    if waiting:
        names = " and ".join(sorted(waiting))
        problems = [Problem(waiting_words(item), str(item.instance.manifests.path)) for item in waiting.values()]
        hint = "Read the value from somewhere else, give it a default, or take one of them out of dependsOn."
        raise PlanError.of([Problem(f"{names} wait for each other", hint=hint), *problems])


class LateRun:
    """The late instances of one run. start, look: called in threads. Used once."""

    def __init__(
        self, late: Sequence[Desired], on_failure: Mapping[str, str], start: Start, look: Look, sink: Sink, cancel: threading.Event
    ) -> None:
        self._waiting = {item.instance.id: item for item in late}
        self._of_run = frozenset(self._waiting)
        self._on_failure, self._start, self._look, self._sink, self._cancel = on_failure, start, look, sink, cancel
        self._healthy: set[str] = set()
        self._failed: dict[str, str] = {}
        self._behind: dict[str, str] = {}
        """Instance -> whose failure is behind its own."""
        self._running = 0
        self._ended: queue.SimpleQueue[tuple[str, RunResult | BaseException]] = queue.SimpleQueue()
        self._guard = threading.RLock()
        self.results: list[RunResult] = []

    def run(self, main: Callable[[Sink], RunResult]) -> RunResult:
        """Run `main`, which brings up the others, and with it every late instance. Raises what `main` raises, and Interrupted."""
        for item in self._waiting.values():
            self._sink(PlanReady(item.instance.id, 0, 0))
        try:
            result = main(self._hear)
        except BaseException:
            self._wait_until_recorded()
            raise
        self.results.append(result)
        for one in result.instances:
            self._settle(one.instance, _failure(one))
        self._do_without_strangers()
        while self._waiting or self._running:
            self._take()
        return result

    def _do_without_strangers(self) -> None:
        """Nobody brings what is not of this run (its record cannot be read, say), so nobody waits for it."""
        with self._guard:
            strangers = (
                {name for item in self._waiting.values() for name in needs(item)} - self._of_run - self._healthy - self._failed.keys()
            )
        for name in strangers:
            self._settle(name, "")

    def _hear(self, event: Event) -> None:
        """The sink of the others: whoever is healthy, or never will be, lets late ones begin."""
        if isinstance(event, RunPhase) and event.phase == "done":
            return
        self._sink(event)
        if isinstance(event, InstanceState) and event.status == "Running":
            self._settle(event.instance, "")

    def _settle(self, instance: str, failure: str) -> None:
        """An instance has ended; failure "" when it is well."""
        with self._guard:
            if failure:
                self._failed[instance] = failure
            else:
                self._healthy.add(instance)
            for name, item in list(self._waiting.items()):
                if set(needs(item)) <= self._healthy | self._failed.keys():
                    del self._waiting[name]
                    self._running += 1
                    threading.Thread(target=self._bring_up, args=(item,), name=f"roro-late-{name}", daemon=True).start()

    def _bring_up(self, item: Desired) -> None:
        name = item.instance.id
        try:
            hindrance = self._hindrance(item)
            if hindrance is not None:
                self._ended.put((name, self._left_as_it_is(item, *hindrance)))
                return
            again = item.again(self._cancel) if item.again is not None else item
            self._ended.put((name, self._start(again, self.quiet)))
        except Interrupted as error:
            self._ended.put((name, error))
        except RoroError as error:
            reason = next((problem.reason for problem in error.problems if problem.reason), type(error).__name__)
            self._ended.put((name, self._not_begun(item, reason, *map(item.secrets.hide, (words_of(error, hints=False), hint_of(error))))))
        except BaseException as error:
            self._ended.put((name, error))

    def _hindrance(self, item: Desired) -> tuple[str, str, str] | None:
        """(reason, message, what an instance says of it that runs all the same) when the instance is not to be begun."""
        with self._guard:
            failed = dict(self._failed)
        for name, required in needs(item).items():
            if required and name in failed:
                root = self._behind[item.instance.id] = self._behind.get(name, name)
                return "DependencyFailed", Root(name, failed[name]).waits, f"its dependency {root} failed"
        for name in failed:
            if self._on_failure.get(name) == "stop":
                stopped = f"the run was stopped, as {name} failed"
                return "RunStopped", f"not started: {stopped}", stopped
        return None

    def _left_as_it_is(self, item: Desired, reason: str, message: str, why: str) -> RunResult:
        """An instance that ran before goes on: it has not failed."""
        before, instance = self._look(item), item.instance
        if before is None or before.status != "Running":
            return self._not_begun(item, reason, message)
        words = f"unchanged, runs; {why}"
        self._sink(InstanceState(instance.id, "Running", reason, words))
        told = InstanceResult(instance.id, instance.app, before.namespace, "Running", reason, words, revision=before.revision)
        return RunResult(instance.workspace, instance.environment, instances=[told])

    def _not_begun(self, item: Desired, reason: str, message: str, hint: str = "") -> RunResult:
        instance = item.instance
        self._sink(InstanceState(instance.id, "Failed", reason, message))
        told = InstanceResult(instance.id, instance.app, instance.namespace, "Failed", reason, message, hint=hint)
        return RunResult(instance.workspace, instance.environment, failed=True, instances=[told])

    def quiet(self, event: Event) -> None:
        """The sink of what comes beside the others: the phases of the run are theirs."""
        if not isinstance(event, RunPhase):
            self._sink(event)

    def _take(self) -> None:
        """Wait until a late instance has ended. Raises Interrupted after a cancel."""
        try:
            name, ended = self._ended.get(timeout=_HEARTBEAT)
        except queue.Empty:
            if self._cancel.is_set():
                self._wait_until_recorded()
                raise Interrupted("interrupted; what was under way is recorded", hint="The next `roro up` completes it.") from None
            return
        self._running -= 1
        if isinstance(ended, BaseException):
            self._wait_until_recorded()
            raise ended
        self.results.append(ended)
        mine = next((item for item in ended.instances if item.instance == name), None)
        self._settle(name, _failure(mine) if mine is not None else "")

    def _wait_until_recorded(self) -> None:
        """What is under way notices the cancel by itself."""
        with self._guard:
            self._waiting.clear()
        try:
            while self._running:
                self._ended.get(timeout=_LAST_WORDS)
                self._running -= 1
        except queue.Empty:
            return


def _failure(item: InstanceResult) -> str:
    """Why those that need the instance cannot be begun: it failed, or was left as it is for one that did. "" when it is well."""
    is_left = item.reason in ("DependencyFailed", "RunStopped")
    return (item.message or item.reason or "unknown") if item.status == "Failed" or is_left else ""


def joined(results: Sequence[RunResult], order: Sequence[str]) -> RunResult:
    """Several results as one: instances in the order of the run, then what left it, then what belongs to no instance."""
    first = results[0]
    known = [item for result in results for item in result.instances if item.instance]
    rest = [item for result in results for item in result.instances if not item.instance]
    for item in rest[1:]:
        rest[0].actions += item.actions
        rest[0].changed |= item.changed
    place = {name: number for number, name in enumerate(order)}
    return replace(
        first,
        changed=any(result.changed for result in results),
        failed=any(result.failed for result in results),
        instances=[*sorted(known, key=lambda item: place.get(item.instance, len(place))), *rest[:1]],
        notices=list(dict.fromkeys(notice for result in results for notice in result.notices)),
    )
