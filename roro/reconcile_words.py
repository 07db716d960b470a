"""How reconciling reads, for people and as records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.roro.kube.plugins.module_utils._events import Event, InstanceState, Notice, StepDone
from ansible_collections.roro.kube.plugins.module_utils._reconcile import Finding, InstanceStanding, Proposal, Standing

from .plain import PlainLines
from .reason_words import harmless

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import ReconcileReport

_SAYS_IT = {
    "InSync": "as the documents say",
    "Drifted": "differs",
    "Proposed": "a plan waits for `roro approve`",
    "Correcting": "being brought to what the documents say",
}


def quiet_progress(*, verbose: bool) -> Callable[[Event], None]:
    """A sink that tells only what a person has to know: notices and failures. verbose: everything."""
    lines = PlainLines(verbose)

    def show(event: Event) -> None:
        if verbose or isinstance(event, (Notice, StepDone)) or (isinstance(event, InstanceState) and event.status == "Failed"):
            lines.show(event)

    return show


def report_text(report: ReconcileReport) -> str:
    """What was found and done, a line for each finding, then one for each instance that is not as it should be, then the sum."""
    corrected = set(report.corrected)
    lines = [_finding_line(one, seen_to=one in corrected) for one in report.findings]
    lines += [standing_line(item) for item in report.standing.instances if item.state not in ("InSync", "Drifted", "Proposed")]
    if report.standing.proposal is not None:
        lines.append(f"plan {report.standing.proposal.id} is proposed: roro approve {report.standing.proposal.id}")
    return "\n".join([*map(harmless, lines), harmless(_sum(report))])


def _finding_line(finding: Finding, *, seen_to: bool) -> str:
    return f"{finding.instance}: {finding}{' (done)' if seen_to else ''}"


def _sum(report: ReconcileReport) -> str:
    where = f"{report.workspace} {report.environment}"
    if not report.findings and not report.failed:
        return f"{where}: nothing differs"
    count = len(report.findings)
    words = f"{count} difference{'' if count == 1 else 's'}, {len(report.corrected)} corrected"
    if report.differs and report.standing.mode == "report" and not report.failed:
        words += f"; nothing was written: roro reconcile {report.environment} --drift correct"
    return f"{where}: {words}"


def standing_line(item: InstanceStanding) -> str:
    """`api: Fighting (...)`."""
    return f"{item.instance}: {item.state} ({item.message or _SAYS_IT.get(item.state, '')})"


def proposal_text(proposal: Proposal) -> str:
    """A plan, a line for each finding."""
    commit = f" at commit {proposal.commit[:12]}" if proposal.commit else ""
    lines = [f"plan {proposal.id}, made {proposal.when}{commit}"]
    return "\n".join(harmless(line) for line in [*lines, *(f"  {one.instance}: {one}" for one in proposal.findings)])


def finding_records(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """As `-o json` has them."""
    return [dict(vars(finding)) for finding in findings]


def standing_record(standing: Standing) -> dict[str, Any]:
    """As `-o json` has it."""
    return standing.as_record()


def report_record(report: ReconcileReport) -> dict[str, Any]:
    """As `-o json` has it."""
    return {
        "workspace": report.workspace,
        "environment": report.environment,
        "changed": report.changed,
        "failed": report.failed,
        "findings": finding_records(report.findings),
        "corrected": finding_records(report.corrected),
        "standing": standing_record(report.standing),
    }
