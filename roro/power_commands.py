"""`roro stop`, `roro start` and `roro restart`: options only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from .arguments import cluster_options, environments_arguments, fleet_options, output_option, wait_lock_option, workspace_option
from .early_start import begin, finish
from .examples import examples

Command = TypeVar("Command", bound=Callable[..., Any])


def power_options(command: Command) -> Command:
    """The arguments and options that all three have."""
    command = output_option(command)
    command = click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")(command)
    command = wait_lock_option(command)
    command = click.option("--timeout", metavar="DURATION", help="How long to wait for each instance (default: the app's own, 5m).")(
        command
    )
    command = click.option("--wait/--no-wait", default=True, help="Wait until it is done (default).")(command)
    command = click.option("--check", is_flag=True, help="Only tell what would be done.")(command)
    return environments_arguments(workspace_option(fleet_options(cluster_options(command))))


@click.command(epilog=examples("roro stop dev", "roro stop dev api", "roro stop dev --check", "roro stop 'review-*'"))
@power_options
def stop(names: tuple[str, ...], workspace: Path | None, **options: Any) -> None:
    """Stop instances: workloads to zero replicas, CronJobs suspended, dependants first.

    Everything else stays, and how many replicas there were is remembered: `start` brings back what was, `up` what the documents say.
    DaemonSets, Jobs and bare Pods cannot be stopped.
    """
    _turn("stop", names, workspace, options)


@click.command(epilog=examples("roro start dev", "roro start dev api"))
@power_options
def start(names: tuple[str, ...], workspace: Path | None, **options: Any) -> None:
    """Start what was stopped, as it was then, and wait until it is healthy."""
    _turn("start", names, workspace, options)


@click.command(epilog=examples("roro restart dev", "roro restart dev api web", "roro restart --all api --serial 1"))
@power_options
def restart(names: tuple[str, ...], workspace: Path | None, **options: Any) -> None:
    """Give instances new pods by a rollout, in order of dependency, and wait until they are healthy.

    The next `up` has nothing to change because of it.
    """
    _turn("restart", names, workspace, options)


def _turn(verb: str, names: tuple[str, ...], workspace: Path | None, options: dict[str, Any]) -> None:
    job = begin(verb, names, workspace, options)
    job.values["wait"] = options["wait"]
    finish(job)
