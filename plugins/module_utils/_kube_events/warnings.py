# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The warnings about some objects: why a run failed, as the cluster itself tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .._cluster import rfc3339
from .._errors import RoroError
from .announced_names import Place
from .follow import EVENTS
from .reading import KubeEvent, read_event, second
from .tally import EventLine, Tally, folded

if TYPE_CHECKING:
    from .._cluster import Cluster

RECENT = timedelta(minutes=10)
MOST = 5
NOWHERE = "default"
"""Where the events of objects without a namespace are."""


@dataclass(frozen=True)
class Concerned:
    """Objects by UID, with all that is below them, and by (kind, namespace, name) for events that know no UID."""

    uids: frozenset[str] = frozenset()
    places: frozenset[Place] = frozenset()

    def namespaces(self) -> list[str]:
        """Where their events are."""
        return sorted({namespace or NOWHERE for _, namespace, _ in self.places})

    def has(self, event: KubeEvent) -> bool:
        """Whether an event is about one of them. A UID of another object is not overruled by a name."""
        about = event.about
        return about.uid in self.uids if about.uid and self.uids else about.place in self.places


def read_warnings(cluster: Cluster, concerned: Concerned, instance: str = "") -> list[EventLine]:
    """Every warning about these objects, oldest first; none where events may not be read. One LIST for each namespace."""
    tally = Tally()
    for namespace in concerned.namespaces():
        try:
            found = cluster.list(EVENTS, namespace, field_selector="type=Warning").items
        except RoroError:
            continue
        for event in map(read_event, found):
            if concerned.has(event):
                tally.take(instance, event)
    return tally.lines()


def newest_few(lines: Sequence[EventLine], now: datetime, *, most: int = MOST) -> list[EventLine]:
    """The newest different ones of the last ten minutes, oldest first. now: by the server's clock."""
    since = second(rfc3339(now - RECENT))
    return folded([line for line in lines if second(line.last) >= since])[-most:]
