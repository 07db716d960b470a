# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the instances of an environment stand, kept up to date while it is reconciled. Pure; the time is given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from .looking import Looked, proposal_id
from .types import Finding, InstanceStanding, Mode, Proposal, Standing, StandingState
from .wanted import Wanted

_MAX_FINDINGS = 50
"""Of one instance, kept for people to read. A proposal is whole: it is carried out."""


@dataclass
class Tally:
    """Of one environment. by: who reconciles it, in words. watching: it goes on by itself. Not thread-safe."""

    workspace: str
    environment: str
    by: str
    watching: bool = False
    _standing: dict[str, InstanceStanding] = field(default_factory=dict)

    def put(self, instance: str, state: StandingState, when: str, message: str = "", findings: Iterable[Finding] = ()) -> bool:
        """Whether this is news. when: RFC 3339 in UTC."""
        told = tuple(findings)[: None if state == "Proposed" else _MAX_FINDINGS]
        before = self._standing.get(instance)
        if before is not None and (before.state, before.message, before.findings) == (state, message, told):
            return False
        since = before.since if before is not None and before.state == state else when
        self._standing[instance] = InstanceStanding(instance, state, message, since, told)
        return True

    def rolled_back(self, instance: str, digest: str) -> None:
        """Of one that failed: documents of this digest are not tried again. Forgotten when it stands differently."""
        self._standing[instance] = replace(self._standing[instance], rolled_back=digest)

    def keep(self, instances: Iterable[str]) -> None:
        """Only these are in the environment."""
        known = set(instances)
        self._standing = {name: item for name, item in self._standing.items() if name in known}

    def of(self, instance: str) -> InstanceStanding | None:
        """How it stands; None where that is not known yet."""
        return self._standing.get(instance)

    def standing(self, mode: Mode, commit: str, documents: str, when: str, trouble: str = "") -> Standing:
        """All of it. mode: of the environment."""
        instances = tuple(item for _, item in sorted(self._standing.items()))
        proposal = proposed(self.environment, commit, documents, when, instances)
        return Standing(
            self.workspace, self.environment, mode, self.by, commit, when, self.watching, trouble, instances=instances, proposal=proposal
        )


def proposed(environment: str, commit: str, documents: str, when: str, instances: Iterable[InstanceStanding]) -> Proposal | None:
    """The plan of what is proposed; None where nothing is."""
    waiting = [item for item in instances if item.state == "Proposed"]
    findings = tuple(one for item in waiting for one in item.findings)
    if not findings:
        return None
    return Proposal(proposal_id(environment, commit, findings), commit, documents, max(item.since for item in waiting) or when, findings)


def by_instance(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The same, by their instances."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.instance, []).append(finding)
    return found


Stands = dict[str, tuple[StandingState, str, list[Finding]]]
"""Instance -> (state, message, findings)."""


def after_looking(looked: Looked, mode: Mode, names: Iterable[str]) -> Stands:
    """How the instances stand after a look that wrote nothing."""
    state: StandingState = "Proposed" if mode == "propose" else "Drifted"
    return _stands(looked, names, state)


def after_correcting(looked: Looked, names: Iterable[str]) -> Stands:
    """How they stand after they were corrected."""
    return _stands(looked, names, "InSync")


def in_their_windows(stands: Stands, wanted: Wanted, now: datetime) -> Stands:
    """The same, where what would be corrected now may not be changed told so. now: with its time zone."""
    return {
        name: ("Waiting", f"{wanted.held_back(name, now)}; {message}", findings)
        if state in ("Drifted", "Proposed") and wanted.mode_of(name) == "correct"
        else (state, message, findings)
        for name, (state, message, findings) in stands.items()
    }


def _stands(looked: Looked, names: Iterable[str], differing: StandingState) -> Stands:
    """differing: the state of one that has findings; InSync where they were seen to."""
    found: Stands = {}
    findings = by_instance(looked.findings)
    for name in {*names, *findings, *looked.failed, *looked.fighting}:
        mine = findings.get(name, [])
        if name in looked.fighting:
            found[name] = ("Fighting", looked.fighting[name], [])
        elif name in looked.failed:
            found[name] = ("Failed", looked.failed[name], [])
        elif name in looked.locked:
            found[name] = ("Waiting", "another run is at work on it", [])
        elif mine and differing != "InSync":
            found[name] = (differing, told(mine), mine)
        else:
            found[name] = ("InSync", "", [])
    return found


def told(findings: Iterable[Finding]) -> str:
    """Findings in one line."""
    lines = [str(finding) for finding in findings]
    return "; ".join(lines[:3]) + (f" and {len(lines) - 3} more" if len(lines) > 3 else "")
