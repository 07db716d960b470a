"""Promises of a run's private directory."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from roro.runs import private_run

HOLD = """
import signal, sys
from roro.runs import private_run
with private_run() as folder:
    (folder / "extravars").write_text("secret")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return tmp_path


def hold_a_run() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_a_run_must_be_private_and_leave_nothing(runtime: Path) -> None:
    with private_run() as folder:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert folder.is_relative_to(runtime)
    assert not folder.exists()


def test_what_is_written_by_its_path_after_a_run_must_leave_nothing(runtime: Path) -> None:
    with private_run() as folder:
        (folder / "artifacts").mkdir()
        runs = folder.parent
    with pytest.raises(FileNotFoundError):
        (folder / "artifacts/rc").write_text("0")
    assert list(runs.iterdir()) == []


def test_what_a_killed_run_left_must_be_gone_after_the_next(runtime: Path) -> None:
    process, left = hold_a_run()
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.communicate()
    assert (left / "extravars").exists()
    with private_run():
        assert not left.exists()


def test_a_run_under_way_must_not_be_swept_up(runtime: Path) -> None:
    process, other = hold_a_run()
    try:
        with private_run():
            assert (other / "extravars").exists()
    finally:
        process.communicate("")
    assert not other.exists()


def test_a_run_that_was_killed_while_it_was_removed_must_be_gone_after_the_next(runtime: Path) -> None:
    with private_run() as folder:
        left = folder.with_name("run-killed.leaving")
    left.mkdir(0o700)
    (left / "extravars").write_text("secret")
    with private_run():
        assert not left.exists()


def test_runs_that_begin_at_once_must_not_sweep_up_each_other(runtime: Path) -> None:
    lost: list[Path] = []

    def begin_and_end() -> None:
        for _ in range(20):
            with private_run() as folder:
                if not folder.is_dir():
                    lost.append(folder)

    threads = [threading.Thread(target=begin_and_end) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert lost == []
