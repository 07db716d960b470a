# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances whose record is there and cannot be read (a newer version wrote it, somebody changed it): they are left as they are.

Why as they are: without the record it is not known what the instance owns, so nothing of it can be pruned; and an apply would have to write
a new record over the old one, after which nothing would ever find what only the old one named. Its labelled objects are no leftovers
either, as its record may name them. Others may go on: none of their objects is among them. They may not take an object from it, and its
dependants find it as one that is deployed and not part of the run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from ..._errors import Problem, ReleaseError
from ..data.observed import Observed
from ..data.options import Options
from ..data.record import InstanceRecord
from ..data.result import InstanceResult, RunResult

UNREADABLE = "RecordUnreadable"
"""The reason for machines."""


def set_aside(
    observed: Observed, names: Collection[str] | None, homes: Collection[str], options: Options
) -> tuple[Observed, Options, list[InstanceResult]]:
    """(what is observed, the options, a failed result for each of the instances `names` (None: all) that cannot be worked on).

    homes: namespaces where the instances live. A record elsewhere says nothing about them: whoever may write Secrets there could else
    stop others' work. Raises ReleaseError where nothing is left to do.
    """
    lost = {name: record for name, record in observed.records.items() if record.unreadable}
    strange = {name for name, record in lost.items() if names is not None and name in names and record.namespace not in homes}
    blocked = [name for name in lost if name not in strange and (names is None or name in names)]
    refuse_all(lost, blocked, observed.records if names is None else names)
    kept = {name: record for name, record in observed.records.items() if name not in strange}
    left_out = options.left_out | (lost.keys() - strange)
    return replace(observed, records=kept), replace(options, left_out=left_out), [_failed(lost[name]) for name in blocked]


def refuse_all(records: Mapping[str, InstanceRecord], blocked: Iterable[str], names: Collection[str]) -> None:
    """Raise ReleaseError when every one of the instances `names` is blocked."""
    found = sorted(blocked)
    if found and set(found) >= set(names):
        raise ReleaseError.of([Problem(records[name].message, f"instance {name}", None, UNREADABLE) for name in found])


def refuse(records: Mapping[str, InstanceRecord], names: Collection[str]) -> None:
    """Raise ReleaseError when one of the instances `names` cannot be worked on."""
    blocked = [name for name, record in records.items() if record.unreadable and name in names]
    refuse_all(records, blocked, blocked)


def told(result: RunResult, blocked: Sequence[InstanceResult]) -> RunResult:
    """The result with those that could not be worked on, as failures."""
    return replace(result, failed=True, instances=[*result.instances, *blocked]) if blocked else result


def _failed(record: InstanceRecord) -> InstanceResult:
    return InstanceResult(record.instance, record.app, record.namespace, "Failed", UNREADABLE, record.message)
