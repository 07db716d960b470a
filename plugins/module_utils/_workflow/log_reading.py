# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logs of an environment's instances, also of those that the documents no longer have."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from .._cluster import connect
from .._errors import UsageError
from .._logs import LogOutcome, LogQuery, LogScope, LogSession, Shaper, Source
from .._model import Selection, load_workspace, select
from .._model.words import suggest
from .._release import Roots, find_roots
from .choose_cluster import choose_cluster
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
    selection = select(
        load_workspace(request.workspace), request.environment, profiles=["*"], system_environment=None, with_dependencies=False
    )
    ago, moment = read_since(since)
    with connect(choose_cluster(request.connection, selection.environment, root=selection.workspace.root)) as cluster:
        homes = sorted({instance.namespace for instance in selection.instances})
        roots = find_roots(cluster, selection.workspace.name, selection.environment.name, homes)
        if roots.notice:
            tell(roots.notice)
        scope = scope_of(request, selection, roots)
        query = replace(query, since=moment_of(cluster, ago, moment))
        outcome = LogSession(cluster, scope, query, make_shaper, write, tell, stop).run()
    if not outcome.pods and not query.follow:
        tell(f"no pods of {', '.join(request.instances) or 'this environment'}: `roro ps` tells how it is")
    return outcome


def scope_of(request: Request, selection: Selection, roots: Roots) -> LogScope:
    """Where the pods of the instances that are asked for may be. Raises UsageError for one that neither documents nor cluster know."""
    homes = {instance.id: instance.namespace for instance in selection.instances}
    known = {*homes, *roots.instances}
    for name in request.instances:
        if name not in known:
            environment = selection.environment.name
            raise UsageError(f'there is no instance "{name}" in environment {environment}', hint=suggest(name, known, what="instances"))
    wanted = set(request.instances) or known
    namespaces = {homes[name] for name in wanted if name in homes}
    namespaces |= {namespace for name in wanted for namespace in roots.namespaces.get(name, ())}
    instances = request.instances or None
    return LogScope(selection.workspace.name, selection.environment.name, instances, sorted(namespaces), roots.uids)
