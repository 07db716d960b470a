# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who else is told what the loop does: the cluster's events, and numbers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from .._release.ownership.labels import record_name
from .announcing import Announcer
from .loop import Listener
from .metrics import Metrics
from .types import Finding, InstanceStanding
from .wanted import Wanted

_MOST = 20
"""How many objects are announced at a time."""
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
    _homes: dict[str, str] = field(default_factory=dict)

    def standing(self, item: InstanceStanding) -> None:
        """See Listener. A fight is about what was corrected last, a failure about the Secret that remembers the instance."""
        home = self._homes.get(item.instance, "")
        if item.state == "Failed" and home:
            record = Finding(item.instance, "Update", "Secret", home, record_name(item.instance))
            self.announcer.announce(record, "Failed", f"instance {item.instance}: {item.message}", warning=True)
        reason = _REASONS.get(item.state)
        for one in item.findings[:_MOST] if reason else ():
            self.announcer.announce(one, reason or "", f"{one.action}: {one.cause}{_by(one)}")
        for one in self._last.get(item.instance, ()) if item.state == "Fighting" else ():
            self.announcer.announce(one, "Fight", item.message, warning=True)

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        for one in findings[:_MOST]:
            self._last[one.instance] = (one,)
            if one.action != "PortForward":
                self.announcer.announce(one, "DriftCorrected" if one.manager else "Reconciled", f"{one.action}: {one.cause}{_by(one)}")

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""
        self._homes = {name: item.instance.namespace for name, item in wanted.by_id.items()}

    def trouble(self, words: str) -> None:
        """See Listener."""

    def ran(self, result: str) -> None:
        """See Listener."""

    def alive(self) -> None:
        """See Listener."""


@dataclass
class Counting:
    """Numbers of one environment. A Listener."""

    metrics: Metrics
    environment: str
    _known: set[str] = field(default_factory=set)

    def standing(self, item: InstanceStanding) -> None:
        """See Listener."""
        self._known.add(item.instance)
        self.metrics.drifted(self.environment, item.instance, item.state in ("Drifted", "Proposed", "Fighting", "Waiting", "Failed"))
        self.metrics.fighting(self.environment, item.instance, item.state == "Fighting")

    def corrected(self, findings: Sequence[Finding], seconds: float) -> None:
        """See Listener."""
        for one in findings:
            self.metrics.correction(self.environment, one.instance, one.kind, seconds)

    def documents(self, wanted: Wanted) -> None:
        """See Listener."""
        self.metrics.commit(self.environment, wanted.commit)
        for gone in self._known - wanted.by_id.keys():
            self.metrics.gone(self.environment, gone)
        self._known &= wanted.by_id.keys()

    def trouble(self, words: str) -> None:
        """See Listener."""

    def ran(self, result: str) -> None:
        """See Listener."""
        self.metrics.run(self.environment, result)
        if result != "failed":
            self.metrics.success(self.environment, time.time())

    def alive(self) -> None:
        """See Listener."""
        self.metrics.beat(self.environment)
        self.metrics.ready()


def _by(finding: Finding) -> str:
    return f", by {finding.manager}" if finding.manager else ""
