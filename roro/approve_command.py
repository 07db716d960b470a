"""`roro approve`: a plan that reconciling has proposed is looked at, and carried out."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace

from .arguments import cluster_options, output_option, variable_options, workspace_option
from .errors import EXIT_FAILED
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
def approve_command(
    plan: str | None,
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    variables: tuple[str, ...],
    profiles: tuple[str, ...],
    allow_environment: tuple[str, ...],
    listing: bool,
    verbose: bool,
    output: str,
) -> None:
    """Carry out a plan that `roro reconcile --drift propose` has made: exactly that, or nothing where it would be something else by now.

    PLAN begins with the name of its environment; without it, the one plan of the environment that is meant.
    """
    from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import approve, proposals

    documents = load_workspace(the_workspace(workspace))
    environment = _environment(plan, set(documents.environments))
    if listing and environment is None:
        names = sorted(documents.environments)
    else:
        target = read_target(documents, ()) if environment is None else None
        names = [environment or (target.environment if target else None) or documents.implied_environment or ""]
    requests = [
        build_request(
            workspace,
            (name,),
            context=context,
            kubeconfig=kubeconfig,
            variables=variables,
            profiles=profiles,
            allow_environment=allow_environment,
        )
        for name in names
    ]
    if listing:
        found = [
            standing.proposal for request in requests if (standing := proposals(request)) is not None and standing.proposal is not None
        ]
        if output == "json":
            print(json_text({"proposals": found and [vars(one) | {"findings": [vars(f) for f in one.findings]} for one in found]}))
        else:
            print("\n".join(map(proposal_text, found)) if found else "nothing is proposed")
        return
    report = approve(requests[0], plan if plan not in documents.environments else None, quiet_progress(verbose=verbose))
    print(json_text(report_record(report)) if output == "json" else report_text(report))
    if report.failed:
        sys.exit(EXIT_FAILED)


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
