# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of an environment's documents: what a run waits for, and what the daemon goes on asking."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .._cluster import Cluster
from .._errors import RoroError
from .._events import Notice, Sink
from .._forward import decide_scope, reach
from .._health import HealthStatus, known_checks, remove_checks, resume_checks, specs_of, start_checks, stop_checks
from .._model import Instance, Selection, load_workspace, select
from .._release.data.options import Options
from .choose_cluster import choose_cluster
from .request import Request


@dataclass(frozen=True)
class HealthReport:
    """What was done about health checks, and how they are now."""

    changed: bool
    checks: tuple[HealthStatus, ...]


@contextmanager
def gated(options: Options, cluster: Cluster, instances: Sequence[Instance]) -> Iterator[Options]:
    """The options of a run that waits for the health checks of its instances, or without waiting for those that others of them need.
    Nothing is loaded where there are none."""
    needed = {need.instance for instance in instances for need in instance.depends_on}
    if options.check or not any(instance.health and (options.wait or instance.id in needed) for instance in instances):
        yield options
        return
    from .._health import HealthGate

    gate = HealthGate(cluster)
    try:
        yield replace(options, health=gate)
    finally:
        gate.close()


def watch_health(request: Request, selection: Selection, *, scope: str | None = None, check: bool = False) -> HealthReport:
    """Let the daemon ask the checks of the documents; those that the documents no longer have are forgotten. Raises RoroError.

    Where nothing lasts (an execution environment, `scope: job`) there is nothing to do. check: only tell what would be done.
    """
    if decide_scope(scope) == "job":
        return HealthReport(False, ())
    names = () if selection.complete else tuple(instance.id for instance in selection.instances)
    known = _of(selection.workspace.name, selection.environment.name, names)
    if not any(instance.health for instance in selection.instances):
        return _removed([status.id for status in known], check=check)
    to = reach(choose_cluster(request.connection, selection.environment, root=selection.workspace.root))
    specs = specs_of(selection, to)
    wanted = {spec.id for spec in specs}
    removed = _removed([status.id for status in known if status.id not in wanted], check=check)
    if check:
        running = {status.id for status in known if status.state != "Stopped"}
        return HealthReport(removed.changed or not running.issuperset(wanted), ())
    changed = start_checks(specs) or removed.changed
    return HealthReport(changed, tuple(status for status in known_checks() if status.id in wanted))


def end_health(request: Request, *, forget: bool, check: bool = False) -> HealthReport:
    """Stop the checks of an environment, or of the instances named. forget: as if they had never been. Raises RoroError."""
    statuses = health_of(request)
    if forget:
        return _removed([status.id for status in statuses], check=check)
    running = [status.id for status in statuses if status.state != "Stopped"]
    return HealthReport(bool(running) and (check or stop_checks(running)), health_of(request) if running else statuses)


def health_of(request: Request) -> tuple[HealthStatus, ...]:
    """The known checks of an environment, or of the instances named. Needs no cluster. Raises RoroError."""
    workspace = load_workspace(request.workspace)
    selection = select(workspace, request.environment, profiles=["*"], system_environment=None, with_dependencies=False)
    return _of(workspace.name, selection.environment.name, request.instances)


def follow_power(turn: str, selection: Selection, names: Collection[str] | None, sink: Sink) -> None:
    """The daemon's checks do as their instances (None: all) do: `stop`, `start`, or `down`, which forgets them.

    Only what is known already; no daemon is started for a check that nobody asked for. What goes wrong is a notice.
    """
    works: dict[str, Callable[[Sequence[str]], bool]] = {"stop": stop_checks, "start": resume_checks, "down": remove_checks}
    known = _of(selection.workspace.name, selection.environment.name, tuple(names or ()))
    ids = [status.id for status in known if turn == "down" or (status.state == "Stopped") == (turn == "start")]
    if not ids or (names is not None and not names):
        return
    try:
        works[turn](ids)
    except RoroError as error:
        sink(Notice("", "warning", f"the health checks could not follow: {error.problems[0].message}"))


def _of(workspace: str, environment: str, instances: Sequence[str]) -> tuple[HealthStatus, ...]:
    return tuple(status for status in known_checks() if status.origin.within(workspace, environment, instances))


def _removed(ids: Sequence[str], *, check: bool) -> HealthReport:
    return HealthReport(bool(ids) and (check or remove_checks(ids)), ())
