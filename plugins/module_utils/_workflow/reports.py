# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What people look at: status and history, each from a request to a report. Loads nothing of what writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from .._errors import ConnectionFailed
from .._events import Notice, Sink, ignore
from .._model import load_workspace, select
from .._reconcile import Standing
from .._release import InstanceStatus, Revision
from .._release import history as release_history
from .._release import status as release_status
from .last_seen import keep_seen, last_seen
from .loading import cluster_of
from .request import Request
from .standing_in_status import StandingRead, with_standing
from .status_names import require_named, status_selection


@dataclass(frozen=True)
class StatusReport:
    """What `ps` shows: the environment's instances, those of the documents first, then those only the cluster knows."""

    workspace: str
    environment: str
    instances: tuple[InstanceStatus, ...]
    now: str = ""
    """The time by the server's clock, RFC 3339 in UTC: ages count from it, as this machine's clock may be off."""
    notices: tuple[str, ...] = ()
    """What could not be looked at."""
    as_of: str = ""
    """When it was so, RFC 3339 in UTC, where the cluster cannot be asked now; "" where it was."""
    standing: Standing | None = None
    """How it was when it was last reconciled; None where nobody does, or that was not looked at."""


@dataclass(frozen=True)
class HistoryReport:
    """What `history` shows: by instance, oldest first."""

    workspace: str
    environment: str
    revisions: tuple[Revision, ...]
    now: str = ""
    notices: tuple[str, ...] = ()
    """Both as in StatusReport."""


def history(request: Request) -> HistoryReport:
    """The revisions that the cluster keeps of the environment's instances, or of those named. Raises RoroError."""
    workspace = load_workspace(request.workspace)
    selection = select(workspace, request.environment, profiles=["*"], system_environment=None, with_dependencies=False)
    names, homes = request.instances or None, sorted({instance.namespace for instance in selection.instances})
    with cluster_of(request, selection, ignore) as cluster:
        notices: list[str] = []
        found = release_history(cluster, workspace.name, selection.environment.name, names, homes, _into(notices))
        return HistoryReport(workspace.name, selection.environment.name, tuple(found), cluster.now().isoformat(), tuple(notices))


def status(request: Request) -> StatusReport:
    """The instances, or those named, and how they are; where the cluster is away, how they were when last seen. Raises RoroError."""
    selection = status_selection(request)
    with cluster_of(request, selection, ignore) as cluster:
        place, notices = (selection.workspace.name, selection.environment.name), list[str]()
        reconciled = StandingRead(cluster, selection)
        try:
            found = release_status(cluster, *place, selection, _into(notices), request.instances)
        except ConnectionFailed as error:
            seen = last_seen(cluster, selection, request.instances, error)
            if seen is None:
                raise
            return StatusReport(*place, seen.instances, datetime.now(UTC).isoformat(), seen.notices, seen.when)
        require_named(found, request.instances, selection)
        standing = reconciled.found()
        found = with_standing(found, standing)
        keep_seen(cluster, selection, found, whole=not request.instances)
        return StatusReport(*place, tuple(found), cluster.now().isoformat(), tuple(notices), standing=standing)


def _into(notices: list[str]) -> Sink:
    """A sink that keeps the notices."""
    return lambda event: notices.append(event.message) if isinstance(event, Notice) else None
