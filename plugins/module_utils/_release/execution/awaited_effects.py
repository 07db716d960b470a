# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps whose call has ended and whose effect is awaited: objects that are being deleted, hooks that run. And what is told of it.

Belongs to the scheduler's thread. Time comes in as monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ..._events import Notice, ObjectState, Sink
from ..._objects import Identity, uid_of
from ..data.steps import Step
from ..readiness import keepers
from ..server_answers.being_deleted import Left, Tell
from .tracker import Tracker

_PATIENCE = 3.0
"""Seconds after which a deletion that has not ended is told to everybody, not only to who watches the object."""
_LONG = 15.0
"""Seconds after which it is told although nothing says what keeps it."""


class Awaited:
    """At most one step for an object at a time. Iterating gives the objects' identities. home: the instance in whose line the events of a
    step are shown."""

    def __init__(self, tracker: Tracker, sink: Sink, home: Callable[[Step], str]) -> None:
        self._tracker, self._sink, self._home = tracker, sink, home
        self._steps: dict[Identity, Step] = {}
        self._left: dict[Identity, Left] = {}
        self._since: dict[Identity, float] = {}
        self._told: set[tuple[Identity, str]] = set()

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._steps)

    def add(self, step: Step) -> None:
        """From now on."""
        self._steps[step.ref.identity] = step
        self.gone(step.ref.identity)

    def remove(self, step: Step) -> None:
        """It is awaited no more."""
        del self._steps[step.ref.identity]
        self._ended(step)

    def hook(self, identity: Identity) -> Step | None:
        """The hook that runs as this object."""
        step = self._steps.get(identity)
        return step if step is not None and step.hook is not None else None

    def gone(self, identity: Identity) -> Step | None:
        """The delete that this object's absence ends. Of one that is still there it is told what keeps it."""
        step = self._steps.get(identity)
        if step is None or step.hook is not None:
            return None
        live = self._tracker.object(identity)
        if live is None or (bool(step.uid) and uid_of(live) != step.uid):
            return step
        self.hear(step, keepers(live, self._tracker))
        return None

    def of(self, instance: str) -> list[Step]:
        """The instance's steps."""
        return [step for step in self._steps.values() if step.instance == instance]

    def leaving(self, instance: str) -> list[Left]:
        """The instance's objects that are being deleted, those first of which it is known what keeps them."""
        silent = [Left(step, "") for step in self.of(instance) if step.hook is None and step.ref.identity not in self._left]
        return [*(left for left in self._left.values() if left.step.instance == instance), *silent]

    def listener(self, step: Step, post: Callable[[Callable[[], None]], None]) -> Tell:
        """What a worker thread tells what it waits for. post: hands a call to the scheduler's thread."""
        return lambda words: post(partial(self.hear, step, words))

    def hear(self, step: Step, words: str | None) -> None:
        """What keeps the object of a step, "" where nothing says; None: it is gone."""
        identity = step.ref.identity
        if words is None:
            self._ended(step)
        elif identity not in self._left or self._left[identity].words != words:
            self._left[identity] = Left(step, words)
            if words:
                self._say(step, "waiting", f"is being deleted, {words}")

    def remind(self, now: float) -> None:
        """Tell what is being deleted for long, once for each reason; that pods end is one, however many are left."""
        for identity, left in self._left.items():
            ending = left.words.startswith("waits for") and "pod" in left.words.partition(",")[0]
            reason = (identity, "pods" if ending else left.words)
            certain = left.words and "foregroundDeletion" not in left.words
            due = self._since.setdefault(identity, now) + (_PATIENCE if certain else _LONG)
            if now >= due and reason not in self._told:
                self._told.add(reason)
                text = f"{left.step.ref} is being deleted, {left.words or 'and nothing says what keeps it'}"
                self._sink(Notice(self._home(left.step), "info", text))

    def _ended(self, step: Step) -> None:
        self._since.pop(step.ref.identity, None)
        left = self._left.pop(step.ref.identity, None)
        if left is not None and left.words:
            self._say(step, "ready", "is gone")

    def _say(self, step: Step, state: str, message: str) -> None:
        ref = step.ref
        self._sink(ObjectState(self._home(step), ref.kind, ref.namespace or "", ref.name, state, "Terminating", message))
