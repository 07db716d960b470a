# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the run prunes goes sooner, where the server refuses what is new beside it, or pods find no place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from ..._errors import ApiError
from ..._objects import Identity
from ..causes.error_words import words_of
from ..data.steps import Action, Step
from ..manifests.references import pod_template
from ..planning.make_way import _FULL
from ..readiness import Verdict
from ..server_answers.refusals import in_the_way
from .graph_walk import Walk

LACKS_QUOTA, LACKS_NODE = "QuotaExceeded", "Unschedulable"
"""Reasons of pods that find no place."""


class Way:
    """Lets what the run prunes go sooner, when what is new cannot be there beside it. Belongs to the scheduler, whose walk it shares."""

    def __init__(self, walk: Walk, notice: Callable[[str], None]) -> None:
        self._walk, self._notice = walk, notice

    def is_awaited(self, step: Step) -> bool:
        """Whether something needs what the deleted object has, so that its end is awaited even where nobody waits for anything."""
        followers = (self._walk.nodes[number] for number in self._walk.followers.get(step.id, ()))
        return any(isinstance(node, Step) and step.ref.identity in node.displaces for node in followers)

    def after_refusal(self, step: Step, error: BaseException | None) -> list[int] | None:
        """None where nothing that goes is in the way of the refused step; else it waits for that, and these are the nodes to enter."""
        refusal = error.__cause__ if error is not None else None
        if not isinstance(refusal, ApiError) or step.action not in ("create", "update", "recreate"):
            return None
        doomed = self._doomed()
        found = in_the_way(refusal, step.ref.identity[:2], step.ref.namespace or "", doomed.keys())
        first = [doomed[identity] for identity in sorted(found)]
        sooner = self._freed(first, words_of(error, hints=False))
        if not found or sooner is None:
            return None
        self._walk.nodes[step.id] = replace(step, displaces=step.displaces | found)
        self._walk.waiting[step.id] = {item.id for item in first}
        self._walk.started.pop(step.id, None)
        for item in first:
            self._walk.followers[item.id].append(step.id)
        return sooner

    def make_room(self, namespace: str, verdict: Verdict, why: str, *, lasted: bool) -> list[int]:
        """The nodes to enter: deletions of workloads that may hold the place that pods in this namespace do not find. A quota gives none by
        itself; a node may (one may come), until that has lasted too long."""
        return self._freed(self._in_place(namespace, verdict), why) or [] if lasted or refused_by_quota(verdict) else []

    def is_made(self, namespace: str, verdict: Verdict) -> bool:
        """Whether such a deletion is under way: its pods may take long to end."""
        return any(step.id in self._walk.started for step in self._in_place(namespace, verdict))

    def _in_place(self, namespace: str, verdict: Verdict) -> list[Step]:
        """The workloads that go and whose pods may have the place."""
        quota = refused_by_quota(verdict)
        if not quota and verdict.reason != LACKS_NODE:
            return []
        pods = [step for step in self._doomed().values() if step.live is not None and pod_template(step.live) is not None]
        return [step for step in pods if not quota or step.ref.namespace == namespace]

    def _doomed(self) -> dict[Identity, Step]:
        """What is pruned and not gone yet."""
        steps = [node for number, node in self._walk.nodes.items() if number not in self._walk.ended and isinstance(node, Step)]
        return {step.ref.identity: step for step in steps if step.action == "delete"}

    def _freed(self, steps: Sequence[Step], why: str) -> list[int] | None:
        """Let the steps wait for other deletions only: those that wait for nothing now. None when a hook comes before one of them, as
        that waits for what is new."""
        held = [number for number in self._behind(steps) if self._walk.waiting[number]]
        if any(self._is(other, "run") for number in held for other in self._walk.waiting[number]):
            return None
        before = {number: self._walk.waiting[number] for number in held}
        for number in held:
            self._walk.waiting[number] = {other for other in before[number] if self._is(other, "delete")}
        if any(before[number] != self._walk.waiting[number] for number in held):
            names, one = ", ".join(str(step.ref) for step in steps), len(steps) == 1
            self._notice(f"{names} {'goes' if one else 'go'} before what replaces {'it' if one else 'them'} is ready: {why}")
        return sorted(number for number in held if not self._walk.waiting[number])

    def _behind(self, steps: Iterable[Step]) -> set[int]:
        """The deletions and those that come before them."""
        found: set[int] = set()
        ask = [step.id for step in steps]
        while ask:
            number = ask.pop()
            if number not in found and number not in self._walk.ended:
                found.add(number)
                ask += [other for other in self._walk.waiting[number] if self._is(other, "delete")]
        return found

    def _is(self, number: int, action: Action) -> bool:
        node = self._walk.nodes[number]
        return isinstance(node, Step) and node.action == action


def refused_by_quota(verdict: Verdict) -> bool:
    """Whether pods find no room in a quota; not that they do not fit it."""
    return verdict.reason == LACKS_QUOTA and _FULL in verdict.message
