# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which workloads an autoscaler scales, where that decides whose their replicas are. Belongs in worker threads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import partial

from ..._cluster import Cluster
from ..._errors import RoroError
from ..._objects import Identity, KubeObject, ref_of
from ..fields.controllers import REPLICAS, scale_targets
from ..fields.fieldset import at_leaf, entries_of, is_ours
from ..fields.takeover import CONTROL_PLANE
from ..workers import Workers

_API, _KIND = "autoscaling/v2", "HorizontalPodAutoscaler"


def read_scaled(
    cluster: Cluster, objects: Mapping[Identity, KubeObject], dropping: Collection[Identity], workers: Workers
) -> frozenset[Identity]:
    """Workloads that autoscalers scale that are not among these objects. One LIST for each namespace with a workload that somebody scaled,
    or whose replicas are about to be left out (`dropping`), and that none of the objects scales. Where that cannot be read, what a part of
    Kubernetes has scaled counts, and what is left out; never what a person has scaled."""
    known = scale_targets(objects.values())
    asked = {identity for identity, live in objects.items() if identity not in known and _somebody_scaled(live)}
    asked |= {identity for identity in dropping if identity in objects and identity not in known and _ours(objects[identity])}
    places: dict[str, set[Identity]] = defaultdict(set)
    for identity in asked:
        places[identity[2]] |= {identity} if _by_kubernetes(objects[identity]) or identity in dropping else set()
    found = workers.all([partial(_listed, cluster, namespace, doubtful, objects) for namespace, doubtful in sorted(places.items())])
    return frozenset(set().union(*found))


def _listed(cluster: Cluster, namespace: str, doubtful: set[Identity], known: Mapping[Identity, KubeObject]) -> set[Identity]:
    try:
        resource = cluster.find_resource(_API, _KIND)
        items = cluster.list(resource, namespace).items if resource is not None else []
        return scale_targets(item for item in items if ref_of(item).identity not in known)
    except RoroError:
        return doubtful


def _by_kubernetes(live: KubeObject) -> bool:
    scaled = [entry for entry in entries_of(live) if entry.get("subresource") == "scale"]
    return any(CONTROL_PLANE.fullmatch(str(entry.get("manager"))) for entry in scaled)


def _somebody_scaled(live: KubeObject) -> bool:
    return any(entry.get("subresource") == "scale" and at_leaf(entry.get("fieldsV1") or {}, REPLICAS) for entry in entries_of(live))


def _ours(live: KubeObject) -> bool:
    return any(is_ours(entry) and at_leaf(entry.get("fieldsV1") or {}, REPLICAS) for entry in entries_of(live))
