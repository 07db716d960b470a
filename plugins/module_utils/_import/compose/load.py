# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose files -> one merged model: each is interpolated, what it includes is put below it, what its services extend is put below them.

The order of steps is that of compose-go's loader, so that every corner has the same answer; tests compare both.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..._model import Malformed
from .canonical import make_long, set_defaults
from .checks import check_resources
from .env_file import NotAnEnvFile, read_env_file
from .files import Files
from .interpolate import interpolate
from .locations import absolute, make_absolute
from .merge import extend_service, merge, merge_below, same
from .shapes import check_shapes
from .sources import Sources
from .substitution import Lookup, Missing
from .unique import keep_last
from .wrong import Wrong
from .yaml_text import KeyPath, read_documents

Model = dict[str, Any]
_SHARED = ("services", "jobs", "volumes", "networks", "secrets", "configs", "models")
MAX_INCLUDES = 500
MAX_CHAIN = 50
"""Services that extend each other, one below the other."""


class Loader:
    """Reads models. files: what may be read. refused: variables that may not be used. sources: filled with where everything was said.
    blank: (variable, path, file) where one that is not set became an empty text."""

    def __init__(self, files: Files, refused: frozenset[str] = frozenset()) -> None:
        self.files = files
        self._refused = refused
        self.sources = Sources()
        self.blank: list[tuple[str, tuple[Any, ...], Path]] = []
        self._bases: dict[tuple[Path, str], tuple[Model, tuple[KeyPath, ...]]] = {}
        self._includes = 0

    def load(
        self, paths: Sequence[Path], folder: str, environment: Mapping[str, str], chain: tuple[Path, ...] = (), prefix: str = ""
    ) -> Model:
        """The model of several files, each on top of those before. folder: what paths in them are relative to. prefix: put before these
        instead, for files that are included: the same path is then written as in the file that includes them. Raises Wrong."""
        model: Model = {}
        for path in paths:
            model = self._file(path, folder, environment, model, chain)
        set_defaults(model)
        check_resources(model)
        make_absolute(model, prefix or folder)
        _from_environment(model, environment)
        return model

    def _documents(self, path: Path, lookup: Lookup) -> list[tuple[Model, tuple[KeyPath, ...]]]:
        """The documents of a file, checked and with their variables replaced."""
        try:
            documents = read_documents(self.files.text(path))
        except Malformed as error:
            raise Wrong(error.message, hint=error.hint, file=path, line=error.line or 1, column=error.column) from None
        found = []
        for document in documents:
            self.sources.add(path, document.node)
            if not isinstance(document.data, dict):
                raise Wrong("a Compose file is a mapping with services", file=path, hint="begin it with services:")
            data, problems = interpolate(document.data, self._guarded(lookup))
            self.blank += [(name, place, path) for name, place in problems.blank]
            wrong = problems or list(check_shapes(data))
            if wrong:
                raise Several([_placed(problem, self.sources, path) for problem in wrong])
            found.append((data, document.resets))
        return found

    def _guarded(self, lookup: Lookup) -> Lookup:
        """The same, that refuses credentials of whoever imports: they would end up in files."""

        def guarded(name: str) -> str | None:
            value = lookup(name)
            if value is None and name in self._refused:
                raise Missing(name, "it is a credential of your shell and is only read with --allow-env " + name)
            return value

        return guarded

    def _file(self, path: Path, folder: str, environment: Mapping[str, str], model: Model, chain: tuple[Path, ...]) -> Model:
        for data, resets in self._documents(path, environment.get):
            _promote(data)
            self._include(data, path, folder, environment, resets, (*chain, path))
            _reset(model, resets)
            self._extend(data, path, folder, environment.get, resets)
            model = _long(keep_last(merge(model, data)))
        return model

    def _include(
        self, data: Model, path: Path, folder: str, environment: Mapping[str, str], resets: tuple[KeyPath, ...], chain: tuple[Path, ...]
    ) -> None:
        for number, item in enumerate(data.pop("include", None) or ()):
            place = ("include", number)
            config = {"path": item} if isinstance(item, str) else item
            several = config.get("path") or []
            paths = [_here(each, folder, place) for each in ([several] if isinstance(several, str) else several)]
            if not paths:
                raise Wrong("an include without a path", place, file=path)
            if paths[0] in chain:
                raise Wrong(f"{self.files.shown(paths[0])} includes itself", place, "remove one include of the circle")
            self._includes += 1
            if self._includes > MAX_INCLUDES:
                raise Wrong(f"more than {MAX_INCLUDES} includes", place)
            below = absolute(config["project_directory"], folder) if config.get("project_directory") else str(paths[0].parent)
            own = self._include_environment(config, folder, below, environment, place)
            sources, self.sources = self.sources, Sources(extended=self.sources.extended)
            imported = self.load(paths, below, {**own, **environment}, chain, os.path.relpath(below, folder))
            sources.documents[:0] = self.sources.documents
            self.sources = sources
            _put_below(imported, data, resets)

    def _include_environment(
        self, config: Mapping[str, Any], folder: str, below: str, environment: Mapping[str, str], place: tuple[Any, ...]
    ) -> dict[str, str]:
        """The variables that only the included files have."""
        said = config.get("env_file") or []
        named = [absolute(each, folder) for each in ([said] if isinstance(said, str) else said) if each != "/dev/null"]
        if not said and self.files.kind(Path(below, ".env")) == "file":
            named = [f"{below}/.env"]
        return self.variables([Path(each) for each in named], environment, place)

    def variables(self, paths: Sequence[Path], environment: Mapping[str, str], place: tuple[Any, ...] = ()) -> dict[str, str]:
        """What files of variables say together; references in them see `environment` first. Raises Wrong."""
        found: dict[str, str] = {}
        for path in paths:
            text = self.files.text(path, place)
            try:
                read_env_file(text, found, environment.get)
            except NotAnEnvFile as error:
                raise Wrong(error.message, file=path, line=error.line) from None
        return found

    def _extend(self, data: Model, path: Path, folder: str, lookup: Lookup, resets: tuple[KeyPath, ...]) -> None:
        for section in ("services", "jobs"):
            workloads = data.get(section) or {}
            for name in workloads:
                workloads[name] = self._extended(section, name, workloads, path, folder, lookup, resets, ())

    def _extended(
        self,
        section: str,
        name: str,
        workloads: Model,
        path: Path,
        folder: str,
        lookup: Lookup,
        resets: tuple[KeyPath, ...],
        chain: tuple[tuple[Path, str], ...],
    ) -> Model:
        """A service with what it extends below it."""
        workload: Model = workloads[name]
        extends = workload.get("extends")
        if extends is None:
            return workload
        place = (section, name, "extends")
        base_name, base_file = (extends, None) if isinstance(extends, str) else (extends["service"], extends.get("file"))
        where, below, below_resets = path, workloads, resets
        if base_file is not None:
            where = _here(base_file, folder, place)
            below, below_resets = self._base(where, folder, lookup, place)
        if base_name not in below:
            raise Wrong(f'there is no service "{base_name}" in {self.files.shown(where)}', place, file=path if not chain else None)
        if (where, name) in chain or len(chain) > MAX_CHAIN:
            told = " -> ".join([*(each for _file, each in chain), name])
            raise Wrong(f"services that extend each other: {told}", place, "remove one extends of the circle")
        self.sources.extended[(path, section, name)] = (where, base_name)
        base = self._extended(
            "services" if base_file is not None else section, base_name, below, where, folder, lookup, below_resets, (*chain, (where, name))
        )
        base = copy.deepcopy(base)
        _reset({"services": {name: base}}, resets)
        merged = extend_service(base, workload, (section, name))
        merged.pop("extends", None)
        workloads[name] = merged
        return merged

    def _base(self, path: Path, folder: str, lookup: Lookup, place: tuple[Any, ...]) -> tuple[Model, tuple[KeyPath, ...]]:
        """The services of a file that others extend, with paths from `folder` on, and its resets; a copy, as it will be changed."""
        key = (path, folder)
        if key not in self._bases:
            self.files.text(path, place)
            model: Model = {}
            resets: tuple[KeyPath, ...] = ()
            sources, self.sources = self.sources, Sources()
            for data, resets in self._documents(path, lookup):  # the last resets count, as in Compose
                _promote(data)
                _reset(model, resets)
                model = _long(keep_last(merge(model, data)))
            sources.documents[:0] = self.sources.documents
            self.sources = sources
            make_absolute(model, os.path.relpath(path.parent, folder))
            self._bases[key] = (model.get("services") or {}, resets)
        services, resets = self._bases[key]
        return copy.deepcopy(services), resets


