# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker never outlives what started it, and always gets the chance to record what was under way.

Three things stop a run: a signal to the worker, the death of ansible-playbook (the kernel then sends SIGTERM, prctl(2)
PR_SET_PDEATHSIG, Linux only), and the pipe of the `roro` command: a line on it, or its end when the command died.
Each sets the cancel event; a worker whose parent is gone ends itself after a grace time.

Private to this collection; runs in the worker process of ansible-playbook.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import select
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

LIFELINE_VARIABLE = "RORO_LIFELINE"
GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1
_INTERRUPTED = 130
_ENDED = select.POLLHUP | select.POLLERR | select.POLLNVAL


@contextmanager
def guarded(cancel: threading.Event) -> Iterator[None]:
    """While inside: the events above set `cancel`. On leaving by an exception, such as a task timeout, it is set too."""
    guard = _Guard(cancel)
    try:
        guard.start()
        yield
    except BaseException:
        cancel.set()
        raise
    finally:
        guard.finish()


class _Guard:
    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._done = threading.Event()
        self._parent = _parent_pid()
        self._handlers: dict[int, object] = {}
        self._leaving = False

    def start(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._handlers[number] = signal.signal(number, self._on_signal)
        if self._parent is not None:
            _die_with_parent()
            if os.getppid() != self._parent:
                self._leave_soon()
        if path := os.environ.get(LIFELINE_VARIABLE):
            self._watch(path)

    def finish(self) -> None:
        self._done.set()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._cancel.set()
        self._leave_soon()

    def _leave_soon(self) -> None:
        if not self._leaving:
            self._leaving = True
            threading.Thread(target=self._leave_when_orphaned, name="roro-leave", daemon=True).start()

    def _leave_when_orphaned(self) -> None:
        """After a signal: when the parent is gone, record for the grace time and end; nobody waits for a result any more."""
        self._cancel.set()
        while not self._orphaned():
            if self._done.wait(_LOOK_SECONDS):
                return
        self._done.wait(GRACE_SECONDS)
        os._exit(_INTERRUPTED)

    def _orphaned(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def _watch(self, path: str) -> None:
        """Look at the lifeline now, and in a thread until it ends. Opened without waiting: when no writer is left, that is the end too.

        The word is seen and left there: the workers of other hosts, also those that begin later, see it as well.
        """
        watched, ended = select.poll(), False
        try:
            lifeline = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            ended = True
        else:
            watched.register(lifeline, select.POLLIN)
            if watched.poll(0):
                self._cancel.set()
            else:
                ended = not _has_writer(lifeline)
        if ended:
            self._cancel.set()
        threading.Thread(target=self._hold, args=(watched, ended), name="roro-lifeline", daemon=True).start()

    def _hold(self, watched: select.poll, ended: bool) -> None:
        while not ended:
            for lifeline, seen in watched.poll():
                if seen & select.POLLIN:
                    self._cancel.set()
                    watched.modify(lifeline, 0)  # from here on only its end is told
                ended = bool(seen & _ENDED)
        self._command_died()

    def _command_died(self) -> None:
        self._cancel.set()
        self._done.wait(GRACE_SECONDS)
        if self._parent is not None and os.getppid() == self._parent:
            os.kill(self._parent, signal.SIGTERM)
        os._exit(_INTERRUPTED)


def _has_writer(lifeline: int) -> bool:
    """Of a pipe that is empty. One whose writer was gone before this end was opened is never told as ended by poll(2)."""
    try:
        return os.read(lifeline, 1) != b""
    except BlockingIOError:
        return True


def _parent_pid() -> int | None:
    """The ansible-playbook process that forked this worker; None when this process is not a worker."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent is not None else None


def _die_with_parent() -> None:
    if sys.platform != "linux":
        return
    try:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    except (OSError, AttributeError):
        return
