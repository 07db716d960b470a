"""From exceptions to what a person sees and the exit code that scripts rely on."""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from ansible_collections.roro.kube.plugins.module_utils._errors import Interrupted, Problem, RoroError
from ansible_collections.roro.kube.plugins.module_utils._log import place, tell, tell_bug
from ansible_collections.roro.kube.plugins.module_utils._run_id import run_id

from .reason_words import harmless

EXIT_FAILED = 1
EXIT_DIFFERENCES = 3


def show_problems(problems: Sequence[Problem]) -> None:
    """Print each problem on stderr, hints indented below it."""
    for problem in problems:
        place = f"{problem.where}: " if problem.where else ""
        print(harmless(f"Error: {place}{problem.message}"), file=sys.stderr)
        for line in harmless(problem.hint or "").splitlines():
            print(f"       {line.strip()}", file=sys.stderr)


def run_and_exit(job: Callable[[], Any]) -> NoReturn:
    """Run the command and leave the process with the documented exit code; no traceback unless RORO_DEBUG is set."""
    _replace_closed_streams()
    try:
        job()
    except RoroError as error:
        show_problems(error.problems)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(Interrupted.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except OSError as error:
        if os.environ.get("RORO_DEBUG"):
            raise
        print(f"Error: {error.filename or 'the output'}: {error.strerror or type(error).__name__}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(EXIT_FAILED)
    except Exception as error:  # the last resort; its own words are left out, they may quote a secret
        if os.environ.get("RORO_DEBUG"):
            raise
        tell_bug("roro", error)
        last = traceback.extract_tb(error.__traceback__)[-1]
        print(f"Error: this is a bug in roro: {type(error).__name__} ({last.filename}:{last.lineno})", file=sys.stderr)
        kept = f"its log is in {place()}" if place() else "RORO_LOG=json RORO_LOG_FILE=roro.log keeps a log"
        print(f"       Please report it with the command you ran; this is run {run_id()}, {kept}.", file=sys.stderr)
        print("       RORO_DEBUG=1 shows the traceback.", file=sys.stderr)
        sys.exit(EXIT_FAILED)
    sys.exit(0)


def leave(left: SystemExit) -> NoReturn:
    """End the process as `left` says once what was registered for its end is done, without taking the interpreter apart: with all that
    is loaded by then that takes a person longer than what was asked for."""
    code = 0 if left.code is None else left.code if isinstance(left.code, int) else EXIT_FAILED
    tell("error" if code == EXIT_FAILED else "info", "roro", "command ended", code=code)
    if isinstance(left.code, str):
        print(left.code, file=sys.stderr)
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            code = code or EXIT_FAILED
    os._exit(code)


def _replace_closed_streams() -> None:
    """A command started with `>&-` or `2>&-` writes to nowhere, and no file or pipe that it opens gets the number of a stream."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115 - for the whole run
