# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of what an instance owns now, kept in the cluster. What it was before: `revisions`.

Secret `roro.<instance>` (type roro.dev/instance) holds the InstanceRecord: JSON, gzip, in the key `record`. What does not
fit: `record_parts`.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..._cluster import Cluster
from ..._errors import ApiError, ReleaseError
from ..._gzip import gunzip
from ..._known_fields import check_kinds
from ..._objects import (
    LABEL_APP,
    LABEL_ENVIRONMENT,
    LABEL_INSTANCE,
    LABEL_RECORD,
    LABEL_WORKSPACE,
    Identity,
    KubeObject,
    ObjectRef,
    metadata_map,
)
from ..data.hook import Hook
from ..data.record import ConfigRead, InstanceRecord, OwnedObject
from ..data.workspace_origin import UNKNOWN, WorkspaceOrigin
from ..ownership.applyset import LABEL_ID, applyset_id, parent_annotations
from ..ownership.labels import environment_selector, owner_of, record_name
from ..server_answers.being_deleted import refuse_leaving
from .record_parts import ANNOTATION_PARTS, KEY, SECRETS, drop_parts, has_parts, joined, write_parts

_FORMAT = 1
MAX_BYTES = 256 * 1024**2
"""Of a record or revision, unpacked: whoever may write a Secret could put one there that fills the memory."""
_ELSEWHERE = ("objects", "hooks", "resource_version", "namespace", "parts")
"""Fields of a record that are written in another form, or are not written."""
_PLAIN = ("instance", "app", "revision", "deployed", "outcome", "reason", "message", "digest", "updated")


def encode(data: Mapping[str, Any]) -> str:
    """A Secret's data value. The same data always gives the same bytes."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(gzip.compress(text.encode("utf-8", "surrogatepass"), compresslevel=6, mtime=0)).decode()


def decode(secret: KubeObject) -> dict[str, Any]:
    """What `encode` put into a Secret. Raises ReleaseError when it cannot be read."""
    try:
        text = gunzip(base64.b64decode((secret.get("data") or {})[KEY], validate=True), MAX_BYTES)
        data = json.loads(text.decode("utf-8", "surrogatepass"))
        if data.get("format") != _FORMAT:
            raise ValueError(f"format {data.get('format')}")
    except (KeyError, ValueError, EOFError, zlib.error, binascii.Error, AttributeError, RecursionError) as error:
        raise _unreadable(secret, error) from error
    return dict(data)


def _unreadable(secret: KubeObject, error: Exception) -> ReleaseError:
    metadata = secret.get("metadata") or {}
    return ReleaseError(
        f"the record cannot be read: {error}",
        where=f"Secret {metadata.get('namespace')}/{metadata.get('name')}",
        hint="It was written by a newer version, or changed by hand. Delete it to start anew: the instance's objects are then adopted.",
    )


def record_data(record: InstanceRecord) -> dict[str, Any]:
    """The record as JSON-ready data."""
    data = {key: value for key, value in vars(record).items() if key not in _ELSEWHERE}  # asdict would copy every object
    data["format"] = _FORMAT
    data["origin"] = {"key": record.origin.key, "place": record.origin.place}
    data["folder"] = record.origin.folder  # beside it: other versions take the origin's keys literally
    data["objects"] = [
        [o.ref.api_version, o.ref.kind, o.ref.namespace, o.ref.name, o.uid, o.applied, o.live, o.fields, *_reads(o)] for o in record.objects
    ]
    if record.hooks:
        data["hooks"] = [asdict(hook) for hook in record.hooks]
    return data


def _reads(owned: OwnedObject) -> list[list[list[str]]]:
    return [[[read.kind, read.name, read.digest] for read in owned.reads]] if owned.reads else []


def read_record(secret: KubeObject) -> InstanceRecord:
    """The record in a Secret. Raises ReleaseError."""
    data = decode(secret)
    try:
        return _record(data, secret)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise _unreadable(secret, error) from error


def _record(data: Mapping[str, Any], secret: KubeObject) -> InstanceRecord:
    metadata = secret["metadata"]
    check_kinds(InstanceRecord, data)
    parts = [(place, part) for item in data.get("objects") or [] for place, part in enumerate(item[:8])]
    if not all(isinstance(part, str) or (part is None and place == 2) for place, part in parts):
        raise TypeError("an object is not named by texts")
    objects = tuple(
        OwnedObject(ObjectRef(*item[:4]), *item[4:8], *(tuple(ConfigRead(*_texts(read, 3)) for read in reads) for reads in item[8:9]))
        for item in data.get("objects") or []
    )
    known = {key: data[key] for key in _PLAIN if key in data}
    return InstanceRecord(
        **known,
        namespace=metadata["namespace"],
        objects=objects,
        depends_on=_texts(data.get("depends_on") or []),
        hooks=tuple(_read_hook(item) for item in data.get("hooks") or ()),
        scales=tuple((_identity(item), _replicas(count)) for item, count in data.get("scales") or ()),
        origin=_origin({**data["origin"], "folder": data.get("folder") or ""}) if data.get("origin") else UNKNOWN,
        resource_version=str(metadata.get("resourceVersion") or ""),
        parts=has_parts(secret),
    )


def _read_hook(data: Mapping[str, Any]) -> Hook:
    check_kinds(Hook, data)
    check_kinds(ObjectRef, data["ref"])
    if not isinstance(data["object"], dict):
        raise TypeError("a hook is no object")
    lists = {key: _texts(data[key]) for key in ("moments", "delete")}
    return Hook(**{**data, **lists, "ref": ObjectRef(**data["ref"])})


def _origin(data: Mapping[str, Any]) -> WorkspaceOrigin:
    check_kinds(WorkspaceOrigin, data)
    return WorkspaceOrigin(data["key"], data["place"], folder=data["folder"])


def _texts(value: Any, count: int | None = None) -> tuple[str, ...]:
    """A list of texts, so many of them. Raises TypeError for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value) or count not in (None, len(value)):
        raise TypeError("a list of texts is something else")
    return tuple(value)


