"""`roro exec`: a command, or a shell, in a container of an instance."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .arguments import cluster_options, target_arguments, workspace_option
from .examples import examples
from .words_after import WithCommand, split_words

SHELL = ("sh", "-c", 'export TERM="${TERM:-$0}"; command -v bash >/dev/null 2>&1 && exec bash; exec sh')
"""bash where there is one. The terminal's kind is this one's, unless the container says otherwise."""


@click.command(
    "exec",
    cls=WithCommand,
    epilog=examples(
        "roro exec dev api",
        "roro exec dev api -- ls -l /data",
        "roro exec dev db -c postgres -- psql -U shop",
        "roro exec dev db -- sh -c 'psql shop' < dump.sql",
        "roro exec dev api --pod api-5d9c7b-x2x4z -- env",
    ),
)
@target_arguments
@click.option("-c", "--container", default="", metavar="NAME", help="The container (default: the pod's usual one).")
@click.option("--pod", default="", metavar="NAME", help="The pod, or the workload it is of (default: a Ready one).")
@click.option("-t/-T", "--tty/--no-tty", default=None, help="With or without a terminal (default: with one where this is one).")
@click.option("-i", "--interactive/--no-interactive", default=None, help="Whether the command gets this stdin (default: yes).")
@workspace_option
@cluster_options
def exec_command(
    names: tuple[str, ...],
    container: str,
    pod: str,
    tty: bool | None,
    interactive: bool | None,
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
) -> None:
    """Run a command in a container of an instance, and end with its exit code.

    COMMAND comes after `--`, or after the names when all options come before them. Without one it is a shell. Ctrl-C, the window's size
    and the end of a pipe reach the command. It ends with 127 where the container has no such command.
    """
    from ansible_collections.roro.kube.plugins.module_utils._workflow import deployed

    from .notes import tell
    from .requests import build_request
    from .running import Asked, exit_code, run_there

    click_context = click.get_current_context()
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    instance, command = split_words(click_context, request.instances, "exec")
    asked = Asked.of(tty, interactive)
    if not command and not asked.tty:
        raise UsageError("which command?", hint=f"Without a terminal there is no shell: roro exec {instance} -- COMMAND.")
    with deployed(replace(request, instances=(instance,)), tell) as there:
        place = there.place(container, pod)
        if place.others and os.isatty(2):
            tell(f"pod {place.pod}, one of {len(place.others) + 1}; --pod names another")
        wanted = asked.wanted(place, command or (*SHELL, os.environ.get("TERM") or "xterm"))
        ending = run_there(there.cluster, wanted)
    click_context.exit(exit_code(ending, place, command))
