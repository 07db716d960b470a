"""`roro ls`: what is deployed on a cluster and by whom, of all workspaces."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .arguments import cluster_options, output_option, workspace_option
from .examples import examples
from .json_output import json_text
from .notes import tell
from .targets import the_workspace

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._model import Environment, Workspace
    from ansible_collections.roro.kube.plugins.module_utils._release import DeployedInstance
    from ansible_collections.roro.kube.plugins.module_utils._workflow import InventoryReport
    from click.shell_completion import CompletionItem


def _complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    workspace = _workspace(context.params.get("workspace"))
    names = sorted(workspace.environments) if workspace else []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("ls", epilog=examples("roro ls", "roro ls dev", "roro ls --context prod -n shop-prod", "roro ls -o json"))
@click.argument("environment", required=False, metavar="[ENV]", shell_complete=_complete)
@click.option("-n", "--namespace", metavar="NAME", help="Only what is deployed there (default: in all namespaces).")
@workspace_option
@cluster_options
@output_option
def ls(
    environment: str | None,
    namespace: str | None,
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    output: str,
) -> None:
    """Show what is deployed on a cluster and by whom: instances of all workspaces and environments.

    ENV of the workspace here names the cluster, as --context does; no workspace is needed otherwise. What other tools deployed is not
    among it.
    """
    from ansible_collections.roro.kube.plugins.module_utils._cluster import Connection
    from ansible_collections.roro.kube.plugins.module_utils._workflow import inventory

    connection = Connection(context=context, kubeconfig=str(kubeconfig.absolute()) if kubeconfig else None)
    report = inventory(connection, *_environment(environment, workspace), namespace)
    for notice in report.notices:
        tell(notice)
    if output == "json":
        rows = [_row(item) for item in report.instances]
        print(json_text({"server": report.server, "notices": report.notices, "instances": rows}))
    elif report.instances:
        _print_table(report)
    else:
        print(f"nothing is deployed with roro on {report.server}" + (f" in namespace {namespace}" if namespace else ""), file=sys.stderr)


def _workspace(option: Path | None) -> Workspace | None:
    """The one here; None where there is none, or one that cannot be read: this is about the cluster."""
    from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
    from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace

    try:
        return load_workspace(the_workspace(option))
    except RoroError:
        return None


def _environment(name: str | None, option: Path | None) -> tuple[Environment | None, Path | None]:
    """(the one that is named, or that is meant where none is; the workspace's folder). Raises UsageError."""
    from ansible_collections.roro.kube.plugins.module_utils._model import choose_environment, load_workspace

    workspace = load_workspace(the_workspace(option)) if name else _workspace(option)
    if workspace is None:
        return None, None
    if name:
        return choose_environment(workspace, name), workspace.root
    return workspace.environments.get(os.environ.get("RORO_ENVIRONMENT") or workspace.implied_environment or ""), workspace.root


def _row(item: DeployedInstance) -> dict[str, object]:
    """The record of `--output json`."""
    status = {key: value for key, value in asdict(item.status).items() if key != "objects"}
    return {"workspace": item.workspace, "environment": item.environment, **status, "who": item.who, "cause": item.cause}


def _print_table(report: InventoryReport) -> None:
    from rich.text import Text

    from .ages import age_of
    from .live import STYLES
    from .ps_picture import status_word
    from .tables import make_table, print_table

    headings = ("WORKSPACE", "ENVIRONMENT", "INSTANCE", "STATUS", "REVISION", "AGE", "NAMESPACE", "BY", "FROM")
    table = make_table(headings, folding="FROM")
    for item in report.instances:
        status = item.status
        words = Text(status_word(status), style=STYLES.get(status.status, ""))
        age = age_of(status.updated, report.now)
        cells = (item.workspace, item.environment, status.instance, words, str(status.revision or ""), age, status.namespace)
        table.add_row(*cells, Text(item.who), Text(status.origin))
    print_table(table)
