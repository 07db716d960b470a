"""`roro cluster`: a real Kubernetes on this machine, straight through the engine's room for it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils import _local_cluster as local
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace

from .arguments import output_option
from .completions import complete_clusters, complete_kubernetes_versions
from .examples import examples
from .forwarding import forget_forwards
from .json_output import json_text
from .tables import make_console, make_table, print_table

DEFAULT_NAME = "roro"
_NAME_HELP = f"Name of the cluster; several can run at once (default: {DEFAULT_NAME})."
name_option = click.option("--name", default=None, help=_NAME_HELP, shell_complete=complete_clusters)
name_argument = click.argument("named", required=False, metavar="[NAME]", shell_complete=complete_clusters)


@click.group()
def cluster() -> None:
    """Make, show and remove local clusters.

    Uses kind, k3d or minikube where they and a container engine are present, else Kubernetes itself as processes of this machine
    (Linux, root). A cluster has a kubeconfig of its own; yours is only touched with --merge-kubeconfig.
    """


@cluster.command(
    epilog=examples("roro cluster up", "roro cluster up older --version v1.33.2", "roro cluster up scale --simulated 100 --only-simulated")
)
@name_argument
@name_option
@click.option("--provider", type=click.Choice(["auto", *local.PROVIDERS]), default="auto", show_default=True, help="How to run it.")
@click.option("--simulated", type=click.IntRange(min=0), default=0, metavar="N", help="N nodes whose pods only seem to run (kwok).")
@click.option("--only-simulated", is_flag=True, help="No real node: needs neither root nor containers.")
@click.option(
    "--kubernetes-version",
    "--version",
    metavar="X.Y|vX.Y.Z",
    help="Version of Kubernetes; native builds 1.34 and 1.37, others come from their release.",
    shell_complete=complete_kubernetes_versions,
)
@click.option("--audit", is_flag=True, help="Let the API server log every request (native only).")
@click.option("--merge-kubeconfig", is_flag=True, help="Add the context to your own kubeconfig as well.")
@output_option
def up(
    named: str | None,
    name: str | None,
    provider: str,
    simulated: int,
    only_simulated: bool,
    kubernetes_version: str | None,
    audit: bool,
    merge_kubeconfig: bool,
    output: str,
) -> None:
    """Make a cluster, or repair one; nothing is done to a healthy one."""
    name = the_name(named, name) or DEFAULT_NAME
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
        print(json_text(made.as_record()))
        return
    state = "is up" if made.changed else "was up already"
    about = f"{made.provider}, {made.kubernetes_version}, {len(made.nodes)} node{'s' if len(made.nodes) != 1 else ''}"
    print(f"Cluster {name} {state} ({about}), context {made.context}.")
    print(f"  export KUBECONFIG={made.kubeconfig}")
    print(f"  roro up {environment_here()}{'' if name == DEFAULT_NAME else f' --context {made.context}'}")


@cluster.command(epilog=examples("roro cluster down", "roro cluster down scale"))
@name_argument
@name_option
@output_option
def down(named: str | None, name: str | None, output: str) -> None:
    """Remove a cluster and everything it left on this machine."""
    name = the_name(named, name) or DEFAULT_NAME
    with progress_lines() as progress:
        changed = local.down(name, progress)
    if changed:
        forget_forwards(f"roro-{name}")
    if output == "json":
        print(json_text({"name": name, "changed": changed}))
    else:
        print(f"Cluster {name} is gone." if changed else f"There is no cluster {name}.")


@cluster.command(epilog=examples("roro cluster status", "roro cluster status scale -o json"))
@name_argument
@click.option(
    "--name", default=None, help="Only this cluster; leaves with 2 when there is none of that name.", shell_complete=complete_clusters
)
@output_option
def status(named: str | None, name: str | None, output: str) -> None:
    """Show the local clusters of this user, or the one that is named, and which of their parts run."""
    name = the_name(named, name)
    found = local.status(name)
    if name is not None and not found:
        raise UsageError(f"there is no local cluster {name}", hint=f"Make it: roro cluster up --name {name}")
    if output == "json":
        print(json_text({"clusters": [item.as_record() for item in found]}))
    elif found:
        _print_clusters(found)
    else:
        print("There is no local cluster. Make one: roro cluster up")


@cluster.command(epilog=examples("roro cluster load shop/api:1", "docker save shop > shop.tar && roro cluster load shop.tar --name scale"))
@click.argument("images", nargs=-1, required=True, metavar="IMAGE|ARCHIVE...")
@name_option
@output_option
def load(images: tuple[str, ...], name: str | None, output: str) -> None:
    """Put images into a cluster: by the name that the local Docker or Podman has them by, or archives as `docker save` writes them."""
    name = name or DEFAULT_NAME
    with progress_lines() as progress:
        changed = local.load_images(name, images, progress)
    if output == "json":
        print(json_text({"name": name, "changed": changed}))
    else:
        print(f"Loaded {', '.join(images)} into cluster {name}.")


@cluster.command(
    epilog=examples("export KUBECONFIG=$(roro cluster kubeconfig)", "roro cluster kubeconfig scale", "roro cluster kubeconfig --merge")
)
@name_argument
@name_option
@click.option("--merge", is_flag=True, help="Add the context to your own kubeconfig instead of printing.")
def kubeconfig(named: str | None, name: str | None, merge: bool) -> None:
    """Print the path of a cluster's kubeconfig, as in `export KUBECONFIG=$(roro cluster kubeconfig)`."""
    name = the_name(named, name) or DEFAULT_NAME
    if merge:
        changed = local.merge_kubeconfig(name)
        print(f"Context roro-{name} {'added' if changed else 'was there already'}.")
        return
    found = local.status(name)
    if not found:
        raise UsageError(f"there is no local cluster {name}", hint=f"Make it: roro cluster up --name {name}")
    print(found[0].kubeconfig)


def the_name(named: str | None, option: str | None) -> str | None:
    """The cluster that is meant by NAME or --name. Raises UsageError where they differ."""
    if named and option and named != option:
        raise UsageError(f"{named} and --name {option} are two clusters", hint="Name one of them.")
    return named or option


def environment_here() -> str:
    """The environment that a next command would name: the workspace's, where there is one here."""
    try:
        workspace = load_workspace(Path.cwd())
    except RoroError:
        return "dev"
    return workspace.implied_environment or next(iter(sorted(workspace.environments)), "dev")


@contextmanager
def progress_lines() -> Iterator[Callable[[str, str], None]]:
    """Progress on stderr: one line with a spinner on a terminal, one line a message elsewhere."""
    if not sys.stderr.isatty():
        yield lambda phase, message: print(f"{phase}: {message}", file=sys.stderr, flush=True)
        return
    from rich.markup import escape

    console = make_console(stderr=True, highlight=False)
    began = time.monotonic()
    with console.status("") as line:

        def show(phase: str, message: str) -> None:
            console.print(f"[dim]{time.monotonic() - began:6.1f} s[/dim]  [bold]{escape(phase)}[/bold]  {escape(message)}", soft_wrap=True)
            line.update(f"{escape(phase)}: {escape(message)}")

        yield show


def _print_clusters(found: list[Any]) -> None:
    table = make_table(("CLUSTER", "STATE", "PROVIDER", "KUBERNETES", "CONTEXT", "SERVER", "STOPPED PARTS"), folding="STOPPED PARTS")
    for item in found:
        stopped = ", ".join(name for name, state in item.parts.items() if state != "running")
        table.add_row(item.name, item.state, item.provider, item.kubernetes_version, item.context, item.server, stopped)
    print_table(table)
