"""What `roro sync` says and does about clones that are synced in the background, and how one stands."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._sync import (
    BackgroundStatus,
    BackgroundSync,
    WorkspaceClone,
    known_syncs,
    settled_sync,
    standing,
    start_syncs,
    stop_syncs,
)

from .ages import age_of
from .errors import EXIT_FAILED
from .json_output import json_text
from .notes import tell
from .reason_words import harmless
from .sync_words import standing_record, standing_text
from .tables import make_table, print_table

PATIENCE = 20.0
"""Seconds that the command waits for the first sync; the daemon goes on."""
STYLES = {"Active": "green", "Starting": "yellow", "Conflict": "red", "Failed": "red", "NotWatched": "dim"}
_REFUSED = {
    "--background": ("--status", "--stop", "--all", "--check", "--resolve"),
    "--stop": ("--watch", "--status", "--check", "--resolve"),
    "--status": ("--watch", "--check", "--resolve"),
}


def refuse_together(given: Mapping[str, bool]) -> None:
    """Raise UsageError where words do not go together. given: option -> whether it was given."""
    for first, others in _REFUSED.items():
        for other in others:
            if given.get(first) and given.get(other):
                raise UsageError(f"{first} and {other} do not go together", hint="Give one of them: roro sync --help")
    if given.get("--background") and not given.get("--watch"):
        raise UsageError("--background goes with --watch", hint="roro sync --watch --background")
    if given.get("--all") and not (given.get("--status") or given.get("--stop")):
        raise UsageError("--all goes with --status or --stop", hint="roro sync --status --all")


def begin_in_background(asked: BackgroundSync, output: str) -> None:
    """Have the daemon sync the clone from now on, and tell how the first time went. Leaves with 1 where that failed."""
    asked = replace(asked, agent=os.environ.get("SSH_AUTH_SOCK", ""))
    if not start_syncs([asked]):
        tell("this clone is synced in the background already")
    status = settled_sync(asked.id, PATIENCE) or BackgroundStatus(asked.id, asked.root)
    show_syncs([status], output)
    if status.state in ("Failed", "Conflict"):
        tell("it goes on trying; roro sync --stop ends it")
        click.get_current_context().exit(EXIT_FAILED)


def stop_one(clone: WorkspaceClone) -> None:
    """End the sync of this clone in the background."""
    _tell_stopped(stop_syncs([BackgroundSync(str(clone.repository.root)).id]))


def stop_all() -> tuple[BackgroundStatus, ...]:
    """End all of them; what is left."""
    _tell_stopped(stop_syncs([status.id for status in known_syncs()]))
    return known_syncs()


def _tell_stopped(ids: list[str]) -> None:
    print(f"{len(ids)} stopped", file=sys.stderr)


def show_standing(clone: WorkspaceClone, output: str) -> None:
    """How the clone stands, and how it is synced in the background."""
    found = standing(clone.repository)
    wanted = BackgroundSync(str(clone.repository.root)).id
    status = next((one for one in known_syncs() if one.id == wanted), None)
    if output == "json":
        print(json_text({**standing_record(found), "background": status and status.as_record()}))
        return
    print(standing_text(found))
    if status is not None:
        print(harmless(f"in the background: {_words(status)}"))


def show_syncs(found: Iterable[BackgroundStatus], output: str) -> None:
    """All that are synced in the background."""
    rows = list(found)
    if output == "json":
        print(json_text({"syncs": [status.as_record() for status in rows]}))
        return
    if not rows:
        print("no clone is synced in the background; begin with `roro sync --watch --background`", file=sys.stderr)
        return
    _print_table(rows)


def _print_table(rows: list[BackgroundStatus]) -> None:
    from rich.text import Text

    table = make_table(("CLONE", "BRANCH", "STATE", "LAST", "NEXT", "REASON"), folding="REASON")
    for status in rows:
        reason = ": ".join(part for part in (status.reason, status.message) if part)
        state = Text(status.state, style=STYLES.get(status.state, ""))
        table.add_row(status.root, status.branch, state, _ago(status), _due(status), harmless(reason))
    print_table(table)


def _words(status: BackgroundStatus) -> str:
    times = [f"last {_ago(status)} ago" if status.synced else "", f"next in {_due(status)}" if status.due else ""]
    why = ": ".join(part for part in (status.reason, status.message) if part)
    return ", ".join(part for part in (status.state, *times) if part) + (f"\n  {why}" if why else "")


def _ago(status: BackgroundStatus) -> str:
    return age_of(status.synced, _now())


def _due(status: BackgroundStatus) -> str:
    return age_of(_now(), status.due) if status.due else ""


def _now() -> str:
    return datetime.now(UTC).isoformat()
