# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Up, down and their like, diff, config and render: each from a request to a result."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from .. import _release
from .._cluster import Cluster
from .._errors import UsageError
from .._events import Notice, RunPhase, Sink, ignore
from .._model import Instance, Selection, Workspace, load_workspace, select, told_below
from .._release import release
from .._release.data.desired import Desired
from .._release.data.options import Options
from .._release.data.result import RunResult
from .checks_across_instances import check_across
from .health import follow_power, gated
from .loading import cluster_of, load
from .misspelt_fields import locate
from .origin_on_disk import workspace_origin
from .rendering import Rendered, render_all, sees_cluster
from .request import Request
from .variables_nobody_reads import unread_variables
from .wanted_instances import Desire

if TYPE_CHECKING:
    from .explain import Variables

Turn = Callable[[Cluster, Selection, Sequence[Instance], Options, Sink, threading.Event], RunResult]
"""Stop, start or restart, as the release room offers them."""


@dataclass(frozen=True)
class ConfigReport:
    """What `config` shows: the selection, and each instance rendered when that was asked for, else the variables by instance."""

    selection: Selection
    rendered: tuple[Rendered, ...] = ()
    variables: Mapping[str, Variables] = field(default_factory=dict)


def render(request: Request, sink: Sink = ignore) -> tuple[Selection, tuple[Rendered, ...]]:
    """Documents to manifests; a cluster is only asked for values. Raises DocumentError, RenderError, UsageError, ClusterError."""
    sink(RunPhase("", "load"))
    selection = load(request)
    with told_below(selection.workspace.root), values_from(request, selection, sink) as cluster:
        sink(RunPhase("", "render"))
        found = render_all(selection.instances, cluster, threading.Event(), selection.workspace.root)
        check_across(found)
        return selection, tuple(found)


def config(request: Request, *, rendered: bool = False, explain: bool = False) -> ConfigReport:
    """The resolved documents, with the rendered manifests when asked. explain: variables with line and column, and the values of the
    cluster, as far as it answers. Variables are those of the instances named, or of all. Raises DocumentError, RenderError, UsageError."""
    if rendered:
        selection, manifests = render(request)
        return ConfigReport(selection, manifests)
    selection = load(request, asking=request.instances or None)
    connect = partial(cluster_of, request, selection, ignore) if explain else None
    root = selection.workspace.root
    chosen = [instance for instance in selection.instances if not request.instances or instance.id in request.instances]
    with told_below(root):
        from .explain import explain_variables

        return ConfigReport(selection, variables=explain_variables(chosen, connect, root=root, places=explain))


