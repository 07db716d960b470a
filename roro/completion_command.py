"""`roro completion SHELL`: prints the script that a shell evaluates."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from .examples import examples


@click.command(epilog=examples('eval "$(roro completion bash)"', "roro completion fish > ~/.config/fish/completions/roro.fish"))
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the tab completion script of a shell: commands, options, environments and instances."""
    from .cli import cli

    completer = get_completion_class(shell)
    if completer is None:
        raise click.UsageError(f"no completion for {shell}")
    print(completer(cli, {}, "roro", "_RORO_COMPLETE").source())
