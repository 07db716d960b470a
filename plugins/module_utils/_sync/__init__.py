# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clone and the branch of its server, brought together.

Everything is worked out on trees before a file is touched: `combine.py` merges three trees, documents by key; `history.py` makes the new
commits; `worktree.py` changes the files in one step that is written down first; `run.py` is the whole.

Front door: `sync(repository, server, options) -> Synced`.
"""

from __future__ import annotations

from .run import Server, sync
from .types import STRATEGIES, Clash, Side, Strategy, Synced, SyncOptions

__all__ = ["STRATEGIES", "Clash", "Server", "Side", "Strategy", "SyncOptions", "Synced", "sync"]
