# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order objects go: dependants first, and who serves a kind after the objects of that kind. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .._objects import KubeObject
from .annotations import live_depends_on
from .circles import ANNOTATED, NAMES, SERVERS
from .interception import WEBHOOKS
from .order import API_SERVICE, object_edges
from .types import Identity, OwnedObject

Doomed = tuple[str, OwnedObject, KubeObject]
"""(instance, object, as it is on the cluster)."""
Going = tuple[str, Identity]
"""The node of a delete: ("delete", identity)."""


def add_deletion_edges(doomed: Sequence[Doomed], after: Mapping[Going, set[Going]]) -> list[tuple[Going, Going, int]]:
    """Let every deleted object wait for the deletion of those that need it; returns what was added: (what waits, for what, its rank, see
    `circles`). None of it is certain: a circle is left out."""
    found = [edge for edge in (*_inferred(doomed), *_annotated(doomed)) if edge[0] != edge[1] and edge[1] not in after[edge[0]]]
    for waiting, earlier, _ in found:
        after[waiting].add(earlier)
    return found


def _inferred(doomed: Sequence[Doomed]) -> Iterator[tuple[Going, Going, int]]:
    """What an object is, and what it names."""
    edges = object_edges({owned.ref.identity: live for _, owned, live in doomed})
    for _, owned, _ in doomed:
        identity = owned.ref.identity
        rank = SERVERS if identity[:2] in WEBHOOKS or identity[:2] == API_SERVICE else NAMES
        for needed in edges.all(identity):
            yield ("delete", needed), ("delete", identity), rank


def _annotated(doomed: Sequence[Doomed]) -> Iterator[tuple[Going, Going, int]]:
    """`roro.dev/depends-on` of live objects, within an instance."""
    instances = {owned.ref.identity: instance for instance, owned, _ in doomed}
    for instance, owned, live in doomed:
        for needed in live_depends_on(live, owned.ref.namespace or ""):
            if instances.get(needed) == instance:
                yield ("delete", needed), ("delete", owned.ref.identity), ANNOTATED
