# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was read to the value: the object by name or labels, a Secret decoded, the path. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any

from .._jsonpath import PathNoMatch, PathSeveralMatches, PathSyntaxError
from .._objects import KubeObject
from .._secrets import SecretText, literal
from .._value_path import LibraryMissing, compile_value_path
from .selector import matches
from .types import Answer, Wanted

_SHOWN = 3


def pick(wanted: Wanted, objects: Sequence[KubeObject]) -> Answer:
    """The value of one of the objects of the place, or why there is none."""
    chosen = _chosen(wanted, objects)
    if isinstance(chosen, Answer):
        return chosen
    try:
        value = compile_value_path(wanted.source.path, wanted.source.engine).one(readable(chosen))
    except PathNoMatch as error:
        return _no(wanted, "NoMatch", error, f"{wanted}: ")
    except PathSeveralMatches as error:
        return _no(wanted, "SeveralMatches", error, f"{wanted}: ")
    except PathSyntaxError as error:
        return _no(wanted, "BadPath", error)
    except LibraryMissing as error:
        return _no(wanted, "LibraryMissing", error)
    return Answer(wanted, literal(value))


def _no(wanted: Wanted, reason: Any, error: Exception, before: str = "") -> Answer:
    problem = error.problems[0]  # type: ignore[attr-defined]
    return Answer(wanted, reason=reason, message=before + problem.message, hint=problem.hint)


def _chosen(wanted: Wanted, objects: Iterable[KubeObject]) -> KubeObject | Answer:
    source = wanted.source
    if source.name is not None:
        found = [item for item in objects if item["metadata"]["name"] == source.name]
    else:
        found = [item for item in objects if matches(source.selector or "", item["metadata"].get("labels") or {})]
    if len(found) == 1:
        return found[0]
    if not found:
        hint = 'Create it, wait for it ("wait": "1m"), or give a default; an instance whose app brings it belongs into dependsOn.'
        return Answer(wanted, reason="NotFound", message=f"{wanted} is not there", hint=hint)
    names = sorted(str(item["metadata"]["name"]) for item in found)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    message = f"{wanted}: {len(found)} match where one is wanted ({', '.join(names[:_SHOWN])}{more})"
    return Answer(wanted, reason="SeveralObjects", message=message, hint="Narrow the selector, or name the resource.")


def readable(obj: KubeObject) -> KubeObject:
    """The object as paths see it: what a Secret holds is decoded and marked. Bytes that are no UTF-8 text stay base64."""
    if obj.get("kind") != "Secret" or obj.get("apiVersion") != "v1":
        return obj
    data = {key: SecretText(_decoded(value)) for key, value in (obj.get("data") or {}).items()}
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    annotations = {key: SecretText(value) for key, value in (metadata.get("annotations") or {}).items()}  # some hold a copy of the data
    return {**obj, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}, "data": data}


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return value
