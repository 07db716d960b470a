# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a set of rendered objects acceptable. Every problem of every object is reported at once; no message holds a value.

Names: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
Labels: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .._errors import Problem
from .._objects import ref_of
from .manifests import Document
from .merge_keys import Repeat, Shape, defined_shapes, repeats

_API_VERSION = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/)?[a-z0-9]+")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_LENIENT_GROUPS = ("rbac.authorization.k8s.io", "authorization.openshift.io", "user.openshift.io")
"""API groups whose names only have to be path segments: `system:node` is a good ClusterRole."""
_LABEL_KINDS = frozenset({("", "Namespace"), ("", "Service")})
_POD_SPECS: dict[str, tuple[str, ...]] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job"), ("spec", "template")),
}
"""Kind -> path of its pod template."""
_TYPES = {bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a map", type(None): "null", str: "text"}

_QUOTE = "Quote it, or use the filter `quote`."

Report = Callable[[str, Sequence["str | int"], "str | None"], None]
Where = Callable[[Sequence["str | int"]], str]
"""The place of a path inside an object, for a message."""


def check(documents: Sequence[Document], namespace: str, allowed: Sequence[str]) -> list[Problem]:
    """Everything that is wrong with a set of objects. namespace: the instance's; allowed: others that manifests may name."""
    problems: list[Problem] = []
    seen: dict[tuple[str, str, str, str], Document] = {}
    defined = defined_shapes(document.object for document in documents)
    for document in documents:

        def report(message: str, path: Sequence[str | int], hint: str | None = None, document: Document = document) -> None:
            problems.append(Problem(f"{_title(document.object)}{message}", document.where(path), hint))

        if _check_identity(document.object, report):
            _check_namespace(document.object, namespace, allowed, report)
            _check_duplicate(document, namespace, seen, report)
        _check_content(document.object, report)
        problems.extend(repeated(document.object, document.where, defined))
    return problems


def repeated(obj: dict[str, Any], where: Where, defined: Mapping[tuple[str, str], Shape]) -> list[Problem]:
    """Items of the object's lists that the server could not tell apart. defined: shapes of kinds that are not built in."""
    shape = defined.get((str(obj.get("apiVersion")), str(obj.get("kind"))))
    return [_repeat(obj, found, where) for found in repeats(obj, shape)]


def _repeat(obj: dict[str, Any], found: Repeat, where: Where) -> Problem:
    name = f"{_title(obj)}{_dotted(found.path[:-1])}"
    other = where((*found.path[:-1], found.first))
    hint = f"The other one is at {other}: remove one of them, the server takes each once."
    return Problem(f"{name} has {found.said} twice", where(found.path), hint)


def _title(obj: dict[str, Any]) -> str:
    kind, metadata = obj.get("kind"), obj.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(kind, str) or not kind:
        return ""
    return f"{kind} {name}: " if isinstance(name, str) and name else f"{kind}: "


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "something else")


def _check_identity(obj: dict[str, Any], report: Report) -> bool:
    """apiVersion, kind and name. True when all three are usable."""
    good = _check_text(obj, "apiVersion", _API_VERSION, "such as `apiVersion: v1` or `apiVersion: apps/v1`", report)
    good = _check_text(obj, "kind", _KIND, "such as `kind: ConfigMap`", report) and good
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        what = "metadata is missing" if metadata is None else f"metadata must be a map, it is {_type(metadata)}"
        report(what, ("metadata",), "Add `metadata:` with a `name:`.")
        return False
    name = metadata.get("name")
    if name is None and metadata.get("generateName") is not None:
        report(
            "generateName cannot be used", ("metadata", "generateName"), "An object needs a fixed name to be found again: write `name:`."
        )
        return False
    if not isinstance(name, str) or not name:
        missing = name is None or name == ""
        what = "metadata.name is missing" if missing else f"metadata.name must be text, it is {_type(name)}"
        report(what, ("metadata", "name"), "Add a name." if missing else "Quote it.")
        return False
    return _check_name(obj, name, report) and good


def _check_text(obj: dict[str, Any], key: str, pattern: re.Pattern[str], example: str, report: Report) -> bool:
    value = obj.get(key)
    if isinstance(value, str) and pattern.fullmatch(value):
        return True
    if value is None or value == "":
        near = next((other for other in obj if isinstance(other, str) and other.lower() == key.lower() and other != key), None)
        report(f"{key} is missing", (near,) if near else (), f"It is written {key}, not {near}." if near else f"Add it, {example}.")
    elif isinstance(value, str):
        report(f"{key} has a wrong form", (key,), f"Write it {example}.")
    else:
        report(f"{key} must be text, it is {_type(value)}", (key,), "Quote it.")
    return False


