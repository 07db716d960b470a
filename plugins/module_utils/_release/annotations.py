# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The annotation `roro.dev/depends-on`: objects that must be ready first. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from .._errors import PlanError
from .._objects import ANNOTATION_DEPENDS_ON
from .desired import Wanted
from .ownership import metadata_map
from .types import Identity


def depends_on_refs(wanted: Wanted) -> Iterator[Identity]:
    """Identities named by the annotation: comma-separated `Kind/name` (core or the object's own group first, its own namespace) or
    `group/Kind/namespace/name` (`group` empty for core, `namespace` empty for cluster-scoped). Raises PlanError for any other form."""
    text = metadata_map(wanted.object, "annotations").get(ANNOTATION_DEPENDS_ON, "")
    for entry in filter(None, (part.strip() for part in str(text).split(","))):
        parts = entry.split("/")
        if len(parts) == 2 and all(parts):
            yield (_GROUPS.get(parts[0], ""), parts[0], wanted.ref.namespace or "", parts[1])
        elif len(parts) == 4 and parts[1] and parts[3]:
            yield (parts[0], parts[1], parts[2], parts[3])
        else:
            raise PlanError(
                f"{wanted.ref}: annotation {ANNOTATION_DEPENDS_ON} has {entry!r}, which names no object",
                where=str(wanted.manifest.source),
                hint="Write Kind/name, or group/Kind/namespace/name.",
            )


_GROUPS = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "apps"),
    **dict.fromkeys(("Job", "CronJob"), "batch"),
    **dict.fromkeys(("Ingress", "NetworkPolicy", "IngressClass"), "networking.k8s.io"),
    "CustomResourceDefinition": "apiextensions.k8s.io",
}
"""Groups of the built-in kinds that the short form can name besides core ones."""
