# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results as plain, stable records: what `--output json` prints and what the modules return."""

from __future__ import annotations

from typing import Any

from .._release.types import InstanceResult, RunResult
from .._run_id import run_id


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


def diff_records(result: RunResult) -> list[dict[str, Any]]:
    """The diffs of a run in Ansible's form: before, after and their headers."""
    return [record for instance in result.instances for record in instance.diffs]


def _instance_record(instance: InstanceResult) -> dict[str, Any]:
    record = {key: value for key, value in vars(instance).items() if key != "diffs"}
    record["duration"] = round(instance.duration, 3)
    record["warnings"] = [line.as_record() for line in instance.warnings]
    record["actions"] = [{**vars(action), "duration": round(action.duration, 3)} for action in instance.actions]
    return record
