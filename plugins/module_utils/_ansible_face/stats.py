# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the next job of a workflow finds in the variable `roro` or `roro_git`: the statistics that `ansible.builtin.set_stats` would set,
returned by the task itself, which costs no task. Those of several hosts are merged. Ansible drops them where a task failed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .how_much import RUNS
from .types import Mode, Outcome

STATS = "ansible_stats"


def with_stats(name: str, outcome: Outcome, parameters: Mapping[str, Any], mode: Mode) -> Outcome:
    """The outcome of the module `name` with its statistics; unchanged where there are none, and of a silent task."""
    if outcome.get("failed") or mode.silent:
        return outcome
    data = _of_git(name, outcome, parameters) if name in ("clone", "sync") else _of_environment(name, outcome, check=mode.check)
    return {**outcome, STATS: {"data": data, "per_host": False, "aggregate": True}} if data else outcome


def _of_environment(name: str, outcome: Outcome, *, check: bool) -> dict[str, Any]:
    if name == "port_forward":
        return _of_forwards(outcome)
    if name not in (*RUNS, "status_info", "reconcile", "approve"):
        return {}
    instances = outcome.get("instances") or []
    told: dict[str, Any] = {"action": name.removesuffix("_info")}
    if name != "status_info":
        told |= {"changed": outcome["changed"], "check": check}
    told["instances"] = {one["instance"]: one.get("status") or one.get("state") for one in instances}
    if name in (*RUNS, "status_info"):
        told["revisions"] = {one["instance"]: one["revision"] for one in instances}
    if name in RUNS:
        told["changed_instances"] = [one["instance"] for one in instances if one["changed"]]
        told["counts"] = outcome["counts"]
    if name in ("reconcile", "approve"):
        told |= {"commit": outcome["commit"], "findings": len(outcome["findings"]), "plan": (outcome["proposal"] or {}).get("plan", "")}
    return {"roro": {outcome["workspace"]: {outcome["environment"]: told}}}


def _of_forwards(outcome: Outcome) -> dict[str, Any]:
    """Those that are open, as `instance/name`: the address to connect to."""
    found: dict[str, dict[str, Any]] = {}
    for one in outcome.get("forwards") or []:
        if one["workspace"] and one["addresses"] and one["state"] == "Active":
            place = found.setdefault(one["workspace"], {}).setdefault(one["environment"], {"forwards": {}})
            place["forwards"][f"{one['instance']}/{one['name']}"] = one["addresses"][0]
    return {"roro": found} if found else {}


def _of_git(name: str, outcome: Outcome, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Of the clone, by the name of its folder."""
    folder = Path(parameters["dest" if name == "clone" else "workspace"]).absolute().name
    told = {"branch": outcome["branch"], "commit": outcome["commit" if name == "clone" else "after"], "changed": outcome["changed"]}
    if name == "sync":
        told |= {"before": outcome["before"], "pulled": len(outcome["pulled"]), "pushed": outcome["pushed"]}
    return {"roro_git": {folder: told}}