def _check_name(obj: dict[str, Any], name: str, report: Report) -> bool:
    ref = ref_of(obj) if isinstance(obj.get("apiVersion"), str) else None
    group = ref.group if ref else ""
    if group in _LENIENT_GROUPS:
        good, rule = name not in (".", "..") and not re.search(r"[/%]", name), "It may not be `.` or `..`, nor contain `/` or `%`."
    elif (group, str(obj.get("kind"))) in _LABEL_KINDS:
        good = len(name) <= 63 and _LABEL.fullmatch(name) is not None
        rule = "Use at most 63 of: lower-case letters, digits and `-`, a letter or digit at both ends."
    else:
        good = len(name) <= 253 and _SUBDOMAIN.fullmatch(name) is not None
        rule = "Use at most 253 of: lower-case letters, digits, `-` and `.`, a letter or digit at both ends."
    if not good:
        report("metadata.name is not a name that Kubernetes accepts", ("metadata", "name"), rule)
    return good


def _check_namespace(obj: dict[str, Any], namespace: str, allowed: Sequence[str], report: Report) -> None:
    found = obj["metadata"].get("namespace")
    if found is None or found == namespace or found in allowed:
        return
    if not isinstance(found, str) or not found:
        what = "empty" if found == "" else _type(found)
        report(f"metadata.namespace must be text, it is {what}", ("metadata", "namespace"), "Leave it out.")
        return
    report(
        f"namespace {found} is not this instance's namespace {namespace}",
        ("metadata", "namespace"),
        f'Leave metadata.namespace out, or allow it: add "{found}" to `manifests.namespaces` of the app document.',
    )


def _check_duplicate(document: Document, namespace: str, seen: dict[tuple[str, str, str, str], Document], report: Report) -> None:
    group, kind, found, name = ref_of(document.object).identity
    first = seen.setdefault((group, kind, found or namespace, name), document)
    if first is not document:
        other = first.where(("metadata", "name"))
        report("this object is there twice", ("metadata", "name"), f"The other one is at {other}: remove one of them.")


def _check_content(obj: dict[str, Any], report: Report) -> None:
    _check_metadata(obj.get("metadata"), ("metadata",), report)
    kind, version = obj.get("kind"), obj.get("apiVersion")
    if version == "v1" and kind in ("ConfigMap", "Secret"):
        for key in ("data", "stringData"):
            _texts(obj.get(key), (key,), report)
        if kind == "Secret":
            _check_base64(obj.get("data"), report)
    if isinstance(kind, str) and kind in _POD_SPECS:
        path = _POD_SPECS[kind]
        template = _at(obj, path)
        if isinstance(template, dict):
            if path:
                _check_metadata(template.get("metadata"), (*path, "metadata"), report)
            for env_path, entry in _env(template, path):
                if isinstance(entry, dict) and not isinstance(entry.get("value", ""), (str, type(None))):
                    report(f"{_dotted(env_path)} must be text, it is {_type(entry['value'])}", env_path, _QUOTE)


def _check_metadata(metadata: Any, path: tuple[str, ...], report: Report) -> None:
    if not isinstance(metadata, dict):
        return
    for key in ("labels", "annotations"):
        _texts(metadata.get(key), (*path, key), report)
    labels = metadata.get("labels")
    for name, value in labels.items() if isinstance(labels, dict) else ():
        at = (*path, "labels", name)
        if not _good_label_name(name):
            where = _dotted((*path, "labels"))
            report(f"{where} has a key that Kubernetes does not accept: {name}", at, "A key is `name` or `dns.prefix/name`.")
        if isinstance(value, str) and (len(value) > 63 or not _LABEL_VALUE.fullmatch(value)):
            hint = "At most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends. Longer texts belong into annotations."
            report(f"{_dotted(at)} is not a label value that Kubernetes accepts", at, hint)


def _good_label_name(name: str) -> bool:
    prefix, slash, rest = name.rpartition("/")
    good_prefix = not slash or (len(prefix) <= 253 and _SUBDOMAIN.fullmatch(prefix) is not None)
    return good_prefix and len(rest) <= 63 and _LABEL_NAME.fullmatch(rest) is not None


def _texts(found: Any, path: tuple[str, ...], report: Report) -> None:
    """A map whose values are texts (null counts as absent, as for the API server)."""
    if found is None:
        return
    if not isinstance(found, dict):
        report(f"{_dotted(path)} must be a map, it is {_type(found)}", path, "Write `key: value` lines.")
        return
    for key, value in found.items():
        if not isinstance(value, str) and value is not None:
            hint = _QUOTE if not isinstance(value, (dict, list)) else "Write it as one text, for example with `|`."
            report(f"{_dotted((*path, key))} must be text, it is {_type(value)}", (*path, key), hint)


def _check_base64(data: Any, report: Report) -> None:
    for key, value in data.items() if isinstance(data, dict) else ():
        if isinstance(value, str):
            try:
                base64.b64decode("".join(value.split()), validate=True)
            except binascii.Error:
                report(f"data.{key} is not base64", ("data", key), "Write plain text under `stringData`, or use the filter `b64encode`.")


def _env(template: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    spec = template.get("spec")
    for group in ("initContainers", "containers"):
        containers = spec.get(group) if isinstance(spec, dict) else None
        for index, container in enumerate(containers if isinstance(containers, list) else ()):
            env = container.get("env") if isinstance(container, dict) else None
            for number, entry in enumerate(env if isinstance(env, list) else ()):
                yield (*path, "spec", group, index, "env", number, "value"), entry


def _at(obj: Any, path: Sequence[str]) -> Any:
    for step in path:
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
