# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfig files: reading, merging, choosing a context.

Rules: https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files and
https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ . The first file that names an entry wins whole; relative paths
are relative to the file that holds them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..._errors import ConnectionFailed, WronglyNamed

Section = dict[str, dict[str, Any]]

CLUSTER_PATHS = ("certificate-authority",)
USER_PATHS = ("client-certificate", "client-key", "tokenFile")


@dataclass(frozen=True)
class Kubeconfig:
    """Merged kubeconfigs: entries by name, paths in them made absolute. paths: the files that were read."""

    clusters: Section = field(default_factory=dict, repr=False)
    users: Section = field(default_factory=dict, repr=False)
    contexts: Section = field(default_factory=dict, repr=False)
    current_context: str = ""
    paths: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The files, for messages."""
        return os.pathsep.join(self.paths) or "the given kubeconfig"


@dataclass(frozen=True)
class Selected:
    """One context with its cluster and user entries. user_name: "" where the context names none."""

    context: str
    namespace: str
    user_name: str
    cluster: dict[str, Any] = field(repr=False)
    user: dict[str, Any] = field(repr=False)


def text(value: object) -> str:
    """A scalar of a kubeconfig as text, as kubectl reads it: None is "", numbers and booleans are their YAML words."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def split(paths: str) -> list[str]:
    """The files of a list as KUBECONFIG holds it, each once."""
    return list(dict.fromkeys(path for path in paths.split(os.pathsep) if path))


def load(paths: Iterable[str], *, must_exist: bool) -> Kubeconfig:
    """Read and merge files, the first one strongest. Raises ConnectionFailed.

    must_exist: a missing file is an error (a path that somebody gave) or skipped (an entry of KUBECONFIG).
    """
    merged = Kubeconfig()
    for path in paths:
        expanded = Path(os.path.expanduser(path))  # noqa: PTH111 - never raises
        if not must_exist and not expanded.exists():
            continue
        merged = merge(merged, parse(read_document(expanded), str(expanded)))
    return merged


def merge(strong: Kubeconfig, weak: Kubeconfig) -> Kubeconfig:
    """Both, an entry of `strong` hiding the one of the same name in `weak`."""
    return Kubeconfig(
        {**weak.clusters, **strong.clusters},
        {**weak.users, **strong.users},
        {**weak.contexts, **strong.contexts},
        strong.current_context or weak.current_context,
        (*strong.paths, *weak.paths),
    )


