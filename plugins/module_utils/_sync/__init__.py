# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clone and the branch of its server, brought together.

Everything is worked out on trees before a file is touched: `combine.py` merges three trees, documents by key; `history.py` makes the new
commits; `worktree.py` changes the files in one step that is written down first; `run.py` is the whole.

Front door: `sync(repository, server, options) -> Synced`; `standing(repository)`, `write_last(repository, outcome)`; `pause(...)` until
the next one. Of a workspace: `open_clone(folder)`, `sync_and_record(...)`; told by `synced_text` and `synced_record`; `touched(...)`, the
files that a sync brings.

In the background, as a duty of the daemon (`duty.py`, `keeper.py`, `kept_up.py`): `start_syncs`, `stop_syncs`, `known_syncs`,
`settled_sync`, `watch_syncs`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .again import pause
    from .background import known_syncs, settled_sync, start_syncs, stop_syncs, watch_syncs
    from .background_types import BackgroundStatus, BackgroundSync
    from .of_files import Touched, touched
    from .record import LastSync, Standing, standing, write_last
    from .run import Server, sync
    from .types import STRATEGIES, Clash, Side, Strategy, Synced, SyncOptions
    from .words import commits_text, listed_text, synced_record, synced_text
    from .workspace_clone import DEFAULT_INTERVAL, REMOTE, WorkspaceClone, checked_choices, open_clone, read_choices, sync_and_record

__all__ = [
    "DEFAULT_INTERVAL",
    "REMOTE",
    "STRATEGIES",
    "BackgroundStatus",
    "BackgroundSync",
    "Clash",
    "LastSync",
    "Server",
    "Side",
    "Standing",
    "Strategy",
    "SyncOptions",
    "Synced",
    "Touched",
    "WorkspaceClone",
    "checked_choices",
    "commits_text",
    "known_syncs",
    "listed_text",
    "open_clone",
    "pause",
    "read_choices",
    "settled_sync",
    "standing",
    "start_syncs",
    "stop_syncs",
    "sync",
    "sync_and_record",
    "synced_record",
    "synced_text",
    "touched",
    "watch_syncs",
    "write_last",
]

_FILES = {
    "again": ("pause",),
    "background": ("known_syncs", "settled_sync", "start_syncs", "stop_syncs", "watch_syncs"),
    "background_types": ("BackgroundStatus", "BackgroundSync"),
    "record": ("LastSync", "Standing", "standing", "write_last"),
    "run": ("Server", "sync"),
    "of_files": ("Touched", "touched"),
    "types": ("STRATEGIES", "Clash", "Side", "Strategy", "Synced", "SyncOptions"),
    "words": ("commits_text", "listed_text", "synced_record", "synced_text"),
    "workspace_clone": (
        "DEFAULT_INTERVAL",
        "REMOTE",
        "WorkspaceClone",
        "checked_choices",
        "open_clone",
        "read_choices",
        "sync_and_record",
    ),
}

__getattr__ = lazily(__name__, _FILES)
