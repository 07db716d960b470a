# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one module's work and turns whatever happens into a result."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from .._errors import Interrupted, Problem, RoroError
from .._events import Sink
from .._log import tell_bug
from .._run_id import run_id
from .how_much import result_file, write_result
from .logged import logged, secrets_in
from .parameters import plain
from .types import Mode, Outcome

try:
    from . import jobs
except ImportError as error:
    MISSING_LIBRARY: ImportError | None = error
else:
    MISSING_LIBRARY = None

REPORT_TO = "https://github.com/roro-dev/roro.kube/issues"


def load_for(name: str) -> None:
    """Load the files that the work of the module `name` needs; a library that is not there is told when it runs."""
    with suppress(ImportError):
        if name in ("clone", "sync"):
            from . import git  # noqa: F401

            return
        if name in ("reconcile", "approve"):
            from . import reconcile  # noqa: F401

            return
        if name == "awx_definitions":
            from . import awx  # noqa: F401

            return
        if name in ("port_forward", "port_forward_info", "health_info"):
            from . import forwards  # noqa: F401
        from .. import _model as model
        from .. import _workflow as workflow

        model.prepare()
        "".encode("idna")  # loads what the first name of a server needs
        getattr(workflow, name.removesuffix("_info"), None)


def run(name: str, parameters: Mapping[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    """Do the work of the module `name` with validated parameters. Never raises: errors are results. What comes back is all that there is
    to tell; `returned` and `told` make it what Ansible gets.

    A RoroError gives `problems` (message, where, hint) and the `exit_code` of the `roro` command; anything else is a bug and says so.
    """
    if MISSING_LIBRARY is not None:
        return missing_library(MISSING_LIBRARY)
    try:
        return logged(name, parameters, mode, sink, lambda sink: _result(name, parameters, mode, sink, cancel))
    except Exception as error:  # of the log itself
        return unexpected(error, mode.verbosity, silent=mode.silent)


def _result(name: str, parameters: Mapping[str, Any], mode: Mode, sink: Sink, cancel: threading.Event) -> Outcome:
    try:
        file = result_file(parameters)
        outcome = jobs.JOBS[name](plain(parameters), mode, sink, cancel)
        return outcome if file is None else write_result(file, name, outcome, secrets_in(name, parameters))
    except RoroError as error:
        return error_result(error)
    except ImportError as error:  # of a part that only this work loads
        return missing_library(error)
    except Exception as error:
        return unexpected(error, mode.verbosity, silent=mode.silent)


def error_result(error: RoroError) -> Outcome:
    """The failed result of an error that a person may see."""
    problems = [_problem_record(problem) for problem in error.problems]
    reason = next((problem.reason for problem in error.problems if problem.reason), "")
    return {
        **({"reason": reason} if reason else {}),
        "failed": True,
        "changed": False,
        "msg": "\n".join(str(problem) for problem in error.problems),
        "problems": problems,
        "exit_code": error.exit_code,
    }


def never_begun() -> Outcome:
    """The failed result of a task that was to stop before it had begun."""
    return error_result(Interrupted("interrupted before it was begun"))


def _problem_record(problem: Problem) -> dict[str, str | None]:
    return {"message": problem.message, "where": problem.where, "hint": problem.hint}


def missing_library(error: ImportError) -> Outcome:
    """The failed result when a Python package of requirements.txt is not there."""
    if not error.name or error.name.startswith("ansible_collections."):
        return unexpected(error, 0)
    hint = "Install the collection's requirements.txt into the Python that runs this task (for an execution environment: rebuild it)."
    return error_result(RoroError(f"the Python library {error.name} is missing", hint=hint))


def unexpected(error: Exception, verbosity: int, *, silent: bool = False) -> Outcome:
    """The failed result of an error that nobody should ever see; the traceback only with -vvv."""
    if not silent:
        tell_bug("action", error)
    message = f"unexpected {type(error).__name__}: {error}"
    hint = f"A defect of roro.kube: please report it at {REPORT_TO} with the output of -vvv (run {run_id()}; RORO_LOG=json logs)."
    outcome = error_result(RoroError(message, hint=hint))
    if verbosity >= 3:
        outcome["exception"] = traceback.format_exc()
    return outcome
