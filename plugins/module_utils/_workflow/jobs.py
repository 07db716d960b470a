# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Up, down and their like, diff, status, history, config and render: each from a request to a result."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from .._cluster import Cluster, connect
from .._errors import RoroError, UsageError
from .._events import RunPhase, Sink, ignore
from .._model import Instance, Selection, load_workspace, select
from .._release import InstanceStatus, Revision, go_back, preview, release, remove
from .._release import history as release_history
from .._release import restart as release_restart
from .._release import start as release_start
from .._release import status as release_status
from .._release import stop as release_stop
from .._release.types import Desired, Options, RunResult
from .._render import RenderCache, RenderedInstance, render_instance
from .._state import cache_directory
from .choose_cluster import choose_cluster
from .request import Request

Turn = Callable[[Cluster, Selection, Sequence[Instance], Options, Sink, threading.Event], RunResult]
"""Stop, start or restart, as the release room offers them."""


@dataclass(frozen=True)
class StatusReport:
    """What `ps` shows: the environment's instances, those of the documents first, then those only the cluster knows."""

    workspace: str
    environment: str
    instances: tuple[InstanceStatus, ...]


@dataclass(frozen=True)
class HistoryReport:
    """What `history` shows: by instance, oldest first."""

    workspace: str
    environment: str
    revisions: tuple[Revision, ...]


@dataclass(frozen=True)
class ConfigReport:
    """What `config` shows: the selection, and each instance rendered when that was asked for."""

    selection: Selection
    rendered: tuple[RenderedInstance, ...] = ()


def load(request: Request, *, with_dependencies: bool = True) -> Selection:
    """Read, check and merge the documents. Raises DocumentError, UsageError."""
    environ = os.environ if request.system_environment is None else request.system_environment
    return select(
        load_workspace(request.workspace),
        request.environment,
        instances=request.instances,
        variables=request.variables,
        profiles=request.profiles,
        system_environment=environ,
        with_dependencies=with_dependencies,
    )


def render(request: Request, sink: Sink = ignore) -> tuple[Selection, tuple[RenderedInstance, ...]]:
    """Documents to manifests, without a cluster. Raises DocumentError, RenderError, UsageError."""
    sink(RunPhase("", "load"))
    selection = load(request)
    sink(RunPhase("", "render"))
    cache = RenderCache(_template_directory())
    return selection, tuple(render_instance(instance, cache=cache) for instance in selection.instances)


def _template_directory() -> Path | None:
    """None where nothing can be kept, as with a read-only home: templates are then compiled by every run."""
    try:
        return cache_directory("templates")
    except RoroError:
        return None


def config(request: Request, *, rendered: bool = False) -> ConfigReport:
    """The resolved documents, with the rendered manifests when asked. Raises DocumentError, RenderError, UsageError."""
    if rendered:
        selection, manifests = render(request)
        return ConfigReport(selection, manifests)
    return ConfigReport(load(request))


