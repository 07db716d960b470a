"""`roro up --watch`: what is saved is applied, for the instances that it concerns, for as long as it runs.

Each application is a run of `roro up` of its own, with the same options: while documents or templates have a mistake it touches nothing,
and its error stands on the screen. What such a run did not apply is tried again with the next save.
"""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from ansible_collections.roro.kube.plugins.module_utils._errors import RoroError, UsageError
from ansible_collections.roro.kube.plugins.module_utils._model import (
    Instance,
    Selection,
    choose_environment,
    is_document_name,
    load_workspace,
    select,
    written_instance,
)
from click.core import ParameterSource

from .errors import show_problems
from .fleet_targets import read_targets
from .interrupts import told_to_end
from .notes import tell
from .targets import read_variables, the_workspace

DEBOUNCE = 400
"""Milliseconds in which saves count as one."""
PAUSE = 100
"""Milliseconds without a save after which a group of them ends."""
WAKE = 200
"""Milliseconds between two looks at whether it is to end."""


def state_of(selection: Selection) -> dict[str, str]:
    """What each instance asks for: id -> digest of its merged documents and of the files of its app. Files that cannot be read count as
    not there."""
    apps = {instance.id: instance.app for instance in selection.instances}
    folders = {folder: _files_digest(folder) for folder in {instance.folder for instance in selection.instances}}
    return {instance.id: _digest([repr(_said(instance, apps)), folders[instance.folder]]) for instance in selection.instances}


def changed_since(state: Mapping[str, str], applied: Mapping[str, str]) -> tuple[str, ...]:
    """Ids that are new or differ from what was applied, sorted."""
    return tuple(sorted(name for name, digest in state.items() if applied.get(name) != digest))


def _said(instance: Instance, apps: Mapping[str, str]) -> Any:
    values = {name: variable.value for name, variable in sorted(instance.variables.items())}
    return written_instance(instance, apps), values, sorted(instance.removed.items(), key=str)


def _files_digest(folder: Path) -> str:
    parts: list[str] = []
    for place, folders, names in os.walk(folder):  # tells nothing of what goes away meanwhile, and follows no links
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(place, name)
            if name.startswith(".") or is_document_name(name):
                continue
            with suppress(OSError):
                if stat.S_ISREG(file.stat().st_mode):
                    with file.open("rb") as content:
                        parts.append(f"{file.relative_to(folder)} {hashlib.file_digest(content, 'sha256').hexdigest()}")
    return _digest(parts)


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def spelled_options(context: click.Context, without: frozenset[str]) -> list[str]:
    """The options of a command as they were given, to give them again. without: names of parameters."""
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not isinstance(parameter, click.Option) or name in without or not given:
            continue
        value = context.params[name]
        if parameter.is_flag:
            words.append(parameter.opts[0] if value else (parameter.secondary_opts or parameter.opts)[0])
        else:
            for one in value if parameter.multiple else [value]:
                words += [parameter.opts[-1], str(one)]
    return words


Apply = Callable[[Sequence[str]], int]
"""Brings these instances up (none: all), and returns the exit code."""


def keep_applied(
    root: Path, selected: Callable[[], Selection], apply: Apply, *, names: Sequence[str], stop: threading.Event | None = None
) -> None:
    """Apply everything, then what is saved, until Ctrl-C or `stop`. root: the workspace's folder. selected: reads the documents anew.
    names: the instances that were asked for, none for all."""
    from watchfiles import watch

    applied: dict[str, str] = {}
    begun = False
    looking = watch(
        root,
        watch_filter=_Concerns(root),
        debounce=DEBOUNCE,
        step=PAUSE,
        rust_timeout=WAKE,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=True,
    )
    for changes in looking:
        if begun and not changes:
            continue
        begun = True  # it looks already: what is saved during the first run is not missed
        saved = sorted(Path(path).relative_to(root) for _change, path in changes)
        if saved:
            print(f"{datetime.now().astimezone():%H:%M:%S} saved: {_listed(saved)}", file=sys.stderr, flush=True)
        selection = _look(selected)
        if _shared(root, saved, selection):
            applied.clear()
        if selection is not None:
            _apply(state_of(selection), apply, applied, names)
        _waiting(root)


