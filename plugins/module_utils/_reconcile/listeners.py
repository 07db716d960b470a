# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else is told what the loop does: the cluster's events, and numbers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .announcing import Announcer
from .loop import Listener
from .metrics import Metrics
from .tally import by_instance
from .types import Finding, InstanceStanding
from .wanted import Wanted

_MOST_EVENTS = 3
"""Of one instance at a time."""
_REASONS = {"Drifted": "DriftFound", "Proposed": "PlanProposed"}


@dataclass(frozen=True)
class Several:
    """Tells each of them, in order. A Listener."""

    listeners: Sequence[Listener]

    def standing(self, item: InstanceStanding) -> None:
        """See Listener."""
        for listener in self.listeners:
            listener.standing(item)

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        for listener in self.listeners:
            listener.corrected(findings, seconds)

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""
        for listener in self.listeners:
            listener.documents(wanted)

    def trouble(self, words: str) -> None:
        """See Listener."""
        for listener in self.listeners:
            listener.trouble(words)

    def ran(self, result: str) -> None:
        """See Listener."""
        for listener in self.listeners:
            listener.ran(result)

    def alive(self) -> None:
        """See Listener."""
        for listener in self.listeners:
            listener.alive()


@dataclass
class Announcing:
    """Events of the cluster about objects: what was corrected, found, proposed, and what is fought over. A Listener."""

    announcer: Announcer
    _last: dict[str, tuple[Finding, ...]] = field(default_factory=dict)

    def standing(self, item: InstanceStanding) -> None:
        """See Listener. A fight is about what was corrected last."""
        if item.state in _REASONS:
            self._announce(item.findings, _REASONS[item.state])
        for one in self._last.get(item.instance, ()) if item.state == "Fighting" else ():
            self.announcer.announce(one, "Fight", item.message, warning=True)

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        for instance, mine in by_instance(findings).items():
            self._last[instance] = (mine[-1],)
            self._announce(mine, "DriftCorrected" if any(one.manager for one in mine) else "Reconciled")

    def _announce(self, findings: Sequence[Finding], reason: str) -> None:
        """An event for each object of an instance; for many one, about the first of them."""
        told = [one for one in findings if one.action != "PortForward"]
        more = len(told) - _MOST_EVENTS
        for one in told if more <= 0 else told[:1]:
            rest = f"; and {len(told) - 1} more objects of instance {one.instance}" if more > 0 else ""
            self.announcer.announce(one, reason, f"{one.action}: {one.cause}{_by(one)}{rest}")

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""

    def trouble(self, words: str) -> None:
        """See Listener."""

    def ran(self, result: str) -> None:
        """See Listener."""

    def alive(self) -> None:
        """See Listener."""


@dataclass(frozen=True)
class Counting:
    """Numbers of one environment. A Listener."""

    metrics: Metrics
    environment: str

    def standing(self, item: InstanceStanding) -> None:
        """See Listener."""
        self.metrics.drifted(self.environment, item.instance, item.state in ("Drifted", "Proposed", "Fighting", "Waiting"))
        self.metrics.fighting(self.environment, item.instance, item.state == "Fighting")

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        for one in findings:
            self.metrics.correction(self.environment, one.instance, one.kind, seconds)

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""
        self.metrics.commit(self.environment, wanted.commit)

    def trouble(self, words: str) -> None:
        """See Listener."""

    def ran(self, result: str) -> None:
        """See Listener."""
        self.metrics.run(self.environment, result)
        if result != "failed":
            self.metrics.success(self.environment, time.time())

    def alive(self) -> None:
        """See Listener."""
        self.metrics.beat()
        self.metrics.ready()


def _by(finding: Finding) -> str:
    return f", by {finding.manager}" if finding.manager else ""
