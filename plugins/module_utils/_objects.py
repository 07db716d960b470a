# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of Kubernetes objects and the labels and annotations this project puts on them.

Pure data, shared by the rooms `_render`, `_cluster` and `_release`. Imports nothing.
Label syntax: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

KubeObject = dict[str, Any]
"""One Kubernetes object as decoded JSON."""
Identity = tuple[str, str, str, str]
"""ObjectRef.identity: (group, kind, namespace or "", name)."""

FIELD_MANAGER = "roro"
PREFIX = "roro.dev/"
LABEL_WORKSPACE = "roro.dev/workspace"
LABEL_ENVIRONMENT = "roro.dev/environment"
LABEL_INSTANCE = "roro.dev/instance"
LABEL_APP = "roro.dev/app"
LABEL_RECORD = "roro.dev/record"
"""On our own objects: `instance` (Secret: what an instance owns now), `revision` (Secret: one applied version), `lock` (Lease) or
`reconcile` (Secret: how an environment stands)."""
LABEL_ONE_OFF = "roro.dev/one-off"
"""On the pods of `roro run`: the instance that they are beside. They are not part of what it is."""
ANNOTATION_PRUNE = "roro.dev/prune"
"""`disabled` keeps an object that left the workspace, also on `down`."""
ANNOTATION_DEPENDS_ON = "roro.dev/depends-on"
"""Comma-separated `Kind/name` or `group/Kind/namespace/name` that must be ready first."""
ANNOTATION_RECREATE = "roro.dev/recreate"
ANNOTATION_RESTARTED = "roro.dev/restarted"
"""On pod templates: when they were restarted last, RFC 3339."""
ANNOTATION_CONFIG = "roro.dev/config"
"""On pod templates: another value each time that pods were made anew because of what they read at their start."""
RESTART_MANAGER = "roro-restart"
"""The field manager of restarts, so that `up` has nothing to change because of them."""
ANNOTATION_SHARED = "roro.dev/shared-by"
"""Comma-separated instances that bring the very same object; it belongs to all of them and goes with the last."""
ANNOTATION_HOOK = "roro.dev/hook"
"""Comma-separated moments at which the manifest runs, instead of being part of the instance."""
ANNOTATION_HOOK_ORDER = "roro.dev/hook-order"
ANNOTATION_HOOK_DELETE = "roro.dev/hook-delete"
"""`succeeded`, `failed` or both: when the hook's object goes by itself."""
ANNOTATION_ADOPTION = "roro.dev/adoption"
"""`mustMatch`, `adoptIfFree` or `adoptAll`: what to do when this object exists already. Stronger than documents and options."""


def lock_name(instance: str) -> str:
    """Name of the Lease that a run holds while it is at work on an instance, in the instance's namespace."""
    return f"roro.{instance}"


@dataclass(frozen=True, order=True)
class ObjectRef:
    """Names one object: apiVersion (`v1`, `apps/v1`), kind, namespace (None when cluster-scoped or not yet known), name."""

    api_version: str
    kind: str
    namespace: str | None
    name: str

    @cached_property
    def group(self) -> str:
        """The API group, "" for the core group."""
        return self.api_version.rpartition("/")[0]

    @cached_property
    def identity(self) -> Identity:
        """(group, kind, namespace or "", name): the same object whatever API version it was written in."""
        return (self.group, self.kind, self.namespace or "", self.name)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


def ref_of(obj: Mapping[str, Any]) -> ObjectRef:
    """The ref of a decoded object. Missing parts come back as "" (namespace: None)."""
    metadata = obj.get("metadata") or {}
    return ObjectRef(obj.get("apiVersion") or "", obj.get("kind") or "", metadata.get("namespace"), metadata.get("name") or "")


def without_secret_values(obj: KubeObject) -> KubeObject:
    """The object with a Secret's values hidden; the keys stay. Other objects come back as they are."""
    if obj.get("kind") != "Secret" or obj.get("apiVersion") != "v1":
        return obj
    hidden = {key: dict.fromkeys(obj[key], "<hidden>") for key in ("data", "stringData") if isinstance(obj.get(key), Mapping)}
    return {**obj, **hidden}


def metadata_map(obj: Mapping[str, Any], key: str) -> dict[str, str]:
    """`metadata.labels` or `metadata.annotations`, {} when there are none."""
    value = (obj.get("metadata") or {}).get(key)
    return value if isinstance(value, dict) else {}


def is_leaving(obj: KubeObject) -> bool:
    """Whether the object is being deleted."""
    return bool((obj.get("metadata") or {}).get("deletionTimestamp"))


def uid_of(obj: KubeObject) -> str:
    """metadata.uid, or ""."""
    return str((obj.get("metadata") or {}).get("uid") or "")
