# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's entry: a small parent that starts the real one again when it dies, and ends when that ends in order."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence

from .process import recorded_identity

FIRST_PAUSE, LAST_PAUSE = 0.2, 30.0
STEADY_SECONDS = 60.0
GIVE_UP = 20
"""So many deaths in a row, each within a minute of its start, are no accident."""


def main(modules: Sequence[str]) -> None:
    """Run until the daemon ends by itself. Writes `ready` to stdout once the first one listens. modules: of the duties to begin with.

    Whoever started it need not wait for it: what it waits for ends at once.
    """
    os.umask(0o077)
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    deaths, dead = 0, None
    while deaths < GIVE_UP:
        began = time.monotonic()
        child = os.fork()
        if not child:
            _become_the_daemon(modules, after=dead)
        if _wait_for(child):
            return
        deaths = 1 if time.monotonic() - began > STEADY_SECONDS else deaths + 1
        _forget_stdout()
        time.sleep(min(LAST_PAUSE, FIRST_PAUSE * 2.0 ** (deaths - 1)))
        recorded = recorded_identity()
        if recorded is None or recorded.pid != child:
            return  # another daemon has taken its place meanwhile, and may have ended since
        dead = child


def _wait_for(child: int) -> bool:
    """Whether the daemon ended in order. A SIGTERM is for the child, which then does."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _, status = os.waitpid(child, 0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return os.waitstatus_to_exitcode(status) == 0


def _become_the_daemon(modules: Sequence[str], *, after: int | None) -> None:
    """after: pid of the one that died; None for the first, which somebody waits for."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        from .life import run_daemon

        run_daemon(_say_ready if after is None else _nothing, modules, after)
        code = 0
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _say_ready() -> None:
    os.write(1, b"ready\n")
    _forget_stdout()


def _nothing() -> None:
    pass


def _forget_stdout() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    os.close(null)
