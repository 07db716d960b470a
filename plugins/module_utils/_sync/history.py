# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two branches of commits -> one new commit, without touching index or work tree; and who changed what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .._git import Commit, Repository
from .._model import Malformed, parse_bytes, same, value_at
from .combine import Combined, combine
from .types import Clash, Settle, Side, Strategy

MOST_COMMITS = 500
"""More own commits than these are not replayed one by one."""


@dataclass(frozen=True)
class Joined:
    """commit: the new one; only to be used where there are no clashes. state: Merged or Rebased."""

    commit: str
    state: str
    clashes: tuple[Clash, ...] = ()
    notes: tuple[str, ...] = ()


def settling(chosen: Mapping[str, Side], otherwise: Side | None = None) -> Settle:
    """What was chosen by name (`FILE` or `FILE:PATH`); otherwise: for the rest."""

    def settle(file: str, path: str) -> Side | None:
        return chosen.get(f"{file}:{path}") or chosen.get(file) or otherwise

    return settle


def join(
    repository: Repository, base: str, ours: str, theirs: str, strategy: Strategy, chosen: Mapping[str, Side], upstream: str
) -> Joined:
    """A commit that has what both have. base: the commit from which both come. upstream: the name of theirs, for the message.

    Raises GitError.
    """
    settle = settling(chosen, strategy if strategy in ("ours", "theirs") else None)
    if strategy == "rebase":
        replayed = _replay(repository, base, ours, theirs, settle)
        if replayed is not None:
            return Joined(replayed, "Rebased")
    combined = combine(repository, base, ours, theirs, settle)
    if combined.clashes:
        return Joined(ours, "Conflict", _told(repository, combined, base, ours, theirs))
    commit = repository.write_commit(combined.tree, [ours, theirs], f"Merge {upstream}\n")
    notes = ("the own commits cannot be replayed one by one, so both sides were merged",) if strategy == "rebase" else ()
    return Joined(commit, "Merged", notes=notes)


def _replay(repository: Repository, base: str, ours: str, theirs: str, settle: Settle) -> str | None:
    """Our commits on top of theirs; None where one of them is a merge or clashes on its way, or there are too many."""
    mine = repository.commits(ours, since=base, limit=MOST_COMMITS + 1)
    if len(mine) > MOST_COMMITS or any(len(commit.parents) != 1 for commit in mine):
        return None
    tip, tree = theirs, repository.commit(theirs).tree
    for commit in _in_order(mine, ours):
        combined = combine(repository, commit.parents[0], commit.name, tip, settle)
        if combined.clashes:
            return None
        if combined.tree != tree:  # else theirs has it already
            tree = combined.tree
            tip = repository.write_commit(tree, [tip], commit.message, author=commit.author, authored=commit.authored)
    return tip


def _in_order(commits: Sequence[Commit], last: str) -> list[Commit]:
    """Commits with one parent each, the oldest first."""
    known = {commit.name: commit for commit in commits}
    found: list[Commit] = []
    while last in known:
        found.append(known[last])
        last = known[last].parents[0]
    return found[::-1]


def _told(repository: Repository, combined: Combined, base: str, ours: str, theirs: str) -> tuple[Clash, ...]:
    """The clashes with who made them."""
    return tuple(
        replace(
            clash,
            ours_by=_changed_by(repository, clash, clash.ours, ours, base),
            theirs_by=_changed_by(repository, clash, clash.theirs, theirs, base),
        )
        for clash in combined.clashes
    )


def _changed_by(repository: Repository, clash: Clash, value: object, tip: str, base: str) -> str:
    """Author and subject of the commit that made a side what it is."""
    commits = repository.commits(tip, since=base, limit=MOST_COMMITS, paths=[clash.file])
    if not commits:
        return ""
    made = commits[0]
    for commit in commits[1:] if clash.path else ():
        if not same(_value(repository, commit.name, clash), value):
            break
        made = commit
    return f"{made.author.name}, {made.subject}"


def _value(repository: Repository, commit: str, clash: Clash) -> object:
    content = repository.read(commit, clash.file)
    try:
        return value_at(parse_bytes(clash.file, content)[1], clash.steps) if content is not None else None
    except Malformed:
        return None


def rejoin(repository: Repository, lost: str, ours: str, theirs: str, chosen: Mapping[str, Side]) -> Joined:
    """Our commits since `lost`, the commit that the server's branch no longer has, on top of theirs. Raises GitError."""
    settle = settling(chosen)
    if repository.contains(lost, ours):
        return Joined(theirs, "Pulled")
    base = lost if repository.contains(ours, lost) else repository.merge_base(ours, lost) or lost
    replayed = _replay(repository, base, ours, theirs, settle)
    if replayed is not None:
        return Joined(replayed, "Rebased")
    combined = combine(repository, base, ours, theirs, settle)
    if combined.clashes:
        return Joined(ours, "Conflict", _told(repository, combined, base, ours, theirs))
    commit = repository.write_commit(combined.tree, [theirs], f"Changes of {repository.head().branch}\n")
    return Joined(commit, "Rebased", notes=("the own commits became one, as they cannot be replayed one by one",))
