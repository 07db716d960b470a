# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole life of the daemon's process, from its lock to its last file."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from .daemon import Daemon
from .process import code_stamp, pid_file, remove_socket, socket_path, sole_daemon
from .serve import Serving
from .state import state_path

IDLE_SECONDS = 600.0


def run_daemon(ready: Callable[[], None], modules: Sequence[str], after: int | None = None) -> None:
    """ready: called once clients can connect. modules: of the duties to begin with. after: pid of the daemon that died and is followed.

    Ends at once where another daemon runs, or followed that one already.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("urllib3").setLevel(logging.ERROR)  # it warns of connections that it does not keep
    _many_files()
    path = socket_path()
    with sole_daemon(path, after) as alone:
        if not alone:
            ready()
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # made for us alone, where the usual one has too long a path; else the other one's socket is in it
            return
        path.unlink(missing_ok=True)
        try:
            with asyncio.Runner() as runner:
                runner.run(_run(path, ready, modules))
        finally:
            remove_socket(path)


async def _run(path: Path, ready: Callable[[], None], modules: Sequence[str]) -> None:
    daemon = Daemon(state_path())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, daemon.ending.set)
    serving = Serving(daemon, code_stamp())
    server = await asyncio.start_unix_server(serving.client, str(path), limit=1 << 22)
    _make_private(path)
    await daemon.restore(modules)
    ready()
    try:
        await daemon.live(_idle_seconds(), (path, pid_file()))
    finally:
        server.close()
        await serving.close()
        await daemon.close()


def _make_private(path: Path) -> None:
    path.chmod(0o600)


def _idle_seconds() -> float:
    with contextlib.suppress(ValueError):
        return float(os.environ.get("RORO_FORWARD_IDLE", ""))
    return IDLE_SECONDS


def _many_files() -> None:
    """Each connection needs two: take as many as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
    if soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
