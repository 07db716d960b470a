"""`roro diff`: reads the cluster through the engine, without a playbook, because a person waits for it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._workflow import diff as compute_diff
from ansible_collections.roro.kube.plugins.module_utils._workflow import result_record

from .arguments import (
    cluster_options,
    output_option,
    target_arguments,
    variable_options,
    workspace_option,
)
from .errors import EXIT_DIFFERENCES, EXIT_FAILED
from .examples import examples
from .failure_words import show_failure
from .json_output import json_text
from .reason_words import harmless
from .requests import build_request
from .tables import make_console


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
    request = build_request(
        workspace,
        names,
        context=context,
        kubeconfig=kubeconfig,
        variables=variables,
        profiles=profiles,
        allow_environment=allow_environment,
    )
    result = compute_diff(request)
    if output == "json":
        from ansible_collections.roro.kube.plugins.module_utils._workflow import diff_records

        print(json_text({**result_record(result), "diff": diff_records(result)}))
    else:
        _print_diff(result)
    if result.failed:
        click.get_current_context().exit(EXIT_FAILED)
    if exit_code and result.changed:
        click.get_current_context().exit(EXIT_DIFFERENCES)


def _print_diff(result: Any) -> None:
    from ansible_collections.roro.kube.plugins.module_utils._release.fields.diff import unified
    from rich.text import Text

    console = make_console(soft_wrap=True, highlight=False)
    for instance in result.instances:
        for record in instance.diffs:
            for line in unified(record).splitlines():
                console.print(Text(line, style=_line_style(line)))
        for action in instance.actions:
            if action.action != "unchanged":
                told = f"# {instance.instance}: {action.action} {action.kind} {action.name}: {action.cause}"
                console.print(Text(harmless(told), style="dim"))
    for record in result_record(result)["instances"]:
        if record["status"] == "Failed":
            show_failure(record)
    if not result.changed and not result.failed:
        print("no differences", file=sys.stderr)


def _line_style(line: str) -> str:
    if line.startswith(("+++", "---")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
