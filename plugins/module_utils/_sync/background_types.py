# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clone that is synced in the background: what is asked for, and how it is. Pure data, without any secret."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .._errors import UsageError
from .._known_fields import known_fields
from .types import STRATEGIES

State = Literal["Starting", "Active", "Conflict", "Failed", "NotWatched"]


@dataclass(frozen=True)
class BackgroundSync:
    """root: the clone's, absolute. interval: seconds, None for what the workspace says; so are strategy and push. branch, follow_rewritten
    and message as in `SyncOptions`. agent: the socket of the SSH agent of whoever asked for it, "" for none."""

    root: str
    interval: float | None = None
    strategy: str | None = None
    push: bool | None = None
    branch: str | None = None
    follow_rewritten: bool = False
    message: str | None = None
    agent: str = ""

    @property
    def id(self) -> str:
        """Its short name: one for each clone."""
        return hashlib.sha256(self.root.encode()).hexdigest()[:8]

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def background_of(record: Mapping[str, Any]) -> BackgroundSync:
    """What a record asks for; unknown keys, of another version, are dropped. Raises UsageError where it is none."""
    try:
        asked = BackgroundSync(**known_fields(BackgroundSync, record))
        if not asked.root.startswith("/") or asked.strategy not in (None, *STRATEGIES) or (asked.interval or 1.0) <= 0:
            raise ValueError(asked.root)
    except (AttributeError, TypeError, ValueError) as error:
        hint = "Ask for it again: roro sync --watch --background"
        raise UsageError("the record of a sync in the background is not usable", hint=hint) from error
    return asked


@dataclass(frozen=True)
class BackgroundStatus:
    """How a sync in the background is.

    state: Starting (not once yet), Active (the last one went well), Conflict or Failed (it goes on trying), NotWatched (no daemon runs).
    outcome: of the last one, as `Synced.state`. reason: of what failed, else "". message: what a person should know. commit: where the
    clone stood after the last one that went well. synced: when the last one ended; due: when the next one begins; RFC 3339 or "".
    failures: in a row.
    """

    id: str
    root: str
    state: State = "Starting"
    outcome: str = ""
    reason: str = ""
    message: str = ""
    branch: str = ""
    upstream: str = ""
    commit: str = ""
    synced: str = ""
    due: str = ""
    failures: int = 0

    def as_record(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def status_of(record: Mapping[str, Any]) -> BackgroundStatus:
    """The status of a record, of this version or another."""
    return BackgroundStatus(**known_fields(BackgroundStatus, record))
