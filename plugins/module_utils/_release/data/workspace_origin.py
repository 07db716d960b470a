# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a workspace comes from: the same for every checkout of it. Who reads that from the disk: `_workflow.origin_on_disk`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


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

    @property
    def has_address(self) -> bool:
        """Whether it is told by the address of its repository, and not by where it is."""
        return _is_git(self.key)

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