def _look(selected: Callable[[], Selection]) -> Selection | None:
    """What the documents say; None, and told, where they have a mistake."""
    try:
        return selected()
    except RoroError as error:
        show_problems(error.problems)
        return None


def _apply(state: Mapping[str, str], apply: Apply, applied: dict[str, str], names: Sequence[str]) -> None:
    """Apply what differs from what was applied; keep what was."""
    changed = changed_since(state, applied)
    left = applied.keys() - state.keys()
    if not changed and not left:
        tell("no instance is concerned")
        return
    everything = not applied or bool(left)  # what left the workspace goes with a run of everything
    if apply(names if everything else changed) == 0:
        applied.update((name, state[name]) for name in changed)
        for name in left:
            del applied[name]


def _shared(root: Path, saved: Iterable[Path], selection: Selection | None) -> bool:
    """Whether a file was saved that is no document and of no app: any app may read it (a base of kustomize, a chart beside them).
    selection: None while a document has a mistake; nobody knows then whose files they are."""
    folders = {app.folder for app in selection.workspace.apps.values()} if selection is not None else set()
    files = (root / file for file in saved if not is_document_name(file.name))
    return any(not any(file.is_relative_to(folder) for folder in folders) for file in files)


class _Concerns:
    """What of the workspace's folder is looked at: nothing hidden, no backups and swap files of editors."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, _change: object, path: str) -> bool:
        parts = Path(path).relative_to(self._root).parts if Path(path).is_relative_to(self._root) else ()
        name = parts[-1] if parts else ""
        return bool(name) and not any(part.startswith(".") for part in parts) and not name.endswith(("~", ".swp", ".swx", ".tmp", ".bak"))


def _listed(files: Sequence[Path], most: int = 3) -> str:
    more = len(files) - most
    return ", ".join(str(file) for file in files[:most]) + (f" and {more} more" if more > 0 else "")


def _waiting(root: Path) -> None:
    print(f"watching {root}; Ctrl-C ends it, what runs stays", file=sys.stderr, flush=True)


def watch_up(
    names: tuple[str, ...], folder: Path | None, variables: tuple[str, ...], profiles: tuple[str, ...], options: Mapping[str, Any]
) -> None:
    """The command. Raises UsageError, DocumentError."""
    if options["check"] or options["output"] == "json":
        raise UsageError("--watch goes with neither --check nor -o json", hint="Leave one of them out.")
    workspace = load_workspace(the_workspace(folder))
    fleet = bool(options["serial"] or options["forks"])
    target = read_targets(workspace, names, every=options["every"], named=options["named"], fleet=fleet)
    if target.several:
        raise UsageError("--watch is for one environment at a time", hint=f"Name one of: {', '.join(target.several)}.")
    environment = choose_environment(workspace, target.environment).name

    def selected() -> Selection:
        return select(
            load_workspace(workspace.root),
            environment,
            instances=target.instances,
            variables=read_variables(variables),
            profiles=profiles,
            system_environment=os.environ,
            allowed_environment=options["allow_environment"],
        )

    words = spelled_options(click.get_current_context(), frozenset({"watch", "names", "workspace", "named"}))
    with told_to_end():
        keep_applied(workspace.root, selected, run_up(workspace.root, environment, words), names=target.instances)


def run_up(root: Path, environment: str, options: Sequence[str]) -> Apply:
    """`roro up` as a process of its own, on the same terminal."""

    def apply(names: Sequence[str]) -> int:
        command = [sys.executable, "-m", "roro", "-w", str(root), "up", environment, *names, *options]
        process = subprocess.Popen(command)
        try:
            return process.wait()
        except KeyboardInterrupt:  # a terminal has told the child as well, a signal to this process has not; its cleaning up is waited for
            process.terminate()
            process.wait()
            raise

    return apply