class Several(Wrong):
    """Everything that is wrong with one document."""

    def __init__(self, problems: Sequence[Wrong]) -> None:
        first = problems[0]
        super().__init__(first.message, first.path, first.hint, file=first.file, line=first.line, column=first.column)
        self.problems = tuple(problems)


def _here(path: str, folder: str, place: tuple[Any, ...]) -> Path:
    """A file of this machine: nothing is fetched from elsewhere."""
    if "://" in path or path.startswith(("git@", "oci:", "github.com/")):
        raise Wrong(f"{path} is not on this machine, and nothing is fetched", place, "get it yourself, and name its path")
    return Path(absolute(path, folder))


def _placed(problem: Wrong, sources: Sources, path: Path) -> Wrong:
    spot = sources.spot(problem.path, path)
    return Wrong(problem.message, problem.path, problem.hint, file=path, line=spot.line if spot else 1, column=spot.column if spot else 1)


def _long(model: Model) -> Model:
    """After a merge: the obsolete `version` goes, short forms become long, and what they repeat goes."""
    model.pop("version", None)
    merged: Model = keep_last(make_long(model))
    return merged


def _promote(data: Model) -> None:
    """Keys that were extensions before they were part of the specification."""
    for service in (data.get("services") or {}).values():
        old = service.pop("x-develop", None)
        if old is not None:
            service["develop"] = merge(copy.deepcopy(old), service.get("develop"), ("x",)) if service.get("develop") is not None else old
        for watch in (service.get("develop") or {}).get("watch") or ():
            if isinstance(watch, dict) and "x-initialSync" in watch:
                watch.setdefault("initial_sync", watch.pop("x-initialSync"))
                watch.pop("x-initialSync", None)


