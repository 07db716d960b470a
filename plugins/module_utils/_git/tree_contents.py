# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fresh clone has for roro: its workspaces, and what Git did not bring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .large_files import POINTER_BYTES, is_pointer, listed
from .repository import Repository
from .types import File

_DOCUMENTS = ("workspace.json", "workspace.yaml", "workspace.yml")


@dataclass(frozen=True)
class Contents:
    """workspaces: folders that have a workspace document, "." for the root, the shallowest first. notes: for a person."""

    workspaces: tuple[str, ...]
    notes: tuple[str, ...]


def contents(repository: Repository) -> Contents:
    """What the commit that is checked out has. Raises GitError."""
    if repository.head().unborn:
        return Contents((), ("the repository has no commit yet",))
    files = repository.files("HEAD")
    folders = {file.path.rpartition("/")[0] or "." for file in files if file.path.rpartition("/")[2] in _DOCUMENTS}
    notes: list[str] = []
    modules = [file.path for file in files if file.is_submodule]
    if modules:
        notes.append(f"submodules are not fetched: {listed(modules)}; where apps need them: git submodule update --init")
    pointers = _pointers(repository, files)
    if pointers:
        notes.append(f"files of Git LFS are pointers here: {listed(pointers)}; where apps need them: git lfs pull")
    return Contents(tuple(sorted(folders, key=lambda folder: (folder.count("/") + (folder != "."), folder))), tuple(notes))


def _pointers(repository: Repository, files: Sequence[File]) -> list[str]:
    """Those of these files that are pointers of Git LFS in the work tree."""
    if not any(file.path.rpartition("/")[2] == ".gitattributes" for file in files):
        return []
    found = []
    for file in (file for file in files if file.is_file):
        path = repository.root / file.path
        try:
            if path.stat().st_size <= POINTER_BYTES and is_pointer(path.read_bytes()):
                found.append(file.path)
        except OSError:
            continue
    return found
