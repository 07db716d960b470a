# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forwards of an environment's documents, and of targets named by hand: from a request to the daemon and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .._cluster import Connection
from .._forward import (
    ForwardClient,
    ForwardSpec,
    ForwardStatus,
    decide_scope,
    job_owner,
    known_forwards,
    make_spec,
    reach,
    read_ports,
    settled,
    specs_of,
)
from .._model import load_workspace, select
from .choose_cluster import choose_cluster
from .loading import load
from .request import Request

ACTIVE_SECONDS = 15.0
TELL_SECONDS = 2.0
"""Seconds after which it is told what is waited for."""
Tell = Callable[[ForwardStatus], None]


@dataclass(frozen=True)
class ForwardReport:
    """What was done about forwards, and how they are now."""

    changed: bool
    forwards: tuple[ForwardStatus, ...]


def open_forwards(
    request: Request,
    *,
    scope: str | None = None,
    wait: float = ACTIVE_SECONDS,
    check: bool = False,
    all_there: bool = False,
    tell: Tell = lambda status: None,
) -> ForwardReport:
    """Open the forwards of the documents; those that the documents no longer have are closed. wait: seconds to become Active.

    check: only tell what would be done. all_there: no pods are on their way, so a forward without any is not waited for. tell: what is
    waited for, after two seconds. Raises RoroError; a forward that cannot work is told in its state.
    """
    selection = load(request, with_dependencies=False, reads_environment=False)
    if not any(instance.forwards for instance in selection.instances):
        left = [status.id for status in _of(selection.workspace.name, selection.environment.name, request.instances)]
        return _removed(left, check=check)
    to = reach(choose_cluster(request.connection, selection.environment, root=selection.workspace.root))
    kind = decide_scope(scope)
    specs = specs_of(selection, to, scope=kind, owner=job_owner() if kind == "job" else None)
    known = _of(selection.workspace.name, selection.environment.name, tuple(instance.id for instance in selection.instances))
    if selection.complete:
        known = _of(selection.workspace.name, selection.environment.name, ())
    wanted = {spec.id for spec in specs}
    old = [status.id for status in known if status.id not in wanted]
    removed = _removed(old, check=check)
    started = start_forwards(specs, wait=wait, check=check, all_there=all_there, tell=tell)
    return ForwardReport(removed.changed or started.changed, started.forwards)


def start_forwards(
    specs: Sequence[ForwardSpec],
    *,
    wait: float = ACTIVE_SECONDS,
    check: bool = False,
    all_there: bool = False,
    tell: Tell = lambda status: None,
) -> ForwardReport:
    """See that these run; the rest as in `open_forwards`. Raises RoroError."""
    ids = [spec.id for spec in specs]
    if check:
        running = {status.id for status in known_forwards() if status.state != "Stopped"}
        return ForwardReport(not running.issuperset(ids), tuple(status for status in known_forwards() if status.id in ids))
    with ForwardClient.started() as client:
        outcome = client.start(specs)
    return ForwardReport(bool(outcome.changed), _awaited(ids, wait, all_there, tell) if wait else outcome.of(ids))


def _awaited(ids: Sequence[str], wait: float, all_there: bool, tell: Tell) -> tuple[ForwardStatus, ...]:
    def is_over(status: ForwardStatus) -> bool:
        return status.settled or (all_there and status.deserted)

    found = settled(ids, min(wait, TELL_SECONDS), is_over)
    late = [status for status in found if not is_over(status)]
    if not late or wait <= TELL_SECONDS:
        return found
    for status in late:
        tell(status)
    return settled(ids, wait - TELL_SECONDS, is_over)


def close_forwards(request: Request, *, forget: bool = True, check: bool = False) -> ForwardReport:
    """Close the forwards of an environment, or of the instances named. Needs no cluster. Raises RoroError."""
    ids = [status.id for status in forwards_of(request)]
    return _removed(ids, check=check) if forget else stop_forwards(ids, check=check)


def stop_forwards(ids: Sequence[str], *, check: bool = False) -> ForwardReport:
    """Stop forwards; they stay known. Raises RoroError."""
    known = [status for status in known_forwards() if status.id in ids]
    running = [status.id for status in known if status.state != "Stopped"]
    if check or not running:
        return ForwardReport(bool(running), tuple(known))
    with ForwardClient.started() as client:
        outcome = client.stop(running)
    return ForwardReport(bool(outcome.changed), outcome.of(list(ids)))


def remove_forwards(ids: Sequence[str], *, check: bool = False) -> ForwardReport:
    """Stop and forget forwards. Raises RoroError."""
    known = {status.id for status in known_forwards()}
    return _removed([key for key in ids if key in known], check=check)


def forwards_of(request: Request) -> tuple[ForwardStatus, ...]:
    """The known forwards of an environment, or of the instances named. Raises RoroError."""
    workspace = load_workspace(request.workspace)
    selection = select(workspace, request.environment, profiles=["*"], system_environment=None, with_dependencies=False)
    return _of(workspace.name, selection.environment.name, request.instances)


def forward_target(
    target: str,
    ports: Sequence[str],
    *,
    namespace: str | None = None,
    bind: Sequence[str] = (),
    context: str | None = None,
    kubeconfig: Path | None = None,
) -> list[ForwardSpec]:
    """Specs for a target named by hand, in a cluster that somebody named. ports: `8080:80`. Raises UsageError, ConnectionFailed."""
    asked = Connection(context=context, kubeconfig=str(kubeconfig.absolute()) if kubeconfig else None)
    to = reach(choose_cluster(asked, None))
    pairs = [read_ports(text) for text in ports]
    return [make_spec(to, target, port, namespace=namespace, local_port=local, bind=bind) for local, port in pairs]


def _of(workspace: str, environment: str, instances: Sequence[str]) -> tuple[ForwardStatus, ...]:
    return tuple(status for status in known_forwards() if status.origin.within(workspace, environment, instances))


def _removed(ids: Sequence[str], *, check: bool) -> ForwardReport:
    if check or not ids:
        return ForwardReport(bool(ids), ())
    with ForwardClient.started() as client:
        outcome = client.remove(ids)
    return ForwardReport(bool(outcome.changed), ())
