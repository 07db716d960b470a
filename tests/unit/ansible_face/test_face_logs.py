"""What logs_info gives of what it reads."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _workflow as workflow
from ansible_collections.roro.kube.plugins.module_utils._ansible_face import SPECS, Mode, run
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.logs import NewestLines
from ansible_collections.roro.kube.plugins.module_utils._events import ignore
from ansible_collections.roro.kube.plugins.module_utils._logs import LogOutcome, Source

DEFAULTS = {name: option.get("default") for name, option in SPECS["logs_info"]["argument_spec"].items()}


def asked(**parameters: Any) -> dict[str, Any]:
    return run("logs_info", {**DEFAULTS, **parameters}, Mode(), ignore, threading.Event())


def test_the_newest_lines_must_be_kept_within_the_bound() -> None:
    found = NewestLines(50)
    for number in range(100):
        found.write(json.dumps({"n": number}).encode() + b"\n")
    assert [record["n"] for record in found.records()] == [95, 96, 97, 98, 99]
    assert found.truncated


def test_a_result_within_the_bound_must_be_whole() -> None:
    found = NewestLines(20)
    found.write(b'{"n": 1}\n{"n": 2}\n')
    assert (found.records(), found.truncated) == ([{"n": 1}, {"n": 2}], False)


def test_what_was_read_must_be_told_with_what_could_not_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def logs(request: Any, query: Any, make_shaper: Any, write: Any, tell: Any, cancel: Any, *, since: str) -> LogOutcome:
        assert (query.tail, query.containers, query.follow, since) == (7, frozenset({"main"}), False, "10m")
        shape = make_shaper(Source("api", "shop", "api-1", "main"))
        _, lines = shape([b"k"] * 2, [b"now", b""], [b'{"level":"error","msg":"b\xc3\xa4d"}', b'{"level":"info"}'])
        write(b"\n".join([*lines, b""]))
        tell("node two is away")
        return LogOutcome(1, 1, ("node two is away",))

    monkeypatch.setattr(workflow, "logs", logs)
    found = asked(tail=7, containers=["main"], since="10m", level="warn")
    assert [(line["line"], line["level"], line["message"]) for line in found["lines"]] == [
        ('{"level":"error","msg":"b\u00e4d"}', "error", "b\u00e4d")
    ]
    assert (found["changed"], found["complete"], found["notices"]) == (False, False, ["node two is away"])


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"grep": "("}, "no regular expression"),
        ({"level": "loud"}, 'no level "loud"'),
        ({"tail": -1}, "no negative"),
        ({"max_bytes": 0}, "no neg"),
    ],
)
def test_options_that_make_no_sense_must_be_refused(option: dict[str, Any], words: str) -> None:
    found = asked(**option)
    assert (found["failed"], found["exit_code"]) == (True, 2)
    assert words in found["msg"]


def test_an_interruption_must_not_look_like_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "logs", lambda *_, **__: LogOutcome(0, 0, ()))
    cancel = threading.Event()
    cancel.set()
    assert run("logs_info", DEFAULTS, Mode(), ignore, cancel)["exit_code"] == 130
