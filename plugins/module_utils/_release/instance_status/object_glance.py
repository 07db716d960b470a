# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether somebody changed an object since it was applied, from so little of it that all of an environment's can stay in memory. Pure.

Whoever changes a field that we applied takes it out of our manager's field set, of which the record keeps a digest; see `drift`.
"""

from __future__ import annotations

from typing import NamedTuple

from ..._objects import FIELD_MANAGER, KubeObject, is_leaving, uid_of
from ..data.record import OwnedObject
from ..fields.compare import fields_digest
from ..fields.fieldset import entries_of


class Glance(NamedTuple):
    """uid: of the object. fields: digest of which fields are ours. writer: who wrote it last beside us, see `last_writer`."""

    uid: str
    fields: str
    leaving: bool
    writer: str


def glance(obj: KubeObject) -> Glance:
    """What is kept of a live object."""
    return Glance(uid_of(obj), fields_digest(obj), is_leaving(obj), last_writer(obj))


def strayed(owned: OwnedObject, seen: Glance | None) -> bool:
    """Whether the object may not be what was applied. seen: None where it is not there."""
    if not owned.uid or not owned.fields:  # a run is at work on it, or an older version wrote the record
        return False
    return seen is None or seen.leaving or (seen.uid, seen.fields) != (owned.uid, owned.fields)


def last_writer(obj: KubeObject) -> str:
    """The field manager, not ours, that wrote the object last, but for who reports its status; "" when there is none."""
    others = [entry for entry in entries_of(obj) if entry.get("manager") != FIELD_MANAGER and entry.get("subresource") != "status"]
    return str(max(others, key=lambda entry: str(entry.get("time") or ""), default={}).get("manager") or "")
