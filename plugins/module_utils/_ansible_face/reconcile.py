# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of reconcile and approve: an environment and its documents, brought together."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from .. import _workflow as workflow
from .._events import Sink
from .._reconcile import Finding, Proposal, Standing
from .._workflow.reconciling import ReconcileReport, approve, proposals, reconcile
from .types import Mode, Outcome

_BAD = ("Failed", "Fighting")


def reconcile_once(request: workflow.Request, parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """What differs, and what was done about it."""
    report = reconcile(request, parameters.get("drift"), sink, cancel, forwards=bool(parameters["port_forwards"]))
    return _outcome(report, mode, cancel)


def approve_plan(request: workflow.Request, parameters: dict[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """What is proposed, carried out. Without a plan's name it is fine that nothing is proposed."""
    plan = parameters.get("plan") or None
    if plan is None:
        standing = proposals(request)
        if standing is None or standing.proposal is None:
            selection = workflow.load(request, reads_environment=False, with_dependencies=False)
            nothing = standing or Standing(selection.workspace.name, selection.environment.name)
            return _outcome(ReconcileReport(nothing.workspace, nothing.environment, nothing), mode, cancel)
    return _outcome(approve(request, plan, sink, cancel), mode, cancel)


def _outcome(report: ReconcileReport, mode: Mode, cancel: threading.Event) -> Outcome:
    standing, corrected = report.standing, set(report.corrected)
    outcome: Outcome = {
        "changed": report.changed,
        "workspace": report.workspace,
        "environment": report.environment,
        "mode": standing.mode,
        "commit": standing.commit,
        "findings": [{**vars(one), "corrected": one in corrected} for one in report.findings],
        "instances": [
            {"instance": item.instance, "state": item.state, "message": item.message, "since": item.since} for item in standing.instances
        ],
        "proposal": _proposal_record(standing.proposal),
        "msg": "\n".join(_lines(report.findings, corrected)) or "nothing differs",
    }
    if mode.diff:
        outcome["diff"] = [record for result in report.results for record in workflow.diff_records(result)]
    if report.failed:
        outcome |= _failure(report, interrupted=cancel.is_set())
    return outcome


def _lines(findings: Sequence[Finding], corrected: set[Finding]) -> list[str]:
    return [f"{one.instance}: {one}{' (done)' if one in corrected else ''}" for one in findings]


def _proposal_record(proposal: Proposal | None) -> dict[str, Any] | None:
    if proposal is None:
        return None
    return {"plan": proposal.id, "commit": proposal.commit, "when": proposal.when, "findings": [vars(one) for one in proposal.findings]}


def _failure(report: ReconcileReport, *, interrupted: bool) -> Outcome:
    hints = {item["instance"]: item["hint"] for result in report.results for item in workflow.result_record(result)["instances"]}
    problems = [
        {"message": item.message or item.state, "where": f"instance {item.instance}", "hint": hints.get(item.instance) or None}
        for item in report.standing.instances
        if item.state in _BAD
    ]
    lines = [f"{problem['where']}: {problem['message']}" for problem in problems]
    if interrupted:
        lines.insert(0, "interrupted: what was under way is recorded, the next run completes it")
    return {"failed": True, "msg": "\n".join(lines), "problems": problems, "exit_code": 130 if interrupted else 1}
