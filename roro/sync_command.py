"""`roro sync`: a workspace's clone and the branch of its server, once or for as long as it runs."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, NoReturn

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError
from ansible_collections.roro.kube.plugins.module_utils._git import Reach, Repository, open_repository, reach_server
from ansible_collections.roro.kube.plugins.module_utils._model import read_duration
from ansible_collections.roro.kube.plugins.module_utils._sync import (
    REMOTE,
    STRATEGIES,
    BackgroundSync,
    Server,
    Synced,
    SyncOptions,
    WorkspaceClone,
    known_syncs,
    open_clone,
    pause,
    read_choices,
    sync_and_record,
    synced_record,
    synced_text,
)

from .arguments import later, output_option, workspace_option
from .errors import EXIT_FAILED, show_problems
from .examples import examples
from .git_options import reach_options
from .git_progress import git_progress
from .interrupts import told_to_end
from .json_output import json_text
from .notes import tell
from .sync_background import begin_in_background, refuse_together, show_standing, show_syncs, stop_all, stop_one
from .targets import the_workspace


@click.command(
    "sync",
    epilog=examples(
        "roro sync",
        "roro sync --check",
        'roro sync --message "Two replicas" --push',
        "roro sync --resolve 'environments/dev/environment.json:$.variables.replicas=theirs'",
        "roro sync --watch --interval 30s",
        "roro sync --watch --background",
        "roro sync --stop",
    ),
)
@workspace_option
@click.option("--check", is_flag=True, help="Fetch, and say what would be done; change no file, commit or branch.")
@click.option("--status", "show_status", is_flag=True, help="Only say how this clone stands and how the last sync ended; ask no server.")
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
@click.option("--background", is_flag=True, help="With --watch: go on after this command, in the daemon that keeps forwards open too.")
@click.option("--stop", is_flag=True, help="End what --background began for this clone.")
@click.option("--all", "everything", is_flag=True, help="With --status and --stop: all clones that are synced in the background.")
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
    background: bool,
    stop: bool,
    everything: bool,
    interval: str | None,
    reach: Reach,
    accept_host: str | None,
    output: str,
) -> None:
    """Bring this clone and its server together: fetch, join both sides' changes, and with --push send own commits.

    Documents of the workspace are joined key by key, so two people who changed different keys never conflict. Everything is worked out
    before a file is touched: with a conflict nothing changes. What you have not committed stays, uncommitted.
    """
    refuse_together(
        {
            "--background": background,
            "--watch": watch,
            "--status": show_status,
            "--stop": stop,
            "--all": everything,
            "--check": check,
            "--resolve": bool(resolve),
        }
    )
    if everything:
        show_syncs(stop_all() if stop else known_syncs(), output)
        return
    clone = _clone(workspace)
    if stop:
        stop_one(clone)
        return
    if show_status:
        show_standing(clone, output)
        return
    options = clone.options(
        branch=branch,
        strategy=strategy,
        push=push,
        check=check,
        resolve=read_choices(resolve),
        follow_rewritten=follow_rewritten,
        message=message,
    )
    seconds = read_duration(interval, "--interval")
    if background:
        clone.address_without_password()
        _server(clone, reach, accept_host)  # how it is reached is remembered for the daemon
        asked = BackgroundSync(str(clone.repository.root), seconds, strategy, push, branch, follow_rewritten, message)
        begin_in_background(asked, output)
        return
    server = _server(clone, reach, accept_host)
    with told_to_end():
        if watch:
            _for_ever(clone, server, options, seconds or clone.interval, output)
        done = _once(clone.repository, server, options)
    _show(done, output, check=check)
    if done.clashes:
        sys.exit(EXIT_FAILED)


def _clone(folder: Path | None) -> WorkspaceClone:
    clone = open_clone(the_workspace(folder))
    if clone.trouble:
        tell(clone.trouble)
    return clone


def _server(clone: WorkspaceClone, reach: Reach, accept_host: str | None) -> Server:
    address, password = clone.server_address()
    if password is not None:
        tell(f"the password in the address of {REMOTE} is readable by others; keep it: roro git credentials add {address.origin}")
    return Server(address, reach_server(address, reach, password=password, accept_host=accept_host), REMOTE)


def _once(repository: Repository, server: Server, options: SyncOptions) -> Synced:
    with git_progress("sync") as listener:
        return sync_and_record(repository, server, options, on_progress=listener)


def _show(done: Synced, output: str, *, check: bool) -> None:
    for note in done.notes:
        tell(note)
    print(json_text(synced_record(done, check=check)) if output == "json" else synced_text(done, check=check), flush=True)


def _for_ever(clone: WorkspaceClone, server: Server, options: SyncOptions, interval: float, output: str) -> NoReturn:
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
