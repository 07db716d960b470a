"""`roro registry`: a registry on this machine that native local clusters pull from."""

from __future__ import annotations

import sys

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._local_cluster import registry as local

from .arguments import output_option
from .cluster_commands import progress_lines
from .examples import examples
from .json_output import json_text


@click.group(epilog=examples("roro registry up", "roro registry status", "roro registry down"))
def registry() -> None:
    """A registry for this machine and the nodes of its native local clusters.

    Images are pushed to localhost:5001, and pods pull them by that name. Nobody else is answered.
    """


@registry.command(
    epilog=examples("roro registry up", "roro registry up --port 5002", 'echo "$SECRET" | roro registry up --user me --password-stdin')
)
@click.option("--port", type=click.IntRange(1024, 65535), help=f"The port (default: the one it had, else {local.PORT}).")
@click.option("--user", metavar="NAME", default="", help="Ask for a login from now on, with --password-stdin; to try pull secrets.")
@click.option("--password-stdin", is_flag=True, help="Read the password for --user from standard input.")
@output_option
def up(port: int | None, user: str, password_stdin: bool, output: str) -> None:
    """Start it, or connect clusters that were made since; nothing is done where it runs and all are connected."""
    if bool(user) != password_stdin:
        raise UsageError("--user and --password-stdin belong together", hint="roro registry up --user me --password-stdin < password")
    password = sys.stdin.read().removesuffix("\n").removesuffix("\r") if password_stdin else ""
    with progress_lines() as progress:
        made = local.up(progress, port, user, password)
    if output == "json":
        print(json_text(made.as_record()))
        return
    pulled = f"clusters {', '.join(made.clusters)} pull" if made.clusters else "no cluster pulls"
    print(f"Registry {made.name} {'is up' if made.changed else 'was up already'}; {pulled} from it.")
    if made.user:
        print(f"  docker login {made.name} --username {made.user}")


@registry.command(epilog=examples("roro registry down"))
@output_option
def down(output: str) -> None:
    """End it, and remove the images that it holds."""
    with progress_lines() as progress:
        changed = local.down(progress)
    if output == "json":
        print(json_text({"changed": changed}))
    else:
        print("The registry is gone." if changed else "There is no registry.")


@registry.command(epilog=examples("roro registry status", "roro registry status -o json"))
@output_option
def status(output: str) -> None:
    """Show whether it runs, its name, and which clusters pull from it."""
    found = local.status()
    if output == "json":
        print(json_text(found.as_record()))
    elif found.state == "absent":
        print("There is no registry. Make one: roro registry up")
    else:
        login = f"; it asks for a login ({found.user})" if found.user else ""
        print(f"Registry {found.name} is {found.state}{login}. Clusters that pull from it: {', '.join(found.clusters) or 'none'}.")
