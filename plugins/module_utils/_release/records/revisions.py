# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance was at each revision, kept in the cluster: for history and rollback.

Secret `roro.<instance>.r<N>` (type roro.dev/revision) holds the manifests of revision N as they were sent, JSON and gzip, in the key
`record`; what does not fit into one Secret goes on in `roro.<instance>.r<N>.p2`, `.p3`, ... The annotation `roro.dev/revision` says the
rest (who, when, outcome), so that a history needs no manifests.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..._cluster import Cluster
from ..._errors import ReleaseError
from ..._known_fields import check_kinds, known_fields
from ..._objects import LABEL_INSTANCE, LABEL_RECORD, KubeObject, metadata_map
from ..data.record import InstanceRecord
from ..ownership.labels import environment_selector
from .instance_records import decode, encode, record_labels, record_secret
from .record_parts import PART_BYTES, SECRETS

KEPT_REVISIONS = 10
ANNOTATION_REVISION = "roro.dev/revision"
_MAX_MESSAGE = 2000
"""All annotations of an object together hold at most 256 KiB."""
_FORMAT = 1


@dataclass(frozen=True)
class Revision:
    """One line of a history. cause: what made it, such as `up` or `rollback to revision 2`. outcome: see InstanceRecord. updated: RFC 3339
    in UTC. who: `user@host`. digest: of the inputs. objects: how many. size: bytes in the cluster, compressed. parts: Secrets.
    run: id of the run that wrote it, "" of one that was written before runs had one."""

    instance: str
    revision: int
    outcome: str = ""
    cause: str = ""
    message: str = ""
    updated: str = ""
    who: str = ""
    digest: str = ""
    objects: int = 0
    size: int = 0
    parts: int = 1
    namespace: str = ""
    run: str = ""


def revision_name(instance: str, number: int, part: int = 1) -> str:
    """Name of the Secret of one revision, or of a later part of it."""
    return f"roro.{instance}.r{number}" + (f".p{part}" if part > 1 else "")


def write_revision(
    cluster: Cluster,
    workspace: str,
    environment: str,
    record: InstanceRecord,
    manifests: Sequence[KubeObject],
    who: str,
    cause: str,
    run: str,
) -> None:
    """Keep what this revision was, and drop those that are too old. The first part is written last: what it names is there."""
    raw = base64.b64decode(encode({"format": _FORMAT, "manifests": list(manifests)}))
    parts = [raw[start : start + PART_BYTES] for start in range(0, len(raw), PART_BYTES)]
    told = Revision(
        record.instance,
        record.revision,
        record.outcome,
        cause,
        record.message[:_MAX_MESSAGE],
        record.updated,
        who,
        record.digest,
        len(manifests),
        len(raw),
        len(parts),
        run=run,
    )
    labels = record_labels(workspace, environment, record, "revision")
    for number, part in reversed(list(enumerate(parts, start=1))):
        name, data = revision_name(record.instance, record.revision, number), base64.b64encode(part).decode()
        secret = record_secret(name, record.namespace, "roro.dev/revision", labels, data)
        if number == 1:
            secret["metadata"]["annotations"] = {ANNOTATION_REVISION: json.dumps(asdict(told), sort_keys=True)}
        cluster.apply(SECRETS, secret, force=True)
    if record.revision > KEPT_REVISIONS:
        _drop_old(cluster, workspace, environment, record)


def read_revision(cluster: Cluster, namespace: str, instance: str, number: int) -> list[KubeObject] | None:
    """The manifests of a revision, None when it is not kept. Raises ReleaseError when it cannot be read."""
    first = cluster.get(SECRETS, namespace, revision_name(instance, number))
    if first is None:
        return None
    told = told_by(first)
    found = [first]
    for part in range(2, (told.parts if told else 1) + 1):
        secret = cluster.get(SECRETS, namespace, revision_name(instance, number, part))
        if secret is None:
            raise ReleaseError(
                f"revision {number} of instance {instance} is not complete: part {part} of {told.parts if told else 1} is missing",
                where=f"Secret {namespace}/{revision_name(instance, number, part)}",
                hint=f"Choose another revision: `roro history` lists them. Secret {revision_name(instance, number)} may be deleted.",
            )
        found.append(secret)
    try:
        data = [base64.b64decode((secret.get("data") or {}).get("record") or "", validate=True) for secret in found]
        manifests = decode({**first, "data": {"record": base64.b64encode(b"".join(data)).decode()}}).get("manifests")
        if not (manifests is None or (isinstance(manifests, list) and all(isinstance(item, dict) for item in manifests))):
            raise ValueError("its manifests are no objects")
    except (ReleaseError, ValueError) as error:
        raise ReleaseError(
            f"revision {number} of instance {instance} cannot be read",
            where=f"Secret {namespace}/{revision_name(instance, number)}",
            hint="A newer version wrote it, or somebody changed it. Choose another: `roro history` lists them. The Secret may be deleted.",
        ) from error
    return manifests


def list_revisions(cluster: Cluster, workspace: str, environment: str, records: Mapping[str, InstanceRecord]) -> list[Revision]:
    """The kept revisions of these instances, oldest first within each; one LIST of metadata for each namespace. Raises ClusterError."""
    selector = f"{LABEL_RECORD}=revision,{environment_selector(workspace, environment)}"
    found = []
    for namespace in sorted({record.namespace for record in records.values()}):
        for item in cluster.list(SECRETS, namespace, selector=selector, metadata_only=True).items:
            told = told_by(item)
            if told is not None and told.instance in records and records[told.instance].namespace == namespace:
                found.append(told)
    order = {name: place for place, name in enumerate(records)}
    return sorted(found, key=lambda item: (order[item.instance], item.revision))


def told_by(secret: KubeObject) -> Revision | None:
    """What the annotation of a first part says; None for later parts and for what is not ours."""
    try:
        data: dict[str, Any] = json.loads(metadata_map(secret, "annotations").get(ANNOTATION_REVISION, ""))
        check_kinds(Revision, data)
        return Revision(**{**known_fields(Revision, data), "namespace": secret["metadata"]["namespace"]})
    except (ValueError, TypeError, AttributeError):
        return None


def _drop_old(cluster: Cluster, workspace: str, environment: str, record: InstanceRecord) -> None:
    """The last ten stay, and the last that was healthy, however many failed since."""
    selector = f"{LABEL_RECORD}=revision,{LABEL_INSTANCE}={record.instance},{environment_selector(workspace, environment)}"
    for item in cluster.list(SECRETS, record.namespace, selector=selector, metadata_only=True).items:
        name = str(item["metadata"]["name"])
        number = name.removeprefix(f"roro.{record.instance}.r").partition(".")[0]
        if number.isdigit() and int(number) <= record.revision - KEPT_REVISIONS and int(number) != record.deployed:
            cluster.delete(SECRETS, record.namespace, name)
