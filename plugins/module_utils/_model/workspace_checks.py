# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only shows when documents are seen together, or needs a look at the folder: names, references, cycles, manifests."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .build import manifest_source
from .files import Refused, holds_manifests, inside
from .graph import find_cycle
from .merge import NAMED_LISTS, VARIABLE_KEYS, Layer, merge_settings, merge_variables, normalise
from .problems import Problems
from .rules import check_drift, check_namespace, check_settings
from .schema import COMPUTED, LABEL, Kind
from .template import BadTemplate, substitute
from .types import Place
from .words import listed, suggest

MAX_NAME = 63
_WHOLE = {
    "helm": ("Chart.yaml",),
    "kustomize": ("kustomization.yaml", "kustomization.yml", "Kustomization"),
}
"""Engines that take a folder as a whole -> the files that make it theirs."""


@dataclass(frozen=True)
class Document:
    """One document as read. valid: by the schema. named: whether it says its name itself (else it is the folder's)."""

    kind: Kind
    file: Path
    name: str
    data: Mapping[str, Any]
    valid: bool
    named: bool


def check_documents(problems: Problems, workspace: Document, apps: Sequence[Document], environments: Sequence[Document]) -> None:
    """Tell everything that is wrong between valid documents; those that are not valid are left to the schema's problems."""
    for documents in (apps, environments):
        _check_names(problems, documents)
    for document in (workspace, *apps, *environments):
        if document.valid:
            _check_names_inside(problems, document.file, document.data, ())
    if workspace.valid:
        _check_workspace(problems, workspace)
        _check_default(problems, workspace, {environment.name for environment in environments})
    known = {app.name: _optional(app.data) if app.valid else set() for app in apps}
    for app in apps:
        if app.valid:
            _check_app(problems, app, set(known))
    if all(app.valid for app in apps):
        _check_cycles(problems, apps)
    for environment in environments:
        if environment.valid:
            _check_environment(problems, environment, known)


def _check_names(problems: Problems, documents: Sequence[Document]) -> None:
    """Every name is taken once, and a folder's name that serves as one is fit for it."""
    taken: dict[str, Document] = {}
    for document in documents:
        if not document.named and not _is_name(document.name):
            problems.add(
                Place(document.file),
                f'the folder\'s name "{document.name}" is not a name of lower-case letters, digits and dashes',
                f'add "name": "{_like(document.name)}", or rename the folder',
            )
        first = taken.setdefault(document.name, document)
        if first is not document:
            problems.add(
                Place(document.file, ("name",) if document.named else ()),
                f'the {document.kind} "{document.name}" is already in {first.file.parent.relative_to(problems.root)}',
                "every name is used once: rename one of them",
            )


def _check_default(problems: Problems, workspace: Document, environments: Collection[str]) -> None:
    default = workspace.data.get("defaultEnvironment")
    if default is not None and default not in environments:
        place = Place(workspace.file, ("defaultEnvironment",))
        problems.add(place, f'there is no environment "{default}"', suggest(default, environments, what="environments"))


def _is_name(name: str) -> bool:
    import re

    return re.search(LABEL, name) is not None and not name.startswith("x-")


def _like(name: str) -> str:
    """A valid name made of this one."""
    kept = "".join(char if char.isascii() and char.isalnum() else "-" for char in name.lower()).strip("-")
    return kept[:MAX_NAME].strip("-") or "my-app"


