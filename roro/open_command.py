"""`roro open`: an instance's forward in the browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._forward import ForwardStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import open_forwards

from .arguments import cluster_options, target_arguments, workspace_option
from .examples import examples
from .requests import build_request


@click.command("open", epilog=examples("roro open dev web", "roro open dev api --name admin", "roro open dev web --print"))
@target_arguments
@click.option("--name", help="The forward, where the instance has several.")
@click.option("--print", "only_print", is_flag=True, help="Print the address instead of starting a browser.")
@workspace_option
@cluster_options
def open_command(
    names: tuple[str, ...], name: str | None, only_print: bool, workspace: Path | None, context: str | None, kubeconfig: Path | None
) -> None:
    """Show an instance in the browser, through its forward, which is opened where it is not.

    Without a screen the address is printed.
    """
    request = build_request(workspace, names, context=context, kubeconfig=kubeconfig)
    chosen = choose_forward(open_forwards(request).forwards, name)
    if chosen.state != "Active":
        raise ReleaseError(chosen.message or "it is not open yet", where=f"forward {chosen.origin}", hint="`roro ps` tells more.")
    print(chosen.url)
    if not only_print and has_screen():
        click.launch(chosen.url)


def choose_forward(forwards: tuple[ForwardStatus, ...], name: str | None) -> ForwardStatus:
    """The one that is meant: by name, else the one that says what to open, else the only one. Raises UsageError."""
    if name:
        forwards = tuple(status for status in forwards if status.origin.name == name)
    else:
        forwards = tuple(status for status in forwards if status.open) or forwards
    if not forwards:
        raise UsageError("there is no such forward", hint='Add one under "forwards" in app.json (docs/documents.md).')
    if len(forwards) > 1:
        listed = ", ".join(str(status.origin) for status in forwards)
        raise UsageError(f"which one? {listed}", hint="Name the instance, and the forward with --name.")
    return forwards[0]


def has_screen() -> bool:
    """Whether there is a browser to start."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
