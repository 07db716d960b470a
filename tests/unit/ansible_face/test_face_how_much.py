# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A result is small unless a task asks for more, and a workflow's next job finds what it needs."""

from __future__ import annotations

import json
import stat
import threading

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _ansible_face as face
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import jobs
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import ActionRecord, InstanceResult, RunResult


def a_run(objects=100, changed=1, failed=0, **more):
    actions = [ActionRecord("update", "ConfigMap", "shop-dev", f"settings-{n}", "data.mode differs", 0.01) for n in range(changed)]
    actions += [ActionRecord("create", "Service", "shop-dev", f"bad-{n}", error="no such port") for n in range(failed)]
    actions += [ActionRecord("unchanged", "ConfigMap", "shop-dev", f"same-{n}") for n in range(objects - changed - failed)]
    status = "Failed" if failed else "Running"
    instance = InstanceResult("web", "web", "shop-dev", status=status, revision=3, changed=bool(changed), actions=actions)
    return RunResult("shop", "dev", changed=bool(changed), failed=bool(failed), instances=[instance], **more)


def up(monkeypatch, ended, mode=None, **parameters):
    """What the engine tells, and what the task returns of it."""
    monkeypatch.setattr(jobs.workflow, "up", lambda request, sink, cancel: ended)
    mode, given = mode or face.Mode(), {"workspace": ".", "result": "counts", **parameters}
    outcome = face.run("up", given, mode, ignore, threading.Event())
    return outcome, face.returned("up", outcome, given, mode)


def listed(outcome):
    return [action["action"] for action in outcome["instances"][0].get("actions", ())]


def test_a_result_must_count_objects_and_list_none(monkeypatch):
    _, returned = up(monkeypatch, a_run(100, changed=2))
    assert listed(returned) == []
    assert returned["instances"][0]["counts"] == {"update": 2, "unchanged": 98}
    assert returned["counts"] == {"create": 0, "update": 2, "recreate": 0, "delete": 0, "run": 0, "unchanged": 98}


def test_a_result_must_not_grow_with_the_objects(monkeypatch):
    few, many = (len(json.dumps(up(monkeypatch, a_run(number, changed=number // 2))[1])) for number in (10, 10_000))
    assert many - few < 50


@pytest.mark.parametrize(("wanted", "number"), [("changes", 2), ("all", 100)])
def test_objects_must_be_listed_when_a_task_asks_for_them(monkeypatch, wanted, number):
    assert len(listed(up(monkeypatch, a_run(100, changed=2), result=wanted)[1])) == number


def test_objects_that_failed_must_be_listed_in_any_case(monkeypatch):
    _, returned = up(monkeypatch, a_run(100, changed=2, failed=1))
    assert [action["error"] for action in returned["instances"][0]["actions"]] == ["no such port"]
    assert returned["failed"] and returned["counts"]["create"] == 0


def test_the_command_must_be_told_every_change_whatever_the_task_returns(monkeypatch):
    outcome, _ = up(monkeypatch, a_run(100, changed=2, plan={"steps": []}))
    told = face.told("up", outcome)
    assert listed(told) == ["update", "update"] and told["plan"] == {"steps": []}


def test_the_plan_of_a_check_must_be_there_when_it_is_asked_for(monkeypatch):
    assert "plan" not in up(monkeypatch, a_run(plan={"steps": []}))[1]
    assert up(monkeypatch, a_run(plan={"steps": []}), result="changes")[1]["plan"] == {"steps": []}


def test_all_of_a_result_must_be_had_as_a_file_that_only_its_owner_reads(monkeypatch, tmp_path):
    file = tmp_path / "shop-dev.json"
    _, returned = up(monkeypatch, a_run(100), result_file=str(file), secret_variables={"password": "settings-0"})
    written = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(written["instances"][0]["actions"]) == 100 and listed(returned) == []
    assert "settings-0" not in file.read_text()


def test_a_file_that_cannot_be_written_must_be_told_before_anything_is_done(monkeypatch, tmp_path):
    outcome, _ = up(monkeypatch, None, result_file=str(tmp_path / "no" / "result.json"))
    assert outcome["failed"] and outcome["exit_code"] == 2 and "there is no folder" in outcome["msg"]
    assert "is a folder" in up(monkeypatch, None, result_file=str(tmp_path))[0]["msg"]


def test_a_workflow_must_find_revisions_and_what_changed(monkeypatch):
    _, returned = up(monkeypatch, a_run(100, changed=2))
    assert returned["ansible_stats"] == {
        "per_host": False,
        "aggregate": True,
        "data": {
            "roro": {
                "shop": {
                    "dev": {
                        "action": "up",
                        "changed": True,
                        "check": False,
                        "instances": {"web": "Running"},
                        "revisions": {"web": 3},
                        "changed_instances": ["web"],
                        "counts": returned["counts"],
                    }
                }
            }
        },
    }


def test_statistics_must_not_be_left_by_a_task_that_failed_or_is_silent(monkeypatch):
    assert "ansible_stats" not in up(monkeypatch, a_run(failed=1))[1]
    assert "ansible_stats" not in up(monkeypatch, a_run(), face.Mode(silent=True))[1]


def test_a_workflow_must_find_where_forwards_are():
    one = {"workspace": "shop", "environment": "dev", "instance": "web", "name": "http", "addresses": ["127.0.0.1:8080"], "state": "Active"}
    shut = {**one, "name": "admin", "state": "Failed", "addresses": []}
    outcome = face.returned("port_forward", {"changed": True, "forwards": [one, shut]}, {}, face.Mode())
    assert outcome["ansible_stats"]["data"] == {"roro": {"shop": {"dev": {"forwards": {"web/http": "127.0.0.1:8080"}}}}}


def test_a_workflow_must_find_what_a_sync_brought():
    outcome = {"changed": True, "branch": "main", "before": "1" * 40, "after": "2" * 40, "pulled": [{}, {}], "pushed": 1}
    returned = face.returned("sync", outcome, {"workspace": "/srv/shop"}, face.Mode())
    told = {"branch": "main", "before": "1" * 40, "commit": "2" * 40, "changed": True, "pulled": 2, "pushed": 1}
    assert returned["ansible_stats"]["data"] == {"roro_git": {"shop": told}}


def test_a_status_must_list_only_objects_that_failed():
    objects = [{"kind": "Pod", "name": str(n), "state": state} for n, state in enumerate(("ready", "progressing", "failed"))]
    web = {"instance": "web", "status": "Failed", "revision": 3, "objects": objects}
    outcome = {"changed": False, "workspace": "shop", "environment": "dev", "instances": [web]}

    def states(wanted):
        shown = face.returned("status_info", outcome, {"result": wanted}, face.Mode())
        return [one["state"] for one in shown["instances"][0]["objects"]]

    assert states("counts") == ["failed"]
    assert states("changes") == ["progressing", "failed"]
    assert states("all") == ["ready", "progressing", "failed"]
