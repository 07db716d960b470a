"""`roro build`, and what `roro up --build` does first."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, RoroError, UsageError

from .arguments import cluster_options, output_option, target_arguments, variable_options, workspace_option
from .examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.roro.kube.plugins.module_utils._workflow import BuildReport, Request

Command = TypeVar("Command", bound=Callable[..., Any])
BUILDERS = ("docker", "podman", "buildah", "nerdctl", "buildctl")


@click.command(
    "build",
    epilog=examples(
        "roro build",
        "roro build dev api",
        "roro build prod --push",
        "roro build --builder buildah --progress plain",
        'echo "$TOKEN" | roro build prod --push --registry-user ci --password-stdin',
    ),
)
@target_arguments
@workspace_option
@cluster_options
@variable_options
@click.option(
    "--load", "deliver", flag_value="load", help="Load what is built into the environment's cluster (default for local clusters)."
)
@click.option("--push", "deliver", flag_value="push", help="Push it to the registry of its name (default for other clusters).")
@click.option("--keep", "deliver", flag_value="nothing", help="Leave what is built with the builder.")
@click.option("--no-cache", is_flag=True, help="Build everything anew; pods get the new image also where its sources are the same.")
@click.option("--pull", is_flag=True, help="Look for newer base images first.")
@click.option(
    "--builder", type=click.Choice(BUILDERS), help="What builds (default: RORO_BUILDER, else the first of these that works here)."
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "plain", "quiet"]),
    default="auto",
    show_default=True,
    help="plain shows every line of the builder.",
)
@click.option("--allow-secret", "allowed_secrets", multiple=True, metavar="ID", help="A secret that may be a credential of your own.")
@click.option("--registry-user", metavar="NAME", help="Who pushes, with --password-stdin (default: your `docker login`).")
@click.option("--password-stdin", is_flag=True, help="Read the password for --registry-user from standard input.")
@output_option
def build_command(names: tuple[str, ...], workspace: Path | None, **options: Any) -> None:
    """Build the images of an environment's apps, and bring them to its cluster or registry.

    Apps say what is built with `build` in their app.json; with INSTANCE names only those are built. What is there already is neither
    built nor brought again: an image's name follows from its sources.
    """
    from .requests import build_request

    request = build_request(
        workspace,
        names,
        context=options["context"],
        kubeconfig=options["kubeconfig"],
        variables=options["variables"],
        profiles=options["profiles"],
        allow_environment=options["allow_environment"],
    )
    report = run_build(request, options)
    _print(report, options["output"])
    raise_failures(report)


def run_build(request: Request, options: dict[str, Any]) -> BuildReport:
    """Build with progress on stderr. options: those of the command, each with its default where it is not there. Raises RoroError."""
    from ansible_collections.roro.kube.plugins.module_utils._build import BuildOptions
    from ansible_collections.roro.kube.plugins.module_utils._workflow import build

    from .build_progress import BuildProgress
    from .notes import tell

    with _login(options, request) as authfile, BuildProgress(options.get("progress") or "auto") as progress:
        chosen = BuildOptions(
            builder=options.get("builder"),
            no_cache=options.get("no_cache", False),
            pull=options.get("pull", False),
            allowed_secrets=frozenset(options.get("allowed_secrets") or ()),
            authfile=authfile,
        )
        return build(request, chosen, options.get("deliver") or "auto", progress.tell, tell)


def raise_failures(report: BuildReport) -> None:
    """One error of all that failed."""
    problems: list[Problem] = []
    for one in report.failed:
        problems += one.error.problems if isinstance(one.error, RoroError) else [Problem(str(one.error))]
    if problems:
        raise RoroError.of(problems)


@contextmanager
def _login(options: dict[str, Any], request: Request) -> Iterator[Path | None]:
    """A config.json for this run, where a password is handed over; it is gone afterwards."""
    user, password_given = options.get("registry_user"), options.get("password_stdin", False)
    if not user and not password_given:
        yield None
        return
    if not (user and password_given):
        raise UsageError(
            "--registry-user and --password-stdin belong together", hint='echo "$TOKEN" | roro build --push --registry-user ...'
        )
    from ansible_collections.roro.kube.plugins.module_utils._build import registry_of, with_login
    from ansible_collections.roro.kube.plugins.module_utils._workflow import load

    password = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    registries = {registry_of(image.repository) for instance in load(request, images=False).instances for image in instance.builds}
    if len(registries) != 1:
        told = ", ".join(sorted(registries)) or "none"
        raise UsageError(f"one password is for one registry, and these images name {told}", hint="Name the instances, or `docker login`.")
    with tempfile.TemporaryDirectory(prefix="roro-login-") as folder:
        yield with_login(Path(folder), registries.pop(), user, password)


def _print(report: BuildReport, output: str) -> None:
    if output == "json":
        from .json_output import json_text

        changed = any(one.state == "built" for one in report.images)
        records = [one.as_record() for one in report.images]
        print(json_text({"workspace": report.workspace, "environment": report.environment, "changed": changed, "images": records}))
        return
    if not report.images:
        print('Nothing is built here: no app says "build".')
        return
    from ansible_collections.roro.kube.plugins.module_utils._build import size_text

    from .tables import make_table, print_table

    table = make_table(("IMAGE", "STATE", "REFERENCE", "SIZE", "TIME", "WHERE"), folding="REFERENCE")
    for one in report.images:
        size = size_text(one.size) if one.size is not None else ""
        table.add_row(one.label, one.state.capitalize(), one.reference, size, f"{one.seconds:.1f}s", ", ".join(one.delivered))
    print_table(table)
