"""Health checks as `roro ps` shows them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem
from ansible_collections.roro.kube.plugins.module_utils._forward import Origin
from ansible_collections.roro.kube.plugins.module_utils._health import HealthStatus
from ansible_collections.roro.kube.plugins.module_utils._release import InstanceStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import StatusReport
from rich.console import Console

from roro import health_words as words
from roro.errors import show_problems
from roro.ps_picture import Picture
from roro.ps_watch import as_lines
from roro.tables import print_table


def status(name: str, state: str, instance: str = "api", **more: Any) -> HealthStatus:
    place: Any = {"origin": Origin("shop", "dev", instance, name), "state": state}
    return HealthStatus(name, "service/api", "shop", "http", **place, **more)


@pytest.mark.parametrize(
    ("states", "cell"),
    [
        ([], ""),
        (["Healthy"], "Healthy"),
        (["Healthy", "Healthy"], "Healthy"),
        (["Failing"], "Failing"),
        (["Healthy", "Unknown", "Failing", "Unhealthy"], "Unhealthy (n3)"),
        (["Healthy", "Starting", "Unknown"], "Unknown (n2)"),
    ],
)
def test_the_worst_check_must_be_shown_and_named_where_there_are_several(states: list[str], cell: str) -> None:
    assert words.health_words([status(f"n{number}", state) for number, state in enumerate(states)]).plain == cell


def test_a_reason_must_say_what_was_found_and_what_is_done_about_it() -> None:
    sick = status(
        "http", "Unhealthy", reason="BadStatus", message="GET /: status 500, expected 2xx", restart="restarted Deployment shop/api"
    )
    assert (
        words.health_reason([status("a", "Healthy"), sick]) == "BadStatus: GET /: status 500, expected 2xx; restarted Deployment shop/api"
    )
    assert words.health_reason([status("a", "Healthy"), status("b", "Stopped")]) == ""
    assert words.health_reason([]) == ""


def test_checks_must_be_found_by_environment_and_instance_with_stable_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, other = status("http", "Healthy"), HealthStatus("x", "pod/x", "shop", "tcp", origin=Origin("shop", "prod", "api", "http"))
    monkeypatch.setattr(words, "known_checks", lambda: (mine, other))
    found = words.health_of(("shop", "dev"))
    assert dict(found) == {"api": [mine]}
    keys = [
        "name",
        "id",
        "kind",
        "target",
        "namespace",
        "state",
        "reason",
        "message",
        "since",
        "checked",
        "failures",
        "restarts",
        "restarted",
        "restart",
    ]
    assert [list(row) for row in words.health_rows(found["api"])] == [keys]


def test_what_a_container_said_must_be_shown_as_it_is_and_reach_no_terminal() -> None:
    """Neither an escape, nor a bracket that a table would take for a colour or stumble over."""
    row = InstanceStatus("api", "api", "shop", "Running", reason="", message="")
    sick = status("http", "Unhealthy", reason="BadExit", message="it said: \x1b]0;title\x07[/red] no")
    picture = Picture(StatusReport("shop", "dev", (row,), "2026-01-01T00:00:00Z"), {}, {"api": [sick]})
    console = Console(width=200, file=io.StringIO(), force_terminal=True)
    console.print(picture.table())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "[/red] no" in shown
    assert "\x1b]" not in shown and "\x07" not in shown


def test_an_error_must_reach_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_problems([Problem("refused: \x1b[2J\nsecond line", "x", "hint\x07\nmore")])
    assert capsys.readouterr().err == "Error: x: refused:  [2J\nsecond line\n       hint\n       more\n"


def test_elsewhere_than_on_a_terminal_what_a_check_found_must_be_told_and_no_line_end_in_blanks(capsys: pytest.CaptureFixture[str]) -> None:
    rows = tuple(InstanceStatus(name, name, "shop", "Running") for name in ("api", "web"))
    sick = status("http", "Unhealthy", reason="BadStatus", message="status 500, expected 2xx")
    picture = Picture(StatusReport("shop", "dev", rows, "2026-01-01T00:00:00Z"), {}, {"api": [sick]})
    print_table(picture.table())
    as_lines(iter([(picture, "")]))
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line != line.rstrip()] == []
    assert "api: Running (BadStatus: status 500, expected 2xx) [http Unhealthy]" in lines
