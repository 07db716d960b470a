"""`roro up` and `roro down`: options only."""

from __future__ import annotations

from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace
from ansible_collections.roro.kube.plugins.module_utils._release.types import Options

from .arguments import (
    build_request,
    cluster_options,
    output_option,
    read_duration,
    read_target,
    target_arguments,
    the_workspace,
    variable_options,
    workspace_option,
)
from .lifecycle import Lifecycle, run_lifecycle


@click.command(
    epilog="Examples:  roro up dev   |   roro up dev api web   |   roro up dev --check --diff   |   roro up prod --var image=shop/api:2"
)
@target_arguments
@workspace_option
@cluster_options
@variable_options
@click.option("--check", is_flag=True, help="Only tell what would be done: the server's dry run over the same plan.")
@click.option("--diff", is_flag=True, help="Show what changes in each object; Secret values are never shown.")
@click.option("--wait/--no-wait", default=True, help="Wait until everything is healthy (default).")
@click.option("--timeout", metavar="DURATION", help="How long to wait for each instance, such as 90s or 5m (default: the app's own, 5m).")
@click.option("--prune/--no-prune", default=True, help="Delete what left the workspace (default).")
@click.option("--allow-empty", is_flag=True, help="Accept that an instance renders nothing: everything it owns is deleted.")
@click.option("--force-conflicts", is_flag=True, help="Take over fields that another manager owns.")
@click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")
@output_option
def up(
    names: tuple[str, ...],
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    variables: tuple[str, ...],
    profiles: tuple[str, ...],
    check: bool,
    diff: bool,
    wait: bool,
    timeout: str | None,
    prune: bool,
    allow_empty: bool,
    force_conflicts: bool,
    verbose: bool,
    output: str,
) -> None:
    """Bring an environment up and wait until it is healthy.

    ENV may be left out where the workspace has one environment, or with RORO_ENVIRONMENT. With INSTANCE names only those and what
    they depend on are touched, and nothing is pruned. A second run changes nothing.
    """
    folder = the_workspace(workspace)
    target = read_target(load_workspace(folder), names)
    options = Options(
        check=check,
        diff=diff,
        wait=wait,
        timeout=read_duration(timeout),
        prune=prune,
        allow_empty=allow_empty,
        force_conflicts=force_conflicts,
    )
    request = build_request(folder, target, context=context, kubeconfig=kubeconfig, variables=variables, profiles=profiles, options=options)
    run_lifecycle(Lifecycle("up", request, output, verbose))


@click.command(epilog="Examples:  roro down dev   |   roro down dev api-blue   |   roro down dev --volumes")
@target_arguments
@workspace_option
@cluster_options
@click.option("--check", is_flag=True, help="Only tell what would be deleted.")
@click.option("--volumes", is_flag=True, help="Also delete PersistentVolumeClaims and with them the data.")
@click.option("--timeout", metavar="DURATION", help="How long to wait until everything is gone (default: 5m).")
@click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")
@output_option
def down(
    names: tuple[str, ...],
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    check: bool,
    volumes: bool,
    timeout: str | None,
    verbose: bool,
    output: str,
) -> None:
    """Remove an environment's instances, in reverse order, and wait until they are gone.

    PersistentVolumeClaims stay unless --volumes is given, and so does their namespace.
    """
    folder = the_workspace(workspace)
    target = read_target(load_workspace(folder), names)
    options = Options(check=check, volumes=volumes, timeout=read_duration(timeout))
    request = build_request(folder, target, context=context, kubeconfig=kubeconfig, options=options)
    run_lifecycle(Lifecycle("down", request, output, verbose))
