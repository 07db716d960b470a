# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The daemon's syncs as others see them: a few blocking calls."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from .._daemon import DaemonClient, kept_path, read
from .._duties import DUTIES
from .._errors import RoroError
from .background_types import BackgroundStatus, BackgroundSync, status_of

if TYPE_CHECKING:
    from . import duty  # noqa: F401 - Ansible sends a module what it finds imported; the daemon imports duties by name alone

NOT_WATCHED = "the daemon does not run; roro sync --watch --background starts it"


class SyncClient(DaemonClient):
    """A connection to the daemon that syncs clones."""

    duties: ClassVar[tuple[str, ...]] = DUTIES

    def syncs(self) -> list[BackgroundStatus]:
        """All of them. Raises RoroError."""
        return [status_of(record) for record in self.ask("sync", what="list")["syncs"]]


def start_syncs(asked: Sequence[BackgroundSync]) -> bool:
    """See that these run, in a daemon that is started where there is none; whether something had to be done. Raises RoroError."""
    with SyncClient.started() as client:
        return any(client.ask("sync", what="start", syncs=[each.as_record() for each in asked])["changed"].values())


def stop_syncs(ids: Sequence[str]) -> list[str]:
    """End and forget syncs; those that there were. Raises RoroError."""
    known = {status.id for status in known_syncs()}
    if not known & set(ids):
        return []
    with SyncClient.started() as client:
        changed = client.ask("sync", what="stop", ids=list(ids))["changed"]
    return [key for key, was in changed.items() if was]


def known_syncs() -> tuple[BackgroundStatus, ...]:
    """All syncs of this user, as they are now. No daemon is started for that: what none watches is NotWatched. Raises nothing."""
    place = kept_path()
    kept = {} if place is None else read(place).get("syncs")
    if not isinstance(kept, Mapping) or not kept:
        return ()
    client = SyncClient.running()
    if client is not None:
        try:
            with client:
                return tuple(client.syncs())
        except (RoroError, OSError):
            pass  # it ends at this moment, or is older than syncs are
    return tuple(
        BackgroundStatus(str(key), str(record.get("root", "")), "NotWatched", message=NOT_WATCHED)
        for key, record in kept.items()
        if isinstance(record, Mapping)
    )


def settled_sync(key: str, seconds: float) -> BackgroundStatus | None:
    """How this sync is once it was tried, or after so many seconds; None where there is none. Raises RoroError."""
    end, last = time.monotonic() + seconds, None
    for status in watch_syncs(seconds):
        if status.id == key:
            last = status
            if status.state != "Starting":
                break
        if time.monotonic() > end:
            break
    return last


def watch_syncs(seconds: float | None = None) -> Iterator[BackgroundStatus]:
    """All syncs, then each news, until `seconds` have passed (None: for ever) or the daemon ends. Raises RoroError."""
    client = SyncClient.running()
    if client is None:
        return
    with client:
        records: Iterator[dict[str, Any]] = client.stream("sync", "syncs", "sync", seconds)
        for record in records:
            yield status_of(record)
