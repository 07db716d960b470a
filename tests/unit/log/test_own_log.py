"""roro's own log: off unless asked for, one whole line for each thing, under one run id, and never a secret."""

from __future__ import annotations

import json
import multiprocessing
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _log as log
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import logged as logged_module
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.logged import logged, logging_sink
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.types import Mode
from ansible_collections.roro.kube.plugins.module_utils._cluster.request_log import log_request
from ansible_collections.roro.kube.plugins.module_utils._events import InstanceState, Notice, StepDone, ignore
from ansible_collections.roro.kube.plugins.module_utils._run_id import make_run_id, run_id
from ansible_collections.roro.kube.plugins.module_utils._secrets import Secrets, SecretText

MARKED = "marked-secret-4711"
Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def logfile(tmp_path: Path) -> Iterator[Path]:
    """A log of everything as JSON in a file; off again afterwards."""
    path = tmp_path / "roro.log"
    log.configure({"RORO_LOG": "json", "RORO_LOG_LEVEL": "debug", "RORO_LOG_FILE": str(path)})
    yield path
    log.configure({})
    log._secrets = Secrets()


@pytest.fixture
def lines(logfile: Path) -> Read:
    """What is in it."""
    return lambda: [json.loads(line) for line in logfile.read_text().splitlines()] if logfile.exists() else []


@pytest.mark.parametrize("environ", [{}, {"RORO_LOG": ""}, {"RORO_LOG": "0"}, {"RORO_LOG_FILE": "x", "RORO_LOG_LEVEL": "debug"}])
def test_nothing_must_be_written_unless_it_is_asked_for(environ: dict[str, str], tmp_path: Path, capsys: Any) -> None:
    named = {key: str(tmp_path / value) if key == "RORO_LOG_FILE" else value for key, value in environ.items()}
    log.configure(named)
    log.tell("error", "roro", "command")
    assert not log.told("error")
    assert (list(tmp_path.iterdir()), capsys.readouterr().err, log.place()) == ([], "", "")


def test_every_line_must_have_time_level_run_component_and_event(lines: Read) -> None:
    log.tell("info", "roro", "command", name="up", empty="", nothing=None, no=False)
    (line,) = lines()
    assert list(line) == ["time", "level", "run", "component", "event", "name", "no"]
    assert (line["level"], line["run"], line["component"], line["event"]) == ("info", run_id(), "roro", "command")
    assert line["time"].endswith("Z")


def test_levels_below_the_one_asked_for_must_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log.configure({"RORO_LOG": "json", "RORO_LOG_LEVEL": "warning", "RORO_LOG_FILE": str(path)})
    for level in log.LEVELS:
        log.tell(level, "roro", level)
    log.configure({})
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["warning", "error"]


def test_the_file_must_be_private_also_one_that_was_not(logfile: Path) -> None:
    logfile.write_text("before\n")
    logfile.chmod(0o644)
    log.tell("info", "roro", "command")
    assert stat.S_IMODE(logfile.stat().st_mode) == 0o600
    assert logfile.read_text().startswith("before\n{")


def test_a_log_that_cannot_be_written_must_stop_nothing(tmp_path: Path) -> None:
    log.configure({"RORO_LOG": "json", "RORO_LOG_FILE": str(tmp_path / "missing" / "log")})
    log.tell("info", "roro", "command")
    log.configure({})


def test_lines_of_many_processes_must_stay_whole(lines: Read) -> None:
    def write(number: int) -> None:
        for _ in range(50):
            log.tell("info", "roro", "line", number=number, text="x" * 990, more="y" * 990)

    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=write, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len(lines()) == 200


def test_text_must_say_the_same_on_one_line(capsys: Any) -> None:
    log.configure({"RORO_LOG": "text"})
    log.tell("info", "engine", "step", name="db", cause="a b\nc", count=2)
    log.configure({})
    out = capsys.readouterr().err
    assert out.count("\n") == 1
    assert out.endswith(f'info    {run_id()} engine: step name=db cause="a b\\nc" count=2\n')


def test_what_is_marked_or_known_as_secret_must_never_be_in_a_line(logfile: Path) -> None:
    log.conceal(Secrets([SecretText("known-secret-0815")]))
    log.tell("info", "roro", "x", marked=SecretText(MARKED), inside={"list": [SecretText(MARKED), "has known-secret-0815 in it"]})
    text = logfile.read_text()
    assert MARKED not in text
    assert "known-secret-0815" not in text
    assert text.count("<hidden>") == 3


