"""Promises of what a person sees while a run works: event streams in, rows and lines out."""

from __future__ import annotations

import io

import pytest
from ansible_collections.roro.kube.plugins.module_utils._events import (
    Event,
    InstanceState,
    Notice,
    ObjectState,
    PlanReady,
    RunPhase,
    StepDone,
    as_record,
)
from rich.console import Console

from roro.live import LiveTable, elapsed
from roro.plain import PlainLines
from roro.progress import Progress

STORY: list[Event] = [
    RunPhase("", "apply"),
    PlanReady("api", steps=2, objects=3),
    InstanceState("api", "Deploying"),
    StepDone("api", "create", "ConfigMap", "shop", "settings", "no existing object", 0.01),
    StepDone("api", "unchanged", "Service", "shop", "api"),
    StepDone("api", "create", "Deployment", "shop", "api", "no existing object", 0.02),
    ObjectState("api", "Deployment", "shop", "api", "waiting", "ContainerCreating", "0 of 1 pods ready"),
]


def told(events: list[Event]) -> Progress:
    progress = Progress(["db", "api"])
    for event in events:
        progress.receive(as_record(event))
    return progress


def test_only_writes_must_count_as_steps() -> None:
    row = told(STORY).rows["api"]
    assert (row.done, row.steps) == (2, 2)


def test_a_row_must_say_what_it_waits_for_until_that_is_ready() -> None:
    assert told(STORY).rows["api"].detail == "Deployment api: 0 of 1 pods ready"
    ready = ObjectState("api", "Deployment", "shop", "api", "ready")
    assert told([*STORY, ready]).rows["api"].detail == ""


def test_a_failed_row_must_say_why_and_stop_its_clock() -> None:
    row = told([*STORY, InstanceState("api", "Failed", "ImagePullBackOff", "shop/api:9 cannot be pulled")]).rows["api"]
    assert row.detail == "ImagePullBackOff: shop/api:9 cannot be pulled"
    assert row.ended is not None
    assert row.elapsed == row.elapsed


def test_an_instance_that_nothing_happened_to_must_wait_with_no_time() -> None:
    row = told(STORY).rows["db"]
    assert (row.status, row.elapsed) == ("Waiting", 0.0)


def test_an_unknown_event_must_be_dropped() -> None:
    progress = told(STORY)
    progress.receive({"event": "FromTheFuture", "instance": "api"})
    assert progress.rows["api"].done == 2


def lines(events: list[Event], capsys: pytest.CaptureFixture[str], verbose: bool = False) -> list[str]:
    listener = PlainLines(verbose)
    for event in events:
        listener.show(event)
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def test_plain_lines_must_tell_states_and_failures_only(capsys: pytest.CaptureFixture[str]) -> None:
    events = [*STORY, StepDone("api", "create", "Secret", "shop", "key", error="Forbidden"), Notice("", "warning", "slow server")]
    assert lines(events, capsys) == ["api: Deploying", "api: create Secret key failed", "warning: slow server"]


def test_verbose_lines_must_tell_every_write_with_its_cause(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines(STORY, capsys, verbose=True) == [
        "api: Deploying",
        "api: create ConfigMap settings (no existing object)",
        "api: create Deployment api (no existing object)",
        "api: Deployment api waiting (0 of 1 pods ready)",
    ]


@pytest.mark.parametrize(("seconds", "text"), [(0.04, "0.0s"), (3.21, "3.2s"), (59.9, "59.9s"), (65.0, "1m05s"), (3600, "60m00s")])
def test_times_must_be_short(seconds: float, text: str) -> None:
    assert elapsed(seconds) == text


def test_a_state_must_be_told_once_however_often_it_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    lines = PlainLines()
    for event in (
        InstanceState("api", "Deploying"),
        InstanceState("api", "Failed", "OOMKilled"),
        InstanceState("api", "Failed", "OOMKilled"),
    ):
        lines.show(event)
    assert capsys.readouterr().err.splitlines() == ["api: Deploying", "api: Failed (OOMKilled)"]


def test_no_line_must_be_obeyed_by_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    bad = "\x1b]0;x\x07"
    events = [Notice("", "warning", bad), StepDone("api", "create", "Pod", "shop", "p", bad)]
    events += [ObjectState("api", "Pod", "shop", "p", "waiting", "", bad), ObjectState("api", "Pod", "shop", "p", "failed", bad)]
    assert [line for line in lines(events, capsys, verbose=True) if not line.isprintable()] == []


def test_what_is_too_wide_must_not_squeeze_the_columns_before_it() -> None:
    progress = Progress(["api"])
    for event in (InstanceState("api", "Deploying"), ObjectState("api", "Deployment", "shop", "api", "waiting", "", "0 of 1 ready, " * 20)):
        progress.receive(as_record(event))
    console = Console(width=60, file=io.StringIO())
    console.print(LiveTable(progress, "shop dev")._table())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Deploying" in shown and "0.0s" in shown
    assert len(shown.splitlines()) == 3


def test_of_a_failure_progress_must_tell_the_reason_only_as_the_summary_tells_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    lines, error = PlainLines(), "hook before-up: Job shop/migrate: failed"
    for event in (
        StepDone("api", "run", "Job", "shop", "migrate", "new", 1.0, error),
        ObjectState("api", "Job", "shop", "migrate", "failed", "JobFailed", error),
        InstanceState("api", "Failed", "HookFailed", error),
        InstanceState("api", "Failed", "HookFailed", f"{error}; rolled back to revision 3"),
        InstanceState("web", "Failed", "DependencyFailed", "waits for api"),
        InstanceState("old", "Running", "DependencyFailed", "unchanged, runs; its dependency api failed"),
    ):
        lines.show(event)
    assert capsys.readouterr().err.splitlines() == [
        "api: run Job migrate failed",
        "api: Job migrate failed (JobFailed)",
        "api: Failed (HookFailed)",
        "web: Failed (waits for api)",
        "old: Running (unchanged, runs; its dependency api failed)",
    ]


def test_the_last_picture_must_not_tell_again_what_stands_below_it() -> None:
    progress = Progress(["api"])
    progress.receive(as_record(InstanceState("api", "Failed", "ImagePullBackOff", "image shop/api:9 cannot be pulled")))
    table, console = LiveTable(progress, "shop dev"), Console(width=100, file=io.StringIO())
    console.print(table._table())
    progress.phase = "done"
    console.print(table._table())
    assert console.file.getvalue().count("cannot be pulled") == 1  # type: ignore[attr-defined]
