# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests as the API server stores them. Pure.

Some fields are only another way to write a field: `stringData` of a Secret is kept in `data`, and `serviceAccount` of a pod is kept in
`serviceAccountName` too, each filled in from the other. An apply of one of them does not own the other, so that a value that is changed or
taken out of the manifest stays as it was. So what is sent is always what will be stored.
https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data ; pkg/apis/core/v1/conversion.go of Kubernetes 1.34
(Convert_v1_Secret_To_core_Secret, Convert_v1_PodSpec_To_core_PodSpec).

Front door: `as_stored`, `fields_as_stored`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

from ..._objects import KubeObject
from .fieldset import Fields, union

_TEMPLATE = ("spec", "template", "spec")
_POD_SPECS: dict[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "PodTemplate"): ("template", "spec"),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
}
_OLD_ACCOUNT, _ACCOUNT = "serviceAccount", "serviceAccountName"
_STRINGS, _DATA = "stringData", "data"
_SURROGATES = re.compile("[\ud800-\udfff]")


def as_stored(obj: KubeObject) -> KubeObject:
    """The manifest in the fields that the server keeps. What the server would refuse is left for it to say so."""
    key = _kind(obj)
    if key == ("", "Secret"):
        return _secret(obj)
    path = _POD_SPECS.get(key)
    changed: KubeObject = _changed_at(obj, path, _pod_spec) if path else obj
    return changed


def fields_as_stored(fields: Mapping[str, Any], obj: KubeObject) -> Fields:
    """A FieldsV1 set of an object of that kind, with the names that the server keeps."""
    key = _kind(obj)
    if key == ("", "Secret"):
        return _renamed(fields, f"f:{_STRINGS}", f"f:{_DATA}")
    path = _POD_SPECS.get(key)
    if path is None:
        return dict(fields)
    tokens = tuple(f"f:{name}" for name in path)
    return dict(_changed_at(fields, tokens, _account_fields))


def _kind(obj: KubeObject) -> tuple[str, str]:
    return str(obj.get("apiVersion") or "").rpartition("/")[0], str(obj.get("kind"))


def _secret(obj: KubeObject) -> KubeObject:
    """`stringData` overwrites `data`; a null is an empty value."""
    if _STRINGS not in obj:
        return obj
    strings, data = obj[_STRINGS] or {}, obj.get(_DATA) or {}
    if not isinstance(strings, dict) or not isinstance(data, dict) or any(not isinstance(v, (str, type(None))) for v in strings.values()):
        return obj
    rest = {key: value for key, value in obj.items() if key != _STRINGS}
    return {**rest, _DATA: {**data, **{key: _encoded(value or "") for key, value in strings.items()}}} if strings else rest


def _encoded(value: str) -> str:
    """Half a surrogate pair is no character: the server's JSON reader puts U+FFFD there."""
    return base64.b64encode(_SURROGATES.sub("\ufffd", value).encode()).decode()


def _pod_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Both names, as the server keeps both: one alone would be filled in again from the other. `serviceAccountName` wins."""
    if not spec.get(_OLD_ACCOUNT) and not spec.get(_ACCOUNT):
        return spec
    name = spec.get(_ACCOUNT) or spec[_OLD_ACCOUNT]
    return {**spec, _OLD_ACCOUNT: name, _ACCOUNT: name}


def _account_fields(fields: Mapping[str, Any]) -> Fields:
    either = f"f:{_OLD_ACCOUNT}" in fields or f"f:{_ACCOUNT}" in fields
    return {**fields, f"f:{_OLD_ACCOUNT}": {}, f"f:{_ACCOUNT}": {}} if either else dict(fields)


def _changed_at(obj: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    """The object with what stands at the path changed; the very same object where there is nothing to change."""
    if not isinstance(obj, dict):
        return obj
    if not path:
        return change(obj)
    below = obj.get(path[0])
    changed = _changed_at(below, path[1:], change)
    return obj if changed is below else {**obj, path[0]: changed}


def _renamed(fields: Mapping[str, Any], old: str, new: str) -> Fields:
    if old not in fields:
        return dict(fields)
    rest = {token: below for token, below in fields.items() if token != old}
    return {**rest, new: union(rest.get(new) or {}, fields[old] or {})}
