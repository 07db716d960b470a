# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs builders: their lines as they come, their end with the run's, their environment."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .._die_with import die_with, libc
from .builders.interface import Command

KEPT_LINES = 400


@dataclass(frozen=True)
class Ended:
    """lines: the last ones that were written, of both streams."""

    code: int
    lines: tuple[str, ...]


class Running:
    """The commands of one run. `stop` ends those that are under way, and every later one at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: set[subprocess.Popen[bytes]] = set()
        self.stopped = False

    def run(self, command: Command, tell: Callable[[str], None] = lambda line: None) -> Ended:
        """Run to the end; code 127 where the command is not there, 130 where the run was stopped."""
        lines: deque[str] = deque(maxlen=KEPT_LINES)
        try:
            child = self._start(command)
        except OSError as error:
            return Ended(127, (f"{command.argv[0]}: {error.strerror}",))
        if child is None or child.stdout is None:
            return Ended(130, ())
        try:
            with child.stdout as stream:
                for raw in stream:
                    line = raw.decode(errors="replace").rstrip()
                    lines.append(line)
                    tell(line)
            code = child.wait()
        finally:
            with self._lock:
                self._children.discard(child)
        return Ended(130 if self.stopped else code, tuple(lines))

    def _start(self, command: Command) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self.stopped:
                return None
            libc()
            parent = os.getpid()
            child = subprocess.Popen(
                command.argv,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                preexec_fn=lambda: die_with(parent, signal.SIGTERM),
                env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **command.environment},
            )
            self._children.add(child)
            return child

    def stop(self) -> None:
        """End what runs; builders clean up after themselves when they are asked to end."""
        with self._lock:
            self.stopped = True
            for child in self._children:
                with contextlib.suppress(ProcessLookupError):
                    child.terminate()


def is_here(command: str) -> bool:
    """Whether a command is on PATH."""
    return shutil.which(command) is not None
