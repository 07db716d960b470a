# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was seen, as data, and as the file has it. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

SCHEMA = 1
"""Of the file; one of another schema is not read."""
SLOWEST = timedelta(minutes=10)
"""What lies between a look and its being kept, at most."""


@dataclass(frozen=True)
class Place:
    """Whose it is. root: the workspace's folder, absolute. workspace, environment: their names."""

    root: str
    workspace: str
    environment: str


@dataclass(frozen=True)
class Seen:
    """One look at an environment. when: RFC 3339 in UTC, by the server's clock. cluster: digest of the server's address and CA; uid: of its
    namespace kube-system, "" where it is not known. documents: digest of the workspace's documents; commit: of the workspace then, "" for
    none. instances: by id, each as a record with its own `seen` (as `when`). whole: every instance of the environment was looked at."""

    when: str
    cluster: str
    uid: str = ""
    documents: str = ""
    commit: str = ""
    instances: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    whole: bool = True

    def of_the_same_cluster(self, other: Seen) -> bool:
        """Whether both looked at one cluster, as far as that is known."""
        return self.cluster == other.cluster and (self.uid == other.uid or not self.uid or not other.uid)

    def over(self, older: Seen | None) -> Seen:
        """This look, and of an older one at the same cluster the instances that this one left out. Of two looks at an instance the later
        one counts, whichever was written first."""
        marked = {name: {**record, "seen": self.when} for name, record in self.instances.items()}
        if older is None or not self.of_the_same_cluster(older):
            return replace(self, instances=marked)
        if self.when < older.when <= _latest(self.when):  # what only this look has may be gone since
            newer = {name: record for name, record in marked.items() if self.when > _when(older.instances.get(name, {}))}
            known = {name: record for name, record in newer.items() if name in older.instances}
            return replace(older, instances={**older.instances, **known})
        kept = {} if self.whole else older.instances
        later = {name: record for name, record in older.instances.items() if self.when < _when(record) <= _latest(self.when)}
        return replace(self, uid=self.uid or older.uid, instances={**kept, **marked, **later}, whole=True)


def _latest(when: str) -> str:
    """A look that claims to be later than this was made by another clock: it is the older one, else nothing would be kept until then."""
    try:
        return (datetime.fromisoformat(when) + SLOWEST).isoformat()
    except ValueError:
        return when


def _when(record: Mapping[str, Any]) -> str:
    return str(record.get("seen", ""))


def encoded(seen: Seen) -> bytes:
    """The look as a file has it."""
    return json.dumps({"schema": SCHEMA, **asdict(seen)}, separators=(",", ":")).encode()


def decoded(data: bytes) -> Seen | None:
    """The look in a file; None for a damaged one and one of another schema."""
    try:
        record = json.loads(data)
        if record.pop("schema") != SCHEMA:
            return None
        seen = Seen(**record)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return None
    texts = (seen.when, seen.cluster, seen.uid, seen.documents, seen.commit)
    sound = all(isinstance(text, str) for text in texts) and isinstance(seen.instances, dict)
    return seen if sound and all(isinstance(one, dict) for one in seen.instances.values()) else None
