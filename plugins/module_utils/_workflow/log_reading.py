# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of an environment's instances, also of those that the documents no longer have."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from .._logs import LogOutcome, LogQuery, LogScope, LogSession, Shaper, Source
from .open_environment import open_environment
from .request import Request
from .since import moment_of, read_since


def logs(
    request: Request,
    query: LogQuery,
    make_shaper: Callable[[Source], Shaper],
    write: Callable[[bytes], None],
    tell: Callable[[str], None],
    stop: threading.Event,
    *,
    since: str = "",
) -> LogOutcome:
    """Read the logs of the instances named, or of all; with `query.follow` until `stop` is set. since: a duration or an RFC 3339 time.

    See `_logs.LogSession` for the other arguments. Raises RoroError, and what `write` raises.
    """
    ago, moment = read_since(since)
    with open_environment(request, tell) as opened:
        scope = LogScope(*opened.key, request.instances or None, opened.namespaces, opened.roots.uids)
        query = replace(query, since=moment_of(opened.cluster, ago, moment))
        outcome = LogSession(opened.cluster, scope, query, make_shaper, write, tell, stop).run()
    if not outcome.pods and not query.follow:
        tell(f"no pods of {', '.join(request.instances) or 'this environment'}: `roro ps` tells how it is")
    return outcome
