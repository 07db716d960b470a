# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a result a task returns, and the file that has all of it.

A result is stored wherever Ansible's are: in memory for every host, in the events of ansible-runner, in the database of AWX. So it
holds counts unless the task asks for more; the `roro` command gets what changed through its pipe.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .._errors import RoroError, UsageError
from .._secrets import Secrets
from .._state import write_private
from .types import Outcome

ACTIONS = ("create", "update", "recreate", "delete", "run", "unchanged")
RUNS = ("up", "down", "rollback", "stop", "start", "restart")
"""Modules whose result lists what was done to each object."""
_OF_FAILURES = ("details", "log", "hint", "where", "warnings", "actions")
"""Keys of an instance that are there, where only counts are wanted, as far as they say something."""


def shown(name: str, outcome: Outcome, wanted: str) -> Outcome:
    """The outcome of the module `name` with as much as `wanted` says: counts, changes or all. The outcome itself stays as it is."""
    if wanted == "all" or "instances" not in outcome:
        return outcome
    if name in RUNS:
        kept = outcome if wanted == "changes" else {key: value for key, value in outcome.items() if key != "plan"}
        return {**kept, "instances": _each(outcome["instances"], _with_changes if wanted == "changes" else _with_counts)}
    if name == "status_info":
        return {**outcome, "instances": _each(outcome["instances"], _with_unready if wanted == "changes" else _with_failed)}
    return outcome


def counts(actions: list[dict[str, Any]]) -> dict[str, int]:
    """Action -> how many objects, of those that occur; what failed was not done."""
    return dict(Counter(one["action"] for one in actions if not one["error"]))


def told(name: str, outcome: Outcome) -> Outcome:
    """The outcome as the `roro` command gets it."""
    return shown(name, outcome, "changes")


def result_file(parameters: Mapping[str, Any]) -> Path | None:
    """Where all of the result is wanted as a file, looked at before any work is done. Raises UsageError."""
    if not parameters.get("result_file"):
        return None
    file = Path(parameters["result_file"]).absolute()
    if not file.parent.is_dir():
        raise UsageError(f"there is no folder {file.parent}", where="result_file", hint="Make it before, or name another file.")
    if file.is_dir():
        raise UsageError(f"{file} is a folder", where="result_file", hint="Name a file in it, one of its own for each host.")
    return file


def write_result(file: Path, name: str, outcome: Outcome, secrets: Secrets) -> Outcome:
    """The outcome, after all of it was written as JSON to a file that only its owner can read; that this failed is a notice in it."""
    text = json.dumps(secrets.hidden({"module": f"roro.kube.{name}", **outcome}), indent=1, default=str)
    try:
        write_private(file, text.encode() + b"\n")
    except RoroError as error:
        return {**outcome, "notices": [*outcome.get("notices", ()), str(error)]}
    return outcome


def _each(instances: list[dict[str, Any]], keep: Callable[[dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    return [keep(instance) for instance in instances]


def _with_changes(instance: dict[str, Any]) -> dict[str, Any]:
    return {**instance, "actions": [one for one in instance["actions"] if one["action"] != "unchanged" or one["error"]]}


def _with_counts(instance: Mapping[str, Any]) -> dict[str, Any]:
    failed = [one for one in instance["actions"] if one["error"]]
    return {key: value for key, value in {**instance, "actions": failed}.items() if value or key not in _OF_FAILURES}


def _with_unready(instance: dict[str, Any]) -> dict[str, Any]:
    return {**instance, "objects": [one for one in instance["objects"] if one["state"] != "ready"]}


def _with_failed(instance: Mapping[str, Any]) -> dict[str, Any]:
    failed = [one for one in instance["objects"] if one["state"] == "failed"]
    return {key: value for key, value in {**instance, "objects": failed}.items() if value or key not in ("details", "hint", "objects")}
