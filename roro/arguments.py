"""Options and arguments that several commands share, and their completion. Imports little: every command starts with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    from ansible_collections.roro.kube.plugins.module_utils._model import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])


def workspace_option(command: Command) -> Command:
    """`-w DIR`, also accepted before the command's name."""
    return click.option(
        "-w",
        "--workspace",
        type=click.Path(path_type=Path),
        envvar="RORO_WORKSPACE",
        help="The workspace's folder, or one below it (default: here).",
    )(command)


def output_option(command: Command) -> Command:
    """`--output text|json`."""
    return click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text", help="json prints one document on stdout.")(
        command
    )


def cluster_options(command: Command) -> Command:
    """`--context` and `--kubeconfig`; everything else comes from K8S_AUTH_* (docs/connections.md)."""
    command = click.option("--kubeconfig", type=click.Path(path_type=Path), help="Kubeconfig file of the cluster.")(command)
    words = "Context in the kubeconfig; a local cluster NAME is roro-NAME."
    return click.option("--context", help=words, shell_complete=later("complete_contexts"))(command)


def variable_options(command: Command) -> Command:
    """`--var`, `--profile` and `--allow-env`."""
    words = "A credential in the system environment, such as GITHUB_TOKEN, that the workspace may read; may be repeated."
    command = click.option("--allow-env", "allow_environment", multiple=True, metavar="NAME", help=words)(command)
    profiles = "Also the apps of this profile; may be repeated."
    command = click.option("--profile", "profiles", multiple=True, help=profiles, shell_complete=later("complete_profiles"))(command)
    return click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="The strongest variable layer; may be repeated.")(
        command
    )


def wait_lock_option(command: Command) -> Command:
    """`--wait-lock DURATION`."""
    words = "How long to wait for another run on the same instance, such as 5m (default: refuse at once)."
    return click.option("--wait-lock", metavar="DURATION", help=words)(command)


def several_options(command: Command) -> Command:
    """`--all` and `--env`: several environments."""
    words = "An environment, or a pattern such as 'prod-*'; may be repeated. All names are instances then."
    command = click.option("--env", "named", multiple=True, metavar="ENV", help=words, shell_complete=later("complete_environments"))(
        command
    )
    return click.option("--all", "every", is_flag=True, help="Every environment of the workspace.")(command)


def fleet_options(command: Command) -> Command:
    """`--all`, `--env`, and how several environments are worked on: `--serial` and `--forks`."""
    words = "Environments at once (default: 5)."
    command = click.option("--forks", type=click.IntRange(min=1), metavar="N", help=words)(command)
    words = "Environments one batch after the other, such as 1 or 1,25%,100%; the first batch with a failure is the last."
    command = click.option("--serial", metavar="BATCHES", callback=_batches, help=words)(command)
    return several_options(command)


def _batches(_context: click.Context, _parameter: click.Parameter, given: str | None) -> str | None:
    """The sizes of the batches as Ansible's `serial` has them. Raises BadParameter."""
    if given is not None and not re.fullmatch(r"[1-9]\d*%?(,[1-9]\d*%?)*", given):
        raise click.BadParameter(f"{given} is not a list of numbers and percentages, such as 1,25%,100%")
    return given


def environments_arguments(command: Command) -> Command:
    """`[ENV]... [INSTANCE]...` with completion, of commands that take several environments."""
    return click.argument("names", nargs=-1, metavar="[ENV]... [INSTANCE]...", shell_complete=complete_names)(command)


def target_arguments(command: Command) -> Command:
    """`[ENV] [INSTANCE]...` with completion."""
    return click.argument("names", nargs=-1, metavar="[ENV] [INSTANCE]...", shell_complete=complete_names)(command)


def _instances_of(workspace: Workspace, typed: tuple[str, ...]) -> set[str]:
    """Instances of the environment that was typed, else of all. An environment that lists none has one of each app."""
    environment = workspace.environments.get(typed[0] if typed else workspace.implied_environment or "")
    lists = [each.entries for each in ([environment] if environment else workspace.environments.values())]
    named = {f"{entry.app}-{entry.suffix}" if entry.suffix else entry.app for entries in lists for entry in entries or ()}
    return {*named, *workspace.apps} if None in lists or not lists else named


def complete_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Environments first, then the instances of the one that was typed, also those that only its cluster had when last seen."""
    from .completions import seen_instances, workspace_of

    workspace = workspace_of(context)
    if workspace is None:
        return []
    typed: tuple[str, ...] = context.params.get("names") or ()
    others = _more_environments(context, workspace, typed)
    if not typed and workspace.implied_environment is None and not context.params.get("every"):
        names = sorted(workspace.environments)
    else:
        names = sorted({*_instances_of(workspace, typed), *seen_instances(context), *others})
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _more_environments(context: click.Context, workspace: Workspace, typed: tuple[str, ...]) -> set[str]:
    """Environments that may come next: any at first; for a command that takes several, the others for as long as no instance was typed."""
    several = "every" in context.params
    if context.params.get("every") or context.params.get("named") or (typed and not several):
        return set()
    return set(workspace.environments) - set(typed) if all(name in workspace.environments for name in typed) else set()


def later(name: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A completion of its module, which is imported only when a shell asks."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from . import completions

        found: list[CompletionItem] = getattr(completions, name)(context, parameter, incomplete)
        return found

    return complete