def _identity(value: Any) -> Identity:
    group, kind, namespace, name = _texts(value, 4)
    return group, kind, namespace, name


def _replicas(value: Any) -> int:
    if type(value) is not int:
        raise TypeError("a number of replicas is something else")
    return value


def list_records(cluster: Cluster, workspace: str, environment: str, homes: Sequence[str] = ()) -> tuple[dict[str, InstanceRecord], str]:
    """(records by instance, notice or ""). One LIST over all namespaces; where that is forbidden, the `homes` only: the namespaces that
    the documents name. An instance that moved between namespaces and was interrupted has two: they are merged, so that nothing is
    forgotten. Whoever may write a Secret in any namespace can write a record: see `_bounded`. One that cannot be read is told in the
    notice, and `unreadable` in the records where it is all that is known of its instance."""
    selector = f"{LABEL_RECORD}=instance,{environment_selector(workspace, environment)}"
    notice = ""
    try:
        items = cluster.list(SECRETS, selector=selector).items
    except ApiError as error:
        if error.status != 403:
            raise
        spaces = sorted(set(homes))
        items = [item for namespace in spaces for item in cluster.list(SECRETS, namespace, selector=selector).items]
        notice = f"you may not list secrets in all namespaces: only {', '.join(spaces) or 'none'} was searched for what is deployed"
    found = [_read(cluster, item, homes) for item in items]
    told = [record.message for record in found if record.unreadable]
    return _merged(found, homes), "\n".join(filter(None, (notice, *told)))


def _read(cluster: Cluster, secret: KubeObject, homes: Collection[str]) -> InstanceRecord:
    """The record in a Secret, or what stands for one that cannot be read: it must not keep the other instances from theirs."""
    try:
        return _bounded(read_record(joined(cluster, secret)), homes)
    except (ReleaseError, ValueError) as error:
        wrong = error if isinstance(error, ReleaseError) else _unreadable(secret, error)
        problem, labels, metadata = wrong.problems[0], metadata_map(secret, "labels"), secret["metadata"]
        instance = labels.get(LABEL_INSTANCE, "")
        words = f"{problem.message} ({problem.where}, of instance {instance}): what it owns is neither changed nor removed. {problem.hint}"
        return InstanceRecord(instance, labels.get(LABEL_APP, instance), metadata["namespace"], outcome="unreadable", message=words)


def _bounded(record: InstanceRecord, homes: Collection[str]) -> InstanceRecord:
    """What is applied from a record is its hooks, with the rights of the person: only where the documents say that instances live there.
    A hook without its object stays known and does not run."""
    if record.namespace in homes:
        return record
    return replace(record, hooks=tuple(replace(hook, object={}) for hook in record.hooks))


def _merged(records: Iterable[InstanceRecord], homes: Collection[str]) -> dict[str, InstanceRecord]:
    """The newest where the documents say that instances live counts, else the newest; one that can be read before one that cannot."""
    found: dict[str, InstanceRecord] = {}
    for record in sorted(records, key=lambda record: (record.namespace in homes, not record.unreadable, record.updated)):
        older = found.get(record.instance)
        if older is not None:
            known = {item.ref.identity for item in record.objects}
            rest = tuple(item for item in older.objects if item.ref.identity not in known)
            record = replace(record, objects=record.objects + rest)
        found[record.instance] = record
    return found


