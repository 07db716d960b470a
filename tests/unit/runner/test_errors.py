"""Promises about what a person is told when something went wrong."""

from __future__ import annotations

import subprocess
import sys

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, UsageError
from ansible_collections.roro.kube.plugins.module_utils._release.causes.advice import advice

from roro.errors import run_and_exit, show_problems


def test_every_line_of_a_hint_must_stand_below_its_problem(capsys: pytest.CaptureFixture[str]) -> None:
    show_problems([Problem("it is wrong", "a.json:1:2", "one line\n  and another"), Problem("so is this")])
    assert capsys.readouterr().err == "Error: a.json:1:2: it is wrong\n       one line\n       and another\nError: so is this\n"


@pytest.mark.parametrize(("error", "code"), [(UsageError("no"), 2), (KeyboardInterrupt(), 130), (ZeroDivisionError("bug"), 1)])
def test_every_end_must_have_its_exit_code_and_no_traceback(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RORO_DEBUG", raising=False)

    def job() -> None:
        raise error

    with pytest.raises(SystemExit) as ended:
        run_and_exit(job)
    assert ended.value.code == code
    assert "Traceback" not in capsys.readouterr().err


def test_advice_must_be_a_command_to_copy_and_keep_quiet_where_it_knows_nothing() -> None:
    assert "`roro logs dev api --previous`" in advice("CrashLoopBackOff", "shop-dev", "dev", "api")
    assert "-n shop-dev" in advice("CreateContainerError", "shop-dev", "dev", "api")
    assert advice("DependencyFailed", "shop-dev", "dev", "api") == ""


LEAVE = """
import atexit, sys
from roro.errors import leave
atexit.register(lambda: print("registered"))
print("before", end=" ")
try:
    sys.exit({code})
except SystemExit as left:
    leave(left)
"""


@pytest.mark.parametrize(("said", "code"), [("0", 0), ("None", 0), ("3", 3), ("'no'", 1)])
def test_leaving_must_write_what_was_said_do_what_was_registered_and_keep_the_code(said: str, code: int) -> None:
    ended = subprocess.run([sys.executable, "-c", LEAVE.format(code=said)], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (code, "before registered\n")
    assert ended.stderr == ("no\n" if said == "'no'" else "")


def test_output_that_nobody_reads_must_not_be_a_success_in_silence() -> None:
    program = "import sys; from roro.errors import leave; print('x'); leave(SystemExit(0))"
    with open("/dev/full", "w") as full:
        ended = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=subprocess.PIPE, check=False)
    assert ended.returncode == 1