def up(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Make the environment what the documents say, and wait until it is healthy.

    Nothing is written before everything was loaded, rendered and planned. Raises RoroError; an instance that failed is told in the result.
    """
    with rendered_of(request, sink, cancel or threading.Event()) as (cluster, selection, desired, notes):
        options = for_selection(placed(request.options, selection.workspace), selection)
        with gated(options, cluster, selection.instances) as gates:
            result = release(cluster, selection, desired, gates, sink, cancel or threading.Event())
        locate(result, selection.workspace.root)
        _tell_notes(result, notes, sink)
        _tell_unread(result, request, selection, sink)
        return result


def diff(request: Request, sink: Sink = ignore) -> RunResult:
    """What `up` would change, with diffs; nothing is written. Raises RoroError."""
    with rendered_of(request, sink, threading.Event()) as (cluster, selection, desired, _notes):
        checking = replace(request.options, check=True, diff=True)
        options = for_selection(placed(checking, selection.workspace), selection)
        result = _release.preview(cluster, selection, desired, options)
        locate(result, selection.workspace.root)
        return result


def down(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Remove the environment's instances, or those named. Templates are not needed. Raises RoroError."""
    sink(RunPhase("", "load"))
    workspace = load_workspace(request.workspace)
    selection = select(workspace, request.environment, profiles=["*"], system_environment=None, with_dependencies=False)
    names, homes = request.instances or None, sorted({instance.namespace for instance in selection.instances})
    stop, options = cancel or threading.Event(), placed(request.options, workspace, remember=False)
    options = replace(options, timeouts={instance.id: instance.timeout for instance in selection.instances})
    with cluster_of(request, selection, sink) as cluster:
        if not options.check:
            follow_power("down", selection, names, sink)
        return _release.remove(cluster, workspace.name, selection.environment.name, names, options, sink, stop, homes=homes)


def rollback(request: Request, number: int | None, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Bring the named instances back to revision `number` (None: the newest healthy one before the present). Raises RoroError."""
    selection = _named(request, sink)
    if number is not None and len(request.instances) > 1:
        raise UsageError("a revision belongs to one instance, but several are named", hint="Roll them back one by one.")
    options = placed(request.options, selection.workspace)
    with cluster_of(request, selection, sink) as cluster, gated(options, cluster, selection.instances) as gates:
        return _release.go_back(cluster, selection, selection.instances, number, gates, sink, cancel or threading.Event())


def stop(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Stop the environment's instances, or those named; `up` or `start` starts them again. Raises RoroError."""
    return _turn("stop", _release.stop, request, sink, cancel)


def start(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """Start what was stopped, as it was then. Raises RoroError."""
    return _turn("start", _release.start, request, sink, cancel)


def restart(request: Request, sink: Sink = ignore, cancel: threading.Event | None = None) -> RunResult:
    """New pods for the environment's instances, or those named. Raises RoroError."""
    return _turn("restart", _release.restart, request, sink, cancel)


def _turn(turn: str, work: Turn, request: Request, sink: Sink, cancel: threading.Event | None) -> RunResult:
    sink(RunPhase("", "load"))
    selection = _recorded(request)
    options = placed(request.options, selection.workspace, remember=False)
    waits_for = () if turn == "stop" else selection.instances
    with cluster_of(request, selection, sink) as cluster, gated(options, cluster, waits_for) as gates:
        if turn == "stop" and not options.check:
            follow_power("stop", selection, [instance.id for instance in selection.instances], sink)
        result = work(cluster, selection, selection.instances, gates, sink, cancel or threading.Event())
        if turn == "start" and not options.check:
            follow_power("start", selection, [item.instance for item in result.instances if item.status == "Running"], sink)
        return result


def _recorded(request: Request) -> Selection:
    """The instances named, or all of every profile: what is deployed counts, and no template is rendered."""
    workspace = load_workspace(request.workspace)
    return select(
        workspace, request.environment, instances=request.instances, profiles=["*"], system_environment=None, with_dependencies=False
    )


def _named(request: Request, sink: Sink) -> Selection:
    """The instances named, and only those. Raises UsageError when none is."""
    sink(RunPhase("", "load"))
    selection = _recorded(request)
    if not request.instances:
        raise UsageError("which instance?", hint="Name it: `roro rollback ENV INSTANCE`, or the option instances of the module.")
    return selection


@contextmanager
def rendered_of(
    request: Request, sink: Sink, stop: threading.Event
) -> Iterator[tuple[Cluster, Selection, tuple[Desired, ...], dict[str, str]]]:
    """The cluster, what is desired, and the notes of instances. It is connected to first where values have to be read from it or a chart
    may ask what it serves, else when all is rendered."""
    # pylint: disable=contextmanager-generator-missing-cleanup
    sink(RunPhase("", "load"))
    selection = load(request)
    with told_below(selection.workspace.root), values_from(request, selection, sink, charts=True) as early:
        for item in selection.instances:
            for words in item.notes:
                sink(Notice(item.id, "info", words))
        sink(RunPhase("", "render"))
        desire = Desire(early, selection.workspace.root)
        desire.fill(selection.instances, stop, lambda instance, words: sink(Notice(instance, "info", words)))
        if early is not None:
            yield early, selection, desire.desired, desire.notes
            return
    with cluster_of(request, selection, sink) as cluster:
        yield cluster, selection, desire.desired, desire.notes


def _tell_notes(result: RunResult, notes: Mapping[str, str], sink: Sink) -> None:
    """What charts say after they were installed or changed."""
    for item in result.instances if not result.check else ():
        if item.changed and item.status == "Running" and notes.get(item.instance):
            text = f"{item.instance} says:\n{notes[item.instance]}"
            result.notices.append(text)
            sink(Notice(item.instance, "info", text))


def _tell_unread(result: RunResult, request: Request, selection: Selection, sink: Sink) -> None:
    """Variables that were given and that nobody reads."""
    for problem in unread_variables(selection, {**request.variables, **request.secret_variables}):
        text = f"{problem.message}{f'; {problem.hint}' if problem.hint else ''}"
        result.notices.append(text)
        sink(Notice("", "warning", text))


@contextmanager
def values_from(request: Request, selection: Selection, sink: Sink, *, charts: bool = False) -> Iterator[Cluster | None]:
    """The cluster, where an instance has values; else None. charts: also where one may ask what the cluster serves."""
    if not any(instance.values or (charts and sees_cluster(instance)) for instance in selection.instances):
        yield None
        return
    with cluster_of(request, selection, sink) as cluster:
        yield cluster


def placed(options: Options, workspace: Workspace, *, remember: bool = True) -> Options:
    """The options of a run of this workspace. remember: see workspace_origin; a check writes nothing."""
    return replace(options, origin=workspace_origin(workspace, remember=remember and not options.check))


def for_selection(options: Options, selection: Selection) -> Options:
    """The options of a run of these instances."""
    return replace(options, complete=selection.complete, left_out=frozenset(selection.left_out))
