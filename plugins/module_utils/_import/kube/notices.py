# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is not carried over, or means something else here: every key of a project that has no equivalent is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..compose.key import Key
from ..compose.keys import JOB, PROJECT, SERVICE
from ..compose.normalize import meant


@dataclass(frozen=True)
class Notice:
    """path: in the model, such as ("services", "web", "cap_add"). message: one sentence. hint: what to do, or "". lost: whether something
    that the project says is not there; else it is only different."""

    path: tuple[Any, ...]
    message: str
    hint: str = ""
    lost: bool = True


class Notices:
    """Collects them; each once."""

    def __init__(self) -> None:
        self._found: dict[tuple[tuple[Any, ...], str], Notice] = {}

    def add(self, path: tuple[Any, ...], message: str, hint: str = "", *, lost: bool = True) -> None:
        """One more."""
        self._found.setdefault((path, message), Notice(path, message, hint, lost))

    def all(self) -> list[Notice]:
        """In the order in which they were found."""
        return list(self._found.values())


def tell_what_is_lost(model: Mapping[str, Any], wanted: frozenset[str], notices: Notices) -> None:
    """Every key of the table that has no equivalent, of these services and jobs and of the sections."""
    for section, keys in (("services", SERVICE), ("jobs", JOB)):
        for name, workload in (model.get(section) or {}).items():
            if name in wanted:
                _walk(_said(workload), keys, (section, name), notices)
                for number, hook in enumerate(workload.get("pre_start") or ()):
                    own = {key: value for key, value in hook.items() if workload.get(key) != value}
                    _walk(own, SERVICE["pre_start"].inner, (section, name, "pre_start", number), notices)
    for section in ("networks", "volumes", "secrets", "configs", "models"):
        for name, resource in (model.get(section) or {}).items():
            if PROJECT[section].fate == "none":
                notices.add((section, name), f"{section[:-1]} {name} has no equivalent: {PROJECT[section].words}")
            else:
                _walk(resource or {}, PROJECT[section].inner, (section, name), notices)


def _said(workload: Mapping[str, Any]) -> dict[str, Any]:
    """What the project says of a workload itself; builds and hooks are told elsewhere."""
    found = {key: value for key, value in workload.items() if key not in ("build", "pre_start")}
    added = {name for name, _restart in meant(workload)}
    found["depends_on"] = {name: how for name, how in (workload.get("depends_on") or {}).items() if name not in added}
    return found


def _walk(value: Any, keys: Mapping[str, Key], path: tuple[Any, ...], notices: Notices, words: str = "") -> None:
    if isinstance(value, list):
        for number, item in enumerate(value):
            _walk(item, keys, (*path, number), notices, words)
        return
    for name, item in value.items() if isinstance(value, dict) else ():
        key = keys.get(name)
        if key is None or item is None or item is False or (item in ("", 0) and item is not True) or item == [] or item == {}:
            continue
        if key.fate == "none":
            notices.add((*path, name), f"{name} has no equivalent: {key.words or words}")
        elif key.inner and "names" in key.shape:
            for inner_name, inner in item.items() if isinstance(item, dict) else ():
                _walk(inner or {}, key.inner, (*path, name, inner_name), notices, key.words or words)
        elif key.inner and isinstance(item, (dict, list)):
            _walk(item, key.inner, (*path, name), notices, key.words or words)
