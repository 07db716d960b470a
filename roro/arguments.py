"""Options and arguments that several commands share, and their completion. Imports little: every command starts with it."""

from __future__ import annotations

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
    if not typed and workspace.implied_environment is None:
        names = sorted(workspace.environments)
    else:
        names = sorted({*_instances_of(workspace, typed), *seen_instances(context), *(() if typed else workspace.environments)})
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def later(name: str) -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """A completion of its module, which is imported only when a shell asks."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from . import completions

        found: list[CompletionItem] = getattr(completions, name)(context, parameter, incomplete)
        return found

    return complete
