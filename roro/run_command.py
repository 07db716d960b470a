"""`roro run`: a command in a pod of its own, beside an instance."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .arguments import cluster_options, target_arguments, workspace_option
from .examples import examples
from .words_after import WithCommand, split_words

_START_SECONDS = 300.0


@click.command(
    cls=WithCommand,
    epilog=examples(
        "roro run dev api -- ./manage.py migrate",
        "roro run dev api -- sh",
        "roro run dev db -e PGUSER=shop -- psql -c 'select 1'",
        "roro run dev api --keep -- ./report",
    ),
)
@target_arguments
@click.option("-c", "--container", default="", metavar="NAME", help="The container that it is like (default: the pods' usual one).")
@click.option("--of", "workload", default="", metavar="[KIND/]NAME", help="The workload that it is like, where there are several.")
@click.option("-e", "--env", "environment", multiple=True, metavar="NAME=VALUE", help="A variable for the command; may be repeated.")
@click.option("-t/-T", "--tty/--no-tty", default=None, help="With or without a terminal (default: with one where this is one).")
@click.option("-i", "--interactive/--no-interactive", default=None, help="Whether the command gets this stdin (default: yes).")
@click.option("--rm/--keep", "remove", default=True, help="Remove the pod afterwards (default), or keep it.")
@click.option("--timeout", metavar="DURATION", help="How long its start may take (default: 5m).")
@workspace_option
@cluster_options
def run(
    names: tuple[str, ...],
    container: str,
    workload: str,
    environment: tuple[str, ...],
    tty: bool | None,
    interactive: bool | None,
    remove: bool,
    timeout: str | None,
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
) -> None:
    """Run a command in a pod of its own that is like those of an instance, and end with its exit code.

    The pod has the image, environment, volumes, service account and init containers of the instance's workload as it is on the
    cluster; the command takes the place of the image's own. No Service leads to it. It is removed afterwards; what a run that was killed
    left behind goes with `roro down`.
    """
    from ansible_collections.roro.kube.plugins.module_utils._exec.one_off import OneOff
    from ansible_collections.roro.kube.plugins.module_utils._model import read_duration
    from ansible_collections.roro.kube.plugins.module_utils._workflow import deployed, make_one_off

    from .attaching import attach, show_log
    from .notes import tell
    from .requests import build_request
    from .running import Asked

    click_context = click.get_current_context()
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    instance, command = split_words(click_context, request.instances, "run")
    asked = Asked.of(tty, interactive)
    wanted = OneOff(command, _variables(environment), container, asked.stdin, asked.tty)
    seconds = read_duration(timeout, "--timeout") or _START_SECONDS
    with deployed(replace(request, instances=(instance,)), tell) as there:
        pod = make_one_off(there, wanted, workload)
        try:
            pod.wait_started(seconds)
            if asked.stdin or asked.tty:
                attach(pod, stdin=asked.stdin, tty=asked.tty)
            else:
                show_log(pod)
            code = pod.wait_ended()
        finally:
            if remove:
                pod.remove()
    if not remove:
        tell(f"pod {pod.place.namespace}/{pod.name} is kept; it goes with `roro down`")
    click_context.exit(code)


def _variables(pairs: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """`NAME=VALUE`, or `NAME` for what it is here. Raises UsageError."""
    found = []
    for pair in pairs:
        name, separator, value = pair.partition("=")
        if not name or (not separator and name not in os.environ):
            raise UsageError(f"-e {pair!r} is not NAME=VALUE, and there is no variable {pair} here", hint="For example -e LOG_LEVEL=debug.")
        found.append((name, value if separator else os.environ[name]))
    return tuple(found)