def _reset(model: Any, resets: tuple[KeyPath, ...]) -> None:
    """Take away what a later document resets or overrides."""
    for path in resets:
        at = model
        for step in path[:-1]:
            at = at.get(step) if isinstance(at, dict) else None
        if isinstance(at, dict) and path:
            at.pop(path[-1], None)


def _put_below(imported: Model, data: Model, resets: tuple[KeyPath, ...]) -> None:
    """What is included, below what includes it."""
    for section in _SHARED:
        for name, resource in (imported.get(section) or {}).items():
            own = data.setdefault(section, {})
            if name not in own:
                own[name] = resource
            elif not same(resource, own[name]):
                _reset({section: {name: resource}}, resets)
                own[name] = merge_below(resource, own[name], (section, name))


def _from_environment(model: Model, environment: Mapping[str, str]) -> None:
    """Values that the environment has: variables without one, secrets and configs from variables."""
    for section in ("services", "jobs"):
        for workload in (model.get(section) or {}).values():
            listed = workload.get("environment")
            if isinstance(listed, list):
                workload["environment"] = [f"{text}={environment[text]}" if text in environment else text for text in listed]
    for section, key in (("secrets", "x-#value"), ("configs", "content")):
        for resource in (model.get(section) or {}).values():
            name = (resource or {}).get("environment")
            if isinstance(name, str) and name in environment:
                resource[key] = environment[name]
