"""`roro logs`: what the containers of instances wrote, in the order of time, and what they write."""

from __future__ import annotations

import os
import re
import sys
import threading
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .arguments import cluster_options, later, target_arguments, workspace_option
from .errors import EXIT_FAILED
from .examples import examples
from .notes import tell

MOST = ("-1", "all")
LEVELS = ("trace", "debug", "info", "warn", "error", "fatal")


@click.command(
    epilog=examples(
        "roro logs dev",
        "roro logs -f dev api",
        "roro logs dev --since 10m --grep 'timeout|refused'",
        "roro logs -f dev --json --level warn",
        "roro logs dev api --previous --tail 50",
        "roro logs dev -o json | jq -r .line",
    )
)
@target_arguments
@workspace_option
@cluster_options
@click.option("-f", "--follow", is_flag=True, help="Go on with what is written, also by pods that come later, until Ctrl-C.")
@click.option("--since", default="", metavar="DURATION|TIME", help="Only what was written since so long ago, such as 10m, or since a time.")
@click.option("-n", "--tail", default="all", metavar="LINES", help="Only the last lines of each container (default: all).")
@click.option("-p", "--previous", is_flag=True, help="Of the containers before their last restart.")
@click.option(
    "-c",
    "--container",
    "containers",
    multiple=True,
    metavar="NAME",
    help="Only containers of this name; may be repeated.",
    shell_complete=later("complete_containers"),
)
@click.option("-g", "--grep", metavar="REGEX", help="Only lines that a regular expression finds.")
@click.option("--invert", is_flag=True, help="With --grep: only lines that it does not find.")
@click.option("--json", "structured", is_flag=True, help="Show JSON, logfmt and klog lines for people: time, level, message, fields.")
@click.option(
    "--level",
    metavar="LEVEL",
    help=f"Only structured lines of this level or above: {', '.join(LEVELS)}.",
    shell_complete=lambda context, parameter, incomplete: [level for level in LEVELS if level.startswith(incomplete)],
)
@click.option("-t", "--timestamps", is_flag=True, help="Begin lines with the time at which they were written.")
@click.option("--no-prefix", is_flag=True, help="Leave out pod and container.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="json prints one object a line.")
def logs(
    names: tuple[str, ...],
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    follow: bool,
    since: str,
    tail: str,
    previous: bool,
    containers: tuple[str, ...],
    grep: str | None,
    invert: bool,
    structured: bool,
    level: str | None,
    timestamps: bool,
    no_prefix: bool,
    output: str,
) -> None:
    """Show what the containers of instances wrote, in the order of time.

    Of all containers of all pods of the instances, or of the environment: also of init containers, and of instances that only the
    cluster knows.
    """
    from ansible_collections.roro.kube.plugins.module_utils._logs import LogQuery, Wanted, level_number
    from ansible_collections.roro.kube.plugins.module_utils._workflow import logs as read_logs

    from .log_lines import LinePrinter, Look
    from .requests import build_request

    _refuse_contradictions(follow=follow, previous=previous, grep=grep, invert=invert)
    query = LogQuery(follow=follow, tail=_lines(tail), previous=previous, containers=frozenset(containers))
    terminal = sys.stdout.isatty()
    look = Look(
        prefix=not no_prefix,
        timestamps=timestamps,
        terminal=terminal,
        colour=terminal and not os.environ.get("NO_COLOR"),
        wanted=Wanted(_pattern(grep), invert, level_number(level) if level else None),
        structured=structured,
        records=output == "json",
    )
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    outcome = read_logs(request, query, LinePrinter(look).shaper, _write, tell, threading.Event(), since=since)
    if outcome.lost:
        click.get_current_context().exit(EXIT_FAILED)


def _refuse_contradictions(*, follow: bool, previous: bool, grep: str | None, invert: bool) -> None:
    if follow and previous:
        raise UsageError("--previous is about containers that ended: nothing of them can be followed", hint="Leave out -f.")
    if invert and grep is None:
        raise UsageError("--invert needs --grep", hint="For example --grep health --invert.")


def _lines(text: str) -> int | None:
    if text in MOST:
        return None
    if not text.isascii() or not text.isdigit():
        raise UsageError(f'--tail "{text}" is no number of lines', hint="For example --tail 100, or --tail all.")
    return int(text)


def _pattern(text: str | None) -> re.Pattern[bytes] | None:
    try:
        return re.compile(text.encode()) if text is not None else None
    except re.error as error:
        raise UsageError(f'--grep "{text}" is no regular expression: {error}', hint="Put a backslash before ( [ * + ? . as such.") from None


def _write(block: bytes) -> None:
    """All of it, whatever a signal or a full pipe leaves over."""
    view = memoryview(block)
    while view:
        view = view[os.write(sys.stdout.fileno(), view) :]
