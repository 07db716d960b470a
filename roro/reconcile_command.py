"""`roro reconcile`: through the engine, without a playbook, as it goes on for as long as somebody wants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from ansible_collections.roro.kube.plugins.module_utils._reconcile import MODES, Mode

from .arguments import cluster_options, later, output_option, variable_options, workspace_option
from .errors import EXIT_DIFFERENCES, EXIT_FAILED, show_problems
from .examples import examples
from .json_output import json_text
from .notes import tell
from .reconcile_words import quiet_progress, report_record, report_text
from .requests import build_request
from .targets import read_target, the_workspace

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._workflow import Request
    from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import ReconcileReport


@click.command(
    "reconcile",
    epilog=examples(
        "roro reconcile dev",
        "roro reconcile dev --drift correct",
        "roro reconcile dev --drift propose && roro approve",
        "roro reconcile dev staging --watch --drift correct",
    ),
)
@click.argument("names", nargs=-1, metavar="[ENV]...", shell_complete=later("complete_environments"))
@workspace_option
@cluster_options
@variable_options
@click.option("--once/--watch", default=True, help="Look once (default), or go on until Ctrl-C: at new commits, and at every change there.")
@click.option(
    "--drift",
    "mode",
    type=click.Choice(MODES),
    help="What is done about differences: report, propose a plan for `roro approve`, or correct (default: drift.mode, else report).",
)
@click.option("--forward/--no-forward", default=True, help="Look at the documents' forwards too (default).")
@click.option("--sync/--no-sync", default=True, help="With --watch, also follow the workspace's Git server (default).")
@click.option("--leader-elect", metavar="NAMESPACE/NAME", help="With --watch: only one of several at a time, by a Lease of that name.")
@click.option(
    "--metrics", metavar="[HOST:]PORT", help="With --watch: serve Prometheus metrics, /healthz and /readyz (default host: 127.0.0.1)."
)
@click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")
@output_option
def reconcile_command(
    names: tuple[str, ...],
    workspace: Path | None,
    once: bool,
    mode: Mode | None,
    forward: bool,
    sync: bool,
    leader_elect: str | None,
    metrics: str | None,
    verbose: bool,
    output: str,
    **reached: Any,
) -> None:
    """Compare environments with their documents, and bring them together.

    What differs is reported and nothing is written, unless --drift or the documents say otherwise. It leaves with 0 where nothing differs
    or all was corrected, with 3 where something differs, with 1 where an instance could not be corrected.
    """
    if once and (leader_elect or metrics):
        raise UsageError(f"{'--leader-elect' if leader_elect else '--metrics'} goes with --watch alone")
    requests = [build_request(workspace, (name,), **reached) for name in _environments(workspace, names)]
    if once:
        _once(requests, mode, forward, verbose, output)
        return
    from .reconcile_watch import Watch, watch

    watch(Watch(requests, mode, forward, sync, leader_elect, metrics, output))


def _environments(workspace: Path | None, names: tuple[str, ...]) -> list[str]:
    """Those that are named, once each, else the one that is meant. Raises UsageError."""
    documents = load_workspace(the_workspace(workspace))
    for name in names:
        if name not in documents.environments:
            known = ", ".join(sorted(documents.environments)) or "none"
            raise UsageError(f'there is no environment "{name}"', hint=f"There are: {known}. Reconciling is for whole environments.")
    if names:
        return list(dict.fromkeys(names))
    target = read_target(documents, ())
    return [target.environment or documents.implied_environment or ""]


def _once(requests: list[Request], mode: Mode | None, forward: bool, verbose: bool, output: str) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._workflow.reconciling import reconcile

    reports: list[ReconcileReport] = []
    failed = False
    for request in requests:
        try:
            reports.append(reconcile(request, mode, quiet_progress(verbose=verbose), forwards=forward))
        except RoroError as error:
            if len(requests) == 1:
                raise
            failed = True
            tell(f"environment {request.environment} could not be reconciled")
            show_problems(error.problems)
    _show(reports, output)
    _leave(reports, failed=failed)


def _show(reports: list[ReconcileReport], output: str) -> None:
    if output == "json":
        records = [report_record(report) for report in reports]
        print(json_text(records[0] if len(records) == 1 else {"environments": records}))
        return
    for report in reports:
        print(report_text(report))


def _leave(reports: list[ReconcileReport], *, failed: bool) -> None:
    if failed or any(report.failed for report in reports):
        sys.exit(EXIT_FAILED)
    if any(report.differs for report in reports):
        sys.exit(EXIT_DIFFERENCES)
