# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an object to a call of the API, and from the answer to an object: paths, queries, bodies, and whom an error is about. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from .._errors import ClusterError
from .._json_values import json_as_yaml
from .._objects import KubeObject
from .errors import Subject
from .redact import secret_values
from .transport import Reply
from .types import Resource

_compact = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def object_path(resource: Resource, namespace: str | None, name: str) -> str:
    """Path of one object. An empty or dotted name would address the whole collection, or something else: refused."""
    if name in ("", ".", "..") or "/" in name:
        raise ClusterError(f'"{name}" cannot be the name of an object', where=resource.kind, hint="Correct `metadata.name`.")
    return resource.path(namespace_for(resource, namespace, name), name)


def namespace_for(resource: Resource, namespace: str | None, name: str) -> str | None:
    """The namespace in the path of the object `name`; None where the kind has none. Raises ClusterError where one is missing."""
    if not resource.namespaced:
        return None
    if not namespace or namespace in (".", "..") or "/" in namespace:
        raise ClusterError(f'"{namespace or ""}" cannot be a namespace', where=f"{resource.kind} {name}", hint="Set `metadata.namespace`.")
    return namespace


def with_query(path: str, query: Mapping[str, str]) -> str:
    """Path and query; empty values are left out."""
    text = _query_text(tuple(query.items()))
    return f"{path}?{text}" if text else path


@lru_cache(maxsize=64)
def _query_text(pairs: tuple[tuple[str, str], ...]) -> str:
    """All writes of a run have the same few."""
    return urlencode({key: value for key, value in pairs if value})


def write_query(*, dry_run: bool) -> dict[str, str]:
    """Strict: a field that the kind does not have is refused, as kubectl does, instead of dropped with a warning that nobody reads."""
    return {"fieldValidation": "Strict", "dryRun": "All" if dry_run else ""}


def subject_for(resource: Resource, namespace: str | None, name: str, sent: Mapping[str, Any] | None = None) -> Subject:
    """Whom an error is about. sent: the body, whose Secret data no message may repeat."""
    place = "/".join(part for part in (namespace if resource.namespaced else "", name) if part)
    where = f"{resource.kind} {place}" if place else resource.kind
    is_secret = resource.kind == "Secret" and not resource.group
    return Subject(where, secret_values(sent) if is_secret else None)


def subject_of(resource: Resource, obj: KubeObject) -> Subject:
    """The same, of an object that is sent."""
    metadata = obj.get("metadata") or {}
    return subject_for(resource, metadata.get("namespace"), metadata.get("name") or metadata.get("generateName") or "", obj)


def names_version(obj: KubeObject) -> bool:
    """Whether the caller asked for one very version, so that a conflict is an answer and not a race."""
    metadata = obj.get("metadata") or {}
    return bool(metadata.get("resourceVersion") or metadata.get("uid"))


def encoded(document: Any) -> bytes:
    """JSON that is YAML as well, as which the server reads what is applied."""
    return json_as_yaml(_compact(document)).encode()


def object_in(reply: Reply) -> KubeObject:
    """The object that the server answered, {} when it was none."""
    return reply.document if isinstance(reply.document, dict) else {}
