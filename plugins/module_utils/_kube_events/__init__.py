# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster's own Events (kind Event, `kubectl events`) of an environment's instances: read, deduplicated, followed. Not `_events.py`,
which is what the engine tells of its work.

`reading`, `tally` and `announced_names` are pure. May import `_cluster`, `_errors`, `_objects`; whose an object is, the caller brings
(`_release.Ancestry`).

Front door:
    read_event(obj) -> KubeEvent                        an Event of either API group as plain data
    newest, newest_text, one_line                       for verdicts, which are judged from events too
    Whose(ancestry, names)                              instance of an event's object, also of one that is gone
    EventReader(cluster, whose, wanted)                 .read(namespaces) -> where a watch continues; .lines() -> EventLines, oldest first
    Following(cluster, reader, versions, stop)          iterate: EventLine for what is new, ServerState when the API server goes and comes
    read_warnings(cluster, Concerned(uids, places))     every warning about some objects, oldest first; newest_few: those worth telling
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazily import lazily

if TYPE_CHECKING:
    from .follow import EventReader, Following, ServerState
    from .instance_of_event import Whose
    from .reading import About, KubeEvent, newest, newest_text, one_line, read_event, second
    from .tally import EventLine, Tally, folded
    from .warnings import NOWHERE, Concerned, newest_few, read_warnings

__all__ = [
    "NOWHERE",
    "About",
    "Concerned",
    "EventLine",
    "EventReader",
    "Following",
    "KubeEvent",
    "ServerState",
    "Tally",
    "Whose",
    "folded",
    "newest",
    "newest_few",
    "newest_text",
    "one_line",
    "read_event",
    "read_warnings",
    "second",
]

_FILES = {
    "follow": ("EventReader", "Following", "ServerState"),
    "instance_of_event": ("Whose",),
    "reading": ("About", "KubeEvent", "newest", "newest_text", "one_line", "read_event", "second"),
    "tally": ("EventLine", "Tally", "folded"),
    "warnings": ("NOWHERE", "Concerned", "newest_few", "read_warnings"),
}

__getattr__ = lazily(__name__, _FILES)
