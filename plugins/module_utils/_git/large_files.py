# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Git LFS: its files are compared as they should be, never fetched, and neither committed nor pushed from here.

What `git lfs` keeps at the server is brought there by a hook of its own, and hooks do not run here: a commit would name what nobody has.
https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterable, Mapping

from .environment import Settings

POINTER = b"version https://git-lfs.github.com/spec/v1"
POINTER_BYTES = 200
"""A pointer is shorter: three lines, about 130 bytes."""
_EXTENSIONS = "lfs.extension."


def filters(own: Mapping[str, tuple[str, ...]]) -> Settings:
    """Git's filter for files of LFS in our own words, without downloads; () where git-lfs is not there, or the repository's configuration
    gives it programs to run (its extensions)."""
    program = shutil.which("git-lfs")
    if program is None or any(key.startswith(_EXTENSIONS) for key in own):
        return ()
    words = shlex.quote(program)
    return (
        ("filter.lfs.clean", f"{words} clean -- %f"),
        ("filter.lfs.smudge", f"{words} smudge --skip -- %f"),
        ("filter.lfs.process", f"{words} filter-process --skip"),
    )


def is_pointer(content: bytes) -> bool:
    """Whether a file is a pointer of LFS."""
    return len(content) <= POINTER_BYTES and content.startswith(POINTER)


def listed(paths: Iterable[str]) -> str:
    """The first of many, for a message."""
    paths = list(paths)
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
