"""`roro up`, `roro down` and `roro rollback`: options only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .arguments import (
    cluster_options,
    environments_arguments,
    fleet_options,
    later,
    output_option,
    target_arguments,
    variable_options,
    wait_lock_option,
    workspace_option,
)
from .compose_words import VOLUMES_STAY
from .early_start import begin, finish
from .examples import examples


@click.command(
    epilog=examples(
        "roro up dev",
        "roro up dev api web",
        "roro up dev --check --diff",
        "roro up prod --var image=shop/api:2",
        "roro up dev --build",
        "roro up dev staging",
        "roro up --all --check",
        "roro up 'prod-*' --serial 1,25%,100%",
    )
)
@environments_arguments
@workspace_option
@fleet_options
@cluster_options
@variable_options
@click.option("--check", is_flag=True, help="Only tell what would be done: the server's dry run over the same plan.")
@click.option("--diff", is_flag=True, help="Show what changes in each object; Secret values are never shown.")
@click.option("--wait/--no-wait", default=True, help="Wait until everything is healthy (default).")
@click.option("--timeout", metavar="DURATION", help="How long to wait for each instance, such as 90s or 5m (default: the app's own, 5m).")
@click.option("--prune/--no-prune", default=True, help="Delete what left the workspace (default).")
@wait_lock_option
@click.option("--hooks/--no-hooks", default=True, help="Run the hooks among the manifests (default).")
@click.option("--allow-empty", is_flag=True, help="Accept that an instance renders nothing: everything it owns is deleted.")
@click.option("--force-conflicts", is_flag=True, help="Take over fields that another manager owns.")
@click.option("--adopt", is_flag=True, help="Take over objects of other owners, and instances of another workspace of the same name.")
@click.option(
    "--forward/--no-forward",
    default=None,
    help="Open the documents' forwards and keep health checks going (default; of several environments only when asked for).",
)
@click.option("--build", is_flag=True, help="Build the images of apps first, see `roro build`; what did not change costs nothing.")
@click.option("--watch", is_flag=True, help="Go on: what is saved is applied, for the instances that it concerns, until Ctrl-C.")
@click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")
@output_option
def up(names: tuple[str, ...], workspace: Path | None, variables: tuple[str, ...], profiles: tuple[str, ...], **options: Any) -> None:
    """Bring an environment up and wait until it is healthy.

    ENV may be left out where the workspace has one environment or a defaultEnvironment, or with RORO_ENVIRONMENT. With INSTANCE names
    only those and what they depend on are touched, and nothing is pruned. A second run changes nothing.

    With --watch, what has a mistake when it is saved is told with its place, and nothing is applied until it is mended.

    Several environments, such as `dev staging`, 'prod-*' or --all, are brought up at once; one that fails or cannot be reached holds up
    no other.
    """
    build = options.pop("build")
    if options.pop("watch"):
        if build:
            raise UsageError("--build and --watch do not go together", hint="Build first: roro build; then roro up --watch.")
        from .up_watch import watch_up

        watch_up(names, workspace, variables, profiles, options)
        return
    job = begin("up", names, workspace, options)
    from .targets import read_variables

    given = read_variables(variables)
    if given:
        from .requests import refuse_unread

        refuse_unread(job.workspace, job.target, given, profiles)
    if build and not options["check"]:
        from .build_first import build_first

        build_first(job, given, profiles, options)
    job.values.update(
        variables=given,
        profiles=list(profiles),
        allow_environment=list(options["allow_environment"]),
        wait=options["wait"],
        prune=options["prune"],
        allow_empty=options["allow_empty"],
        force_conflicts=options["force_conflicts"],
        adopt=options["adopt"],
        hooks=options["hooks"],
    )
    finish(job, forward=not job.target.several if options["forward"] is None else options["forward"])


def _refuse_v(_context: click.Context, _parameter: click.Parameter, given: bool) -> None:
    """In Compose it deletes the volumes, in other commands here it tells more: here it is neither, silently or not."""
    if given:
        raise UsageError("-v is not an option of down", hint=VOLUMES_STAY)


@click.command(epilog=examples("roro down dev", "roro down dev api-blue", "roro down dev --volumes", "roro down 'review-*'"))
@environments_arguments
@workspace_option
@fleet_options
@cluster_options
@click.option("--check", is_flag=True, help="Only tell what would be deleted.")
@click.option("--hooks/--no-hooks", default=True, help="Run the hooks among the manifests (default).")
@click.option("--volumes", is_flag=True, help="Also delete PersistentVolumeClaims and with them the data.")
@click.option("--adopt", is_flag=True, help="Also remove instances that another workspace of the same name deployed.")
@click.option("--timeout", metavar="DURATION", help="How long to wait until everything is gone (default: 5m).")
@wait_lock_option
@click.option("--verbose", is_flag=True, help="Tell about every object.")
@click.option("-v", is_flag=True, hidden=True, expose_value=False, is_eager=True, callback=_refuse_v)
@output_option
def down(names: tuple[str, ...], workspace: Path | None, volumes: bool, **options: Any) -> None:
    """Remove an environment's instances, in reverse order, and wait until they are gone.

    PersistentVolumeClaims stay unless --volumes is given, and so does their namespace.
    """
    job = begin("down", names, workspace, options)
    job.values.update(volumes=volumes, adopt=options["adopt"], hooks=options["hooks"])
    finish(job)


@click.command(epilog=examples("roro rollback dev api", "roro rollback dev api --to 3", "roro rollback dev api --check --diff"))
@target_arguments
@workspace_option
@cluster_options
@click.option(
    "--to",
    type=click.IntRange(min=1),
    metavar="N",
    help="The revision, as `roro history` numbers them (default: see above).",
    shell_complete=later("complete_revisions"),
)
@click.option("--check", is_flag=True, help="Only tell what would be done.")
@click.option("--diff", is_flag=True, help="Show what changes in each object; Secret values are never shown.")
@click.option("--wait/--no-wait", default=True, help="Wait until everything is healthy (default).")
@click.option("--timeout", metavar="DURATION", help="How long to wait for each instance (default: the app's own, 5m).")
@wait_lock_option
@click.option("--hooks/--no-hooks", default=True, help="Run the hooks among the manifests (default).")
@click.option("--force-conflicts", is_flag=True, help="Take over fields that another manager owns.")
@click.option("-v", "--verbose", is_flag=True, help="Tell about every object.")
@output_option
def rollback(names: tuple[str, ...], workspace: Path | None, to: int | None, **options: Any) -> None:
    """Bring instances back to an earlier revision: its manifests again, without what later ones added.

    Without --to it is the newest healthy revision before the present. The result is a new revision; the next `up` applies what the
    documents say again.
    """
    job = begin("rollback", names, workspace, options)
    if job.target.several:
        raise UsageError("rollback is for one environment at a time", hint=f"Name one of: {', '.join(job.target.several)}.")
    if not job.target.instances:
        raise UsageError("which instance is to be rolled back?", hint="For example: roro rollback dev api; `roro ps` lists them.")
    if to is not None and len(job.target.instances) > 1:
        raise UsageError("a revision belongs to one instance, but several are named", hint="Roll them back one by one.")
    job.values.update(to=to, wait=options["wait"], force_conflicts=options["force_conflicts"], hooks=options["hooks"])
    finish(job)
