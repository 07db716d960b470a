# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The annotation `roro.dev/depends-on`: objects that must be ready first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..._errors import PlanError
from ..._objects import ANNOTATION_DEPENDS_ON, Identity, KubeObject, metadata_map
from ..data.wanted import Wanted


def depends_on_refs(wanted: Wanted) -> Iterator[Identity]:
    """Identities named by the annotation: comma-separated `Kind/name` (core or the object's own group first, its own namespace) or
    `group/Kind/namespace/name` (`group` empty for core, `namespace` empty for cluster-scoped). Raises PlanError for any other form."""
    for entry, identity in _entries(wanted.object, wanted.ref.namespace or ""):
        if identity is None:
            raise PlanError(
                f"{wanted.ref}: annotation {ANNOTATION_DEPENDS_ON} has {entry!r}, which names no object",
                where=str(wanted.manifest.source),
                hint="Write Kind/name, or group/Kind/namespace/name.",
            )
        yield identity


def live_depends_on(live: KubeObject, namespace: str) -> Iterator[Identity]:
    """The same of an object on the cluster. What names no object is passed over: somebody else may have written it."""
    return (identity for _, identity in _entries(live, namespace) if identity is not None)


def _entries(obj: KubeObject, namespace: str) -> Iterator[tuple[str, Identity | None]]:
    text = metadata_map(obj, "annotations").get(ANNOTATION_DEPENDS_ON, "")
    for entry in filter(None, (part.strip() for part in str(text).split(","))):
        parts = entry.split("/")
        if len(parts) == 2 and all(parts):
            yield entry, (_GROUPS.get(parts[0], ""), parts[0], namespace, parts[1])
        elif len(parts) == 4 and parts[1] and parts[3]:
            yield entry, (parts[0], parts[1], parts[2], parts[3])
        else:
            yield entry, None


_GROUPS = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "apps"),
    **dict.fromkeys(("Job", "CronJob"), "batch"),
    **dict.fromkeys(("Ingress", "NetworkPolicy", "IngressClass"), "networking.k8s.io"),
    "CustomResourceDefinition": "apiextensions.k8s.io",
}
"""Groups of the built-in kinds that the short form can name besides core ones."""
