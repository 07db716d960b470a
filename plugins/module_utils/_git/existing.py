# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that may already be the clone that is wanted."""

from __future__ import annotations

from pathlib import Path

from .._errors import GitError, UsageError
from .addresses import Address, read_address
from .repository import Repository, open_repository


def existing_clone(folder: Path, address: Address, *, branch: str | None = None, remote: str = "origin") -> Repository | None:
    """The clone of that repository in the folder; None where the folder is not there or empty, so that a clone can be made.

    branch: a branch or tag that has to be checked out. Raises UsageError where the folder holds something else, and GitError.
    """
    if not folder.is_symlink() and (not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))):
        return None
    repository = _repository_at(folder)
    url = repository.remote_url(remote)
    there = None if url is None else read_address(url, below=repository.root)[0]
    if there is None or not there.leads_where(address):
        of = f"a clone of {there.url}" if there else f"a repository without the remote {remote}"
        raise UsageError(f"{folder} is {of}, not of {address.url}", hint="Name another folder.")
    if branch is not None and not _has_checked_out(repository, branch):
        found = repository.head().branch or "no branch"
        raise UsageError(
            f"{folder} has {found} checked out, not {branch}", hint=f"git -C {folder} switch {branch}, or leave the branch out."
        )
    return repository


def _repository_at(folder: Path) -> Repository:
    """The repository whose root the folder is. Raises UsageError, and GitError where there is one that cannot be worked with."""
    other = UsageError(f"{folder} is there and is no clone", hint="Name another folder.")
    if not folder.is_dir():
        raise other
    try:
        repository = open_repository(folder)
    except GitError as error:
        if error.reason != "NotARepository":
            raise
        raise other from error
    if repository.root.resolve() != folder.resolve():  # it is only in one
        raise other
    return repository


def _has_checked_out(repository: Repository, branch: str) -> bool:
    head = repository.head()
    if head.branch is not None or head.commit is None:
        return head.branch == branch
    return repository.resolve(f"refs/tags/{branch}") == head.commit
