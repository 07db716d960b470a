# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is through the graph of its plan: what has ended, what may begin, what can never be done. Does nothing by itself."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator

from ..data.plan import Plan
from ..data.steps import Gate, Step


class Walk:
    """Belongs to the scheduler's thread.

    nodes: steps and gates by id. waiting: what each still waits for. followers: who waits for it. ended: done, or never to be.
    started: monotonic seconds at which the call of a step began.
    """

    def __init__(self, plan: Plan) -> None:
        self.nodes: dict[int, Step | Gate] = {step.id: step for step in plan.steps}
        self.nodes.update({gate.id: gate for gate in plan.gates})
        self.waiting = {number: set(item.after) for number, item in self.nodes.items()}
        self.followers: dict[int, list[int]] = defaultdict(list)
        for number, item in self.nodes.items():
            for other in item.after:
                self.followers[other].append(number)
        self.ended: set[int] = set()
        self.started: dict[int, float] = {}
        self._runnable = deque(number for number, after in self.waiting.items() if not after)

    def upcoming(self) -> Iterator[int]:
        """The nodes that may begin, in turn; those too that become so meanwhile."""
        while self._runnable:
            number = self._runnable.popleft()
            if number not in self.ended:
                yield number

    def enter(self, numbers: Iterable[int]) -> None:
        """These may begin."""
        self._runnable.extend(numbers)

    def end(self, number: int) -> bool:
        """The node is done, and what waited for nothing else may begin. What has been let go of it before began then, and does not again.
        False when it had ended before."""
        if number in self.ended:
            return False
        self.ended.add(number)
        for follower in self.followers.get(number, ()):
            waiting = self.waiting[follower]
            if number in waiting:
                waiting.discard(number)
                if not waiting:
                    self._runnable.append(follower)
        return True

    def lose(self, number: int) -> Iterator[Step | Gate]:
        """The node can never be done: it and all that waits for it, however far, have ended, each told as it is found. An optional
        gate is told and has not ended: what is behind it may go on."""
        stack = [number]
        while stack:
            current = stack.pop()
            if current in self.ended:
                continue
            node = self.nodes[current]
            if not isinstance(node, Gate) or node.required:
                self.ended.add(current)
                stack += self.followers.get(current, ())
            yield node

    @property
    def is_over(self) -> bool:
        """Whether every node has ended."""
        return len(self.ended) == len(self.nodes)

    def is_reached(self, gate: Gate) -> bool:
        """Whether a gate has yet to open and waits for nothing of the plan any more."""
        return gate.id not in self.ended and not self.waiting[gate.id]

    def is_needed(self, gates: Iterable[Gate]) -> bool:
        """Whether something of the run may still wait for one of these."""
        return any(gate.id not in self.ended for gate in gates)

    def unbegun(self, numbers: Iterable[int]) -> list[int]:
        """Those whose call has not begun."""
        return [number for number in numbers if number not in self.started]

    def under_way(self, numbers: Iterable[int]) -> bool:
        """Whether the call of one of these has begun and what it began has not ended."""
        return any(number in self.started and number not in self.ended for number in numbers)
