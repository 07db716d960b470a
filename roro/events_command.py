"""`roro events`: what the cluster says of an environment's instances, oldest first, each thing once with its count."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from ansible_collections.roro.kube.plugins.module_utils._kube_events import EventLine, ServerState
from ansible_collections.roro.kube.plugins.module_utils._workflow import EventsReport, OpenEvents, open_events, read_since

from .ages import age_of
from .arguments import cluster_options, output_option, target_arguments, workspace_option
from .event_words import often
from .examples import examples
from .json_output import json_text
from .notes import tell
from .reason_words import harmless
from .requests import build_request
from .tables import make_console

if TYPE_CHECKING:
    from rich.console import Console

HEADINGS = ("TYPE", "INSTANCE", "OBJECT", "REASON")
Row = tuple[str, ...]


@click.command(
    epilog=examples(
        "roro events dev",
        "roro events dev api --warnings",
        "roro events dev -f",
        "roro events dev --since 10m",
        "roro events dev --since 2026-01-31T12:00:00Z -o json",
        "roro events dev --since 2026-01-31T12:00:00Z",
    )
)
@target_arguments
@workspace_option
@cluster_options
@click.option("-f", "--follow", is_flag=True, help="Go on with what happens, until Ctrl-C.")
@click.option(
    "--since", default="", metavar="DURATION|TIME", help="Only what was seen again since so long ago, such as 10m, or since a time."
)
@click.option("--warnings", is_flag=True, help="Only warnings.")
@output_option
def events(
    names: tuple[str, ...],
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    follow: bool,
    since: str,
    warnings: bool,
    output: str,
) -> None:
    """Show the cluster's events about instances, oldest first.

    About their objects and everything below them: pods, ReplicaSets, Jobs, claims, also those that are gone. What says the same of the
    same object is one line with its count; with -f a count that goes up is a new line.
    """
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    read_since(since)
    with open_events(request) as opened:
        report = opened.report(since=since, warnings=warnings)
        for notice in report.notices:
            tell(notice)
        if output == "json":
            _print_json(opened, report, follow=follow, warnings=warnings)
        else:
            _print_text(opened, report, follow=follow, warnings=warnings)


def _print_json(opened: OpenEvents, report: EventsReport, *, follow: bool, warnings: bool) -> None:
    """One document; with follow one record a line."""
    records = [line.as_record() for line in report.events]
    if not follow:
        place = {"workspace": report.workspace, "environment": report.environment, "notices": report.notices}
        print(json_text({**place, "events": records}))
        return
    for record in records:
        print(json_text(record, line=True), flush=True)
    for line in _coming(opened, warnings):
        print(json_text(line.as_record(), line=True), flush=True)


def _print_text(opened: OpenEvents, report: EventsReport, *, follow: bool, warnings: bool) -> None:
    console = make_console(soft_wrap=True, highlight=False, markup=False)
    lines, sheet = list(report.events), _Sheet(console, "TIME" if follow else "AGE")
    if not follow and not lines:
        print("no events; the cluster keeps them for an hour by default", file=sys.stderr)
        return
    sheet.fit(lines)
    sheet.head()
    for line in lines:
        sheet.print(line, _clock(line.last) if follow else age_of(line.last, report.now))
    for line in _coming(opened, warnings) if follow else ():
        sheet.print(line, _clock(line.last))


def _coming(opened: OpenEvents, warnings: bool) -> Iterator[EventLine]:
    """What comes, until Ctrl-C; on stderr when the API server went away and is back."""
    for item in opened.follow(threading.Event(), warnings=warnings):
        if isinstance(item, ServerState):
            words = f"the API server does not answer: {item.error}" if item.error else "the API server answers again"
            tell(words)
        else:
            yield item


class _Sheet:
    """Lines in columns that grow when something wider comes."""

    def __init__(self, console: Console, first: str) -> None:
        self._console = console
        self._first = first
        self._widths = [max(len(first), 8 if first == "TIME" else 4), *map(len, HEADINGS)]

    def fit(self, lines: Sequence[EventLine]) -> None:
        """Make room for these."""
        for line in lines:
            self._grow(("", *_cells(line)))

    def head(self) -> None:
        """The headings."""
        self._put((self._first, *HEADINGS), "MESSAGE", "bold")

    def print(self, line: EventLine, time: str) -> None:
        """One line."""
        cells = (time, *_cells(line))
        self._grow(cells)
        counted = often(line.count, line.first, line.last)
        self._put(cells, f"{line.message} {counted}".strip(), "yellow" if line.type == "Warning" else "")

    def _grow(self, cells: Row) -> None:
        self._widths = [max(width, len(cell)) for width, cell in zip(self._widths, cells, strict=True)]

    def _put(self, cells: Row, last: str, style: str) -> None:
        from rich.text import Text

        padded = [cell.ljust(width) for cell, width in zip(cells, self._widths, strict=True)]
        self._console.print(Text(harmless("  ".join([*padded, last])), style=style))
        self._console.file.flush()


def _cells(line: EventLine) -> Row:
    return (line.type, line.instance, f"{line.kind}/{line.name}", line.reason)


def _clock(time: str) -> str:
    """The local time of day."""
    return datetime.fromisoformat(time).astimezone().strftime("%H:%M:%S") if time else ""
