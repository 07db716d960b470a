# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks that a run waits for: asked once an instance's objects are ready, by whoever `Options.health` is.

Belongs to the scheduler's thread; the words of checks come in through its queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from ..._events import ObjectState
from ..._model import Instance
from ..data.health import CheckWord
from ..data.plan import Plan
from .instance_progress import Progress
from .run import Run

REASON = "HealthCheckFailing"
_KIND = "HealthCheck"


class Queue(Protocol):
    """Where the scheduler's thread takes its next call from."""

    def __call__(self, call: Callable[[], None], /) -> None:
        """Put one there, from any thread."""


class Checks:
    """Instances that a run applies something of, and that have checks. news: called with an instance and what one check found."""

    def __init__(self, run: Run, put: Queue, news: Callable[[str, CheckWord], None]) -> None:
        self._asker = None if run.options.check else run.options.health
        self._sink, self._put, self._news = run.sink, put, news
        wanted = _applied(run.plan)
        if not run.options.wait:
            wanted &= run.options.awaited | {gate.instance for gate in run.plan.gates if gate.condition == "healthy"}
        asked = [item.instance for item in run.desired if item.transition != "stop" and item.instance.id in wanted]
        self._instances = {item.id: item for item in asked if item.health and self._asker is not None}
        self._left: dict[str, dict[str, CheckWord | None]] = {
            name: dict.fromkeys(check.name for check in instance.health) for name, instance in self._instances.items()
        }
        self._ends: dict[str, Callable[[], None]] = {}

    def consider(self, progress: Progress) -> None:
        """Begin to ask, if the instance's objects are ready and nobody asks yet."""
        instance = self._instances.get(progress.instance)
        if instance is None or self._asker is None or progress.unready or progress.failed or instance.id in self._ends:
            return
        tell = partial(self._tell, instance)
        self._ends[instance.id] = self._asker.begin(instance, lambda word: self._put(partial(tell, word)))

    def passed(self, instance: str) -> bool:
        """Whether all of its checks passed; so they have where there are none."""
        return not self._left.get(instance)

    def waiting(self, instance: str) -> list[str]:
        """What the checks that have not passed said last, a sentence each; [] before they are asked."""
        if instance not in self._ends:
            return []
        return [sentence(name, word) for name, word in self._left.get(instance, {}).items()]

    def end(self, instance: str) -> None:
        """Ask no more."""
        end = self._ends.get(instance)
        if end is not None:
            end()

    def stop(self) -> None:
        """Ask nobody any more."""
        for name in self._ends:
            self.end(name)

    def _tell(self, instance: Instance, word: CheckWord) -> None:
        state = "ready" if word.passed else "failed" if word.final else "waiting"
        self._sink(ObjectState(instance.id, _KIND, instance.namespace, word.name, state, word.reason, word.message))
        left = self._left[instance.id]
        if word.passed:
            left.pop(word.name, None)
        elif word.name in left:
            left[word.name] = word
        self._news(instance.id, word)


def sentence(name: str, word: CheckWord | None) -> str:
    """`health check http: status 500, expected 200-399`."""
    return f"health check {name}: {word.message or word.reason if word is not None else 'no answer yet'}"


def refusal(word: CheckWord) -> tuple[str, str]:
    """(reason, message) for an instance one of whose checks cannot pass until somebody changes something."""
    return REASON, sentence(word.name, word)


def timeout_of_checks(seconds: float, waiting: Sequence[str]) -> tuple[str, str]:
    """(reason, message) for an instance whose objects are ready, and whose time is over."""
    others = f" (and {len(waiting) - 1} more)" if len(waiting) > 1 else ""
    return REASON, f"{waiting[0]}{others}; it did not pass in {seconds:g} s"


def _applied(plan: Plan) -> set[str]:
    return {step.instance for step in plan.steps if step.action not in ("delete", "run")}