def _check_names_inside(problems: Problems, file: Path, data: Mapping[str, Any], prefix: tuple[str | int, ...]) -> None:
    """Names of variables and of named things in one document or one instance: not reserved, not twice."""
    owner: dict[str, str] = {}
    for key in VARIABLE_KEYS:
        for name in data.get(key) or {}:
            place = Place(file, (*prefix, key, name))
            if name in COMPUTED:
                problems.add(
                    place,
                    f'"{name}" is a computed variable and cannot be set',
                    f"choose another name; computed are {', '.join(COMPUTED)}",
                    key=True,
                )
            if owner.setdefault(name, key) != key:
                problems.add(
                    place,
                    f'"{name}" is also under {owner[name]}',
                    "a name is a variable, a value or from the system environment: keep one",
                    key=True,
                )
    for key in (*NAMED_LISTS, "dependsOn"):
        items = data.get(key)
        names = [item["name"] if isinstance(item, dict) else item for item in items] if isinstance(items, list) else []
        for number, name in enumerate(names):
            if name in names[:number]:
                problems.add(Place(file, (*prefix, key, number)), f'"{name}" is in the list twice', "keep one of them")


def _check_workspace(problems: Problems, workspace: Document) -> None:
    _check_alone(problems, workspace)
    url = (workspace.data.get("git") or {}).get("url", "")
    address = url.partition("://")[2].partition("/")[0]
    if "@" in address and ":" in address.rpartition("@")[0]:
        problems.add(
            Place(workspace.file, ("git", "url")),
            "the address holds a password or token",
            "remove it: credentials come from Git's own helpers or a token in the environment",
        )


def _check_alone(problems: Problems, document: Document) -> None:
    """Rules on the settings of one document."""
    layer = Layer(document.kind, normalise(document.data), Place(document.file))

    def report(path: tuple[str | int, ...], message: str, hint: str | None) -> None:
        problems.add(Place(document.file, path), message, hint)

    check_settings(merge_settings([layer]), merge_variables([layer]), report)
    check_drift(document.data.get("drift"), ("drift",), report)


def _check_app(problems: Problems, app: Document, known: set[str]) -> None:
    _check_alone(problems, app)
    check_manifests(problems, Place(app.file, ("manifests",) if app.data.get("manifests") else ()), app.file.parent, app.data)
    _check_dependencies(problems, app.file, app.data, (), known, set())


def _optional(data: Mapping[str, Any]) -> set[str]:
    """The apps that a document's `dependsOn` can go without."""
    depends = data.get("dependsOn")
    return {name for name, how in depends.items() if how is None or how.get("required") is False} if isinstance(depends, dict) else set()


def _check_dependencies(
    problems: Problems, file: Path, data: Mapping[str, Any], prefix: tuple[str | int, ...], known: Collection[str], optional: set[str]
) -> None:
    """`dependsOn` names apps that there are, or that it can go without (optional: by another document)."""
    depends = data.get("dependsOn") or {}
    needed = {name for name, how in depends.items() if (how or {}).get("required")} if isinstance(depends, dict) else set()
    optional = _optional(data) | (optional - needed)
    for number, name in enumerate(depends):
        if name not in known and name not in optional and not name.startswith("x-"):
            step: str | int = number if isinstance(depends, list) else name
            problems.add(
                Place(file, (*prefix, "dependsOn", step)),
                f'found "{name}"; expected an app of this workspace',
                suggest(name, known, what="apps"),
                key=True,
            )


def check_manifests(
    problems: Problems, stated: Place, folder: Path, settings: Mapping[str, Any], computed: Mapping[str, str] | None = None
) -> None:
    """The folder is there, inside the app's folder, and holds something. stated: where `manifests` is written, else the document.

    computed: the variables of an instance; a path that names some of them is only looked at when they are known.
    """
    raw = settings.get("manifests") or {}
    place = Place(stated.document, (*stated.path, "path")) if raw.get("path") else stated
    shown = raw.get("path") or "manifests"
    if "{{" in shown and computed is None:
        return
    try:
        source = manifest_source(folder, settings, computed)
        shown = substitute(shown, computed or {}) if "{{" in shown else shown
    except BadTemplate as error:
        problems.add(place, error.message, error.hint)
        return
    if not inside(folder, source.path) or shown.startswith("/"):
        problems.add(place, f'"{shown}" leads outside the app\'s folder', "name a folder below the app's folder")
        return
    if source.path.is_file():
        return
    if not source.path.is_dir():
        there = [entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith(".")]
        name = folder.relative_to(problems.root) / shown
        problems.add(
            place, f"there is no folder {name}", suggest(shown, there, what="folders there") or "make it, and put the manifests there"
        )
        return
    marks = [mark for engine, names in _WHOLE.items() if source.engine in (None, engine) for mark in names]
    whole = any((source.path / mark).exists() for mark in marks)
    if not whole and source.engine not in _WHOLE:
        _check_include(problems, stated, source.path, source.include, written=bool(raw.get("include")))


