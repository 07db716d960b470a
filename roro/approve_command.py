"""`roro approve`: a plan that reconciling has proposed is looked at, and carried out."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from ansible_collections.roro.kube.plugins.module_utils._reconcile import Proposal

from .arguments import cluster_options, output_option, variable_options, workspace_option
from .errors import EXIT_DIFFERENCES, EXIT_FAILED
from .examples import examples
from .json_output import json_text
from .reconcile_words import proposal_text, quiet_progress, report_record, report_text
from .requests import build_request
from .targets import read_target, the_workspace


@click.command("approve", epilog=examples("roro approve --list", "roro approve dev-3f9a1c", "roro approve dev"))
@click.argument("plan", required=False, metavar="[PLAN|ENV]")
@workspace_option
@cluster_options
@variable_options
@click.option("--list", "listing", is_flag=True, help="Only show what is proposed, in every environment or the one named.")
@click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")
@output_option
def approve_command(plan: str | None, workspace: Path | None, listing: bool, verbose: bool, output: str, **reached: Any) -> None:
    """Carry out a plan that `roro reconcile --drift propose` has made: exactly that, or nothing where it would be something else by now.

    PLAN begins with the name of its environment; without it, the one plan of the environment that is meant.
    """
    from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import approve, proposals

    documents = load_workspace(the_workspace(workspace))
    environment = _environment(plan, set(documents.environments))
    if listing:
        names = [environment] if environment else sorted(documents.environments)
        standings = [proposals(build_request(workspace, (name,), **reached)) for name in names]
        _show([standing.proposal for standing in standings if standing is not None and standing.proposal is not None], output)
        return
    meant = environment or read_target(documents, ()).environment or documents.implied_environment or ""
    request = build_request(workspace, (meant,), **reached)
    report = approve(request, plan if plan not in documents.environments else None, quiet_progress(verbose=verbose))
    print(json_text(report_record(report)) if output == "json" else report_text(report))
    if report.failed:
        sys.exit(EXIT_FAILED)
    if report.differs:
        sys.exit(EXIT_DIFFERENCES)


def _show(found: list[Proposal], output: str) -> None:
    if output == "json":
        print(json_text({"proposals": [asdict(one) for one in found]}))
    else:
        print("\n".join(map(proposal_text, found)) if found else "nothing is proposed")


def _environment(plan: str | None, known: set[str]) -> str | None:
    """The environment that a plan's id, or a name, is of. Raises UsageError."""
    if plan is None:
        return None
    if plan in known:
        return plan
    environment = plan.rpartition("-")[0]
    if environment not in known:
        hint = "A plan's id is its environment and six digits, such as dev-3f9a1c: roro approve --list shows them."
        raise UsageError(f'there is no plan "{plan}"', hint=hint)
    return environment
