"""Promises about what a person is told when something went wrong."""

from __future__ import annotations

import pytest
from ansible_collections.roro.kube.plugins.module_utils._errors import Problem, UsageError

from roro.advice import advice
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


def test_advice_must_name_the_namespace_and_keep_quiet_where_it_knows_nothing() -> None:
    assert "-n shop-dev" in advice("CrashLoopBackOff", "shop-dev")
    assert advice("DependencyFailed", "shop-dev") == ""