def write_record(cluster: Cluster, workspace: str, environment: str, record: InstanceRecord) -> InstanceRecord:
    """Create or replace the record; returns it with its new resource_version.

    Raises ReleaseError when another run wrote it meanwhile (optimistic concurrency by resourceVersion), NamespaceLeaving.
    """
    name = record_name(record.instance)
    labels = {**record_labels(workspace, environment, record, "instance"), LABEL_ID: applyset_id(name, record.namespace)}
    secret = record_secret(name, record.namespace, "roro.dev/instance", labels, encode(record_data(record)))
    secret["metadata"]["annotations"] = parent_annotations(record.namespace, (owned.ref for owned in record.objects))
    try:
        secret = write_parts(cluster, secret)
        if record.resource_version:
            secret["metadata"]["resourceVersion"] = record.resource_version
            written = cluster.replace(SECRETS, secret)
        else:
            written = cluster.create(SECRETS, secret, again=True)
    except ApiError as error:
        refuse_leaving(error, record.namespace, f"the record of instance {record.instance}")
        if error.status not in (404, 409):
            raise
        written = _own_write(cluster, workspace, environment, record, secret, error)
    if record.parts or has_parts(secret):
        drop_parts(cluster, workspace, environment, record.instance, record.namespace, secret)
    return replace(record, resource_version=str(written["metadata"]["resourceVersion"]), parts=has_parts(secret))


def _own_write(cluster: Cluster, workspace: str, environment: str, record: InstanceRecord, sent: KubeObject, error: ApiError) -> KubeObject:
    """The record as it is, when it is what was sent: the write worked, its answer was lost, and the server refused it the second time.
    Else raises ReleaseError. No two writes are the same: the record says to the microsecond when it was written."""
    found = cluster.get(SECRETS, record.namespace, record_name(record.instance))
    same_parts = metadata_map(found or {}, "annotations").get(ANNOTATION_PARTS) == metadata_map(sent, "annotations").get(ANNOTATION_PARTS)
    if found is not None and same_parts and (found.get("data") or {}).get(KEY) == sent["data"][KEY]:
        return found
    _refuse_namesake(found, workspace, environment, record)
    if found is None:
        hint = "Another run removed the instance, or somebody deleted the Secret: run this again."
        where = f"Secret {record.namespace}/{record_name(record.instance)}"
        raise ReleaseError(f"the record of instance {record.instance} was deleted meanwhile", where=where, hint=hint) from error
    raise ReleaseError(
        f"another run is at work on instance {record.instance}: its record changed meanwhile",
        where=f"Secret {record.namespace}/{record_name(record.instance)}",
        hint="Wait until that run has ended, then run this again.",
    ) from error


def _refuse_namesake(found: KubeObject | None, workspace: str, environment: str, record: InstanceRecord) -> None:
    """Raise ReleaseError when the record's name is taken by an instance of another workspace or environment."""
    owner = owner_of(found) if found else None
    if owner is not None and (owner.workspace, owner.environment) != (workspace, environment):
        raise ReleaseError(
            f"namespace {record.namespace} has an instance of that name already: {owner}",
            where=f"Secret {record.namespace}/{record_name(record.instance)}",
            hint="Give one of the two another namespace, or a suffix.",
        )


def delete_records(cluster: Cluster, workspace: str, environment: str, instance: str, namespace: str) -> None:
    """Remove an instance's revisions, then its record with its parts."""
    revisions, parts = _companions(cluster, workspace, environment, instance, namespace)
    for name in (*revisions, record_name(instance), *parts):
        cluster.delete(SECRETS, namespace, name)


def delete_revisions(cluster: Cluster, workspace: str, environment: str, instance: str, namespace: str) -> None:
    """Remove an instance's revisions."""
    for name in _companions(cluster, workspace, environment, instance, namespace)[0]:
        cluster.delete(SECRETS, namespace, name)


def _companions(cluster: Cluster, workspace: str, environment: str, instance: str, namespace: str) -> tuple[list[str], list[str]]:
    """Names of the Secrets of an instance's revisions, and of its record's parts."""
    selector = f"{LABEL_RECORD} in (revision,part),{LABEL_INSTANCE}={instance},{environment_selector(workspace, environment)}"
    found = cluster.list(SECRETS, namespace, selector=selector, metadata_only=True).items
    revisions = [item["metadata"]["name"] for item in found if item["metadata"]["labels"][LABEL_RECORD] == "revision"]
    return revisions, [item["metadata"]["name"] for item in found if item["metadata"]["name"] not in revisions]


def record_labels(workspace: str, environment: str, record: InstanceRecord, kind: str) -> dict[str, str]:
    """Labels of our own Secrets. kind: `instance` or `revision`."""
    return {
        LABEL_WORKSPACE: workspace,
        LABEL_ENVIRONMENT: environment,
        LABEL_INSTANCE: record.instance,
        LABEL_APP: record.app,
        LABEL_RECORD: kind,
    }


def record_secret(name: str, namespace: str, kind: str, labels: dict[str, str], data: str) -> KubeObject:
    """A Secret with that data value, see `encode`. kind: its type."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "type": kind,
        "data": {KEY: data},
    }
