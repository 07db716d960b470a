"""The plan as data: stable records, from which the text is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release.data.plan_record import plan_text
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import RunResult
from ansible_collections.roro.kube.plugins.module_utils._workflow import result_record

DOCS = Path(__file__).parents[3] / "docs" / "how-up-works.md"


@pytest.fixture
def plan(make: Any) -> Any:
    job = make.workload("Job", "migrate")
    job["metadata"]["annotations"] = {"roro.dev/hook": "before-up"}
    _, held, record = make.steady("api", make.thing("PersistentVolumeClaim", "data"))
    db = make.desired("db", make.config("db"))
    api = make.desired(make.instance("api", needs=[("db", "started", False)]), make.config(), job)
    return make.planned([db, api], make.observed(*held, records=[record]))


def test_the_record_must_hold_steps_gates_what_is_kept_and_notices(plan: Any) -> None:
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data"}
    why = "holds data (--volumes removes it)"
    config = {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "shop"}
    job = {"apiVersion": "batch/v1", "kind": "Job", "namespace": "shop", "name": "migrate"}
    fresh = {"action": "create", "cause": "no existing object", "hook": ""}
    cause = "hook before-up: the instance changes"
    assert plan.record() == {
        "steps": [
            {"id": 1, "instance": "db", **config, "name": "db", **fresh, "after": []},
            {"id": 3, "instance": "api", "action": "run", **job, "cause": cause, "after": [2], "hook": "before-up"},
            {"id": 4, "instance": "api", **config, "name": "settings", **fresh, "after": [2, 3]},
        ],
        "gates": [
            {"id": 2, "instance": "db", "condition": "started", "required": False, "objects": [{**config, "name": "db"}], "after": [1]}
        ],
        "kept": [{"instance": "api", **claim, "why": why}],
        "notices": [f"PersistentVolumeClaim shop/data of instance api is kept: {why}"],
    }


def test_the_text_must_be_made_of_the_record_alone(plan: Any) -> None:
    assert plan_text(json.loads(json.dumps(plan.record()))) == plan.text()


def test_a_result_must_carry_the_plan_in_check_mode_only(plan: Any) -> None:
    assert result_record(RunResult("shop", "dev", plan=plan.record()))["plan"] == plan.record()
    assert "plan" not in result_record(RunResult("shop", "dev"))


def test_every_key_of_the_record_must_be_documented(plan: Any) -> None:
    rows = {line.split("|")[1].strip(" `"): line for line in DOCS.read_text().splitlines() if line.startswith("| `")}
    for name in ("steps", "gates", "kept"):
        for key in plan.record()[name][0]:
            assert f"`{key}`" in rows[name], (name, key)
