"""`roro sync`: a workspace's clone and the branch of its server, once or for as long as it runs."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import Reach, Repository, open_repository, reach_server, read_address
from ansible_collections.roro.kube.plugins.module_utils._model import Workspace, load_workspace, read_duration
from ansible_collections.roro.kube.plugins.module_utils._sync import (
    STRATEGIES,
    Server,
    Side,
    Synced,
    SyncOptions,
    pause,
    standing,
    sync,
    write_last,
)

from .arguments import later, output_option, workspace_option
from .errors import EXIT_FAILED, show_problems
from .examples import examples
from .git_options import reach_options
from .git_progress import git_progress
from .interrupts import told_to_end
from .json_output import json_text
from .notes import tell
from .sync_words import standing_record, standing_text, synced_record, synced_text

DEFAULT_INTERVAL = 60.0
REMOTE = "origin"


@dataclass(frozen=True)
class _Clone:
    """What is synced. workspace: None where its documents have a mistake, which is no reason not to fetch what mends it."""

    repository: Repository
    workspace: Workspace | None

    @property
    def settings(self) -> dict[str, Any]:
        """`git` of the workspace document."""
        return dict(self.workspace.git) if self.workspace else {}


@click.command(
    "sync",
    epilog=examples(
        "roro sync",
        "roro sync --check",
        'roro sync --message "Two replicas" --push',
        "roro sync --resolve 'environments/dev/environment.json:$.variables.replicas=theirs'",
        "roro sync --watch --interval 30s",
    ),
)
@workspace_option
@click.option("--check", is_flag=True, help="Fetch, and say what would be done; change no file, commit or branch.")
@click.option("--status", "show_status", is_flag=True, help="Only say how this clone stands and how the last sync ended; ask nobody.")
@click.option("--strategy", type=click.Choice(STRATEGIES), help="Where both sides have new commits (default: git.strategy, else rebase).")
@click.option("--push/--no-push", default=None, help="Send own commits (default: git.push, else no).")
@click.option("-m", "--message", metavar="TEXT", help="First commit everything that is not committed, under this message.")
@click.option(
    "--resolve",
    multiple=True,
    metavar="FILE[:PATH]=ours|theirs",
    shell_complete=later("complete_conflicts"),
    help="Settle a conflict; ours is this clone, theirs the server. May be repeated.",
)
@click.option("--branch", metavar="NAME", help="The server's branch (default: the one that this branch follows).")
@click.option("--follow-rewritten", is_flag=True, help="Go along where the server's history was rewritten; own commits are put on top.")
@click.option("--watch", is_flag=True, help="Go on until Ctrl-C; what fails is told, and the last good commit stays.")
@click.option("--interval", metavar="DURATION", help="Time between two syncs with --watch (default: git.interval, else 1m).")
@reach_options
@output_option
def sync_command(
    workspace: Path | None,
    check: bool,
    show_status: bool,
    strategy: Any,
    push: bool | None,
    message: str | None,
    resolve: tuple[str, ...],
    branch: str | None,
    follow_rewritten: bool,
    watch: bool,
    interval: str | None,
    reach: Reach,
    accept_host: str | None,
    output: str,
) -> None:
    """Bring this clone and its server together: fetch, join both sides' changes, and with --push send own commits.

    Documents of the workspace are joined key by key, so two people who changed different keys never conflict. Everything is worked out
    before a file is touched: with a conflict nothing changes. What you have not committed stays, uncommitted.
    """
    clone = _clone(workspace)
    if show_status:
        found = standing(clone.repository)
        print(json_text(standing_record(found)) if output == "json" else standing_text(found))
        return
    settings = clone.settings
    options = SyncOptions(
        branch=branch,
        strategy=strategy or settings.get("strategy", "rebase"),
        push=settings.get("push", False) if push is None else push,
        check=check,
        resolve=_chosen(resolve),
        follow_rewritten=follow_rewritten,
        message=message,
    )
    server = _server(clone, reach, accept_host)
    with told_to_end():
        if watch:
            _for_ever(clone, server, options, read_duration(interval, "--interval") or settings.get("interval", DEFAULT_INTERVAL), output)
        done = _once(clone.repository, server, options)
    _show(done, output, check=check)
    if done.clashes:
        sys.exit(EXIT_FAILED)


def _clone(folder: Path | None) -> _Clone:
    start = folder or Path.cwd()
    try:
        workspace = load_workspace(start)
    except (DocumentError, UsageError) as error:
        tell(f"the workspace cannot be read, so its settings for Git are not used: {error.problems[0].message}")
        return _Clone(open_repository(start), None)
    return _Clone(open_repository(workspace.root), workspace)


def _server(clone: _Clone, reach: Reach, accept_host: str | None) -> Server:
    url = clone.repository.remote_url(REMOTE) or clone.settings.get("url")
    if not url:
        where = str(clone.repository.root)
        raise UsageError("this repository has no server", where=where, hint=f"Name one: git remote add {REMOTE} URL")
    address, password = read_address(url, below=clone.repository.root)
    if password is not None:
        tell(f"the password in the address of {REMOTE} is readable by others; keep it: roro git credentials add {address.origin}")
    return Server(address, reach_server(address, reach, password=password, accept_host=accept_host), REMOTE)


def _chosen(given: tuple[str, ...]) -> dict[str, Side]:
    found: dict[str, Side] = {}
    for text in given:
        name, _, side = text.rpartition("=")
        if not name or side not in ("ours", "theirs"):
            hint = "Write FILE=ours, FILE=theirs or FILE:PATH=theirs, as a conflict names them."
            raise UsageError(f'--resolve: found "{text}"', hint=hint)
        found[name] = "ours" if side == "ours" else "theirs"
    return found


def _once(repository: Repository, server: Server, options: SyncOptions) -> Synced:
    """One sync; how it ended is kept in the record. Raises RoroError."""
    try:
        with git_progress("sync") as listener:
            done = sync(repository, server, options, on_progress=listener)
    except RoroError as error:
        if not options.check:
            write_last(repository, error)
        raise
    if not options.check:
        write_last(repository, done)
    return done


def _show(done: Synced, output: str, *, check: bool) -> None:
    for note in done.notes:
        tell(note)
    print(json_text(synced_record(done, check=check)) if output == "json" else synced_text(done, check=check), flush=True)


def _for_ever(clone: _Clone, server: Server, options: SyncOptions, interval: float, output: str) -> NoReturn:
    """Sync again and again. What stays as it is, is said once."""
    chance, failures, told = Random(), 0, ""  # noqa: S311 - spreads requests, protects nothing
    while True:
        try:
            done = _once(open_repository(clone.repository.root), server, options)
            failures, now = 0, f"{done.state}: {', '.join(clash.name for clash in done.clashes)}"
            if done.changed or now != told:
                _show(done, output, check=options.check)
            told = now
        except RoroError as error:
            failures += 1
            if str(error) != told:
                print(f"{datetime.now().astimezone():%H:%M:%S} the sync failed, the last good commit stays in use", file=sys.stderr)
                show_problems(error.problems)
            told = str(error)
        time.sleep(pause(interval, failures, chance))
