# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One sync: fetch, see what both sides have, and only when the whole result is known change files and branch in one step."""

from __future__ import annotations

import errno
import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .._errors import GitError, Interrupted
from .._git import Access, Address, Listener, Repository, fetch, push, references, unheard
from .._state import lock_within
from .combine import changed_files, combine
from .history import Joined, join, rejoin, settling
from .types import Synced, SyncOptions
from .worktree import Step, in_the_way, is_unfinished, snapshot, take, take_up

TRIES = 10
"""Times that a push is tried because somebody else's came first, each after a longer pause of random length."""
LONGEST_PAUSE = 2.0
"""Seconds."""
PATIENCE = 5.0
"""Seconds that another sync of the clone is waited for, such as one in the background."""
KEPT = 20
"""So many states from before a sync stay below `refs/roro/kept/`."""
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "BISECT_LOG")


@dataclass(frozen=True)
class Server:
    """Where the other side is. remote: the name under which its branches are known here."""

    address: Address
    access: Access
    remote: str = "origin"


def sync(
    repository: Repository,
    server: Server,
    options: SyncOptions,
    *,
    cancel: threading.Event | None = None,
    on_progress: Listener = unheard,
) -> Synced:
    """Bring this clone and the server's branch together. With a Conflict nothing was touched.

    Raises GitError, whose `reason` says why the last good commit stays in use: `Detached`, `UnderWay`, `BranchGone`, `Rewritten`,
    `Diverged`, `Unrelated`, `InTheWay`, `DiskFull`, `Busy`, `Unfinished`, and those of the server (`Unreachable`, `AuthenticationFailed`,
    `HostKeyChanged`, ...). Raises Interrupted.
    """
    with _alone(repository):
        run = _Sync(repository, server, options, cancel, on_progress)
        for attempt in range(TRIES):
            done = run.once()
            if done is not None:
                return done
            run.wait(random.uniform(0, min(LONGEST_PAUSE, 0.1 * 2**attempt)))  # noqa: S311 - spreads requests, protects nothing
        raise GitError(
            f"somebody else pushed to {run.upstream} {TRIES} times while this was under way",
            reason="Rejected",
            where=server.address.url,
            hint="Try again: roro sync --push",
        )


@contextmanager
def _alone(repository: Repository) -> Iterator[None]:
    folder = repository.git_folder / "roro"
    with _disk(repository):
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not lock_within(handle, PATIENCE):
            message, hint = "another sync of this clone is under way", "Wait until it has ended."
            raise GitError(message, reason="Busy", where=str(repository.root), hint=hint)
        with _disk(repository):
            yield
    finally:
        os.close(handle)


