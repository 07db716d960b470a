# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a repository is asked and what it answers. Pure data.

Object names are 40 hex digits. Paths inside a repository are texts with `/`, relative to its root.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Person:
    """Who wrote or committed something."""

    name: str
    email: str

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"


@dataclass(frozen=True)
class Head:
    """Where the work tree stands. commit: None before the first commit. branch: its short name, None when HEAD is detached."""

    commit: str | None
    branch: str | None

    @property
    def detached(self) -> bool:
        """Whether HEAD names a commit and no branch."""
        return self.branch is None

    @property
    def unborn(self) -> bool:
        """Whether the branch has no commit yet."""
        return self.commit is None


@dataclass(frozen=True)
class Status:
    """What differs from HEAD. upstream: as Git writes it (`origin/main`), None where the branch has none; ahead and behind: commits, None
    where upstream is not there. Paths are sorted; an untracked folder ends with `/`."""

    head: Head
    upstream: str | None
    ahead: int | None
    behind: int | None
    staged: tuple[str, ...]
    changed: tuple[str, ...]
    untracked: tuple[str, ...]
    unmerged: tuple[str, ...]

    @property
    def dirty(self) -> bool:
        """Whether anything differs from HEAD, untracked files too; ignored ones do not count."""
        return bool(self.staged or self.changed or self.untracked or self.unmerged)


@dataclass(frozen=True)
class Commit:
    """One commit. subject: the first line of its message. when: the committer's time, with its zone."""

    name: str
    parents: tuple[str, ...]
    tree: str
    author: Person
    committer: Person
    authored: datetime
    when: datetime
    message: str

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


@dataclass(frozen=True)
class Stage:
    """What stands at a path. mode: as in a tree (0o100644, 0o100755, 0o120000 a link, 0o160000 a submodule). blob: its object."""

    mode: int
    blob: str

    @property
    def is_file(self) -> bool:
        """Whether it is a plain file, executable or not."""
        return self.mode in (0o100644, 0o100755)

    @property
    def is_submodule(self) -> bool:
        """Whether it is the commit of another repository."""
        return self.mode == 0o160000


@dataclass(frozen=True)
class File(Stage):
    """A file of a revision, with its path."""

    path: str


@dataclass(frozen=True)
class Conflict:
    """A path that two sides changed. base, ours, theirs: None where that side has no such file."""

    path: str
    base: Stage | None
    ours: Stage | None
    theirs: Stage | None


@dataclass(frozen=True)
class Merged:
    """A merge that touched no work tree. tree: the result, with conflict markers in files that conflict. messages: Git's, for people."""

    tree: str
    conflicts: tuple[Conflict, ...]
    messages: str = ""


@dataclass(frozen=True)
class Push:
    """What the server did with one branch. state: `updated`, `new` or `unchanged`."""

    branch: str
    state: str
    commit: str


@dataclass(frozen=True)
class Progress:
    """What git says while it works. phase: its words (`Receiving objects`). done, total: counted things; total 0 where it is unknown."""

    phase: str
    done: int
    total: int


Listener = Callable[[Progress], None]


def unheard(progress: Progress) -> None:
    """A listener that drops everything."""