def up(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Make the environment what the documents say, and wait until it is healthy.

    Nothing is written before everything was loaded, rendered and planned. Raises RoroError; an instance that failed is told in the result.
    """
    selection, desired = _desired(request, sink)
    options = _for_selection(request.options, selection)
    with _cluster(request, selection, sink) as cluster:
        return release(cluster, selection, desired, options, sink, cancel or threading.Event())


def diff(request: Request, sink: Sink = ignore) -> RunResult:
    """What `up` would change, with diffs; nothing is written. Raises RoroError."""
    selection, desired = _desired(request, sink)
    options = replace(_for_selection(request.options, selection), check=True, diff=True)
    with _cluster(request, selection, sink) as cluster:
        return preview(cluster, selection, desired, options)


def down(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Remove the environment's instances, or those named. Templates are not needed. Raises RoroError."""
    sink(RunPhase("", "load"))
    workspace = load_workspace(request.workspace)
    selection = select(workspace, request.environment, profiles=["*"], system_environment=None, with_dependencies=False)
    names, homes = request.instances or None, sorted({instance.namespace for instance in selection.instances})
    stop = cancel or threading.Event()
    with _cluster(request, selection, sink) as cluster:
        return remove(cluster, workspace.name, selection.environment.name, names, request.options, sink, stop, homes=homes)


def rollback(request: Request, number: int | None, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Bring the named instances back to revision `number` (None: the newest healthy one before the present). Raises RoroError."""
    selection = _named(request, sink)
    if number is not None and len(request.instances) > 1:
        raise UsageError("a revision belongs to one instance, but several are named", hint="Roll them back one by one.")
    with _cluster(request, selection, sink) as cluster:
        return go_back(cluster, selection, selection.instances, number, request.options, sink, cancel or threading.Event())


def stop(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Stop the environment's instances, or those named; `up` or `start` starts them again. Raises RoroError."""
    return _turn(release_stop, request, sink, cancel)


def start(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Start what was stopped, as it was then. Raises RoroError."""
    return _turn(release_start, request, sink, cancel)


def restart(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """New pods for the environment's instances, or those named. Raises RoroError."""
    return _turn(release_restart, request, sink, cancel)


def _turn(work: Turn, request: Request, sink: Sink, cancel: threading.Event | None) -> RunResult:
    sink(RunPhase("", "load"))
    selection = _recorded(request)
    with _cluster(request, selection, sink) as cluster:
        return work(cluster, selection, selection.instances, request.options, sink, cancel or threading.Event())


def _recorded(request: Request) -> Selection:
    """The instances named, or all of every profile: what is deployed counts, and no template is rendered."""
    workspace = load_workspace(request.workspace)
    return select(
        workspace, request.environment, instances=request.instances, profiles=["*"], system_environment=None, with_dependencies=False
    )


def history(request: Request) -> HistoryReport:
    """The revisions that the cluster keeps of the environment's instances, or of those named. Raises RoroError."""
    workspace = load_workspace(request.workspace)
    selection = select(workspace, request.environment, profiles=["*"], system_environment=None, with_dependencies=False)
    names, homes = request.instances or None, sorted({instance.namespace for instance in selection.instances})
    with _cluster(request, selection, ignore) as cluster:
        found = release_history(cluster, workspace.name, selection.environment.name, names, homes)
    return HistoryReport(workspace.name, selection.environment.name, tuple(found))


def _named(request: Request, sink: Sink) -> Selection:
    """The instances named, and only those. Raises UsageError when none is."""
    sink(RunPhase("", "load"))
    selection = _recorded(request)
    if not request.instances:
        raise UsageError("which instance?", hint="Name it: `roro rollback ENV INSTANCE`, or the option instances of the module.")
    return selection


def status(request: Request) -> StatusReport:
    """The instances and how they are. Raises RoroError."""
    selection = load(request, with_dependencies=False)
    with _cluster(request, selection, ignore) as cluster:
        found: Sequence[InstanceStatus] = release_status(cluster, selection.workspace.name, selection.environment.name, selection)
    return StatusReport(selection.workspace.name, selection.environment.name, tuple(found))


def _desired(request: Request, sink: Sink) -> tuple[Selection, tuple[Desired, ...]]:
    selection, rendered = render(request, sink)
    pairs = zip(selection.instances, rendered, strict=True)
    return selection, tuple(Desired(instance, result.manifests, result.digest) for instance, result in pairs)


def _for_selection(options: Options, selection: Selection) -> Options:
    return replace(options, complete=selection.complete, left_out=frozenset(selection.left_out))


@contextmanager
def _cluster(request: Request, selection: Selection, sink: Sink) -> Iterator[Cluster]:
    sink(RunPhase("", "connect"))
    cluster = connect(choose_cluster(request.connection, selection.environment, root=selection.workspace.root))
    try:
        yield cluster
    finally:
        cluster.close()
