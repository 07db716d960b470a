"""`roro ps` and `roro diff`: read the cluster through the engine, without a playbook, because a person waits for them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._forward import known_forwards
from ansible_collections.roro.kube.plugins.module_utils._health import HealthStatus
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from ansible_collections.roro.kube.plugins.module_utils._workflow import StatusReport, result_record, status
from ansible_collections.roro.kube.plugins.module_utils._workflow import diff as compute_diff

from .advice import reason_words
from .ages import age_of
from .arguments import (
    cluster_options,
    output_option,
    read_target,
    target_arguments,
    the_workspace,
    variable_options,
    workspace_option,
)
from .errors import EXIT_DIFFERENCES, EXIT_FAILED
from .examples import examples
from .forwarding import forward_rows, forward_words
from .health_words import health_of, health_reason, health_rows, health_words
from .requests import build_request


@click.command(epilog=examples("roro ps dev", "roro ps dev api", "roro ps dev -o json"))
@target_arguments
@workspace_option
@cluster_options
@output_option
def ps(names: tuple[str, ...], workspace: Path | None, context: str | None, kubeconfig: Path | None, output: str) -> None:
    """Show instances, status, reason, age and revision.

    Status is NotDeployed, Deploying, Running, Updating or Failed, judged from the live objects now.
    """
    folder = the_workspace(workspace)
    request = build_request(folder, read_target(load_workspace(folder), names), context=context, kubeconfig=kubeconfig)
    report = status(request)
    for notice in report.notices:
        print(f"note: {notice}", file=sys.stderr)
    place = (report.workspace, report.environment)
    known = [forward for forward in known_forwards() if (forward.origin.workspace, forward.origin.environment) == place]
    forwards = {row.instance: [forward for forward in known if forward.origin.instance == row.instance] for row in report.instances}
    health = health_of(place)
    if output == "json":
        rows = [
            {
                **asdict(instance),
                "forwards": forward_rows(forwards[instance.instance]),
                "health": health_rows(health.get(instance.instance, ())),
            }
            for instance in report.instances
        ]
        print(
            json.dumps(
                {"workspace": report.workspace, "environment": report.environment, "notices": report.notices, "instances": rows}, indent=2
            )
        )
    else:
        _print_table(report, {name: forward_words(of) for name, of in forwards.items() if of}, health)


@click.command(epilog=examples("roro diff dev", "roro diff dev api --exit-code", "roro diff dev --var replicas=3"))
@target_arguments
@workspace_option
@cluster_options
@variable_options
@click.option("--exit-code", is_flag=True, help="Leave with 3 when there are differences.")
@output_option
def diff(
    names: tuple[str, ...],
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    variables: tuple[str, ...],
    profiles: tuple[str, ...],
    allow_environment: tuple[str, ...],
    exit_code: bool,
    output: str,
) -> None:
    """Show what `up` would change: the server's dry run, object by object. Secret values are never shown."""
    folder = the_workspace(workspace)
    target = read_target(load_workspace(folder), names)
    request = build_request(
        folder,
        target,
        context=context,
        kubeconfig=kubeconfig,
        variables=variables,
        profiles=profiles,
        allow_environment=allow_environment,
    )
    result = compute_diff(request)
    if output == "json":
        from ansible_collections.roro.kube.plugins.module_utils._workflow import diff_records

        print(json.dumps({**result_record(result), "diff": diff_records(result)}, indent=2))
    else:
        _print_diff(result)
    if result.failed:
        click.get_current_context().exit(EXIT_FAILED)
    if exit_code and result.changed:
        click.get_current_context().exit(EXIT_DIFFERENCES)


def _print_table(report: StatusReport, forwards: dict[str, str], health: Mapping[str, Sequence[HealthStatus]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from .live import STYLES

    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("INSTANCE", "STATUS", "READY", "REVISION", "AGE", "NAMESPACE"):
        table.add_column(heading, no_wrap=True)
    if health:
        table.add_column("HEALTH", no_wrap=True)
    if forwards:
        table.add_column("FORWARDS", overflow="fold")
    table.add_column("REASON", overflow="fold")
    for row in report.instances:
        checks = health.get(row.instance, ())
        reason = reason_words(row.reason, row.message) or health_reason(checks)
        ready = f"{row.ready}/{row.total}" if row.total else ""
        status = Text(row.status, style=STYLES.get(row.status, ""))
        age = age_of(row.updated, report.now)
        of: list[Text | str] = [*([health_words(checks)] if health else []), *([forwards.get(row.instance, "")] if forwards else [])]
        table.add_row(row.instance, status, ready, str(row.revision or ""), age, row.namespace, *of, reason)
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)


def _print_diff(result: Any) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._release.diff import unified
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    for instance in result.instances:
        for record in instance.diffs:
            for line in unified(record).splitlines():
                console.print(Text(line, style=_line_style(line)))
        for action in instance.actions:
            if action.action != "unchanged":
                console.print(Text(f"# {instance.instance}: {action.action} {action.kind} {action.name}: {action.cause}", style="dim"))
        if instance.status == "Failed":
            print(f"Failed: {instance.instance}: {instance.reason}: {instance.message}", file=sys.stderr)
    if not result.changed and not result.failed:
        print("no differences", file=sys.stderr)


def _line_style(line: str) -> str:
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
