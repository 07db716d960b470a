# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps whose call has ended and whose effect is awaited: objects that are being deleted, hooks that run.

Belongs to the scheduler's thread.
"""

from __future__ import annotations

from collections.abc import Iterator

from .plan import uid_of
from .tracker import Tracker
from .types import Identity, Step


class Awaited:
    """At most one step for an object at a time. Iterating gives the objects' identities."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker = tracker
        self._steps: dict[Identity, Step] = {}

    def __iter__(self) -> Iterator[Identity]:
        return iter(self._steps)

    def add(self, step: Step) -> None:
        """From now on."""
        self._steps[step.ref.identity] = step

    def remove(self, step: Step) -> None:
        """It is awaited no more."""
        del self._steps[step.ref.identity]

    def hook(self, identity: Identity) -> Step | None:
        """The hook that runs as this object."""
        step = self._steps.get(identity)
        return step if step is not None and step.hook is not None else None

    def gone(self, identity: Identity) -> Step | None:
        """The delete that this object's absence ends."""
        step = self._steps.get(identity)
        if step is None or step.hook is not None:
            return None
        live = self._tracker.object(identity)
        return step if live is None or (bool(step.uid) and uid_of(live) != step.uid) else None

    def of(self, instance: str) -> list[Step]:
        """The instance's steps."""
        return [step for step in self._steps.values() if step.instance == instance]
