# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose is something that an instance's objects made: a pod of a ReplicaSet of a Deployment, a Job of a CronJob. Pure.

By metadata.ownerReferences, from UID to UID, as names come again: the chain ends at an object that a record knows, or that carries the
labels of the environment. https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from ..._forget import forget_oldest
from ..._objects import KubeObject
from ..ownership.labels import owner_of


class Reference(NamedTuple):
    """One very object: an entry of ownerReferences (namespace: of the object that has it), or what an event is about."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str


MOST_LEARNED = 20_000
"""Objects that are remembered; what was forgotten is asked for again."""


class Lineage:
    """What is known of who owns whom. roots: UID of an instance's object -> the instance's id.

    Threads may share it: each call reads and writes one entry of a dict at a time, and nothing is forgotten while somebody is `asking`.
    """

    def __init__(self, workspace: str, environment: str, roots: Mapping[str, str] | None = None) -> None:
        self._environment = (workspace, environment)
        self._roots = dict(roots or {})
        self._labelled: dict[str, str] = {}
        self._owners: dict[str, tuple[Reference, ...]] = {}
        self._asking, self._lock = 0, threading.Lock()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around everything that belongs to one question. Before it, what was learned first is forgotten where that is much: whoever
        follows for weeks would keep an entry of each pod that ever was."""
        with self._lock:
            for learned in (self._owners, self._labelled) if not self._asking else ():
                forget_oldest(learned, MOST_LEARNED)
            self._asking += 1
        try:
            yield
        finally:
            with self._lock:
                self._asking -= 1

    def learn(self, obj: KubeObject) -> str:
        """Remember an object's owners, and its instance where its labels name one of this environment; returns its UID."""
        uid = str((obj.get("metadata") or {}).get("uid") or "")
        owner = owner_of(obj)
        if uid and owner is not None and owner.environment_key == self._environment and owner.instance:
            self._labelled.setdefault(uid, owner.instance)
        self._owners[uid] = owners_in(obj)
        return uid

    def learn_gone(self, uid: str) -> None:
        """Nobody can tell any more who owned that: it is not asked for again."""
        self._owners.setdefault(uid, ())

    def instance_of(self, obj: KubeObject) -> str | None:
        """The id of the instance that the object belongs to, as far as is known; learns the object."""
        return self.instance_of_uid(self.learn(obj))

    def instance_of_uid(self, uid: str) -> str | None:
        """The same for something that was learned, or is a root."""
        return self._climb(uid)[0]

    def unknown_above(self, uid: str) -> tuple[Reference, ...]:
        """Owners that have to be learned before it is known whose that is; () when it is known, or never will be."""
        return self._climb(uid)[1]

    def knows(self, uid: str) -> bool:
        """Whether it was learned (also as gone), or is a root."""
        return uid in self._owners or uid in self._roots or uid in self._labelled

    def _climb(self, uid: str) -> tuple[str | None, tuple[Reference, ...]]:
        """(instance, unknown owners), the nearest first; a circle ends where it began."""
        seen, level, unknown = {uid}, [uid], dict[str, Reference]()
        while level:
            for one in level:
                instance = self._roots.get(one) or self._labelled.get(one)
                if instance:
                    return instance, ()
            above = [owner for one in level for owner in self._owners.get(one, ()) if owner.uid not in seen]
            seen.update(owner.uid for owner in above)
            unknown.update((owner.uid, owner) for owner in above if not self.knows(owner.uid))
            level = [owner.uid for owner in above]
        return None, tuple(unknown.values())


def owners_in(obj: KubeObject) -> tuple[Reference, ...]:
    """The entries of metadata.ownerReferences, the controller first. Incomplete ones are left out."""
    metadata = obj.get("metadata") or {}
    namespace = str(metadata.get("namespace") or "")
    entries = [item for item in metadata.get("ownerReferences") or () if item.get("uid") and item.get("name") and item.get("kind")]
    entries.sort(key=lambda item: not item.get("controller"))
    return tuple(Reference(str(item.get("apiVersion") or ""), item["kind"], namespace, item["name"], item["uid"]) for item in entries)
