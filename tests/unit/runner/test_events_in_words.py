"""How often something was said must be told shortly, and a watch of `ps` must tell a change once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils._release import InstanceStatus
from ansible_collections.roro.kube.plugins.module_utils._workflow import StatusNews, StatusReport

from roro import ps_watch
from roro.event_words import often, warning_line

FIRST, LAST = "2026-01-01T10:00:00Z", "2026-01-01T10:03:20Z"


@pytest.mark.parametrize(
    ("count", "last", "objects", "expected"),
    [
        (1, LAST, 1, ""),
        (12, LAST, 1, "(x12 over 3m)"),
        (12, FIRST, 1, "(x12)"),
        (12, LAST, 4, "(x12 over 3m, 4 objects)"),
        (2, "", 1, "(x2)"),
    ],
)
def test_a_count_must_come_with_its_span(count: int, last: str, objects: int, expected: str) -> None:
    assert often(count, FIRST, last, objects) == expected


def test_a_warning_must_name_object_reason_and_count() -> None:
    event = {
        "kind": "Pod",
        "name": "web-1",
        "reason": "BackOff",
        "message": "again",
        "count": 2,
        "first": FIRST,
        "last": LAST,
        "objects": 1,
    }
    assert warning_line(event) == "Pod web-1: BackOff: again (x2 over 3m)"


def news(status: str, *, error: str = "", now: str = "1", **fields: Any) -> StatusNews:
    row = InstanceStatus("web", "web", "shop", status=status, ready_pods=1, wanted_pods=2, **fields)  # type: ignore[arg-type]
    return StatusNews(StatusReport("shop", "dev", (row,), now), error)


@pytest.fixture(autouse=True)
def no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of forwards and health checks."""
    monkeypatch.setattr(ps_watch, "picture_of", lambda report: SimpleNamespace(report=report, forwards={}, health={}))


def lines(capsys: pytest.CaptureFixture[str], *all_news: StatusNews) -> tuple[list[str], list[str]]:
    ps_watch.as_lines(ps_watch._changes(iter(all_news)))
    out = capsys.readouterr()
    return out.out.splitlines(), out.err.splitlines()


def test_a_change_must_be_one_line_and_the_same_again_none(capsys: pytest.CaptureFixture[str]) -> None:
    all_news = [news("Deploying"), news("Deploying", now="2"), news("Running"), news("Running", now="3")]
    assert lines(capsys, *all_news)[0] == ["web: Deploying 1/2", "web: Running 1/2"]


def test_a_reason_must_be_told_beside_the_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, news("Failed", reason="BackOff", message="no"))[0] == ["web: Failed 1/2 (BackOff: no)"]


def test_a_server_that_is_away_must_be_a_note_and_nothing_be_told_as_new(capsys: pytest.CaptureFixture[str]) -> None:
    away = news("Running", error="it is gone")
    out, err = lines(capsys, news("Running"), away, away, news("Running"))
    assert out == ["web: Running 1/2"]
    assert err == ["note: the API server does not answer: it is gone", "note: the API server answers again"]


def test_an_instance_that_is_no_more_must_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(capsys, news("Running"), StatusNews(StatusReport("shop", "dev", ())))[0][-1] == "web: gone"
