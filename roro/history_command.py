"""`roro history`: the revisions that the cluster keeps, read through the engine."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._workflow import HistoryReport
from ansible_collections.roro.kube.plugins.module_utils._workflow import history as read_history

from .ages import age_of
from .arguments import cluster_options, output_option, target_arguments, workspace_option
from .examples import examples
from .json_output import json_text
from .notes import tell
from .requests import build_request
from .tables import make_table, print_table


@click.command(epilog=examples("roro history dev", "roro history dev api", "roro history dev api -o json"))
@target_arguments
@workspace_option
@cluster_options
@output_option
def history(names: tuple[str, ...], workspace: Path | None, context: str | None, kubeconfig: Path | None, output: str) -> None:
    """Show the revisions of an environment's instances, oldest first: the last ten, and the last that was healthy.

    `roro rollback ENV INSTANCE --to N` goes back to one of them.
    """
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    report = read_history(request)
    for notice in report.notices:
        tell(notice)
    if output == "json":
        rows = [asdict(revision) for revision in report.revisions]
        print(json_text({"workspace": report.workspace, "environment": report.environment, "notices": report.notices, "revisions": rows}))
    elif report.revisions:
        _print_revisions(report)
    else:
        print("no revisions", file=sys.stderr)


def _print_revisions(report: HistoryReport) -> None:
    from rich.text import Text

    table = make_table(("INSTANCE", "REVISION", "OUTCOME", "AGE", "WHO", "RUN", "OBJECTS", "CAUSE"), folding="CAUSE")
    for row in report.revisions:
        cause = f"{row.cause}: {row.message}" if row.message else row.cause
        cells = (row.instance, str(row.revision), row.outcome, age_of(row.updated, report.now), row.who, row.run, str(row.objects), cause)
        table.add_row(*(Text(cell) for cell in cells))
    print_table(table)
