# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often a workload may be restarted. Pure: the restarts that the cluster remembers in, a decision out.

The memory is an annotation of the workload, written together with the restart itself and only on the very version that was read. So a
daemon that was started anew, and another developer's, decide from the same facts, and of two that decide at once one is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST_PAUSE = timedelta(minutes=1)
LAST_PAUSE = timedelta(minutes=15)
MOST = 5
"""Restarts without a calm time between them. More would not help: somebody has to look."""
CALM = timedelta(minutes=10)
"""After so long a time of health a restart counts as the first again."""
ANNOTATION_RESTARTS = "roro.dev/health-restarts"


@dataclass(frozen=True)
class Decision:
    """Whether to restart now. until: when it may be asked again, None where only health helps. gave_up: it was restarted often enough."""

    go: bool
    until: datetime | None = None
    gave_up: bool = False


def decide(history: Sequence[datetime], now: datetime, *, calm: datetime | None) -> Decision:
    """history: earlier restarts, oldest first. calm: when a time of health that lasted for CALM ended, None where there was none.

    Pauses double: 1, 2, 4, 8 minutes after the first, second, ... restart.
    """
    counts = counting(history, calm)
    if not counts:
        return Decision(go=True)
    if len(counts) >= MOST:
        return Decision(go=False, gave_up=True)
    until = counts[-1] + pause_after(len(counts))
    return Decision(go=now >= until, until=until)


def counting(history: Sequence[datetime], calm: datetime | None) -> list[datetime]:
    """The restarts that count: none before a calm time. One in the middle of it, or after it, was somebody else's."""
    over = calm is not None and all(calm - moment >= CALM for moment in history)
    return [] if over else list(history)


def pause_after(restarts: int) -> timedelta:
    """How long to wait after so many restarts in a row."""
    return min(LAST_PAUSE, FIRST_PAUSE * 2.0 ** (restarts - 1))


def read_history(text: str) -> list[datetime]:
    """Restarts in an annotation, oldest first; what somebody else wrote there is left out."""
    found = []
    for word in text.split(","):
        try:
            moment = datetime.fromisoformat(word.strip())
        except ValueError:
            continue
        if moment.tzinfo is not None:
            found.append(moment.astimezone(UTC))
    return sorted(found)


def write_history(history: Sequence[datetime], now: datetime, *, calm: datetime | None) -> str:
    """The annotation after a restart now: those that count, the newest last."""
    kept = counting(history, calm)[-(MOST - 1) :]
    return ",".join(moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") for moment in (*kept, now))
