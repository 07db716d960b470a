# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What reconciling finds and tells. Pure data, with its form as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .._known_fields import check_kinds, known_fields

Mode = Literal["correct", "propose", "report"]
MODES: tuple[Mode, ...] = ("correct", "propose", "report")
FindingAction = Literal["Create", "Update", "Delete", "PortForward"]
StandingState = Literal["InSync", "Drifted", "Proposed", "Correcting", "Fighting", "Suspended", "Waiting", "Failed"]
"""InSync: as the documents say. Drifted: it differs, and nothing is done about it. Proposed: a plan waits for `roro approve`. Fighting:
somebody undoes each correction, so none is made any more. Suspended: the documents, or a `roro stop`, say that it is left alone.
Waiting: another run is at work on it, or its maintenance window is closed. Failed: it could not be brought to what the documents say."""


@dataclass(frozen=True)
class Finding:
    """One difference between the documents and what is there. cause: in words, such as `data.mode differs`. manager: the field manager
    that made it differ, "" where nobody can tell. For a PortForward kind is `Forward` and name its name."""

    instance: str
    action: FindingAction
    kind: str
    namespace: str
    name: str
    cause: str = ""
    manager: str = ""

    def __str__(self) -> str:
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        by = f", by {self.manager}" if self.manager else ""
        return f"{self.action} {self.kind} {place}: {self.cause}{by}"


@dataclass(frozen=True)
class InstanceStanding:
    """How one instance stands. since: when it came to this state, RFC 3339 in UTC. rolled_back: of one that failed, the digest of the
    documents that were rolled back, and are not tried again; else ""."""

    instance: str
    state: StandingState = "InSync"
    message: str = ""
    since: str = ""
    findings: tuple[Finding, ...] = ()
    rolled_back: str = ""


@dataclass(frozen=True)
class Proposal:
    """A plan that waits for a person. id: `<environment>-<6 hex digits>`, made of commit and findings, so that the same plan has the same
    id. commit: of the workspace, "" where it has none. documents: digest of what was rendered. when: RFC 3339 in UTC."""

    id: str
    commit: str
    documents: str
    when: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Standing:
    """How an environment stands, as its last reconciliation left it. by: who reconciles, `user@host`. commit: of the workspace, "" for
    none. when: RFC 3339 in UTC. watching: it goes on by itself. trouble: why nothing newer than `commit` is in use, "" for nothing."""

    workspace: str
    environment: str
    mode: Mode = "report"
    by: str = ""
    commit: str = ""
    when: str = ""
    watching: bool = False
    trouble: str = ""
    instances: tuple[InstanceStanding, ...] = ()
    proposal: Proposal | None = None

    def of(self, instance: str) -> InstanceStanding | None:
        """How this instance stands; None where it is not known."""
        return next((item for item in self.instances if item.instance == instance), None)

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def standing_of(record: Mapping[str, Any]) -> Standing:
    """The reverse of `as_record`. Fields of newer versions are dropped. Raises TypeError, ValueError, KeyError for anything else."""
    known = known_fields(Standing, record)
    instances = tuple(_instance(item) for item in known.pop("instances", ()))
    proposal = known.pop("proposal", None)
    check_kinds(Standing, known)
    return Standing(**known, instances=instances, proposal=None if proposal is None else _proposal(proposal))


def _instance(record: Mapping[str, Any]) -> InstanceStanding:
    known = known_fields(InstanceStanding, record)
    findings = tuple(_finding(item) for item in known.pop("findings", ()))
    check_kinds(InstanceStanding, known)
    return InstanceStanding(**known, findings=findings)


def _proposal(record: Mapping[str, Any]) -> Proposal:
    known = known_fields(Proposal, record)
    findings = tuple(_finding(item) for item in known.pop("findings", ()))
    check_kinds(Proposal, known)
    return Proposal(**known, findings=findings)


def _finding(record: Mapping[str, Any]) -> Finding:
    known = known_fields(Finding, record)
    check_kinds(Finding, known)
    return Finding(**known)
