"""Ctrl-C and SIGTERM end a run at once, cleanly, and what was under way is recorded."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest
from command_moments import MOMENTS, must_recover, start_until
from command_runs import end
from command_workspace import Workspace

Eventually = Callable[..., object]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_must_end_the_run_with_130_and_leave_no_process(
    notes: Workspace, eventually: Eventually, number: signal.Signals, moment: str
) -> None:
    run = start_until(notes, moment, eventually)
    run.process.send_signal(number)
    ended = run.wait()
    assert ended.code == 130, ended.told
    assert "interrupted" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert notes.roro.processes() == []
    assert list(notes.root.parent.glob("runtime_dir/roro/runs/run-*")) == []
    must_recover(notes)


def test_what_was_under_way_must_be_recorded_as_interrupted(notes: Workspace, eventually: Eventually) -> None:
    run = start_until(notes, "while it waits", eventually)
    run.process.send_signal(signal.SIGINT)
    ended = run.wait()
    assert ended.code == 130, ended.told
    outcomes = {name: record.outcome for name, record in notes.footprint.records().items()}
    assert outcomes == {"first": "deployed", "second": "deployed", "gate": "interrupted"}
    status = notes.roro("ps", "dev", "--output", "json")
    gate = next(item for item in status.document["instances"] if item["instance"] == "gate")
    assert "interrupted" in gate["message"] or gate["status"] == "Deploying", status.told


def test_ctrl_c_as_a_person_types_it_must_end_the_run_with_130(notes: Workspace) -> None:
    terminal = notes.roro.on_terminal("up", "dev", "--var", "open=no")
    terminal.expect(r"gate.*Deploying")
    terminal.sendintr()
    code, shown = end(terminal)
    assert code == 130, shown
    assert "interrupted" in shown
    assert "Traceback" not in shown
    assert notes.roro.processes() == []
    must_recover(notes)


def test_closing_the_terminal_must_leave_nothing_running(notes: Workspace, eventually: Eventually) -> None:
    terminal = notes.roro.on_terminal("up", "dev", "--var", "open=no")
    terminal.expect(r"gate.*Deploying")
    terminal.close(force=False)
    eventually(lambda: not notes.roro.processes())
    must_recover(notes)


def test_an_impatient_second_ctrl_c_must_change_nothing(notes: Workspace) -> None:
    terminal = notes.roro.on_terminal("up", "dev", "--var", "open=no")
    terminal.expect(r"gate.*Deploying")
    for _ in range(3):
        terminal.sendintr()
    code, shown = end(terminal)
    assert code == 130, shown
    assert "Traceback" not in shown
    assert notes.roro.processes() == []


def test_an_interrupted_command_of_a_script_must_not_need_its_process_group(notes: Workspace, eventually: Eventually) -> None:
    """A script or CI signals the group: all processes of the run get the signal at once."""
    run = start_until(notes, "while it waits", eventually)
    os.killpg(run.process.pid, signal.SIGTERM)
    ended = run.wait()
    assert ended.code == 130, ended.told
    assert notes.roro.processes() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_down_must_leave_what_the_next_down_completes(notes: Workspace, number: signal.Signals) -> None:
    assert notes.roro("up", "dev").code == 0
    run = notes.roro.start("down", "dev", "--verbose")
    run.wait_for_line(r"^second: delete ConfigMap", 3)
    run.process.send_signal(number)
    ended = run.wait()
    assert ended.code in (0, 130), ended.told
    assert notes.roro.processes() == []
    down = notes.roro("down", "dev")
    assert down.code == 0, down.told
    assert notes.footprint.objects() == {}
