# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reconcile and approve, from a request to a report: the documents of a workspace, once against its cluster or for as long as it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .._cluster import Cluster
from .._errors import UsageError
from .._events import Notice, Sink, ignore
from .._model import Selection
from .._reconcile import (
    Announcer,
    Announcing,
    Finding,
    InstanceStanding,
    Leader,
    Listener,
    Looked,
    Looking,
    Loop,
    Mode,
    Proposal,
    Several,
    Standing,
    Stands,
    Tally,
    Wanted,
    after_correcting,
    after_looking,
    in_their_windows,
    read_standing,
    write_standing,
)
from .._release import InstanceRecord, RunResult, list_records
from .._release.locks.holder import this_process
from .forwards import open_forwards
from .health import gated
from .jobs import rendered_of
from .loading import cluster_of, load
from .request import Request
from .workspace_source import WorkspaceSource, missing_forwards, wanted_of


@dataclass(frozen=True)
class ReconcileReport:
    """What one reconciliation found and did. findings: what differed. corrected: those that were seen to. standing: how the environment
    stands now. results: of the runs, for those who want every object."""

    workspace: str
    environment: str
    standing: Standing
    findings: tuple[Finding, ...] = ()
    corrected: tuple[Finding, ...] = ()
    changed: bool = False
    results: tuple[RunResult, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether an instance could not be brought to what the documents say."""
        return any(item.state in ("Failed", "Fighting") for item in self.standing.instances)

    @property
    def differs(self) -> bool:
        """Whether something is not as the documents say."""
        return len(self.findings) > len(self.corrected)


def reconcile(
    request: Request, mode: Mode | None = None, sink: Sink = ignore, cancel: threading.Event | None = None, *, forwards: bool = True
) -> ReconcileReport:
    """Look once, and do what the mode says. mode: instead of what the documents say. forwards: whether those of the documents are looked
    at. With `check` among the request's options nothing is written, and the report says what would be. Raises RoroError; an instance that
    failed is told in the report."""
    stop = cancel or threading.Event()
    with rendered_of(request, sink, stop) as (cluster, selection, desired, _notes):
        wanted = wanted_of(selection, desired, request.options, mode)
        with gated(wanted.options, cluster, selection.instances) as gates:
            once = _Once(cluster, replace(wanted, options=gates), _records(cluster, wanted), sink, stop)
            report = once.report()
        return _with_forwards(report, request, selection, wanted) if forwards else report


def _records(cluster: Cluster, wanted: Wanted) -> dict[str, InstanceRecord]:
    selection = wanted.selection
    return list_records(cluster, selection.workspace.name, selection.environment.name, wanted.homes)[0]


class _Once:
    """One reconciliation of an environment."""

    def __init__(
        self, cluster: Cluster, wanted: Wanted, records: Mapping[str, InstanceRecord], sink: Sink, cancel: threading.Event
    ) -> None:
        self._cluster, self._wanted, self._records = cluster, wanted, records
        self._looking = Looking(cluster, wanted, records, sink, cancel)
        selection = wanted.selection
        self._tally = Tally(selection.workspace.name, selection.environment.name, this_process().who)
        self._mode: Mode = wanted.mode or wanted.drift.mode
        self._check = wanted.options.check

    def report(self) -> ReconcileReport:
        """See `reconcile`."""
        looked, corrected = Looked(), list[Finding]()
        for mode, names, gone in self._groups():
            if mode == "correct" and self._check:
                found = self._looking.look(names, gone=gone)
                found = replace(found, changed=bool(found.findings))
                self._put(after_looking(found, "report", names))
                corrected += [one for one in found.findings if one.instance not in found.failed]
            elif mode == "correct":
                found = self._looking.correct(names, gone=gone, wait=self._wanted.options.wait)
                self._put(after_correcting(found, names))
                corrected += found.seen_to
            else:
                found = self._looking.look(names, gone=gone)
                self._put(in_their_windows(after_looking(found, mode, names), self._wanted, self._cluster.now()))
            looked = looked.and_also(found)
        standing = self._standing()
        if not self._check and (looked.changed or standing.proposal is not None or self._mode != "report"):
            write_standing(self._cluster, self._wanted.homes, standing)
        place = (standing.workspace, standing.environment)
        return ReconcileReport(*place, standing, looked.findings, tuple(corrected), looked.changed, looked.results)

    def _groups(self) -> list[tuple[Mode, list[str], bool]]:
        """(mode, instances, whether what left the documents is with them)."""
        members: dict[Mode, list[str]] = {}
        for item in self._wanted.desired:
            name = item.instance.id
            if why := self._wanted.left_alone(name, self._records.get(name)):
                self._put({name: ("Suspended", why, [])})
            else:
                members.setdefault(self._mode_now(name), []).append(name)
        gone = self._records.keys() - self._wanted.by_id.keys() - self._wanted.options.left_out
        gone_with = self._mode_now(min(gone)) if gone and self._wanted.options.complete else None
        if gone_with is not None:
            members.setdefault(gone_with, [])
        return [(mode, names, mode == gone_with) for mode, names in members.items()]

    def _mode_now(self, name: str) -> Mode:
        """One that may not be changed now is only looked at."""
        mode = self._wanted.mode_of(name)
        return "report" if mode == "correct" and self._wanted.held_back(name, self._cluster.now()) else mode

    def _put(self, stands: Stands) -> None:
        when = self._cluster.now().isoformat()
        for name, (state, message, findings) in stands.items():
            self._tally.put(name, state, when, message, findings)

    def _standing(self) -> Standing:
        when = self._cluster.now().isoformat()
        return self._tally.standing(self._mode, self._wanted.commit, self._wanted.documents, when)


def _with_forwards(report: ReconcileReport, request: Request, selection: Selection, wanted: Wanted) -> ReconcileReport:
    """The report with the forwards that should be open; where that is asked for they are opened."""
    missing = missing_forwards(request, selection)
    if not missing:
        return report
    idle = {item.instance for item in report.standing.instances if item.state in ("Suspended", "Waiting")}
    opened = [one for one in missing if wanted.mode_of(one.instance) == "correct" and one.instance not in idle]
    if opened and not request.options.check:
        open_forwards(request, wait=0)
    return replace(
        report,
        findings=(*report.findings, *missing),
        corrected=(*report.corrected, *opened),
        changed=report.changed or bool(opened),
    )


def keep_reconciled(
    request: Request,
    listener: Listener,
    stop: threading.Event,
    *,
    mode: Mode | None = None,
    sink: Sink = ignore,
    forwards: bool = True,
    synced: Callable[[], str] = str,
) -> None:
    """Until `stop` is set. synced: says why the folder could not be brought together with its Git server, "" where it was. Raises RoroError
    where it cannot begin."""
    selection = load(request, reads_environment=False)
    with cluster_of(request, selection, sink) as cluster:
        source = WorkspaceSource(request, cluster, sink, mode, forwards, synced)
        who = this_process().who
        announcer = Announcer(cluster, who, tell=lambda words: sink(Notice("", "warning", words)))
        try:
            Loop(cluster, source, who, Several([listener, Announcing(announcer)]), sink).run(stop)
        finally:
            announcer.close()


def lead(
    request: Request,
    lease: tuple[str, str],
    stop: threading.Event,
    work: Callable[[threading.Event], None],
    tell: Callable[[str], None],
    on_lead: Callable[[bool], None],
) -> None:
    """Until `stop` is set: call work(lost) while this process leads, see `Leader.run`. lease: namespace and name. Raises RoroError."""
    selection = load(request, reads_environment=False, with_dependencies=False)
    with cluster_of(request, selection, ignore) as cluster:
        Leader(cluster, *lease, str(this_process()), tell=tell, on_lead=on_lead).run(stop, work)


def proposals(request: Request) -> Standing | None:
    """How the environment stood when it was last reconciled, with what is proposed. Raises RoroError."""
    selection = load(request, reads_environment=False, with_dependencies=False)
    with cluster_of(request, selection, ignore) as cluster:
        homes = sorted({instance.namespace for instance in selection.instances})
        return read_standing(cluster, selection.workspace.name, selection.environment.name, homes)


def approve(request: Request, plan: str | None = None, sink: Sink = ignore, cancel: threading.Event | None = None) -> ReconcileReport:
    """Carry out what is proposed, exactly that. plan: its id, None for whichever it is. With `check` among the request's options nothing is
    written. Raises UsageError where there is no such plan, PlanError where it would be something else by now."""
    stop = cancel or threading.Event()
    with rendered_of(request, sink, stop) as (cluster, selection, desired, _notes):
        wanted = wanted_of(selection, desired, request.options, None)
        place, homes = (selection.workspace.name, selection.environment.name), wanted.homes
        standing = read_standing(cluster, *place, homes)
        proposal = _the_proposal(standing, plan, selection.environment.name)
        _refuse_other_documents(proposal, wanted)
        names = sorted({one.instance for one in proposal.findings} & wanted.by_id.keys())
        gone = any(one.instance not in wanted.by_id for one in proposal.findings)
        with gated(wanted.options, cluster, selection.instances) as gates:
            looking = Looking(cluster, replace(wanted, options=gates), _records(cluster, wanted), sink, stop)
            found = looking.approved(proposal, names, gone=gone, wait=wanted.options.wait, check=wanted.options.check)
        if wanted.options.check:
            stands = standing or Standing(*place)
            return ReconcileReport(*place, stands, found.findings, found.findings, bool(found.findings), found.results)
        when = cluster.now().isoformat()
        now = _after_approval(standing or Standing(*place), after_correcting(found, names), when)
        write_standing(cluster, homes, now)
        return ReconcileReport(*place, now, found.findings, found.seen_to, found.changed, found.results)


def _the_proposal(standing: Standing | None, plan: str | None, environment: str) -> Proposal:
    proposal = standing.proposal if standing is not None else None
    if proposal is None:
        raise UsageError(
            f"nothing is proposed in environment {environment}", hint=f"Make a plan: roro reconcile {environment} --drift propose"
        )
    if plan is not None and plan != proposal.id:
        raise UsageError(
            f'there is no plan "{plan}" any more', hint=f"What is proposed now is {proposal.id}: look at it with roro approve --list"
        )
    return proposal


def _refuse_other_documents(proposal: Proposal, wanted: Wanted) -> None:
    """Raises UsageError where the plan was made for something else than what is here."""
    if proposal.commit != wanted.commit:
        words = f"the plan was made at commit {proposal.commit[:12] or 'none'}, and the workspace here is at {wanted.commit[:12] or 'none'}"
        raise UsageError(words, hint="Bring it there (roro sync), or make a new plan: roro reconcile --drift propose")
    if proposal.documents != wanted.documents:
        words = f"plan {proposal.id} was made for other documents, or other values, than those that are here now"
        raise UsageError(words, hint="Undo what was changed here since, or make a new plan: roro reconcile --drift propose")


def _after_approval(standing: Standing, stands: Stands, when: str) -> Standing:
    """The same without the proposal, and with what became of its instances."""
    known = {item.instance: item for item in standing.instances}
    for name, (state, message, findings) in stands.items():
        known[name] = InstanceStanding(name, state, message, when, tuple(findings))
    return replace(standing, proposal=None, when=when, instances=tuple(item for _, item in sorted(known.items())))
