"""`roro help` and `roro version`: what `--help` and `--version` say, for those who type a word."""

from __future__ import annotations

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._version import VERSION
from click.shell_completion import CompletionItem

from .arguments import output_option
from .compose_words import command_words
from .examples import did_you_mean, examples
from .json_output import json_text


def _complete(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from .cli import cli

    found: click.Command | None = cli
    for word in context.params.get("words") or ():
        found = found.get_command(context, word) if isinstance(found, click.Group) else None
    names = found.list_commands(context) if isinstance(found, click.Group) else []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


@click.command("help", epilog=examples("roro help up", "roro help cluster up"))
@click.argument("words", nargs=-1, metavar="[COMMAND]...", shell_complete=_complete)
def help_command(words: tuple[str, ...]) -> None:
    """Show the help of a command."""
    from .cli import cli

    context = click.Context(cli, info_name="roro", **cli.context_settings)
    command: click.Command = cli
    for word in words:
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            known = command.list_commands(context) if isinstance(command, click.Group) else []
            raise UsageError(f'there is no command "{" ".join(words)}"', hint=command_words(word) or did_you_mean(word, known) or None)
        command, context = found, click.Context(found, info_name=word, parent=context, **found.context_settings)
    print(command.get_help(context))


@click.command(epilog=examples("roro version", "roro version -o json"))
@output_option
def version(output: str) -> None:
    """Show the version of this command."""
    import platform

    print(json_text({"version": VERSION, "python": platform.python_version()}, line=True) if output == "json" else f"roro {VERSION}")
