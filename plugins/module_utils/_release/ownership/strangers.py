# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a workspace comes from: two workspaces of the same name must not prune or change each other's instances. Pure.

The names of workspace and environment are all that labels say, and anybody may choose them; the records say in addition where the
documents were. Who reads that from the disk: `_workflow.origin`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ..._errors import PlanError, Problem

if TYPE_CHECKING:
    from ..data.types import InstanceRecord, Observed, Options


@dataclass(frozen=True)
class WorkspaceOrigin:
    """The same for every checkout of one workspace, wherever it is.

    key: what a record keeps, such as `git:git.example/team/shop#deploy` (after #: the folder in the repository), "" when not known.
    place: the same for a person. others: more keys that this workspace answers to, such as the one it had before it was put into Git.
    folder: where it is on which machine, as in `/srv/shop on host (machine 0703ea36)`.
    """

    key: str = ""
    place: str = ""
    others: tuple[str, ...] = ()
    folder: str = field(default="", compare=False)

    def answers_to(self, recorded: WorkspaceOrigin) -> bool:
        """Whether what was recorded is this workspace: by its key, or because it was in the same folder of the same machine, be it a new
        copy. What is not known on either side is no reason to doubt."""
        if not recorded.key or not self.key or self.is_named(recorded):
            return True
        if _is_git(self.key) and _is_git(recorded.key):
            return False
        return _same_folder(self.folder, recorded.folder or ("" if _is_git(recorded.key) else recorded.place))

    def is_named(self, recorded: WorkspaceOrigin) -> bool:
        """Whether a key of this workspace is what was recorded."""
        return any(_same(key, recorded.key) for key in (self.key, *self.others))

    def recorded_over(self, known: WorkspaceOrigin) -> WorkspaceOrigin:
        """What a record keeps that had `known`. What is known already stays in its words, so that checkouts that see it differently do
        not write it in turns."""
        if self.key == NOT_WRITTEN or (known.key and (not self.key or self.is_named(known))):
            return known
        return replace(self, others=())


UNKNOWN = WorkspaceOrigin()
NOT_WRITTEN = "id:not yet written"
"""The key of a workspace whose id nobody has needed to keep; no record has it."""
_MACHINE = " (machine "


def _is_git(key: str) -> bool:
    return key.startswith("git:")


def _same_folder(one: str, other: str) -> bool:
    """Where one of them does not say which machine of that name, the name is enough."""
    if not one or not other:
        return False
    return one == other if _MACHINE in one and _MACHINE in other else one.partition(_MACHINE)[0] == other.partition(_MACHINE)[0]


def folder_words(folder: str, host: str, machine: str) -> str:
    """A folder as `WorkspaceOrigin.folder` has it. machine: what tells machines of one name apart, "" where nothing does."""
    return f"{folder} on {host}{_MACHINE}{machine})" if machine else f"{folder} on {host}"


def _same(one: str, other: str) -> bool:
    """Without a folder in one of them (a copy without its Git data) the repository alone decides."""
    if "#" in one and "#" in other:
        return one == other
    return one.partition("#")[0] == other.partition("#")[0]


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
        " what it deployed: `roro up --adopt`, or `roro down --adopt`.",
    )
