# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the last sync of a clone ended, kept in its `.git` folder, and how the clone stands without asking the server."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .._errors import GitError, RoroError
from .._git import Repository
from .._state import write_private
from .types import Synced
from .worktree import is_unfinished


@dataclass(frozen=True)
class LastSync:
    """when: ISO 8601 with zone, "" where there was none. state: as `Synced`, or Failed. reason, message: of a failure, else "".
    good: the commit of the last sync that did not fail, "" where there was none. conflicts: what a Conflict was about, as `--resolve` names
    it."""

    when: str = ""
    state: str = ""
    reason: str = ""
    message: str = ""
    good: str = ""
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """branch, commit: of this clone, "" where it has none. upstream: the branch that it follows, "" for none; ahead, behind: commits as of
    the last fetch, None where that is not known. local: files with changes that are not committed. unfinished: a sync was killed, and the
    next one takes it up. last: how the last one ended."""

    branch: str
    commit: str
    upstream: str
    ahead: int | None
    behind: int | None
    local: tuple[str, ...]
    unfinished: bool
    last: LastSync


def standing(repository: Repository) -> Standing:
    """How the clone stands; asks no server. Raises GitError."""
    status = repository.status()
    local = tuple(sorted({*status.staged, *status.changed, *status.untracked, *status.unmerged}))
    return Standing(
        branch=status.head.branch or "",
        commit=status.head.commit or "",
        upstream=status.upstream or "",
        ahead=status.ahead,
        behind=status.behind,
        local=local,
        unfinished=is_unfinished(repository),
        last=read_last(repository),
    )


def read_last(repository: Repository) -> LastSync:
    """How the last sync ended; what cannot be read counts as none."""
    try:
        said = json.loads(_file(repository).read_bytes())
        texts: dict[str, Any] = {field.name: str(said.get(field.name, "")) for field in fields(LastSync) if field.name != "conflicts"}
        return replace(LastSync(**texts), conflicts=tuple(str(name) for name in said.get("conflicts", ())))
    except (OSError, ValueError, AttributeError, TypeError):
        return LastSync()


def write_last(repository: Repository, outcome: Synced | RoroError) -> LastSync:
    """Keep how a sync ended. Where it cannot be kept, it is not."""
    now, before = datetime.now(UTC).isoformat(timespec="seconds"), read_last(repository)
    if isinstance(outcome, Synced):
        names = tuple(clash.name for clash in outcome.clashes)
        last = LastSync(now, outcome.state, "Conflict" if names else "", "", before.good if names else outcome.after, names)
    else:
        reason = outcome.reason if isinstance(outcome, GitError) else ""
        last = LastSync(now, "Failed", reason, outcome.problems[0].message, before.good)
    try:
        _file(repository).parent.mkdir(mode=0o700, exist_ok=True)
        write_private(_file(repository), json.dumps(asdict(last)).encode())
    except (OSError, RoroError):
        pass
    return last


def _file(repository: Repository) -> Path:
    return repository.git_folder / "roro" / "last.json"
