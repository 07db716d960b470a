# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose an event is: the instance that its object belongs to.

In this order: by UID, from the event's object up its ownerReferences to one of an instance; for what is not found so, because it is gone,
by kind, namespace and name, as records have it and as other events announced it (`announced_names`). A claim of a StatefulSet has no owner
and is known by its name. An event whose object is gone, and which no event that is still there announced, belongs to nobody: an API server
keeps events for an hour by default.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from .._forget import forget_oldest
from .announced_names import Place, announced
from .reading import About, KubeEvent


class Families(Protocol):
    """What is needed of `_release.Ancestry`."""

    def instances_of_references(self, references: Iterable[Any]) -> list[str | None]:
        """The instance of each object, asked of the cluster where that is not known. Raises ClusterError."""


MOST_LEARNED = 20_000
"""Objects that are remembered. An API server keeps events for an hour, so what was announced long ago is seldom asked for."""


class Whose:
    """names: of the objects that records have, with their instances. Not thread-safe."""

    def __init__(self, families: Families, names: Mapping[Place, str]) -> None:
        self._families = families
        self._names = dict(names)
        self._announced: dict[Place, str] = {}
        self._by_uid: dict[str, str] = {}
        sets = [place for place in names if place[0] == "StatefulSet"]
        self._claims = [(space, re.compile(rf".+-{re.escape(name)}-\d+"), names[(kind, space, name)]) for kind, space, name in sets]

    def ask_about(self, abouts: Iterable[About]) -> None:
        """Learn whose these objects are, as far as they are there. What was learned first is forgotten where it is much. Raises
        ClusterError."""
        for learned in (self._by_uid, self._announced):
            forget_oldest(learned, MOST_LEARNED)
        wanted = list(dict.fromkeys(about for about in abouts if about.uid and about.uid not in self._by_uid))
        for about, instance in zip(wanted, self._families.instances_of_references(wanted) if wanted else (), strict=True):
            if instance is not None:
                self._by_uid[about.uid] = instance

    def of(self, event: KubeEvent) -> str | None:
        """The instance's id, None when nothing tells. What the event announces is known from then on."""
        about = event.about
        instance = self._by_uid.get(about.uid) or self._named(about.place) or self._owner_of_claim(about)
        if instance is not None:
            for place in announced(event):
                self._announced.setdefault(place, instance)
        return instance

    def _named(self, place: Place) -> str | None:
        return self._names.get(place) or self._announced.get(place)

    def _owner_of_claim(self, about: About) -> str | None:
        """https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage : <template>-<set>-<ordinal>."""
        if about.kind != "PersistentVolumeClaim":
            return None
        named = (instance for space, name, instance in self._claims if space == about.namespace and name.fullmatch(about.name))
        return next(named, None)
