"""The last line of a lifecycle command must count what it says it did."""

from __future__ import annotations

from typing import Any

import pytest

from roro.doctor_command import _count
from roro.lifecycle import _print_summary, _run_with_progress
from roro.playbook import Playbook, PlaybookResult
from roro.progress import Row


def instance(status: str, *actions: str) -> dict[str, Any]:
    return {"instance": "api", "namespace": "shop", "status": status, "reason": "", "message": "", "actions": [_action(a) for a in actions]}


def _action(action: str) -> dict[str, Any]:
    return {"action": action, "error": ""}


@pytest.mark.parametrize(
    ("verb", "instances", "line"),
    [
        ("stop", [instance("NotDeployed", "update")], "1 of 1 instances stopped; 1 updated (1.0s)"),
        ("stop", [instance("NotDeployed", "update"), instance("Failed")], "1 of 2 instances stopped; 1 updated (1.0s)"),
        ("stop", [], "nothing to stop (1.0s)"),
        ("start", [], "nothing to start (1.0s)"),
        ("down", [instance("NotDeployed", "delete")], "1 of 1 instances removed; 1 deleted (1.0s)"),
        ("up", [instance("Running", "run")], "1 of 1 instances running; 1 hook run (1.0s)"),
        ("up", [instance("Running", "run", "run")], "1 of 1 instances running; 2 hooks run (1.0s)"),
        ("up", [instance("Running"), instance("NotDeployed", "delete")], "1 of 1 instances running; 1 deleted (1.0s)"),
    ],
)
def test_the_summary_must_count_what_was_done(
    verb: str, instances: list[dict[str, Any]], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_summary(verb, {"instances": instances}, 1.0)
    assert capsys.readouterr().out == f"{line}\n"


def test_an_update_that_was_rolled_back_must_say_to_what_and_how_it_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    back = {**instance("Failed", "update"), "reason": "HookFailed", "message": "no; rolled back to revision 4", "rolled_back_to": 4}
    _print_summary("up", {"failed": True, "instances": [instance("Running"), back]}, 1.0)
    shown = capsys.readouterr()
    assert shown.out == "1 of 2 instances as wanted; rolled back, and running as before: api at revision 4 (1.0s)\n"
    assert "Failed: api: HookFailed: no; rolled back to revision 4" in shown.err


def test_what_is_no_instances_must_be_told_of_the_environment_and_not_be_counted(capsys: pytest.CaptureFixture[str]) -> None:
    left = {**instance("Failed"), "instance": "", "reason": "Timeout", "message": "Namespace shop-dev is not gone after 20 s"}
    _print_summary("down", {"failed": True, "environment": "dev", "instances": [instance("NotDeployed", "delete"), left]}, 1.0)
    shown = capsys.readouterr()
    assert shown.out == "1 of 1 instances removed; 1 deleted (1.0s)\n"
    assert "Failed: dev: Timeout: Namespace shop-dev is not gone after 20 s" in shown.err


def test_a_check_must_not_count_what_it_could_not_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    later = {**instance("NotDeployed"), "reason": "RenderedLater"}
    _print_summary("up", {"check": True, "instances": [instance("NotDeployed", "create"), later, later]}, 1.0)
    _print_summary("up", {"check": True, "instances": [instance("NotDeployed", "create")]}, 1.0)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 3 instances checked, 2 can only be when others are healthy; would be: 1 created (1.0s)",
        "1 of 1 instances checked; would be: 1 created (1.0s)",
    ]


def test_a_check_that_failed_must_say_how_many_would_fail(capsys: pytest.CaptureFixture[str]) -> None:
    _print_summary("up", {"check": True, "failed": True, "instances": [instance("NotDeployed", "create"), instance("Failed")]}, 1.0)
    _print_summary("up", {"check": True, "failed": True, "instances": [instance("Failed"), instance("Running")]}, 1.0)
    assert capsys.readouterr().out.splitlines() == [
        "1 of 2 instances would fail; would be: 1 created (1.0s)",
        "1 of 2 instances would fail; nothing would be done (1.0s)",
    ]


def test_a_failure_must_be_read_once_with_all_that_stands_behind_it_below(capsys: pytest.CaptureFixture[str]) -> None:
    broken = {
        **instance("Failed"),
        "reason": "ImagePullBackOff",
        "message": "image shop/api:9 cannot be pulled (no such host)",
        "details": ["Deployment shop/api, pod api-1, container main", "lookup registry: no such host"],
        "actions": [{"action": "update", "error": ""}, {"action": "create", "error": "Secret shop/key: forbidden"}],
        "log": ["Traceback", "KeyError: x"],
        "warnings": [
            _warning("lookup registry: no such host"),
            _warning("Failed to pull image: failed to do request: lookup registry: no such host"),
            _warning("Error: ImagePullBackOff"),
            _warning("no room"),
        ],
        "where": "apps/api/manifests/api.yaml:3",
        "hint": "Check its name.",
    }
    waits = {**instance("Failed"), "instance": "web", "reason": "DependencyFailed", "message": "waits for api"}
    _print_summary("up", {"failed": True, "instances": [broken, waits]}, 1.0)
    assert capsys.readouterr().err.splitlines() == [
        "Failed: api: ImagePullBackOff: image shop/api:9 cannot be pulled (no such host)",
        "        written in apps/api/manifests/api.yaml:3",
        "        Deployment shop/api, pod api-1, container main",
        "        lookup registry: no such host",
        "        Secret shop/key: forbidden",
        "        Its last words:",
        "          Traceback",
        "          KeyError: x",
        "        The cluster's warnings of the last ten minutes:",
        "          Pod api-1: Failed: no room",
        "        Check its name.",
        "Failed: web: waits for api",
    ]


def _warning(message: str) -> dict[str, Any]:
    return {"kind": "Pod", "name": "api-1", "reason": "Failed", "message": message, "count": 1, "first": "", "last": "", "objects": 1}


def test_a_reason_must_not_be_told_before_a_message_that_begins_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    _print_summary("up", {"failed": True, "instances": [{**instance("Failed"), "reason": "Stopped", "message": "stopped; start it"}]}, 1.0)
    assert "Failed: api: stopped; start it" in capsys.readouterr().err
    assert Row("api", "Failed", "Stopped", "stopped; start it").detail == "stopped; start it"


def test_down_must_say_at_once_what_it_waits_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("roro.lifecycle.run_playbook", lambda *_: PlaybookResult(rc=0))
    monkeypatch.setattr("roro.lifecycle.is_drawn", lambda: False)
    for verb in ("up", "down"):
        _run_with_progress(Playbook(f"roro.kube.{verb}", f"roro.kube.{verb}", {}), ["api", "web"], "shop dev", False)
    assert capsys.readouterr().err == "shop dev: removing what is there of api, web, and waiting until it is gone\n"


def test_one_must_not_be_told_as_several() -> None:
    assert [_count(things, "app") for things in ([], ["a"], ["a", "b"])] == ["0 apps", "1 app", "2 apps"]
