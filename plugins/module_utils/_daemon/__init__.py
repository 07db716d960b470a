# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One background process for each user: its socket, its private state, how it is started, replaced, supervised and ended.

May import `_errors`, `_state`, `_log`, `_given`, `_version`. Third-party: psutil. It knows nothing of what it hosts: duties do the work.

Front door:
    DaemonClient.started() / .running()         the daemon, started when needed / the one that runs or None; subclasses name their duties
        ask(do, ...), stream(do, ...), hello(), shutdown()
    DaemonGone                                  it ended in the middle of a request
    Duty, Work, Desk                            what a duty is, does, and is offered (`duty`)
    kept_path(), read(path), put_aside(path)    the state file, for those who look without a daemon

To write a duty, make a module with a constant DUTY, the `Duty`: its name, the requests that it answers, the keys of the state file that are
its own, the word for its news, and `begin`, which makes the `Work`. The daemon imports that module early, so it imports what it needs
inside `begin`. A client is a subclass of DaemonClient whose `duties` names the module: the daemon is started with it, or hosts it from the
first request on, and remembers it for the next daemon: socket and state file are the user's alone. The engine's own are listed in
`_duties.py`. A duty that raises is told of (its asker, `hello`, the log) and harms no other; what a duty kept that this version does not
know stays in the file.

Folders, files and process bear the name `forward`, by which the daemon of any version is found and replaced.
The parts: `duty` (the interface), `state` (the file), `hosted` (one duty, guarded), `daemon` (all of them), `serve` (the socket), `life`
and `run` (the process and its parent), `process` (which one runs), `start`, `client`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .client import DaemonClient, DaemonGone
    from .duty import Desk, Duty, Told, Work
    from .state import kept_path, put_aside, read

__all__ = ["DaemonClient", "DaemonGone", "Desk", "Duty", "Told", "Work", "kept_path", "put_aside", "read"]

_FILES = {
    "client": ("DaemonClient", "DaemonGone"),
    "duty": ("Desk", "Duty", "Told", "Work"),
    "state": ("kept_path", "put_aside", "read"),
}

__getattr__ = lazily(__name__, _FILES)
