"""`roro cluster`: a real Kubernetes on this machine, straight through the engine's room for it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .arguments import output_option
from .examples import examples
from .forwarding import forget_forwards

PIPE_WIDTH = 250
"""Characters a line where nobody looks at a terminal: enough for a table that is read by a program or from a log."""

name_option = click.option("--name", default="roro", show_default=True, help="Name of the cluster; several can run at once.")


@click.group()
def cluster() -> None:
    """Make, show and remove local clusters.

    Uses kind, k3d or minikube where they and a container engine are present, else Kubernetes itself as processes of this machine
    (Linux, root). A cluster has a kubeconfig of its own; yours is only touched with --merge-kubeconfig.
    """


@cluster.command(epilog=examples("roro cluster up", "roro cluster up --name scale --simulated 100 --only-simulated"))
@name_option
@click.option("--provider", type=click.Choice(["auto", *local.PROVIDERS]), default="auto", show_default=True, help="How to run it.")
@click.option("--simulated", type=click.IntRange(min=0), default=0, metavar="N", help="N nodes whose pods only seem to run (kwok).")
@click.option("--only-simulated", is_flag=True, help="No real node: needs neither root nor containers.")
@click.option("--kubernetes-version", metavar="vX.Y.Z", help="Another version than the provider's own choice.")
@click.option("--audit", is_flag=True, help="Let the API server log every request (native only).")
@click.option("--merge-kubeconfig", is_flag=True, help="Add the context to your own kubeconfig as well.")
@output_option
def up(
    name: str,
    provider: str,
    simulated: int,
    only_simulated: bool,
    kubernetes_version: str | None,
    audit: bool,
    merge_kubeconfig: bool,
    output: str,
) -> None:
    """Make a cluster, or repair one; nothing is done to a healthy one."""
    spec = local.LocalClusterSpec(
        name=name,
        provider=provider,
        simulated_nodes=simulated,
        only_simulated=only_simulated,
        merge_kubeconfig=merge_kubeconfig,
        kubernetes_version=kubernetes_version,
        audit=audit,
    )
    with progress_lines() as progress:
        made = local.up(spec, progress)
    if output == "json":
        print(json.dumps(made.as_record(), indent=2))
        return
    state = "is up" if made.changed else "was up already"
    print(f"Cluster {name} {state} ({made.provider}, {len(made.nodes)} node{'s' if len(made.nodes) != 1 else ''}), context {made.context}.")
    print(f"  export KUBECONFIG={made.kubeconfig}")


@cluster.command()
@name_option
@output_option
def down(name: str, output: str) -> None:
    """Remove a cluster and everything it left on this machine."""
    with progress_lines() as progress:
        changed = local.down(name, progress)
    if changed:
        forget_forwards(f"roro-{name}")
    if output == "json":
        print(json.dumps({"name": name, "changed": changed}, indent=2))
    else:
        print(f"Cluster {name} is gone." if changed else f"There is no cluster {name}.")


@cluster.command()
@click.option("--name", default=None, help="Only this cluster; leaves with 2 when there is none of that name.")
@output_option
def status(name: str | None, output: str) -> None:
    """Show the local clusters of this user, and which of their parts run."""
    found = local.status(name)
    if name is not None and not found:
        raise UsageError(f"there is no local cluster {name}", hint=f"Make it: roro cluster up --name {name}")
    if output == "json":
        print(json.dumps({"clusters": [item.as_record() for item in found]}, indent=2))
    elif found:
        _print_table(found)
    else:
        print("There is no local cluster. Make one: roro cluster up")


@cluster.command(epilog=examples("docker save shop:1 > shop.tar && roro cluster load shop.tar"))
@click.argument("images", nargs=-1, required=True, metavar="IMAGE.tar...", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@name_option
@output_option
def load(images: tuple[Path, ...], name: str, output: str) -> None:
    """Put images into a cluster: archives as `docker save` writes them, .tar or .tar.gz."""
    with progress_lines() as progress:
        changed = local.load_images(name, [image.resolve() for image in images], progress)
    if output == "json":
        print(json.dumps({"name": name, "changed": changed}, indent=2))
    else:
        print(f"Loaded {len(images)} image archive{'s' if len(images) != 1 else ''} into cluster {name}.")


@cluster.command()
@name_option
@click.option("--merge", is_flag=True, help="Add the context to your own kubeconfig instead of printing.")
def kubeconfig(name: str, merge: bool) -> None:
    """Print the path of a cluster's kubeconfig, as in `export KUBECONFIG=$(roro cluster kubeconfig)`."""
    if merge:
        changed = local.merge_kubeconfig(name)
        print(f"Context roro-{name} {'added' if changed else 'was there already'}.")
        return
    found = local.status(name)
    if not found:
        raise UsageError(f"there is no local cluster {name}", hint=f"Make it: roro cluster up --name {name}")
    print(found[0].kubeconfig)


@contextmanager
def progress_lines() -> Iterator[Callable[[str, str], None]]:
    """Progress on stderr: one line with a spinner on a terminal, one line a message elsewhere."""
    if not sys.stderr.isatty():
        yield lambda phase, message: print(f"{phase}: {message}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.markup import escape

    console = Console(stderr=True, highlight=False)
    began = time.monotonic()
    with console.status("") as line:

        def show(phase: str, message: str) -> None:
            console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  [bold]{escape(phase)}[/bold]  {escape(message)}", soft_wrap=True)
            line.update(f"{escape(phase)}: {escape(message)}")

        yield show


def _print_table(found: list[Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for heading in ("CLUSTER", "STATE", "PROVIDER", "CONTEXT", "SERVER", "STOPPED PARTS"):
        table.add_column(heading, no_wrap=heading != "STOPPED PARTS")
    for item in found:
        stopped = ", ".join(name for name, state in item.parts.items() if state != "running")
        table.add_row(item.name, item.state, item.provider, item.context, item.server, stopped)
    Console(width=None if sys.stdout.isatty() else PIPE_WIDTH).print(table)
