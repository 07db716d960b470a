# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that starts git and ssh: bounded output, time limits, cancelling, the process group ended with the work.

What they may see and do is said by `environment.py` and `access.py`; here is only how the process runs.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .._die_with import die_with, libc
from .._errors import GitError, Interrupted
from .._given import given
from .types import Listener, Progress, unheard

MIB = 1024 * 1024
_CHUNK = 1 << 16
_TICK = 0.1
"""Seconds between two looks at whether the work was cancelled."""
_GRACE = 3.0
"""Seconds that git has to remove its lock and temporary files after SIGTERM."""
_ERRORS_KEPT = 256 * 1024
_PROGRESS = re.compile(rb"(?:remote: )?([A-Z][A-Za-z ]+):\s+(?:\d+% \((\d+)/(\d+)\)|(\d+)\b)")


@dataclass(frozen=True)
class Limits:
    """seconds: time on the clock. output: bytes of standard output."""

    seconds: float = 120.0
    output: int = 256 * MIB


@dataclass(frozen=True)
class Finished:
    """A git that ended by itself. errors: what it wrote for people, without progress; at most its last 256 KiB."""

    code: int
    output: bytes
    errors: str


def git_command() -> Path:
    """Where git is. Raises GitError `GitMissing`."""
    found = shutil.which("git")
    if found is None:
        raise GitError("the command git is not there", reason="GitMissing", hint="Install git 2.31 or newer: apt install git")
    return Path(found).absolute()


def run_git(
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    data: bytes = b"",
    limits: Limits | None = None,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
    tied: bool = False,
) -> Finished:
    """Run git to its end. As `run`; raises GitError `GitMissing` too."""
    return run(
        [str(git_command()), *arguments],
        what=f"git {arguments[0]}",
        folder=folder,
        environment=environment,
        data=data,
        limits=limits,
        cancel=cancel,
        on_progress=on_progress,
        tied=tied,
    )


def run(
    words: Sequence[str],
    *,
    what: str,
    folder: Path,
    environment: Mapping[str, str],
    data: bytes = b"",
    limits: Limits | None = None,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
    tied: bool = False,
) -> Finished:
    """Run a command to its end in `folder`, in a session of its own and with nothing but this environment.

    what: the command in messages. data: its standard input. It and all that it started are ended when a limit is reached, when `cancel`
    is set and when this process is interrupted. tied: also when this process is killed, for what waits for a server; what works on files
    is better done in a moment than half, and starts ten times faster untied (no fork of all of this process).
    Raises GitError (`Failed`, `Timeout`, `TooMuch`) and Interrupted.
    """
    limits = limits or Limits()
    parent = os.getpid()
    libc()
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE if data else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=(lambda: die_with(parent, signal.SIGTERM)) if tied else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GitError(
            f"{what} cannot be started: {error}", reason="Failed", where=str(folder), hint="Check it with `roro doctor`."
        ) from error
    talk = _Talk(process, what, data, limits, cancel, on_progress)
    try:
        return talk.to_the_end()
    finally:
        _end(process)


class _Talk:
    """What goes into one git and what comes out of it."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        what: str,
        data: bytes,
        limits: Limits,
        cancel: threading.Event | None,
        on_progress: Listener,
    ) -> None:
        self._process, self._what, self._limits, self._cancel = process, what, limits, cancel
        self._deadline = time.monotonic() + limits.seconds
        self._left = memoryview(data)
        self._output, self._errors = bytearray(), _Errors(on_progress)

    def to_the_end(self) -> Finished:
        process = self._process
        output, errors = given(process.stdout, "the output that was asked for"), given(process.stderr, "the errors that were asked for")
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            selector.register(errors, selectors.EVENT_READ)
            if process.stdin is not None:
                os.set_blocking(process.stdin.fileno(), False)
                selector.register(process.stdin, selectors.EVENT_WRITE)
            while selector.get_map():
                for key, _events in selector.select(self._tick()):
                    if key.fileobj is process.stdin:
                        self._feed(selector, process.stdin)
                    elif not self._take(key.fd, key.fileobj is output):
                        selector.unregister(key.fileobj)
        while process.poll() is None:  # it has closed its output, which is not the same as having ended
            with suppress(subprocess.TimeoutExpired):
                process.wait(self._tick())
        return Finished(process.returncode, bytes(self._output), self._errors.text())

    def _tick(self) -> float:
        if self._cancel is not None and self._cancel.is_set():
            raise Interrupted(f"{self._what} was cancelled")
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise GitError(
                f"{self._what} did not end within {self._limits.seconds:g} s", reason="Timeout", hint="Is the server slow, or the disk?"
            )
        return min(left, _TICK)

    def _feed(self, selector: selectors.BaseSelector, stdin: IO[bytes]) -> None:
        try:
            self._left = self._left[os.write(stdin.fileno(), self._left[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._left = self._left[:0]
        if not self._left:
            selector.unregister(stdin)
            with suppress(BrokenPipeError):
                stdin.close()

    def _take(self, descriptor: int, is_output: bool) -> bool:
        """Read what is there; False at its end."""
        chunk = os.read(descriptor, _CHUNK)
        if not is_output:
            self._errors.take(chunk)
            return bool(chunk)
        self._output += chunk
        if len(self._output) > self._limits.output:
            bound = f"{self._limits.output // MIB} MiB"
            raise GitError(f"{self._what} wrote more than {bound}", reason="TooMuch", hint="Is this the repository that was meant?")
        return bool(chunk)


class _Errors:
    """What git writes for people: lines, and lines of progress that are written over each other."""

    def __init__(self, on_progress: Listener) -> None:
        self._on_progress = on_progress
        self._begun = b""
        self._lines: list[bytes] = []
        self._size = 0

    def take(self, chunk: bytes) -> None:
        *lines, begun = re.split(rb"[\r\n]", self._begun + chunk)
        self._begun = begun[-_CHUNK:]
        for line in filter(None, lines):
            self._line(line)

    def _line(self, line: bytes) -> None:
        progress = _PROGRESS.match(line)
        if progress is not None:
            phase, done, total, counted = progress.groups()
            self._on_progress(Progress(phase.decode(), int(done or counted), int(total or 0)))
            return
        self._lines.append(line)
        self._size += len(line)
        while self._size > _ERRORS_KEPT:
            self._size -= len(self._lines.pop(0))

    def text(self) -> str:
        if self._begun:
            self._line(self._begun)
            self._begun = b""
        return b"\n".join(self._lines).decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it, and whatever is left of its process group, so that git can take its locks away first."""
    with process:  # closes the pipes, then waits
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