def _check_include(problems: Problems, stated: Place, folder: Path, include: Sequence[str], *, written: bool) -> None:
    """Every pattern that is written matches a file; the default ones together match one."""
    shown = folder.relative_to(problems.root)
    for number, pattern in enumerate(include if written else ()):
        place = Place(stated.document, (*stated.path, "include", number))
        try:
            if not holds_manifests(folder, [pattern]):
                problems.add(
                    place, f'no file in {shown} matches "{pattern}"', "correct the pattern (** stands for any folders), or remove it"
                )
        except Refused as error:
            problems.add(place, error.message, error.hint)
    if not written:
        try:
            empty = not holds_manifests(folder, include)
        except Refused as error:
            problems.add(stated, error.message, error.hint)
            return
        if empty:
            problems.add(
                stated,
                f"there are no manifests in {shown}",
                "put .yaml, .yml or .json files there, or templates (.yaml.j2), or name them in manifests.include",
            )


def _check_cycles(problems: Problems, apps: Sequence[Document]) -> None:
    """No app needs itself, not even through others."""
    graph = {app.name: list(normalise(app.data).get("dependsOn") or {}) for app in apps}
    files = {app.name: app.file for app in apps}
    cycle = find_cycle(graph)
    if cycle:
        message = f"{cycle[0]} depends on itself" if len(cycle) == 1 else f"a cycle of dependencies: {' -> '.join([*cycle, cycle[0]])}"
        following = cycle[1] if len(cycle) > 1 else cycle[0]
        problems.add(
            Place(files[cycle[0]], ("dependsOn", following)), message, f"remove one of these from dependsOn: {listed(cycle)}", key=True
        )


def _check_environment(problems: Problems, environment: Document, known: Mapping[str, set[str]]) -> None:
    """known: the apps, each with those that it can go without."""

    def report(path: tuple[str | int, ...], message: str, hint: str | None) -> None:
        problems.add(Place(environment.file, path), message, hint)

    check_namespace(environment.data.get("namespace"), report)
    check_drift(environment.data.get("drift"), ("drift",), report)
    taken: dict[str, int] = {}
    for number, item in enumerate(environment.data.get("instances") or ()):
        path: tuple[str | int, ...] = ("instances", number)
        app, suffix = item["app"], item.get("suffix")
        if app not in known:
            problems.add(
                Place(environment.file, (*path, "app")),
                f'found "{app}"; expected an app of this workspace',
                suggest(app, known, what="apps"),
            )
        name = f"{app}-{suffix}" if suffix else app
        if item.get("instance") not in (None, name):
            words = f'found "{item["instance"]}"; this instance is "{name}"'
            problems.add(Place(environment.file, (*path, "instance")), words, "its id is <app> or <app>-<suffix>: leave it out")
        if taken.setdefault(name, number) != number:
            problems.add(
                Place(environment.file, path),
                f'the instance "{name}" is already $.instances[{taken[name]}]',
                f'give this one {"another" if suffix else "a"} suffix, such as "suffix": "blue"',
            )
        if len(name) > MAX_NAME:
            problems.add(
                Place(environment.file, (*path, "suffix")),
                f"the instance's id {name} has {len(name)} characters; at most {MAX_NAME} are allowed",
                "shorten the suffix or the app's name",
            )
        _check_names_inside(problems, environment.file, item, path)
        check_drift(item.get("drift"), (*path, "drift"), report)
        _check_dependencies(problems, environment.file, item, path, known, known.get(app, set()))
