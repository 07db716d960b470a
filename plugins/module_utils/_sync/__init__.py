# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clone and the branch of its server, brought together.

Everything is worked out on trees before a file is touched: `combine.py` merges three trees, documents by key; `history.py` makes the new
commits; `worktree.py` changes the files in one step that is written down first; `run.py` is the whole.

Front door: `sync(repository, server, options) -> Synced`; `standing(repository)`, `write_last(repository, outcome)`; `pause(...)` until
the next one.
"""

from __future__ import annotations

from .again import pause
from .record import LastSync, Standing, standing, write_last
from .run import Server, sync
from .types import STRATEGIES, Clash, Side, Strategy, Synced, SyncOptions

__all__ = [
    "STRATEGIES",
    "Clash",
    "LastSync",
    "Server",
    "Side",
    "Standing",
    "Strategy",
    "SyncOptions",
    "Synced",
    "pause",
    "standing",
    "sync",
    "write_last",
]
