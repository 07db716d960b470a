# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster as LISTs and dry runs found it. Found by `observation.observe`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..._cluster import Resource
from ..._objects import Identity, KubeObject, ObjectRef, is_leaving
from .record import InstanceRecord
from .refusal import Refusal


@dataclass(frozen=True)
class Observed:
    """The cluster as LISTs found it.

    objects: by ref identity, those of this environment and any other that has a desired name.
    records: by instance id. namespaces: those that exist, those that are being deleted too; the object is {} where it may not be read.
    served: (group, kind) -> how to reach it. A kind that a desired CustomResourceDefinition will define, or that a desired APIService will
    serve (then without `plural`, until it is there), is in `promised` instead.
    versions: (group, kind, namespace) -> resourceVersion of the labelled LIST, where a watch may continue.
    unserved: desired (apiVersion, kind) that nobody serves nor will -> what is served instead, in words, and what to do.
    scaled: identities of what autoscalers scale, as far as anything depends on it.
    unanswered: apiVersions whose own API server does not answer: what is there of them is not known. ending: (group, kind) of those whose
    definition is being deleted; they are not in `served`, and their objects count as gone.
    schemas: of kinds whose CustomResourceDefinition this run brings or changes, by version; known in check mode.
    refused: what the server's dry run refused for what is there, by ref identity; see `steps.ask_beforehand`.
    """

    objects: Mapping[Identity, KubeObject] = field(default_factory=dict)
    records: Mapping[str, InstanceRecord] = field(default_factory=dict)
    namespaces: Mapping[str, KubeObject] = field(default_factory=dict)
    served: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    promised: Mapping[tuple[str, str], Resource] = field(default_factory=dict)
    versions: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    unserved: Mapping[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    scaled: frozenset[Identity] = frozenset()
    unanswered: frozenset[str] = frozenset()
    ending: frozenset[tuple[str, str]] = frozenset()
    schemas: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    refused: Mapping[Identity, Refusal] = field(default_factory=dict)

    def has_namespace(self, name: str) -> bool:
        """Whether the namespace is there and stays."""
        return name in self.namespaces and not is_leaving(self.namespaces[name])

    def learn(self, resource: Resource) -> None:
        """A promised kind is served now."""
        if isinstance(self.promised, dict):
            self.promised[(resource.group, resource.kind)] = resource

    def resource(self, ref: ObjectRef) -> Resource | None:
        """How to reach the ref's kind in the ref's own version, served or promised."""
        if (ref.api_version, ref.kind) in self.unserved:
            return None
        key = (ref.group, ref.kind)
        found = self.served.get(key) or self.promised.get(key)
        version = ref.api_version.rpartition("/")[2]
        return replace(found, version=version) if found is not None and found.version != version else found
