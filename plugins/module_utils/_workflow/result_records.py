# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as plain, stable records: what `--output json` prints and what the modules return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .._release.data.result import InstanceResult, RunResult
from .._run_id import run_id

_WORTH = 20
"""Letters of a line that cannot be in another text by chance."""
_PULL_STATES = ("Error: ErrImagePull", "Error: ImagePullBackOff")


def result_record(result: RunResult) -> dict[str, Any]:
    """A run as a JSON-ready dict; the keys are stable, `plan` is there in check mode. Diffs are left out: see `diff_records`."""
    record = {
        "workspace": result.workspace,
        "environment": result.environment,
        "run": run_id(),
        "changed": result.changed,
        "failed": result.failed,
        "check": result.check,
        "instances": [_instance_record(instance) for instance in result.instances],
        "notices": list(result.notices),
    }
    return record if result.plan is None else {**record, "plan": result.plan}


def failure_lines(instance: Mapping[str, Any], warning: Callable[[Mapping[str, Any]], str] | None = None) -> list[str]:
    """What stands behind the message of a failed instance, a line each: where it is written and where it happened, other objects that
    failed, what the program said last, what the cluster warns of beside that, and what to do. `instance` is of `result_record`; both
    faces show these. warning: tells one warning; without it there are none."""
    lines = [f"written in {instance['where']}"] if instance.get("where") else []
    lines += [*instance.get("details", ()), *_others(instance)]
    if instance.get("log"):
        lines += ["Its last words:", *(f"  {line}" for line in instance["log"])]
    warnings = untold_warnings(instance) if warning is not None else []
    if warning is not None and warnings:
        lines += ["The cluster's warnings of the last ten minutes:", *(f"  {warning(event)}" for event in warnings)]
    return [*lines, instance["hint"]] if instance.get("hint") else lines


def untold_warnings(instance: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The cluster's warnings that say more than the failure itself does."""
    told = [instance["message"], *instance.get("details", ()), *_others(instance)]
    return [
        event for event in instance.get("warnings", ()) if not _is_told(event["message"], told) and not _is_echo(event["message"], told)
    ]


def _others(instance: Mapping[str, Any]) -> list[str]:
    told = [instance["message"], *instance.get("details", ())]
    return [action["error"] for action in instance["actions"] if action["error"] and not _is_told(action["error"], told)]


def _is_echo(message: str, lines: Iterable[str]) -> bool:
    """Whether a warning only wraps what a line says, or names the state that it is in."""
    wrapped = any(line in message for line in lines if len(line) >= _WORTH)
    return wrapped or (message in _PULL_STATES and any("cannot be pulled" in line for line in lines))


def _is_told(text: str, lines: Iterable[str]) -> bool:
    return any(text in line for line in lines)


def diff_records(result: RunResult) -> list[dict[str, Any]]:
    """The diffs of a run in Ansible's form: before, after and their headers."""
    return [record for instance in result.instances for record in instance.diffs]


def _instance_record(instance: InstanceResult) -> dict[str, Any]:
    record = {key: value for key, value in vars(instance).items() if key != "diffs"}
    record["duration"] = round(instance.duration, 3)
    record["warnings"] = [line.as_record() for line in instance.warnings]
    record["actions"] = [{**vars(action), "duration": round(action.duration, 3)} for action in instance.actions]
    return record
