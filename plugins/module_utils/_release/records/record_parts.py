# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A record that does not fit into one Secret goes on in further ones.

They are written first, under names of their content, and the record's own Secret names them: so a record is replaced in one write, and a
run that is killed before it leaves the old one whole. A Secret holds at most 1 MiB:
https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size
"""

from __future__ import annotations

import base64
import hashlib

from ..._cluster import Cluster, Resource
from ..._errors import ReleaseError
from ..._objects import LABEL_INSTANCE, LABEL_RECORD, KubeObject, metadata_map
from ..ownership.labels import environment_selector

SECRETS = Resource("", "v1", "Secret", "secrets", True)
KEY = "record"
"""Of the data of every Secret of ours."""
PART_BYTES = 900_000
MAX_PARTS = 300
"""Of one record: beyond what may be read of it. An annotation has room for thousands of names, each of them costs a GET."""
ANNOTATION_PARTS = "roro.dev/parts"
"""On a record: the names of the Secrets where it goes on, with commas."""


def write_parts(cluster: Cluster, secret: KubeObject) -> KubeObject:
    """The Secret as it is to be written now, after what does not fit into it was written elsewhere. Raises ClusterError."""
    raw = base64.b64decode(secret["data"][KEY])
    if len(raw) <= PART_BYTES:
        return secret
    metadata, content = secret["metadata"], hashlib.sha256(raw).hexdigest()[:10]
    names = []
    for number, start in enumerate(range(PART_BYTES, len(raw), PART_BYTES), start=2):
        names.append(f"{metadata['name']}.p{number}-{content}")
        labels = {**metadata["labels"], LABEL_RECORD: "part"}
        part = {"name": names[-1], "namespace": metadata["namespace"], "labels": labels}
        cluster.apply(SECRETS, {**secret, "metadata": part, "data": _data(raw[start : start + PART_BYTES])}, force=True)
    annotations = {**metadata_map(secret, "annotations"), ANNOTATION_PARTS: ",".join(names)}
    return {**secret, "metadata": {**metadata, "annotations": annotations}, "data": _data(raw[:PART_BYTES])}


def joined(cluster: Cluster, secret: KubeObject) -> KubeObject:
    """The Secret with everything in it. Raises ReleaseError when a part is missing, ClusterError."""
    names = _names(secret)
    if not names:
        return secret
    namespace, name = secret["metadata"]["namespace"], secret["metadata"]["name"]
    if len(names) > MAX_PARTS:
        raise ReleaseError(
            f"the record is not one of ours: it names {len(names):,} parts",
            where=f"Secret {namespace}/{name}",
            hint="It was changed by hand. Delete it to start anew: the instance's objects are then adopted.",
        )
    raw = [base64.b64decode((secret.get("data") or {}).get(KEY) or "")]
    for part in names:
        found = cluster.get(SECRETS, namespace, part)
        if found is None:
            newer = cluster.get(SECRETS, namespace, name)
            if newer is not None and _names(newer) != names:
                return joined(cluster, newer)
            raise ReleaseError(
                f"the record is not complete: {part} is missing",
                where=f"Secret {namespace}/{name}",
                hint="Delete the record to start anew: the instance's objects are then adopted.",
            )
        raw.append(base64.b64decode((found.get("data") or {}).get(KEY) or ""))
    return {**secret, "data": _data(b"".join(raw))}


def drop_parts(cluster: Cluster, workspace: str, environment: str, instance: str, namespace: str, record: KubeObject) -> None:
    """Delete the parts of an instance's record that it does not name any more. Raises ClusterError."""
    kept = set(_names(record))
    selector = f"{LABEL_RECORD}=part,{LABEL_INSTANCE}={instance},{environment_selector(workspace, environment)}"
    for item in cluster.list(SECRETS, namespace, selector=selector, metadata_only=True).items:
        if item["metadata"]["name"] not in kept:
            cluster.delete(SECRETS, namespace, item["metadata"]["name"])


def has_parts(secret: KubeObject) -> bool:
    """Whether a record goes on in other Secrets."""
    return bool(_names(secret))


def _names(secret: KubeObject) -> list[str]:
    return [name for name in metadata_map(secret, "annotations").get(ANNOTATION_PARTS, "").split(",") if name]


def _data(raw: bytes) -> dict[str, str]:
    return {KEY: base64.b64encode(raw).decode()}
