# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a clone another commit brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .._git import Repository
from .combine import changed_files
from .types import Synced


@dataclass(frozen=True)
class Touched:
    """file: below the repository's root."""

    file: str
    action: Literal["create", "update", "delete"]


def touched(repository: Repository, done: Synced) -> list[Touched]:
    """The files that differ between the clone's commits before and after a sync, or a check. Raises GitError."""
    if done.before == done.after or done.clashes:
        return []
    found = changed_files(repository, repository.commit(done.before).tree, repository.commit(done.after).tree)
    return [Touched(path, _action(was is None, now is None)) for path, (was, now) in sorted(found.items())]


def _action(new: bool, gone: bool) -> Literal["create", "update", "delete"]:
    return "create" if new else "delete" if gone else "update"