def read_document(path: Path) -> object:
    """The decoded YAML or JSON of a file. Raises WronglyNamed without it, ConnectionFailed with its place where it is neither."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise WronglyNamed(
            "there is no such kubeconfig", where=str(path), hint="Correct the path, or start a local cluster with `roro cluster up`."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConnectionFailed(
            f"cannot read the kubeconfig: {reason}", where=str(path), hint="Check the rights and the content of the file."
        ) from error
    return decode(content, str(path))


def decode(content: str, where: str) -> object:
    """Decode YAML (JSON included, which is quicker and tried first)."""
    if content.lstrip().startswith("{"):
        try:
            return json.loads(content)
        except ValueError:
            pass  # YAML's flow style starts with a brace too, and its error names the place
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(content, Loader=loader)  # noqa: S506 - both loaders are safe ones
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        position = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise ConnectionFailed(
            f"the kubeconfig is not valid YAML: {error.problem or error.context}", where=position, hint="Correct the file at that place."
        ) from error
    except yaml.YAMLError as error:
        raise ConnectionFailed(
            f"the kubeconfig is not valid YAML: {' '.join(str(error).split())}", where=where, hint="Correct the file."
        ) from error


def parse(document: object, path: str) -> Kubeconfig:
    """A decoded kubeconfig. path: its file, "" when it was given in place. Raises ConnectionFailed when it is no kubeconfig."""
    where = path or None
    if document is None:
        return Kubeconfig(paths=(path,) if path else ())
    if not isinstance(document, Mapping):
        raise ConnectionFailed(
            f"a kubeconfig must be a mapping, this is a {type(document).__name__}",
            where=where,
            hint="It starts with `apiVersion: v1` and `kind: Config`.",
        )
    folder = str(Path(path).resolve().parent) if path else ""
    return Kubeconfig(
        {name: _absolute(entry, CLUSTER_PATHS, folder) for name, entry in _entries(document, "clusters", "cluster", where)},
        {name: _user(entry, folder) for name, entry in _entries(document, "users", "user", where)},
        dict(_entries(document, "contexts", "context", where)),
        text(document.get("current-context")),
        (path,) if path else (),
    )


def select(config: Kubeconfig, wanted: str | None) -> Selected:
    """The wanted context, or the current one. Raises ConnectionFailed naming the nearest and all contexts."""
    name = wanted or config.current_context
    if not name:
        raise ConnectionFailed(
            "no context was named and the kubeconfig has no current-context",
            where=config.name,
            hint=f"Name one: {_listed(config.contexts)}.",
        )
    if name not in config.contexts:
        raise _missing_context(config, name, is_current=not wanted)
    context = config.contexts[name]
    user_name = text(context.get("user"))
    return Selected(
        name,
        text(context.get("namespace")),
        user_name,
        _referenced(config, config.clusters, "cluster", text(context.get("cluster")), name),
        _referenced(config, config.users, "user", user_name, name) if user_name else {},
    )


def _missing_context(config: Kubeconfig, name: str, *, is_current: bool) -> ConnectionFailed:
    import difflib  # here, as it loads slowly

    near = difflib.get_close_matches(name, config.contexts, n=1, cutoff=0.5)
    guess = f'Did you mean "{near[0]}"? ' if near else ""
    message = f'the current-context "{name}" does not exist' if is_current else f'there is no context "{name}"'
    if not config.paths and not config.contexts:
        hint = "Name the file: --kubeconfig FILE, or KUBECONFIG; a local cluster NAME, made by `roro cluster up --name NAME`, is roro-NAME."
        return WronglyNamed(f"{message}: there is no kubeconfig, or it is empty", hint=hint)
    return WronglyNamed(message, where=config.name, hint=f"{guess}There is: {_listed(config.contexts)}.")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none at all"


def _referenced(config: Kubeconfig, section: Section, kind: str, name: str, context: str) -> dict[str, Any]:
    if name in section:
        return section[name]
    raise ConnectionFailed(
        f'context "{context}" names the {kind} "{name}", which does not exist',
        where=config.name,
        hint=f"Correct the context. There is: {_listed(section)}.",
    )


def _entries(document: Mapping[str, Any], section: str, key: str, where: str | None) -> list[tuple[str, dict[str, Any]]]:
    rows = document.get(section)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise ConnectionFailed(f"`{section}` must be a list", where=where, hint=f"Each entry has a `name` and a `{key}`.")
    found: dict[str, dict[str, Any]] = {}
    for index, row in enumerate(rows):
        value = row.get(key) if isinstance(row, Mapping) else None
        if not isinstance(row, Mapping) or not isinstance(value, Mapping | None):
            raise ConnectionFailed(
                f"`{section}[{index}]` must be a mapping with `name` and `{key}`", where=where, hint="Correct that entry."
            )
        found.setdefault(text(row.get("name")), dict(value or {}))
    return list(found.items())


def _absolute(entry: dict[str, Any], keys: tuple[str, ...], folder: str) -> dict[str, Any]:
    return {key: str(Path(folder, text(value))) if key in keys and value else value for key, value in entry.items()}


def _user(entry: dict[str, Any], folder: str) -> dict[str, Any]:
    user = _absolute(entry, USER_PATHS, folder)
    plugin = user.get("exec")
    if isinstance(plugin, Mapping):
        command = text(plugin.get("command"))
        # A bare name is looked up in PATH; only a path with a separator belongs to the file's folder.
        user["exec"] = {**plugin, "command": str(Path(folder, command)) if os.sep in command else command}
    return user
