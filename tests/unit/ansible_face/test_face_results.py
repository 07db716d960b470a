# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever happens in the engine becomes a result that a person can use."""

from __future__ import annotations

import threading

from ansible_collections.roro.kube.plugins.module_utils import _ansible_face as face
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import guarded, jobs
from ansible_collections.roro.kube.plugins.module_utils._errors import DocumentError, Interrupted, Problem
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._kube_events import EventLine
from ansible_collections.roro.kube.plugins.module_utils._release.data.result import ActionRecord, InstanceResult, RunResult
from ansible_collections.roro.kube.plugins.module_utils._run_id import run_id


def run_with(monkeypatch, job, mode=None):
    monkeypatch.setitem(jobs.JOBS, "up", job)
    return face.run("up", {"workspace": "."}, mode or face.Mode(), ignore, threading.Event())


def raising(error):
    def job(parameters, mode, sink, cancel):
        raise error

    return job


def test_an_error_must_become_a_failed_result_with_every_problem(monkeypatch):
    problems = [Problem("unknown key", "app.json:3:5", "Did you mean name?"), Problem("missing key")]
    outcome = run_with(monkeypatch, raising(DocumentError.of(problems)))
    assert outcome["failed"] and not outcome["changed"]
    assert outcome["exit_code"] == 2
    assert outcome["problems"] == [
        {"message": "unknown key", "where": "app.json:3:5", "hint": "Did you mean name?"},
        {"message": "missing key", "where": None, "hint": None},
    ]
    assert outcome["msg"] == "app.json:3:5: unknown key\n  Did you mean name?\nmissing key"


def test_an_interrupted_run_must_keep_its_exit_code(monkeypatch):
    assert run_with(monkeypatch, raising(Interrupted("stopped")))["exit_code"] == 130


def test_a_defect_must_ask_for_a_report_and_show_its_traceback_only_at_vvv(monkeypatch):
    quiet = run_with(monkeypatch, raising(KeyError("x")))
    loud = run_with(monkeypatch, raising(KeyError("x")), face.Mode(verbosity=3))
    assert "KeyError" in quiet["msg"] and "report it at" in quiet["msg"]
    assert "exception" not in quiet
    assert "Traceback" in loud["exception"]


def test_a_missing_library_must_be_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(guarded, "MISSING_LIBRARY", ImportError("no", name="urllib3"))
    outcome = face.run("up", {}, face.Mode(), ignore, threading.Event())
    assert outcome["failed"] and "urllib3" in outcome["msg"] and "requirements.txt" in outcome["msg"]


def test_a_library_that_only_this_work_needs_must_be_named_as_well(monkeypatch):
    outcome = run_with(monkeypatch, raising(ImportError("no", name="jinja2")))
    assert outcome["failed"] and "jinja2" in outcome["msg"] and "requirements.txt" in outcome["msg"]


def test_parameters_must_reach_the_engine_as_plain_data(monkeypatch):
    class Tagged(str):
        """As Ansible's own values: a subclass of a built-in type."""

    seen = {}

    def job(parameters, mode, sink, cancel):
        seen.update(parameters)
        return {}

    monkeypatch.setitem(jobs.JOBS, "up", job)
    face.run(
        "up", {Tagged("variables"): {"a": Tagged("b"), "n": 1, "t": True, "l": (Tagged("c"), None)}}, face.Mode(), ignore, threading.Event()
    )
    assert seen == {"variables": {"a": "b", "n": 1, "t": True, "l": ["c", None]}}
    assert type(seen["variables"]["a"]) is str


def sample(**changes):
    actions = [ActionRecord("create", "ConfigMap", "ns", "a"), *(ActionRecord("unchanged", "ConfigMap", "ns", str(n)) for n in range(499))]
    diffs = [{"before": "", "after": "x", "before_header": "a", "after_header": "a"}]
    instance = InstanceResult("web", "web", "ns", status="Running", changed=True, actions=actions, diffs=diffs, **changes)
    return RunResult("shop", "dev", changed=True, instances=[instance])


def up_with(monkeypatch, result, mode=None, cancelled=False):
    monkeypatch.setattr(jobs.workflow, "up", lambda request, sink, cancel: result)
    cancel = threading.Event()
    if cancelled:
        cancel.set()
    return face.run("up", {"workspace": "."}, mode or face.Mode(), ignore, cancel)


def test_diffs_must_be_returned_in_diff_mode_only(monkeypatch):
    assert "diff" not in up_with(monkeypatch, sample())
    assert up_with(monkeypatch, sample(), face.Mode(diff=True))["diff"][0]["after"] == "x"


def test_a_failed_instance_must_fail_the_task_and_say_why(monkeypatch):
    result = sample(reason="ImagePullBackOff", message="no such image shop/api:9")
    result.failed = True
    result.instances[0].status = "Failed"
    outcome = up_with(monkeypatch, result)
    assert outcome["failed"] and outcome["exit_code"] == 1
    assert outcome["msg"] == "instance web: ImagePullBackOff: no such image shop/api:9"
    assert outcome["instances"][0]["status"] == "Failed"


def test_a_cancelled_run_must_end_with_130(monkeypatch):
    result = sample()
    result.failed = True
    outcome = up_with(monkeypatch, result, cancelled=True)
    assert outcome["exit_code"] == 130
    assert "interrupted" in outcome["msg"]


def test_what_the_cluster_warns_of_must_be_in_the_message_and_in_the_record():
    line = EventLine("web", "Warning", "BackOff", "Pod", "shop", "web-1", "again", 2, "2026-01-01T10:00:00Z", "2026-01-01T10:01:00Z")
    failed = InstanceResult("web", "web", "shop", "Failed", "CrashLoopBackOff", "it ends", warnings=[line])
    outcome = jobs._run_outcome(RunResult("shop", "dev", failed=True, instances=[failed]), face.Mode(), threading.Event())
    assert outcome["msg"].splitlines() == [
        "instance web: CrashLoopBackOff: it ends",
        "instance web: the cluster warns: Pod web-1: BackOff: again",
    ]
    assert outcome["instances"][0]["warnings"] == [line.as_record()]
    assert outcome["run"] == run_id()
