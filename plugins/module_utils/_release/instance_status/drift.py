# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects that somebody changed since they were applied, for `ps`. Cheap: what was listed anyway tells which objects to look at.

Whoever changes a field that we applied takes it out of our manager's field set
(https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts), of which the record keeps a digest. Only where that differs
is the revision read, to see whether values differ too and which.
"""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from ..._cluster import Cluster
from ..._errors import RoroError
from ..._objects import FIELD_MANAGER, Identity, KubeObject, ref_of
from ..data.observed import Observed
from ..data.record import InstanceRecord, OwnedObject
from ..fields.compare import differences, fields_digest, live_digest
from ..fields.controllers import left_to_controllers, scale_targets
from ..fields.fieldset import cut
from ..observation.autoscalers import read_scaled
from ..records.revisions import read_revision
from ..workers import Workers

Drift = dict[tuple[str, OwnedObject], str]
"""(instance, object) -> what was changed and by whom, in words."""
_AT_REST = ("deployed", "applied", "failed")
_MAX_NAMED = 3


def find_drift(cluster: Cluster, observed: Observed, workers: Workers) -> Drift:
    """What differs from what was applied. What cannot be read is not told. Never raises."""
    suspects: dict[str, list[OwnedObject]] = defaultdict(list)
    for name, record in observed.records.items():
        for owned in record.objects if record.outcome in _AT_REST else ():
            live = observed.objects.get(owned.ref.identity)
            if live is not None and owned.fields and owned.fields != fields_digest(live):
                suspects[name].append(owned)
    names = sorted(suspects)
    manifests = workers.all([partial(_manifests, cluster, observed.records[name]) for name in names])
    objects = observed.objects
    scaled = read_scaled(cluster, objects, (), workers) | scale_targets(objects.values()) if names else frozenset()
    found: Drift = {}
    for name, sent in zip(names, manifests, strict=True):
        for owned in suspects[name]:
            desired, live = sent.get(owned.ref.identity), observed.objects[owned.ref.identity]
            paths = _drifted(desired, live, owned, scaled) if desired is not None else []
            if paths:
                found[(name, owned)] = _words(paths, live)
    return found


def _drifted(desired: KubeObject, live: KubeObject, owned: OwnedObject, scaled: frozenset[Identity]) -> list[str]:
    """Paths that differ from what was applied, but for those that belong to a controller."""
    left = left_to_controllers(desired, live, scaled).fields
    if not left and owned.live == live_digest(live, desired):
        return []
    return differences(cut(desired, left), live)


def _manifests(cluster: Cluster, record: InstanceRecord) -> dict[Identity, KubeObject]:
    try:
        sent = read_revision(cluster, record.namespace, record.instance, record.revision) or []
    except RoroError:
        return {}
    return {ref_of(obj).identity: obj for obj in sent}


def _words(paths: list[str], live: KubeObject) -> str:
    named = ", ".join(paths[:_MAX_NAMED]) + (f" and {len(paths) - _MAX_NAMED} more" if len(paths) > _MAX_NAMED else "")
    others = _later_managers(live)
    return f"{named} changed since it was applied" + (f", by {' or '.join(others)}" if others else "")


def _later_managers(live: KubeObject) -> list[str]:
    """Who else wrote the object since we did, but for those who report its status."""
    entries = (live.get("metadata") or {}).get("managedFields") or []
    ours = [str(entry.get("time") or "") for entry in entries if entry.get("manager") == FIELD_MANAGER]
    others = [entry for entry in entries if entry.get("manager") != FIELD_MANAGER and entry.get("subresource") != "status"]
    later = [str(entry.get("manager")) for entry in others if not entry.get("time") or str(entry["time"]) >= max(ours, default="")]
    return list(dict.fromkeys(later))[:_MAX_NAMED]
