# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project as Compose itself would see it: files, variables and profiles -> one model with everything resolved."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..._errors import DocumentError, Problem, UsageError
from ..._model import Malformed
from .checks import check_names
from .env_file import NotAnEnvFile, read_env_file
from .files import Files
from .load import Loader, Several
from .normalize import normalize
from .sources import Sources
from .substitution import Missing, NotATemplate, substitute
from .typed import give_types, mapping
from .wrong import Wrong
from .yaml_text import read_documents

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
OVERRIDES = ("compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml")


@dataclass(frozen=True)
class Project:
    """name: of the project. folder: what its paths are relative to. model: sections, with typed values. disabled: services and jobs that
    no active profile has. sources: where everything was said. files: what was read. environment: the variables that were there.
    blank: (variable, path, file) where one that is not set became an empty text."""

    name: str
    folder: Path
    model: dict[str, Any]
    disabled: frozenset[str]
    sources: Sources
    files: Files
    environment: Mapping[str, str]
    blank: tuple[tuple[str, tuple[Any, ...], Path], ...] = ()


@dataclass(frozen=True)
class Wanted:
    """files: Compose files, the later on top of the earlier; none: those of `folder` by their names. environment: the variables of the
    shell that may be used. env_files: instead of `.env`. profiles: None takes every service. name: of the project. allowed: folders
    outside of the project's that may be read. refused: variables of the shell that may not be used: asking for one is an error."""

    folder: Path
    files: tuple[Path, ...] = ()
    environment: Mapping[str, str] | None = None
    env_files: tuple[Path, ...] = ()
    profiles: tuple[str, ...] | None = None
    name: str = ""
    allowed: tuple[Path, ...] = ()
    refused: frozenset[str] = frozenset()


def read_project(wanted: Wanted) -> Project:
    """The project. Raises DocumentError with `file:line:column`, UsageError when there is no file."""
    folder = absolute_path(wanted.folder)
    paths = [absolute_path(path) for path in wanted.files] or find_files(folder)
    files = Files(folder, (*wanted.allowed, *(path.parent for path in wanted.files), *(path.parent for path in wanted.env_files)))
    loader = Loader(files, wanted.refused)
    try:
        return _read(wanted, folder, paths, loader)
    except Several as error:
        raise DocumentError.of([_problem(each, loader.sources, files) for each in error.problems]) from None
    except Wrong as error:
        raise DocumentError.of([_problem(error, loader.sources, files)]) from None
    except RecursionError:
        raise DocumentError("the files name each other too deeply", hint="flatten include and extends") from None


def find_files(folder: Path) -> list[Path]:
    """The Compose file of a folder and what overrides it, by their names. Raises UsageError."""
    for names in (NAMES, OVERRIDES):
        found = [folder / name for name in names if (folder / name).is_file()]
        if names is NAMES and not found:
            raise UsageError(f"there is no {' or '.join(NAMES[:2])} in {folder}", hint="name the file: roro import path/to/compose.yaml")
        if names is NAMES:
            paths = found[:1]
    return paths + found[:1]


def absolute_path(path: Path) -> Path:
    """The path from the root on; links stay, as paths in Compose files are relative to where they were named."""
    return Path(os.path.normpath(path.absolute()))


def _read(wanted: Wanted, folder: Path, paths: Sequence[Path], loader: Loader) -> Project:
    environment = dict(wanted.environment or {})
    named = list(wanted.env_files)
    if not named and loader.files.kind(folder / ".env") == "file":
        named = [folder / ".env"]
    environment = {**loader.variables([absolute_path(path) for path in named], environment), **environment}
    name = _name(wanted, folder, paths, loader, environment)
    environment["COMPOSE_PROJECT_NAME"] = name
    model = loader.load(paths, str(folder), environment)
    if not model.get("services") and not model.get("jobs"):
        raise Wrong("there are no services", file=paths[0], hint="begin it with services:")
    model["name"] = name
    normalize(model, name, environment)
    give_types(model)
    disabled = _disabled(model, wanted.profiles)
    services = {key: item for key, item in (model.get("services") or {}).items() if key not in disabled}
    jobs = {key: item for key, item in (model.get("jobs") or {}).items() if key not in disabled}
    check_names(model, services, jobs)
    for section, workloads in (("services", services), ("jobs", jobs)):
        for key, workload in workloads.items():
            _fill(workload, (section, key), loader, environment)
    return Project(name, folder, model, disabled, loader.sources, loader.files, environment, tuple(loader.blank))


