"""`roro clone`: a workspace from a Git server, and what to type next."""

from __future__ import annotations

from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._git import Reach, clone, contents, reach_server, read_address
from ansible_collections.roro.kube.plugins.module_utils._model import load_workspace

from .arguments import output_option
from .examples import examples
from .git_options import reach_options
from .git_progress import git_progress
from .interrupts import told_to_end
from .json_output import json_text
from .notes import tell


@click.command(
    "clone",
    epilog=examples(
        "roro clone https://github.com/example/shop.git",
        "roro clone git@gitlab.com:example/shop.git --key-file ~/.ssh/work",
        "roro clone https://git.example.com/shop.git shop --branch v2 --depth 1 --ca-file ca.pem",
    ),
)
@click.argument("url")
@click.argument("folder", type=click.Path(path_type=Path), required=False, metavar="[DIR]")
@click.option("--branch", metavar="NAME", help="A branch or tag, instead of the server's own choice.")
@click.option("--depth", type=click.IntRange(min=1), metavar="N", help="Only so many commits of history.")
@click.option("--filter", "filtered", metavar="FILTER", help="Leave files of older commits on the server, as blob:none or blob:limit=1m.")
@reach_options
@output_option
def clone_command(
    url: str,
    folder: Path | None,
    branch: str | None,
    depth: int | None,
    filtered: str | None,
    reach: Reach,
    accept_host: str | None,
    output: str,
) -> None:
    """Get a workspace from a Git server: URL (https, ssh, user@host:path, or a folder of this machine) into DIR (default: its name).

    How the server was reached is remembered for it. What fails or is interrupted leaves nothing behind.
    """
    address, password = read_address(url)
    if password is not None:
        tell(f"the password in the address is used once and kept nowhere; keep it: roro git credentials add {address.origin}")
    access = reach_server(address, reach, password=password, accept_host=accept_host)
    folder = folder or Path(address.name)
    if not folder.name:
        raise UsageError("the address has no name for a folder", hint="Name one: roro clone URL DIR")
    with told_to_end(), git_progress("clone") as listener:
        repository = clone(address, folder, access, branch=branch, depth=depth, filtered=filtered, on_progress=listener)
    found = contents(repository)
    for note in found.notes:
        tell(note)
    head = repository.head()
    if output == "json":
        places = [str(folder / place) for place in found.workspaces]
        print(json_text({"folder": str(folder), "url": address.url, "branch": head.branch, "commit": head.commit, "workspaces": places}))
        return
    print(f"Cloned {address.url} into {folder}, {_place(head.branch, head.commit)}.")
    print(_next_steps(folder, found.workspaces))


def _place(branch: str | None, commit: str | None) -> str:
    if commit is None:
        return "which has no commit yet"
    return f"{f'branch {branch}' if branch else 'no branch'} at {commit[:12]}"


def _next_steps(folder: Path, places: tuple[str, ...]) -> str:
    """What to type now."""
    if not places:
        return f"There is no workspace.json in it. Make one: roro init {folder}"
    if len(places) > 1:
        listed = "\n".join(f"  roro -w {folder / place} config" for place in places)
        return f"It has {len(places)} workspaces:\n{listed}"
    root = folder / places[0]
    try:
        workspace = load_workspace(root)
    except RoroError as error:
        problem = error.problems[0]
        return f"Its workspace has a mistake: {problem.where or root}: {problem.message}"
    environment = workspace.implied_environment or next(iter(sorted(workspace.environments)), "")
    if not environment:
        return f"The workspace {workspace.name} has no environment yet. Make {root}/environments/dev/environment.json"
    return f"Next:\n  cd {root} && roro up {environment}"
