# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commits, trees and files of revisions, read with GitPython from one `git cat-file --batch` of ours.

GitPython would start git itself, with this process's environment and the repository's configuration; here it is given its objects and
starts nothing but `git version` when it is imported. https://gitpython.readthedocs.io
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._errors import GitError
from .types import Commit, File, Person

if TYPE_CHECKING:
    import git

Batch = Callable[[Sequence[str]], bytes]
"""What `git cat-file --batch` answers for these object names."""
MOST_FILES = 200_000
"""A few small trees can name each other to make any number of files."""


class Objects:
    """The objects of one repository. `want` reads many at once; what GitPython then asks for is there already."""

    def __init__(self, folder: Path, batch: Batch) -> None:
        self._folder, self._batch = folder, batch
        self._known: dict[str, tuple[str, bytes]] = {}
        self._opened: git.Repo | None = None

    def commits(self, names: Sequence[str]) -> list[Commit]:
        """The commits of these names, in their order. Raises GitError."""
        self.want(names)
        return [_as_commit(self._repository().commit(name)) for name in names]

    def files(self, tree: str, under: str = "") -> list[File]:
        """Every file below a folder of a tree ("": all), sorted; none where there is no such folder. Raises GitError."""
        found: list[File] = []
        level = [("", tree)] if not under else self._below(tree, under)
        while level:
            self.want([name for _path, name in level])
            deeper: list[tuple[str, str]] = []
            for path, name in level:
                for mode, child, leaf in self._entries(name):
                    here = f"{path}{leaf}"
                    if mode == 0o040000:
                        deeper.append((f"{here}/", child))
                    else:
                        found.append(File(mode, child, here))
                if len(found) + len(deeper) > MOST_FILES:
                    raise GitError(
                        f"the revision has more than {MOST_FILES:,} files",
                        reason="TooMuch",
                        where=str(self._folder),
                        hint="Is this the repository that was meant?",
                    )
            level = deeper
        return sorted(found, key=lambda file: file.path)

    def blobs(self, names: Iterable[str]) -> dict[str, bytes]:
        """What the files of these object names hold. Raises GitError."""
        names = list(dict.fromkeys(names))
        self.want(names)
        return {name: self._known.pop(name)[1] for name in names}

    def want(self, names: Iterable[str]) -> None:
        """Read these objects, where they are not known yet, with one git."""
        missing = [name for name in dict.fromkeys(names) if name not in self._known]
        if missing:
            self._known |= _understood(self._batch(missing), missing, self._folder)

    def take(self, name: str) -> tuple[str, bytes]:
        """Type (`commit`, `tree`, `blob`, `tag`) and content of an object. Raises GitError."""
        self.want([name])
        return self._known[name]

    def _below(self, tree: str, under: str) -> list[tuple[str, str]]:
        name = tree
        for part in under.strip("/").split("/"):
            below = [child for mode, child, leaf in self._entries(name) if leaf == part and mode == 0o040000]
            if not below:
                return []
            name = below[0]
        return [(f"{under.strip('/')}/", name)]

    def _entries(self, tree: str) -> list[tuple[int, str, str]]:
        """Mode, object and name of what a tree holds."""
        from git.objects.fun import tree_entries_from_data

        kind, data = self.take(tree)
        if kind != "tree":
            raise GitError(f"{tree} is a {kind}, not a tree", reason="Damaged", where=str(self._folder), hint="Look with git fsck.")
        return [(mode, sha.hex(), name) for sha, mode, name in tree_entries_from_data(data)]

    def _repository(self) -> git.Repo:
        if self._opened is None:
            import git

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._opened = git.Repo(self._folder, odbt=_database(self), expand_vars=False)
        return self._opened


def _database(objects: Objects) -> Any:
    """The class that GitPython makes its object database of: it asks `objects`."""
    from gitdb.base import OInfo, OStream
    from gitdb.db import LooseObjectDB

    class Database(LooseObjectDB):  # type: ignore[misc]
        def info(self, sha: bytes) -> Any:
            kind, data = objects.take(sha.hex())
            return OInfo(sha, kind.encode(), len(data))

        def stream(self, sha: bytes) -> Any:
            kind, data = objects.take(sha.hex())
            return OStream(sha, kind.encode(), len(data), io.BytesIO(data))

    return Database


def _as_commit(found: Any) -> Commit:
    return Commit(
        name=found.hexsha,
        parents=tuple(parent.hexsha for parent in found.parents),
        tree=found.tree.hexsha,
        author=Person(found.author.name or "", found.author.email or ""),
        committer=Person(found.committer.name or "", found.committer.email or ""),
        authored=_time(found.authored_date, found.author_tz_offset),
        when=_time(found.committed_date, found.committer_tz_offset),
        message=found.message if isinstance(found.message, str) else found.message.decode("utf-8", "replace"),
    )


def _time(seconds: int, west: int) -> datetime:
    """west: seconds west of UTC, as GitPython has it. What no clock can show is 1970."""
    try:
        return datetime.fromtimestamp(seconds, timezone(timedelta(seconds=-west)))
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def _understood(data: bytes, names: Sequence[str], folder: Path) -> dict[str, tuple[str, bytes]]:
    """The answer of `git cat-file --batch`: `<name> <type> <size>` and the content for each, or `<name> missing`."""
    found: dict[str, tuple[str, bytes]] = {}
    at = 0
    for name in names:
        end = data.find(b"\n", at)
        words = data[at:end].decode("ascii", "replace").split(" ")
        if end < 0 or len(words) != 3 or not words[2].isdigit():
            raise GitError(
                f"{name} is not in the repository",
                reason="NotFound",
                where=str(folder),
                hint="Is the clone complete? See git fsck, git fetch.",
            )
        size = int(words[2])
        found[name] = words[1], data[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found