def test_secret_options_of_a_module_must_be_hidden_in_every_event(logfile: Path, monkeypatch: Any) -> None:
    assert logged_module.SPECS["up"]["argument_spec"]["api_key"]["no_log"]

    def work(sink: Any) -> dict[str, Any]:
        sink(InstanceState("web", "Failed", "Refused", f"the token {MARKED} was refused"))
        sink(StepDone("web", "create", "ConfigMap", "shop", "x", f"data.a: {MARKED}", 0.1, f"invalid {MARKED}2"))
        sink(Notice("", "warning", f"password is {MARKED}2"))
        return {"failed": True, "reason": "Refused", "msg": MARKED}

    parameters = {
        "api_key": MARKED,
        "password": f"{MARKED}2",
        "secret_variables": {"deep": {"er": "vaulted-secret-1"}},
        "environment": "dev",
    }
    logged("up", parameters, Mode(), ignore, work)
    log.tell("info", "engine", "later", text="vaulted-secret-1")
    text = logfile.read_text()
    assert MARKED not in text
    assert "vaulted-secret-1" not in text
    assert [json.loads(line)["event"] for line in text.splitlines()] == [
        "task started",
        "instance",
        "step",
        "notice",
        "task ended",
        "later",
    ]


def test_events_must_reach_their_sink_as_they_were() -> None:
    seen: list[Any] = []
    event = InstanceState("web", "Running")
    logging_sink(seen.append)(event)
    assert seen == [event]


def test_a_request_must_be_told_without_what_is_not_ours_in_its_query(lines: Read) -> None:
    log_request("GET", f"/api/v1/pods?limit=500&token={MARKED}&watch=true", 0.0, 2, 200, {"Audit-Id": "a-1", "Authorization": MARKED})
    (line,) = lines()
    assert (line["method"], line["path"], line["query"]) == ("GET", "/api/v1/pods", {"limit": "500", "watch": "true"})
    assert (line["status"], line["attempt"], line["audit"], line["level"]) == (200, 2, "a-1", "debug")
    assert MARKED not in json.dumps(line)


@pytest.mark.parametrize(("status", "level"), [(None, "warning"), (429, "warning"), (503, "warning"), (404, "debug"), (409, "debug")])
def test_a_request_that_is_tried_again_must_be_a_warning(lines: Read, status: int | None, level: str) -> None:
    log_request("GET", "/api", 0.0, 1, status, error="" if status else "ReadTimeoutError")
    assert lines()[0]["level"] == level


def test_an_unexpected_error_must_be_told_without_its_words(lines: Read) -> None:
    try:
        raise ValueError(MARKED)
    except ValueError as error:
        log.tell_bug("roro", error)
    (line,) = lines()
    assert (line["type"], line["event"]) == ("ValueError", "unexpected error")
    assert MARKED not in json.dumps(line)
    assert __file__ in line["frames"][-1]


RUNS: dict[str, tuple[dict[str, str], str]] = {
    "one that was given": ({"RORO_RUN_ID": "build-17.2_a"}, "build-17.2_a"),
    "AWX's job": ({"JOB_ID": "42", "AWX_HOST": "https://awx"}, "awx-42-"),
    "AWX's job by its other name": ({"AWX_JOB_ID": "7"}, "awx-7-"),
    "one given within AWX": ({"RORO_RUN_ID": "mine", "AWX_JOB_ID": "7"}, "mine"),
}


@pytest.mark.parametrize(("environ", "expected"), RUNS.values(), ids=RUNS)
def test_a_run_must_be_named_by_who_started_it(environ: dict[str, str], expected: str) -> None:
    assert make_run_id(environ).startswith(expected)


@pytest.mark.parametrize(
    "environ", [{}, {"RORO_RUN_ID": "a b"}, {"RORO_RUN_ID": "x" * 65}, {"RORO_RUN_ID": "../x\n"}, {"JOB_ID": "42"}, {"AWX_JOB_ID": "4;2"}]
)
def test_anything_else_must_give_a_new_id_of_eight_digits(environ: dict[str, str]) -> None:
    first, second = make_run_id(environ), make_run_id(environ)
    assert first != second
    assert len(first) == 8
    assert int(first, 16) >= 0
