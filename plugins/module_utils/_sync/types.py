# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sync is asked and what it answers. Pure data.

In all of it `ours` is this clone, with what is not committed yet, and `theirs` is the server's branch, whatever the strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .._git import Commit
from .._model import MISSING

Side = Literal["ours", "theirs"]
Strategy = Literal["merge", "rebase", "ours", "theirs", "fail"]
STRATEGIES: tuple[Strategy, ...] = ("merge", "rebase", "ours", "theirs", "fail")

Settle = Callable[[str, str], "Side | None"]
"""(file, path in it as `$.variables.image`, "" for the whole file) -> the side that was chosen, None where nobody chose."""


@dataclass(frozen=True)
class SyncOptions:
    """branch: of the server; None: the one that this branch follows, else of the same name. strategy: what is done where both sides have
    new commits. push: send own commits. check: change nothing, only say what would be done. resolve: `FILE` or `FILE:PATH` -> side.
    follow_rewritten: go along where the server's branch lost commits that it had. message: commit what is not committed under it first."""

    branch: str | None = None
    strategy: Strategy = "rebase"
    push: bool = False
    check: bool = False
    resolve: Mapping[str, Side] = field(default_factory=dict)
    follow_rewritten: bool = False
    message: str | None = None


@dataclass(frozen=True)
class Clash:
    """What both sides changed, and not to the same. path: in a document, "" for a file as a whole; steps: the same in its steps.
    base, ours, theirs: the values of a document, else MISSING. ours_by, theirs_by: who changed it last, as `Name, subject of the commit`.
    """

    file: str
    path: str = ""
    steps: tuple[str, ...] = ()
    base: Any = MISSING
    ours: Any = MISSING
    theirs: Any = MISSING
    ours_by: str = ""
    theirs_by: str = ""
    what: str = "both sides changed it"

    @property
    def name(self) -> str:
        """How `--resolve` names it."""
        return f"{self.file}:{self.path}" if self.path else self.file


@dataclass(frozen=True)
class Synced:
    """How a sync ended.

    state: UpToDate; Pulled (their commits came, ours were none); Merged or Rebased (both had some); Pushed; Conflict (nothing was touched);
    Ahead (own commits that were not pushed). With `check` the state that there would be.
    before, after: commits of this clone. branch: of this clone; upstream: of the server. pulled: their new commits, newest first.
    pushed: how many of ours they have now. ahead: how many they do not have. local: files with changes that are not committed, which are
    still there. clashes: of a Conflict. notes: for people.
    """

    state: str
    branch: str
    upstream: str
    before: str
    after: str
    pulled: tuple[Commit, ...] = ()
    pushed: int = 0
    ahead: int = 0
    local: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything here or on the server is another commit than before."""
        return self.before != self.after or self.pushed > 0
