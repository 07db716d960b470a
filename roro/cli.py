"""The command's front door: finds the subcommand, loads only that one, and turns errors into exit codes."""

from __future__ import annotations

import gc
import importlib
import os
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._log import tell
from ansible_collections.roro.kube.plugins.module_utils._version import VERSION

from . import notes
from .compose_words import command_words, option_words
from .errors import leave, run_and_exit
from .examples import did_you_mean
from .shell_variables import misspelt_variables

COMMANDS = {
    "init": ("roro.init_command", "init", "Make a small workspace that runs."),
    "import": ("roro.import_command", "import_command", "Make a workspace out of a Compose project, a chart or manifests."),
    "clone": ("roro.clone_command", "clone_command", "Get a workspace from a Git server."),
    "sync": ("roro.sync_command", "sync_command", "Bring a workspace and its Git server together."),
    "build": ("roro.build_command", "build_command", "Build the images of apps, and bring them to the cluster."),
    "up": ("roro.lifecycle_commands", "up", "Bring an environment up and wait until it is healthy."),
    "down": ("roro.lifecycle_commands", "down", "Remove an environment's instances from the cluster."),
    "stop": ("roro.power_commands", "stop", "Stop instances; what they had is remembered."),
    "start": ("roro.power_commands", "start", "Start what was stopped."),
    "restart": ("roro.power_commands", "restart", "Give instances new pods."),
    "ps": ("roro.ps_command", "ps", "Show instances, status, reason, age and revision."),
    "ls": ("roro.ls_command", "ls", "Show what is deployed on a cluster, and by whom."),
    "history": ("roro.history_command", "history", "Show the revisions of instances."),
    "rollback": ("roro.lifecycle_commands", "rollback", "Bring an instance back to an earlier revision."),
    "diff": ("roro.diff_command", "diff", "Show what `up` would change."),
    "reconcile": ("roro.reconcile_command", "reconcile_command", "Compare with the documents, once or for ever, and bring together."),
    "approve": ("roro.approve_command", "approve_command", "Carry out what reconciling has proposed."),
    "logs": ("roro.logs_command", "logs", "Show what containers wrote, and what they write."),
    "exec": ("roro.exec_command", "exec_command", "Run a command, or a shell, in a container of an instance."),
    "run": ("roro.run_command", "run", "Run a command in a pod of its own, like those of an instance."),
    "cp": ("roro.cp_command", "cp", "Copy files and folders into a container of an instance, or out of it."),
    "top": ("roro.top_command", "top", "Show what instances use: processors and memory."),
    "events": ("roro.events_command", "events", "Show what the cluster says of instances."),
    "forward": ("roro.forward_command", "forward", "Open local ports to what runs in the cluster, and keep them open."),
    "open": ("roro.open_command", "open_command", "Show an instance in the browser, through its forward."),
    "config": ("roro.config_command", "config", "Show resolved documents, variables and rendered manifests."),
    "cluster": ("roro.cluster_commands", "cluster", "Make, show and remove local clusters."),
    "registry": ("roro.registry_commands", "registry", "A registry on this machine that local clusters pull from."),
    "git": ("roro.git_commands", "git", "Log in at Git servers, and keep credentials for them."),
    "doctor": ("roro.doctor_command", "doctor", "Find what is missing or wrong here, and the command that mends it."),
    "help": ("roro.help_command", "help_command", "Show the help of a command."),
    "version": ("roro.help_command", "version", "Show the version of this command."),
    "completion": ("roro.completion_command", "completion", "Print the tab completion script of a shell."),
}
"""Command -> module, attribute, one line of help. Modules are imported only when their command runs: start-up time is felt."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order of a first session."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module; None when there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a command that was mistyped, or is another tool's, is told which was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            word = args[0] if args and args[0] not in COMMANDS else ""
            meant = command_words(word)
            offer = meant or did_you_mean(word, COMMANDS)
            if not offer or ("Did you mean" in error.message and not meant):
                raise
            said = error.message.partition(" Did you mean")[0] if meant else error.message
            raise click.UsageError(f"{said} {offer}", ctx) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; see `invoke`."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise in_our_words(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """As click does; an option that is another tool's is told what is meant here."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            raise in_our_words(error) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


def in_our_words(error: click.NoSuchOption) -> click.UsageError:
    """The error with what is meant here, where the option is one that people bring along."""
    context = error.ctx
    command = context.info_name if context is not None and context.parent is not None else ""
    words = option_words(command or "", error.option_name)
    return error if words is None else click.UsageError(f"No such option: {error.option_name}. {words}", context)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "-w", "--workspace", type=click.Path(path_type=Path), envvar="RORO_WORKSPACE", help="The workspace's folder, or one below it."
)
@click.version_option(VERSION, prog_name="roro")
@click.pass_context
def cli(context: click.Context, workspace: Path | None) -> None:
    """Docker Compose for Kubernetes.

    \b
    roro init shop && cd shop      a small workspace
    roro cluster up                a real Kubernetes on this machine
    roro up dev                    apply, wait until healthy
    roro ps dev                    how it is
    roro down dev                  remove it
    """
    tell("info", "roro", "command", name=context.invoked_subcommand, version=VERSION)
    for note in misspelt_variables(os.environ):
        notes.tell(note)


def main() -> None:
    """Entry point of the `roro` command."""
    gc.set_threshold(50_000, 20, 20)  # it loads much and lives short: looking for garbage meanwhile was a twentieth of its time

    def job() -> None:
        try:
            code = cli.main(prog_name="roro", standalone_mode=False)
        except click.exceptions.Abort:
            raise KeyboardInterrupt from None
        except click.ClickException as error:
            error.show()
            raise SystemExit(error.exit_code) from None
        raise SystemExit(code if isinstance(code, int) else 0)

    try:
        run_and_exit(job)
    except SystemExit as left:
        leave(left)
