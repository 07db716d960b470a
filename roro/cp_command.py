"""`roro cp`: files and folders into a container of an instance, and out of it."""

from __future__ import annotations

import os
import sys
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import UsageError

from .arguments import cluster_options, output_option, target_arguments, workspace_option
from .examples import examples

_EVERY_SECONDS = 0.2


class _CopyCommand(click.Command):
    """Its usage in words."""

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        """One of the two is of an instance."""
        return ["[OPTIONS]", "[ENV]", "SOURCE TARGET"]


@click.command(
    cls=_CopyCommand,
    epilog=examples(
        "roro cp dev api:/var/log/api.log .",
        "roro cp dev ./fixtures api:/data",
        "roro cp dev db:/dump.sql /tmp/dump.sql -c postgres",
    ),
)
@target_arguments
@click.option("-c", "--container", default="", metavar="NAME", help="The container (default: the pod's usual one).")
@click.option("--pod", default="", metavar="NAME", help="The pod, or the workload it is of (default: a Ready one).")
@workspace_option
@cluster_options
@output_option
def cp(
    names: tuple[str, ...],
    container: str,
    pod: str,
    workspace: Path | None,
    context: str | None,
    kubeconfig: Path | None,
    output: str,
) -> None:
    """Copy a file or folder into a container of an instance, or out of it.

    One of SOURCE and TARGET is INSTANCE:PATH. What is copied to a folder goes into it; links stay links, and those that would lead out
    of what is copied are left out. The container needs a shell, and tar for folders. Nothing is written outside of TARGET, and a copy that
    breaks off leaves no half file.
    """
    from ansible_collections.roro.kube.plugins.module_utils._exec.copying import Copier
    from ansible_collections.roro.kube.plugins.module_utils._workflow import deployed

    from .json_output import json_text
    from .notes import tell
    from .requests import build_request

    if len(names) < 2:
        raise UsageError("cp takes a source and a target", hint="For example: roro cp dev api:/var/log/api.log .")
    source, target = names[-2:]
    inside = [_split(word) for word in (source, target)]
    if (inside[0] is None) == (inside[1] is None):
        raise UsageError(
            "one of source and target is INSTANCE:PATH, the other a path of this machine",
            hint="A local file with a colon in its name is written ./NAME.",
        )
    instance, path = inside[0] or inside[1] or ("", "")
    request = build_request(workspace, (*names[:-2], instance), context=context, kubeconfig=kubeconfig)
    if request.instances != (instance,):
        raise UsageError(f"cp takes an environment, a source and a target, but also got: {' '.join(names[:-2])}")
    progress = _Progress()
    with deployed(replace(request, instances=(instance,)), tell) as there:
        place = there.place(container, pod)
        copier = Copier(there.cluster, place, tell, progress.count)
        copied = copier.out(path, Path(target)) if inside[0] else copier.into(Path(source), path)
    progress.done(copied.files, copied.bytes)
    if output == "json":
        print(
            json_text(
                {"instance": instance, "namespace": place.namespace, "pod": place.pod, "container": place.container, **asdict(copied)}
            )
        )


def _split(word: str) -> tuple[str, str] | None:
    """(instance, path), None for a path of this machine: one with a slash before its first colon, or without a colon."""
    instance, colon, path = word.partition(":")
    if not colon or "/" in instance or not instance:
        return None
    if not path:
        raise UsageError(f'"{word}" names no path', hint=f"For example {instance}:/tmp.")
    return instance, path


class _Progress:
    """Bytes on one line of a terminal while they go, and the sum of it at the end."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()
        self._bytes, self._drawn = 0, os.isatty(2)
        self._lock = threading.Lock()

    def count(self, number: int) -> None:
        """So many more."""
        with self._lock:
            self._bytes += number
            if self._drawn and time.monotonic() - self._told > _EVERY_SECONDS:
                self._told = time.monotonic()
                print(f"\r{_amount(self._bytes)} copied", end="", file=sys.stderr, flush=True)

    def done(self, files: int, number: int) -> None:
        """All of it is there."""
        what = "1 file, " if files == 1 else f"{files} files, "
        start = "\r" if self._drawn else ""
        print(f"{start}copied {what}{_amount(number)} in {time.monotonic() - self._began:.1f}s", file=sys.stderr)


def _amount(number: int) -> str:
    amount = float(number)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