def _problem(error: Wrong, sources: Sources, files: Files) -> Problem:
    spot = None if error.file is not None and error.line > 1 else sources.spot(error.path, error.file)
    file, line, column = (spot.file, spot.line, spot.column) if spot else (error.file, error.line, error.column)
    at = ".".join(map(str, error.path))
    where = f"{files.shown(file)}:{line}:{column}" if file else None
    return Problem(f"at {at}: {error.message}" if at else error.message, where, error.hint)


def _name(wanted: Wanted, folder: Path, paths: Sequence[Path], loader: Loader, environment: Mapping[str, str]) -> str:
    """The project's name: given, from the environment, from a file, or the folder's."""
    given = wanted.name or environment.get("COMPOSE_PROJECT_NAME") or ""
    if given:
        if plain_name(given) != given:
            raise UsageError(
                f'"{given}" is no name of a project', hint=f'lower-case letters, digits, - and _: "{plain_name(given) or "project"}"'
            )
        return given
    said = ""
    for path in paths:
        text = loader.files.text(path)
        if "name" not in text:
            continue
        with contextlib.suppress(Malformed):  # what is wrong is told when the file is loaded
            for document in read_documents(text):
                value = document.data.get("name") if isinstance(document.data, dict) else None
                said = value if isinstance(value, str) and value else said
    try:
        found = plain_name(substitute(said, environment.get))
    except (Missing, NotATemplate):
        found = ""
    found = found or plain_name(folder.name)
    if not found:
        raise UsageError("the project has no name", hint="give it one with --name")
    return found


def plain_name(text: str) -> str:
    """The text as Compose makes a project's name of it."""
    return "".join(re.findall(r"[a-z0-9_-]", text.lower())).lstrip("_-")


def _disabled(model: Mapping[str, Any], active: tuple[str, ...] | None) -> frozenset[str]:
    """Services and jobs that have profiles, none of them active."""
    if active is None or "*" in active:
        return frozenset()
    workloads = {**(model.get("services") or {}), **(model.get("jobs") or {})}
    return frozenset(name for name, item in workloads.items() if item.get("profiles") and not set(item["profiles"]) & set(active))


def _fill(workload: dict[str, Any], path: tuple[str, ...], loader: Loader, environment: Mapping[str, str]) -> None:
    """Variables and labels with what their files say."""
    own: dict[str, str | None] = {
        name: environment.get(name) if value is None else value for name, value in (workload.get("environment") or {}).items()
    }
    filled: dict[str, str] = {name: value for name, value in own.items() if value is not None}

    def stronger(name: str) -> str | None:
        return environment[name] if name in environment else own.get(name)

    for number, item in enumerate(workload.get("env_file") or ()):
        _file(item, (*path, "env_file", number), loader, filled, stronger)
    if own or filled:
        workload["environment"] = {**filled, **own}
    labels: dict[str, str] = {}
    for number, name in enumerate(workload.get("label_file") or ()):
        read: dict[str, str] = {}
        _read_variables(Path(name), (*path, "label_file", number), loader, read, labels.get)
        labels |= read
    if labels:
        workload["labels"] = {**labels, **(workload.get("labels") or {})}


def _file(item: Mapping[str, Any], path: tuple[Any, ...], loader: Loader, into: dict[str, str], lookup: Any) -> None:
    file = Path(item["path"])
    if loader.files.kind(file) == "missing" and not item["required"]:
        return
    kind = item.get("format") or ""
    if kind == "raw":
        lines = (line for line in loader.files.text(file, path).splitlines() if line.strip() and not line.lstrip().startswith("#"))
        into |= {name: value or "" for name, value in mapping([line for line in lines if "=" in line]).items()}
    elif kind:
        raise Wrong(f'an env_file of the format "{kind}" is not known', path, 'use "raw", or none')
    else:
        _read_variables(file, path, loader, into, lookup)


def _read_variables(file: Path, path: tuple[Any, ...], loader: Loader, into: dict[str, str], lookup: Any) -> None:
    text = loader.files.text(file, path)
    try:
        read_env_file(text, into, lookup)
    except NotAnEnvFile as error:
        raise Wrong(error.message, file=file, line=error.line) from None