@contextmanager
def _disk(repository: Repository) -> Iterator[None]:
    """What the disk refuses, in words."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise GitError(
            f"the disk is full: {error}" if full else f"a file cannot be written: {error}",
            reason="DiskFull" if full else "NoAccess",
            where=str(repository.root),
            hint="Make room, then sync again: what was begun is taken up." if full else "Check the rights of that folder, then sync again.",
        ) from error


class _Sync:
    def __init__(
        self, repository: Repository, server: Server, options: SyncOptions, cancel: threading.Event | None, on_progress: Listener
    ) -> None:
        self._repository, self._server, self._options = repository, server, options
        self._cancel, self._on_progress = cancel, on_progress
        self._notes: list[str] = []
        self._would_be: str | None = None
        self._refuse_unfinished() if options.check else self._take_up()
        self._branch = self._usable_branch()
        self.upstream = options.branch or self._followed()
        self._before = self._committed()

    def once(self) -> Synced | None:
        """Fetch, join, take the step, push; None where somebody's push came first."""
        ours = self._would_be or self._repository.resolve("HEAD") or ""
        theirs = self._fetched(ours)
        done = self._joined(ours, theirs)
        sends = self._options.push and done.ahead > 0 and done.state != "Conflict"
        if done.state == "Conflict" or self._options.check:
            return _pushed(done) if sends else done
        self._see(theirs)
        if not sends:
            return done
        try:
            push(
                self._repository,
                self._server.address,
                self._server.access,
                branch=self.upstream,
                commit=done.after,
                expected=theirs,
                cancel=self._cancel,
                on_progress=self._on_progress,
            )
        except GitError as error:
            if error.reason == "Rejected":
                return None
            raise
        self._see(done.after)
        return _pushed(done)

    def wait(self, seconds: float) -> None:
        """Raises Interrupted when it is cancelled meanwhile."""
        if (self._cancel or threading.Event()).wait(seconds):
            raise Interrupted("the sync was cancelled")

    # What is here

    def _refuse_unfinished(self) -> None:
        """With `check` nothing is touched, and half a step says nothing about the whole."""
        if is_unfinished(self._repository):
            hint = "Let it be taken up: roro sync"
            raise GitError("a sync was killed half way", reason="Unfinished", where=str(self._repository.root), hint=hint)

    def _take_up(self) -> None:
        taken = take_up(self._repository)
        if taken is not None:
            step, left = taken
            self._notes.append(f"a sync that was not finished was taken up: {step.old[:12]} to {step.new[:12]}")
            self._note_left(left)

    def _note_left(self, left: list[str]) -> None:
        if left:
            self._notes.append(f"changed by somebody meanwhile and left as it is: {', '.join(left)}")

    def _usable_branch(self) -> str:
        """The full reference of the branch that is checked out."""
        where = str(self._repository.root)
        under_way = [name for name in _UNDER_WAY if (self._repository.git_folder / name).exists()]
        if under_way or self._repository.git("ls-files", "--unmerged", "-z").output:
            hint = "Finish or abort it with git, then sync."
            raise GitError("a merge or rebase is under way in this clone", reason="UnderWay", where=where, hint=hint)
        head = self._repository.head()
        if head.branch is None:
            raise GitError("no branch is checked out", reason="Detached", where=where, hint="git switch BRANCH, then sync.")
        if head.commit is None:
            raise GitError("the branch has no commit yet", reason="Unborn", where=where, hint="git commit something, then sync.")
        return f"refs/heads/{head.branch}"

    def _followed(self) -> str:
        """The server's branch that ours follows, else the one of the same name."""
        name = self._branch.removeprefix("refs/heads/")
        configuration = self._repository.configuration
        if configuration.last(f"branch.{name}.remote") == self._server.remote:
            return (configuration.last(f"branch.{name}.merge") or name).removeprefix("refs/heads/")
        return name

    def _committed(self) -> str:
        """The commit of this clone, before what is not committed became one where that is asked for; with `check` that is on no branch."""
        head = self._repository.resolve("HEAD") or ""
        if not self._options.message:
            return head
        tree = snapshot(self._repository, also=self._repository.fields("ls-files", "--others", "--exclude-standard", "-z"))
        if tree == self._repository.commit(head).tree:
            return head
        commit = self._repository.write_commit(tree, [head], self._options.message + "\n")
        subject = self._options.message.splitlines()[0]
        if self._options.check:
            self._would_be = commit
            self._notes.append(f"would commit: {subject}")
            return head
        take(self._repository, Step(tree, tree, self._branch, head, commit))
        self._notes.append(f"committed {commit[:12]}: {subject}")
        return head

    # What is there

    def _fetched(self, ours: str) -> str:
        """Their commit, after a fetch. Raises GitError: `BranchGone`, `Rewritten` and those of the server."""
        tracking = f"refs/remotes/{self._server.remote}/{self.upstream}"
        seen = self._repository.resolve(self._seen) or self._repository.resolve(tracking)
        try:
            fetch(
                self._repository,
                self._server.address,
                self._server.access,
                remote=self._server.remote,
                branches=[self.upstream],
                cancel=self._cancel,
                on_progress=self._on_progress,
            )
        except GitError as error:
            if error.reason != "BranchNotFound":
                raise
            raise self._gone() from error
        theirs = self._repository.resolve(tracking) or ""
        self._rewritten = seen if seen is not None and not self._repository.contains(theirs, seen) else None
        if self._rewritten and self._repository.contains(ours, self._rewritten) and not self._options.follow_rewritten:
            self._repository.move_reference(self._seen, self._rewritten, self._repository.resolve(self._seen), why="roro sync")
            raise GitError(
                f"the history of {self.upstream} was rewritten on the server: it has lost {self._rewritten[:12]}",
                reason="Rewritten",
                where=self._server.address.url,
                hint="Nothing was touched. If that is meant: roro sync --follow-rewritten puts your own commits on top of the new ones.",
            )
        return theirs

    def _gone(self) -> GitError:
        has = references(self._server.address, self._server.access, cancel=self._cancel)
        names = sorted(name.removeprefix("refs/heads/") for name in has if name.startswith("refs/heads/"))
        return GitError(
            f"the server has no branch {self.upstream}: it was renamed or deleted",
            reason="BranchGone",
            where=self._server.address.url,
            hint=f"Nothing was touched. It has: {', '.join(names[:20]) or 'no branch'}. Name one: roro sync --branch NAME",
        )

    @property
    def _seen(self) -> str:
        """The reference that keeps their commit of the last sync: a rewritten history is known by it."""
        return f"refs/roro/seen/{self._server.remote}/{self.upstream}"

    def _see(self, commit: str) -> None:
        self._repository.move_reference(self._seen, commit, self._repository.resolve(self._seen), why="roro sync")

    # Together

    def _joined(self, ours: str, theirs: str) -> Synced:
        """Join both sides, and take the step where the result is another commit than ours."""
        repository = self._repository
        done = Synced("UpToDate", self._branch.removeprefix("refs/heads/"), self.upstream, self._before, ours, notes=tuple(self._notes))
        new = self._together(ours, theirs)
        if new.clashes:
            return replace(done, state="Conflict", clashes=new.clashes)
        ahead = repository.ahead_behind(new.commit, theirs)[0]
        pulled = tuple(repository.commits(theirs, since=ours))
        state = new.state if new.commit != ours else "Ahead" if ahead else "UpToDate"
        done = replace(done, state=state, after=new.commit, ahead=ahead, pulled=pulled, notes=(*done.notes, *new.notes))
        return self._moved(done, ours) if new.commit != ours else replace(done, local=self._local(ours))

    def _together(self, ours: str, theirs: str) -> Joined:
        repository, options = self._repository, self._options
        if self._rewritten:
            return rejoin(repository, self._rewritten, ours, theirs, options.resolve)
        if repository.contains(ours, theirs):
            return Joined(ours, "UpToDate")
        if repository.contains(theirs, ours):
            return Joined(theirs, "Pulled")
        where = str(repository.root)
        if options.strategy == "fail":
            mine, other = repository.ahead_behind(ours, theirs)
            message = f"both sides have new commits: {mine} here, {other} on {self.upstream}"
            raise GitError(message, reason="Diverged", where=where, hint="Choose how they come together: --strategy rebase or merge")
        base = repository.merge_base(ours, theirs)
        if base is None:
            hint = "Fetch the rest of its history: git fetch --unshallow" if repository.shallow else "Is this the right repository?"
            raise GitError(f"this clone and {self.upstream} share no history", reason="Unrelated", where=where, hint=hint)
        return join(repository, base, ours, theirs, options.strategy, options.resolve, self.upstream)

    def _local(self, ours: str) -> tuple[str, ...]:
        return tuple(sorted(changed_files(self._repository, ours, snapshot(self._repository))))

    def _moved(self, done: Synced, ours: str) -> Synced:
        """Take the step, with what is not committed on top. Raises GitError `InTheWay`."""
        repository = self._repository
        old, new = repository.commit(ours).tree, repository.commit(done.after).tree
        new_files = [path for path, (was, _is) in changed_files(repository, old, new).items() if was is None]
        before = snapshot(repository, also=new_files, marked=True)
        combined = combine(repository, old, before, new, settling(self._options.resolve))
        if combined.clashes:
            theirs_by = f"the commits of {self.upstream}"
            clashes = tuple(replace(clash, ours_by="not committed yet", theirs_by=theirs_by) for clash in combined.clashes)
            return replace(done, state="Conflict", after=ours, clashes=clashes)
        if blocked := in_the_way(repository, before, combined.tree):
            hint = "Nothing was touched. Move it away or commit it, then sync."
            raise GitError(
                f"what is here and in no commit is in the way of what comes: {', '.join(blocked[:10])}",
                reason="InTheWay",
                where=str(repository.root),
                hint=hint,
            )
        done = replace(done, local=tuple(sorted(changed_files(repository, new, combined.tree))))
        if self._options.check:
            return done
        if done.local:
            self._keep(before, ours)
        left = take(repository, Step(before, combined.tree, self._branch, ours, done.after))
        self._notes.clear()
        self._note_left(left)
        return replace(done, notes=(*done.notes, *self._notes))

    def _keep(self, tree: str, ours: str) -> None:
        """A reference to the files as they were, should somebody want them back: the newest ones stay."""
        repository = self._repository
        name = f"refs/roro/kept/{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        repository.move_reference(name, repository.passing_commit(tree, [ours]), None, why="roro sync")
        kept = repository.text("for-each-ref", "--format=%(refname)", "refs/roro/kept/").split()
        for old in sorted(kept)[:-KEPT]:
            repository.git("update-ref", "-d", "--end-of-options", old)


def _pushed(done: Synced) -> Synced:
    """The same once the server has the own commits."""
    return replace(done, state="Pushed" if done.state == "Ahead" else done.state, pushed=done.ahead, ahead=0)
