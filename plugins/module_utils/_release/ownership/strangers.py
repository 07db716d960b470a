# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a workspace comes from: two workspaces of the same name must not prune or change each other's instances. Pure.

The names of workspace and environment are all that labels say, and anybody may choose them; the records say in addition where the
documents were. Who reads that from the disk: `_workflow.origin_on_disk`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ..._errors import PlanError, Problem
from ..data.workspace_origin import WorkspaceOrigin

if TYPE_CHECKING:
    from ..data.observed import Observed
    from ..data.options import Options
    from ..data.record import InstanceRecord

_COPIES = " Copies without Git data, such as those that jobs of AWX get, are one workspace where workspace.json says `git.url`."


def strangers(records: Mapping[str, InstanceRecord], origin: WorkspaceOrigin) -> dict[str, InstanceRecord]:
    """Those that were deployed from elsewhere."""
    return {name: record for name, record in records.items() if not origin.answers_to(record.origin)}


def refuse_strangers(records: Mapping[str, InstanceRecord], names: Collection[str], options: Options) -> None:
    """Raise PlanError when one of the instances named was deployed from elsewhere and shall not be taken over."""
    found = {} if options.adopt else strangers(records, options.origin)
    problems = [_elsewhere(record, options.origin) for name, record in sorted(found.items()) if name in names]
    if problems:
        raise PlanError.of(problems)


def leave_strangers(observed: Observed, names: Collection[str], options: Options) -> tuple[Observed, Options]:
    """For `up` of the instances `names`: what others deployed is neither pruned nor robbed, and a notice says so. Raises PlanError."""
    refuse_strangers(observed.records, names, options)
    found = {} if options.adopt else strangers(observed.records, options.origin)
    if not found:
        return observed, options
    notices: tuple[str, ...] = ()
    if options.complete and options.prune:
        notices = tuple(f"instance {name} is left alone: {_told(record)}" for name, record in sorted(found.items()))
    return replace(observed, notices=(*observed.notices, *notices)), replace(options, left_out=options.left_out | found.keys())


def leave_strangers_up(observed: Observed, names: Collection[str] | None, options: Options) -> tuple[Observed, Options]:
    """For `down` of the instances `names` (None: all): the same. Raises PlanError when one that is named, or all, are others'."""
    found = {} if options.adopt else strangers(observed.records, options.origin)
    everything = names is None and bool(found) and len(found) == len(observed.records)
    refuse_strangers(observed.records, found if everything else names or (), options)
    if not found or names is not None:
        return observed, options
    notices = [f"instance {name} stays: {_told(record)}" for name, record in sorted(found.items())]
    return replace(observed, notices=(*observed.notices, *notices)), replace(options, left_out=options.left_out | found.keys())


def _told(record: InstanceRecord) -> str:
    return f"it was deployed from {record.origin.place or record.origin.key} (--adopt takes it over)"


def _elsewhere(record: InstanceRecord, ours: WorkspaceOrigin) -> Problem:
    return Problem(
        f"instance {record.instance} was deployed from {record.origin.place or record.origin.key}, and this workspace is {ours.place}",
        f"Secret {record.namespace}/roro.{record.instance}",
        "Two workspaces may have the same name: give one of them another `name`. If it is the same workspace in a new place, take over"
        f" what it deployed: `roro up --adopt`, or `roro down --adopt`.{'' if ours.has_address else _COPIES}",
    )
