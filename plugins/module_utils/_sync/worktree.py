# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the work tree as a tree, and the one step that changes them: written down first, so that whoever is killed in it, the next
sync takes it up.

What a person changed and did not commit is part of both trees of a step, so it is still there, uncommitted, after it. A file that somebody
changes while the step is under way stays as they wrote it.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from .._errors import GitError
from .._git import Repository, ended_with_nul
from .._state import write_private
from .combine import changed_files

_BESIDE = ".roro-sync-"
"""The folder at the root of the work tree in which new files are made."""


@dataclass(frozen=True)
class Step:
    """What the work tree goes through. before, after: the trees of its files, with what is not committed. branch: the full reference that
    goes from commit `old` to commit `new`."""

    before: str
    after: str
    branch: str
    old: str
    new: str


def snapshot(repository: Repository, also: Iterable[str] = (), *, marked: bool = False) -> str:
    """The tree of the files as they are: those that Git knows, and of the others these. Index and files stay. marked: also of those
    that Git was told not to look at (`assume-unchanged`, `skip-worktree`), where they are there. Raises GitError."""
    with repository.scratch_index(copied=True) as index:
        if marked:
            _look_at_all(repository, index)
        repository.git("add", "--update", "--", ":/", more={**index, "GIT_LITERAL_PATHSPECS": "0"})
        if there := [path for path in also if _is_there(repository.root, path)]:
            repository.git("add", "--force", "--sparse", *_FROM_INPUT, data=ended_with_nul(there), more=index)
        _without_filtered(repository, index)
        return repository.text("write-tree", more=index)


_FROM_INPUT = ("--pathspec-from-file=-", "--pathspec-file-nul")


def _is_there(root: Path, path: str) -> bool:
    """Whether a file or link is there, and in the work tree itself, not beyond a link."""
    place = root / path
    return (place.is_file() or place.is_symlink()) and not any(parent.is_symlink() for parent in _above(root, place))


def _marked(repository: Repository, more: Mapping[str, str] | None = None) -> tuple[list[str], list[str]]:
    """The files of the index that Git was told not to look at: (assumed to be unchanged, left out of the work tree)."""
    found = [(line[0], line[2:]) for line in repository.fields("ls-files", "-v", "-z", more=more)]
    return [path for tag, path in found if tag.islower()], [path for tag, path in found if tag in "sS"]


def _look_at_all(repository: Repository, index: Mapping[str, str]) -> None:
    assumed, skipped = _marked(repository, index)
    there = [path for path in skipped if _is_there(repository.root, path)]
    for option, paths in (("--no-assume-unchanged", assumed), ("--no-skip-worktree", there)):
        if paths:
            repository.git("update-index", option, "-z", "--stdin", data=ended_with_nul(paths), more=index)


def _without_filtered(repository: Repository, index: Mapping[str, str]) -> None:
    """Files that a filter keeps (Git LFS) stay as the index has them: no filter runs here, so they would count as changed."""
    changed = repository.fields("diff-index", "--cached", "--name-only", "-z", "HEAD", "--", codes=(0, 128), more=index)
    if kept := repository.filters(changed, index):
        repository.git("reset", "--quiet", *_FROM_INPUT, "HEAD", data=ended_with_nul(kept), more=index)


def _filtered_and_changed(repository: Repository, paths: Iterable[str]) -> set[str]:
    """Files with a filter that somebody may have changed: by time and size, since only the filter could tell their content."""
    filtered = repository.filters(paths).keys()
    return filtered & set(repository.fields("diff-files", "--name-only", "--diff-filter=M", "-z")) if filtered else set()


def in_the_way(repository: Repository, before: str, after: str) -> list[str]:
    """What stands where a step from one tree to the other would put files, and neither tree has: a file or link where a folder must be,
    a folder that is not empty where a file must be, a changed file with a filter. Sorted paths."""
    changes = changed_files(repository, before, after)
    going = {repository.root / path for path, (old, new) in changes.items() if old is not None and new is None}
    found: set[Path] = set()
    for path in (path for path, (_old, new) in changes.items() if new is not None and not new.is_submodule):
        place = repository.root / path
        found |= {parent for parent in _above(repository.root, place) if _is_no_folder(parent) and parent not in going}
        if place.is_dir() and not place.is_symlink() and not {file for file in place.rglob("*") if _is_no_folder(file)} <= going:
            found.add(place)
    known = (path for path, (old, _new) in changes.items() if old is not None)
    found |= {repository.root / path for path in _filtered_and_changed(repository, known)}
    return sorted(str(place.relative_to(repository.root)) for place in found)


