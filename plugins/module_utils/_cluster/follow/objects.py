# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is there of a scope, and which changes are news."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..._objects import KubeObject
from ..types import Keep, WatchEvent
from .types import Change, Entry, Key, Scope


def entry_maker(keep: Keep | None) -> Keep:
    """Object -> Entry, for `Cluster.list` and `Cluster.watch`."""

    def make(obj: KubeObject) -> Entry:
        metadata = obj.get("metadata") or {}
        key = (str(metadata.get("namespace") or ""), str(metadata.get("name") or ""))
        kept = obj if keep is None else keep(obj)
        return Entry(key, str(metadata.get("uid") or ""), str(metadata.get("resourceVersion") or ""), kept)

    return make


class Objects:
    """Entries by key. Not thread-safe."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.entries: dict[Key, Entry] = {}

    def take(self, event: WatchEvent) -> list[Change]:
        """What is new; a RESYNC becomes the differences. The event's objects are Entries."""
        if event.type == "RESYNC":
            return list(self._all(event.items))
        if event.type == "DELETED":
            return list(self._drop(event.object))
        return list(self._put(event.object))

    def present(self) -> list[Change]:
        """All of it, for one who knows nothing."""
        return [self._change("ADDED", entry) for entry in self.entries.values()]

    def _all(self, items: Iterable[Entry]) -> Iterator[Change]:
        there = {entry.key: entry for entry in items}
        for entry in [entry for key, entry in self.entries.items() if key not in there]:
            yield from self._drop(entry)
        for entry in there.values():
            yield from self._put(entry)

    def _put(self, entry: Entry) -> Iterator[Change]:
        known = self.entries.get(entry.key)
        if known is not None and known.uid != entry.uid:
            yield from self._drop(known)
            known = None
        if known is not None and entry.version and known.version == entry.version:
            return
        self.entries[entry.key] = entry
        yield self._change("ADDED" if known is None else "MODIFIED", entry)

    def _drop(self, entry: Entry) -> Iterator[Change]:
        """An end that comes late is not the end of one that was made anew under the name."""
        known = self.entries.get(entry.key)
        if known is not None and known.uid == entry.uid:
            del self.entries[entry.key]
            yield self._change("DELETED", entry)

    def _change(self, kind: Any, entry: Entry) -> Change:
        return Change(self._scope, kind, entry.key, entry.kept)
