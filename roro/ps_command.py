"""`roro ps`: how the instances are, read through the engine, without a playbook, because a person waits for it."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._workflow import status

from .arguments import cluster_options, output_option, target_arguments, workspace_option
from .errors import EXIT_FAILED
from .examples import examples
from .json_output import json_text
from .notes import tell
from .ps_picture import picture_of
from .requests import build_request
from .tables import print_table


@click.command(epilog=examples("roro ps dev", "roro ps dev api", "roro ps dev --watch", "roro ps dev -o json"))
@target_arguments
@workspace_option
@cluster_options
@click.option("--watch", is_flag=True, help="Show it again whenever something changes, until Ctrl-C.")
@output_option
def ps(names: tuple[str, ...], workspace: Path | None, context: str | None, kubeconfig: Path | None, watch: bool, output: str) -> None:
    """Show instances, status, reason, age and revision.

    Status is NotDeployed, Stopped, Deploying, Running, Updating or Failed, judged from the live objects now; READY counts pods. With
    --watch it is a table that stays on a terminal, one line for each change elsewhere, and with -o json one document a line.

    Where the cluster cannot be reached, it is how they were when last seen from here, each status with a question mark, and the exit
    code is 1.
    """
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    if watch:
        from .ps_watch import show_changes

        show_changes(request, output)
        return
    report = status(request)
    for notice in report.notices:
        tell(notice)
    if report.standing is not None and report.standing.watching and report.standing.trouble:
        tell(f"reconciling, by {report.standing.by}, has trouble: {report.standing.trouble}")
    picture = picture_of(report)
    if output == "json":
        print(json_text(picture.document()))
    else:
        print_table(picture.table(old=bool(report.as_of)))
    if report.as_of:
        sys.exit(EXIT_FAILED)
