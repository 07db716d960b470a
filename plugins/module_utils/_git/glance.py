# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where HEAD stands, read from Git's files: for what is asked so often that a process would be felt. gitrepository-layout(5)."""

from __future__ import annotations

import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_MOST = 16 * 1024**2


def commit_of_head(folder: Path) -> str:
    """The commit of the repository that a folder is in; "" where there is none, none yet, or it cannot be read."""
    try:
        git = next((place / ".git" for place in (folder, *folder.parents) if (place / ".git").exists()), None)
        if git is not None and git.is_file():  # a linked work tree or a submodule
            git = (git.parent / _text(git).removeprefix("gitdir:").strip()).resolve()
        return "" if git is None else _resolved(git, _text(git / "HEAD").strip())
    except (OSError, ValueError):
        return ""


def _resolved(git: Path, head: str) -> str:
    name = head.removeprefix("ref:").strip()
    if name == head or not re.fullmatch(r"refs/[^\s]+", name) or ".." in name:
        return head if _COMMIT.fullmatch(head) else ""
    common = git / _text(git / "commondir").strip() if (git / "commondir").is_file() else git
    for place in (git, common):
        if (place / name).is_file():
            found = _text(place / name).strip()
            return found if _COMMIT.fullmatch(found) else ""
    packed = _text(common / "packed-refs") if (common / "packed-refs").is_file() else ""
    return next((line.split(" ")[0] for line in packed.splitlines() if line.endswith(f" {name}") and _COMMIT.match(line)), "")


def _text(file: Path) -> str:
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        return stream.read(_MOST)
