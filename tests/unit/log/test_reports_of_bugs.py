"""Whoever reports a bug must be told the run and where its log is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.roro.kube.plugins.module_utils import _log as log
from ansible_collections.roro.kube.plugins.module_utils._ansible_face.guarded import unexpected
from ansible_collections.roro.kube.plugins.module_utils._run_id import run_id

from roro.errors import run_and_exit


def fall() -> None:
    raise ZeroDivisionError("a-secret-in-words")


@pytest.mark.parametrize("kept", [True, False])
def test_the_command_must_say_its_run_and_its_log(kept: bool, tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.delenv("RORO_DEBUG", raising=False)
    path = tmp_path / "roro.log"
    log.configure({"RORO_LOG": "json", "RORO_LOG_FILE": str(path)} if kept else {})
    with pytest.raises(SystemExit) as left:
        run_and_exit(fall)
    log.configure({})
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert f"this is run {run_id()}, " in said
    assert (f"its log is in {path}" in said) == kept
    assert "a-secret-in-words" not in said
    if kept:
        (line,) = map(json.loads, path.read_text().splitlines())
        assert (line["event"], line["type"], "a-secret-in-words" in str(line)) == ("unexpected error", "ZeroDivisionError", False)


def test_the_result_of_a_task_must_say_its_run() -> None:
    assert f"run {run_id()}" in str(unexpected(ValueError("x"), 0)["msg"])