def _is_no_folder(place: Path) -> bool:
    return place.is_symlink() or (place.exists() and not place.is_dir())


def take(repository: Repository, step: Step) -> list[str]:
    """Change files, branch and index as the step says. The files that somebody changed meanwhile and that were left alone.

    Raises GitError.
    """
    write_private(_journal(repository), json.dumps(asdict(step)).encode())
    return _go_on(repository, step)


def take_up(repository: Repository) -> tuple[Step, list[str]] | None:
    """Finish the step that somebody was killed in; None where there is none. Raises GitError."""
    try:
        step = Step(**json.loads(_journal(repository).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise GitError(
            f"the note about a sync that was not finished cannot be read: {error}",
            reason="Damaged",
            where=str(_journal(repository)),
            hint="Look at `git status`; when the files are as they should be, remove that note.",
        ) from None
    for beside in repository.root.glob(f"{_BESIDE}*"):
        shutil.rmtree(beside, ignore_errors=True)
    return step, _go_on(repository, step)


def is_unfinished(repository: Repository) -> bool:
    """Whether somebody was killed in a step."""
    return _journal(repository).exists()


def _journal(repository: Repository) -> Path:
    return repository.git_folder / "roro" / "step.json"


def _go_on(repository: Repository, step: Step) -> list[str]:
    now = repository.text("rev-parse", "--verify", "--quiet", step.branch, codes=(0, 1))
    if now not in (step.old, step.new):  # somebody went elsewhere with the branch meanwhile
        _journal(repository).unlink()
        return []
    left = _change_files(repository, step)
    if now == step.old:
        repository.move_reference(step.branch, step.new, step.old, why="roro sync")
    _read_index(repository, step.new)
    _journal(repository).unlink()
    return left


def _change_files(repository: Repository, step: Step) -> list[str]:
    """Make the files of the work tree those of `after`. Those that are neither of the two trees' are somebody's, and are left alone."""
    changes = changed_files(repository, step.before, step.after)
    now = changed_files(repository, step.before, snapshot(repository, also=changes, marked=True))
    left_out = {path for path in _marked(repository)[1] if not _is_there(repository.root, path)}
    left: list[str] = []
    wanted: list[str] = []
    for path, (before, after) in changes.items():
        present = now[path][1] if path in now else before
        if present == after:
            continue
        if present != before:
            left.append(path)
        elif after is None:
            _remove(repository.root, path)
        elif not after.is_submodule and path not in left_out:
            wanted.append(path)
    return left + _write(repository, step.after, wanted)


def _remove(root: Path, path: str) -> None:
    """Remove a file, and the folders that are empty without it."""
    place = root / path
    place.unlink(missing_ok=True)
    with suppress(OSError):
        for folder in _above(root, place):
            folder.rmdir()


def _write(repository: Repository, tree: str, files: Sequence[str]) -> list[str]:
    """Put files of a tree in place, each at once: Git makes them beside, with modes, links and line ends, a rename does the rest. Those
    that would lead out of the work tree, through a link that somebody made, are not put; their paths."""
    if not files:
        return []
    beside = Path(tempfile.mkdtemp(prefix=_BESIDE, dir=repository.root))
    try:
        with repository.scratch_index() as index:
            repository.git("read-tree", tree, more=index)
            repository.git("checkout-index", "--force", f"--prefix={beside.name}/", "-z", "--stdin", data=ended_with_nul(files), more=index)
        return [path for path in files if not _put(repository.root, beside, path)]
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _put(root: Path, beside: Path, path: str) -> bool:
    place = root / path
    if any(parent.is_symlink() for parent in _above(root, place)):
        return False
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        _remove_empty(place)
        (beside / path).replace(place)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):  # somebody made a file or a folder there meanwhile
        return False
    return True


def _remove_empty(place: Path) -> None:
    """Remove a folder in which there are only folders; Git knows none of them."""
    if place.is_symlink() or not place.is_dir():
        return
    for folder, _folders, _files in os.walk(place, topdown=False):
        with suppress(OSError):
            Path(folder).rmdir()


def _above(root: Path, place: Path) -> list[Path]:
    """The folders between the root and a file, the nearest first."""
    return [parent for parent in place.parents if parent != root and parent.is_relative_to(root)]


def _read_index(repository: Repository, commit: str) -> None:
    """The index says what the commit has: what is not committed is a change of the work tree again. What the index knows of files that
    stay is kept, such as that a sparse work tree leaves them out."""
    repository.git("read-tree", "--reset", "-i", commit)
    repository.git("update-index", "-q", "--refresh", codes=(0, 1))
