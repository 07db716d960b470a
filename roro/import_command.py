"""`roro import`: a workspace out of a Compose project, a chart, a kustomization or manifests."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError
from ansible_collections.roro.kube.plugins.module_utils._import import (
    KINDS,
    Imported,
    Remark,
    Wanted,
    check_free,
    import_compose,
    import_other,
    what_is_it,
    write_files,
)
from ansible_collections.roro.kube.plugins.module_utils._model.sensitive import is_callers_credential

from .arguments import output_option
from .examples import examples
from .json_output import json_text
from .reason_words import harmless
from .yaml_output import yaml_text


@click.command(
    "import",
    epilog=examples(
        "roro import",
        "roro import compose.yaml --into shop",
        "roro import compose.yaml compose.prod.yaml --into shop --env-file prod.env --check",
        "roro import helm charts/shop --into shop",
    ),
)
@click.argument("what", nargs=-1, metavar="[compose|helm|kustomize|manifests] [PATH]...")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="The workspace's folder (default: that of the project)."
)
@click.option("--name", default="", metavar="NAME", help="The name of the workspace (default: the project's).")
@click.option(
    "--profile",
    "profiles",
    multiple=True,
    metavar="NAME",
    help="Compose: only what runs with these profiles, as if it always did. Without it every service comes along, with its profiles.",
)
@click.option(
    "--env-file",
    "env_files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Compose: variables for ${NAME}, instead of .env.",
)
@click.option(
    "--allow-read",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Compose: a folder outside of the project's that its files may name.",
)
@click.option("--allow-env", multiple=True, metavar="NAME", help="Compose: a credential of your shell that the files may use.")
@click.option("--overwrite", is_flag=True, help="Write over files that are there.")
@click.option("--check", is_flag=True, help="Only tell what would be written.")
@output_option
def import_command(
    what: tuple[str, ...],
    into: Path | None,
    name: str,
    profiles: tuple[str, ...],
    env_files: tuple[Path, ...],
    allow_read: tuple[Path, ...],
    allow_env: tuple[str, ...],
    overwrite: bool,
    check: bool,
    output: str,
) -> None:
    """Make a workspace out of a Compose project, a chart, a kustomization or manifests.

    Which of them PATH is, is told by its files; several Compose files go on top of each other. Whatever has no equivalent is told with
    its line. Nothing is run, nothing outside of the project's folder is read, and no file is written over.
    """
    kind, paths = _what(what)
    if kind == "compose":
        folder, files = _compose_files(paths)
        target = into or folder
        wanted = Wanted(folder, files, _variables(allow_env), env_files, profiles or None, "", allow_read, _refused(allow_env))
        found = import_compose(wanted, target.resolve(), yaml_text, name)
    else:
        if profiles or env_files or allow_read or allow_env:
            raise UsageError("--profile, --env-file, --allow-read and --allow-env are for Compose projects")
        if len(paths) != 1:
            raise UsageError(
                f"{len(paths)} paths: one {kind} is imported at a time",
                hint="import each into a folder of its own, and put their apps together",
            )
        found = import_other(kind, paths[0], name)
        target = into or Path(found.workspace)
    check_free(target, found.files, overwrite=overwrite)
    if not check:
        write_files(target, found.files, found.private)
    _tell(found, target, check, output)


def _what(words: Sequence[str]) -> tuple[str, list[Path]]:
    """(kind, paths): said by the first word, or told by the first path."""
    kind = words[0] if words and words[0] in KINDS and not Path(words[0]).is_file() else ""
    paths = [Path(word) for word in (words[1:] if kind else words)] or [Path()]
    return kind or what_is_it(paths[0]), paths


def _compose_files(paths: Sequence[Path]) -> tuple[Path, tuple[Path, ...]]:
    """(the project's folder, its files); no files where a folder is named, whose files are found by their names."""
    if len(paths) == 1 and paths[0].is_dir():
        return paths[0], ()
    for path in paths:
        if not path.is_file():
            raise UsageError(f"there is no file {path}", hint="name Compose files, or one folder")
    return paths[0].parent, tuple(paths)


def _variables(allowed: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in allowed or not is_callers_credential(name)}


def _refused(allowed: Sequence[str]) -> frozenset[str]:
    return frozenset(name for name in os.environ if name not in allowed and is_callers_credential(name))


def _tell(found: Imported, target: Path, check: bool, output: str) -> None:
    if output == "json":
        document = {
            "kind": found.kind,
            "workspace": found.workspace,
            "folder": str(target),
            "written": not check,
            "files": list(found.files),
            "apps": [{"app": app, "runs": kind} for app, kind in found.apps.items()],
            "remarks": [vars(remark) for remark in found.remarks],
        }
        print(json_text(document), end="\n")
        return
    for path in found.files:
        private = " (only you may read it)" if path in found.private else ""
        print(harmless(f"{'would make' if check else 'made'} {target / path}{private}"))
    _tell_remarks("Not carried over:", [remark for remark in found.remarks if remark.lost])
    _tell_remarks("Different here:", [remark for remark in found.remarks if not remark.lost])
    if not check:
        print(harmless(_next_steps(target, [path.split("/")[1] for path in found.files if path.startswith("environments/")])))


def _tell_remarks(title: str, remarks: Sequence[Remark]) -> None:
    if not remarks:
        return
    print(f"\n{title}")
    for remark in remarks:
        place = f"{remark.where}: " if remark.where else ""
        at = f"at {remark.path}: " if remark.path else ""
        print(harmless(f"  {place}{at}{remark.message}"))
        if remark.hint:
            print(harmless(f"      {remark.hint}"))


def _next_steps(target: Path, environments: Sequence[str]) -> str:
    where = "" if target == Path() else f" -w {target}"
    steps = (
        (f"roro{where} config {environments[0]} --render", "what it comes to"),
        (f"roro{where} up {environments[0]} --check", "what would be done on the cluster"),
        (f"roro{where} up {environments[0]}", "apply, wait until it is healthy, open its forwards"),
    )
    width = max(len(command) for command, _ in steps)
    return "\nNext:\n" + "\n".join(f"  {command.ljust(width)}   {words}" for command, words in steps)
