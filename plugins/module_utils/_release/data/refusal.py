# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's word on an update, as `server_answers` learned it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..._secrets import Secrets

_LONGEST = 240


_PLAIN = frozenset({"field is immutable", "value is immutable", "is immutable"})


@dataclass(frozen=True)
class Refusal:
    """The server's word on an update that this run means to make.

    fields: where, as the server writes paths (`spec.clusterIPs[0]`). words: why, without values. as_new: why a new object of the same
    manifest would be refused too, so that deleting the old one does not help; "" when it would be taken.
    """

    fields: tuple[str, ...]
    words: str
    as_new: str = ""

    def concerned(self, paths: Sequence[str]) -> tuple[str, ...]:
        """Those of the changed paths that are meant: all where the server's name for it is none of theirs (it calls a PersistentVolume's
        `spec.hostPath` `spec.persistentvolumesource`). What it named where nothing seems to change."""
        near = tuple(path for path in paths if any(path.startswith(field) or field.startswith(path) for field in self.fields))
        return near or tuple(paths) or self.fields

    @property
    def told(self) -> str:
        """`: why`, where that says more than that it is fixed."""
        return "" if not self.words or self.words.lower() in _PLAIN else f": {_short(self.words)}"

    @property
    def told_as_new(self) -> str:
        """Why a new object would be refused too, as long as it is read."""
        return _short(self.as_new)

    def hidden(self, secrets: Secrets) -> Refusal:
        """The same without secrets: servers repeat values in their words."""
        return replace(self, words=secrets.hide(self.words), as_new=secrets.hide(self.as_new))


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else words[:_LONGEST].rstrip() + "..."
