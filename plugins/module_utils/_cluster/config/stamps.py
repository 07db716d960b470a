# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a file was replaced or written to, without reading it."""

from __future__ import annotations

import os
from collections.abc import Iterable

Stamps = tuple[tuple[int, int, int] | None, ...]


def stamps(paths: Iterable[str]) -> Stamps:
    """For each file (inode, time of its last change in nanoseconds, size), None for one that is not there. Links are followed, as what a
    Secret mounts is exchanged by its link."""
    return tuple(_stamp(path) for path in paths)


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked before every request
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
