"""`roro ps`: how the instances are, read through the engine, without a playbook, because a person waits for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import Workspace, load_workspace
from ansible_collections.roro.kube.plugins.module_utils._workflow import status

from .arguments import cluster_options, environments_arguments, output_option, several_options, workspace_option
from .errors import EXIT_FAILED
from .examples import examples
from .fleet_targets import read_targets
from .json_output import json_text
from .notes import tell
from .ps_picture import picture_of
from .requests import request_of
from .tables import print_table
from .targets import Target, the_workspace


@click.command(epilog=examples("roro ps dev", "roro ps dev api", "roro ps dev --watch", "roro ps dev -o json", "roro ps --all"))
@environments_arguments
@workspace_option
@several_options
@cluster_options
@click.option("--watch", is_flag=True, help="Show it again whenever something changes, until Ctrl-C.")
@output_option
def ps(names: tuple[str, ...], workspace: Path | None, watch: bool, output: str, **options: Any) -> None:
    """Show instances, status, reason, age and revision.

    Status is NotDeployed, Stopped, Deploying, Running, Updating or Failed, judged from the live objects now; READY counts pods. With
    --watch it is a table that stays on a terminal, one line for each change elsewhere, and with -o json one document a line.

    Where the cluster cannot be reached, it is how they were when last seen from here, each status with a question mark, and the exit
    code is 1. Several environments, such as `dev staging`, 'prod-*' or --all, are one table; one that cannot be read hides no other.
    """
    documents = load_workspace(the_workspace(workspace))
    target = read_targets(documents, names, every=options["every"], named=options["named"])
    if target.several:
        _show_several(documents, target, watch, output, options)
        return
    request = request_of(documents, target, context=options["context"], kubeconfig=options["kubeconfig"])
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


def _show_several(documents: Workspace, target: Target, watch: bool, output: str, options: dict[str, Any]) -> None:
    from .fleet_ps import show_fleet

    if watch:
        raise UsageError("--watch is for one environment at a time", hint=f"Name one of: {', '.join(target.several)}.")
    targets = {name: Target(name, target.instances) for name in target.several}
    cluster = {"context": options["context"], "kubeconfig": options["kubeconfig"]}
    requests = {name: request_of(documents, one, **cluster) for name, one in targets.items()}
    if not show_fleet(requests, output, workspace=documents.name):
        sys.exit(EXIT_FAILED)
