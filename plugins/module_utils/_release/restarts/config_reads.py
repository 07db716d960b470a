# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pods of a workload read of ConfigMaps and Secrets, and when: at their start only, or again when it changes. Pure.

Environment variables and files mounted by `subPath` are what they were when the container started; the kubelet refreshes other mounts.
https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..._objects import KubeObject
from ..fields.compare import digest, owned_fields
from ..manifests.references import pod_template

Config = tuple[str, str]
"""(`ConfigMap` or `Secret`, name), in the workload's namespace."""
Keys = frozenset[str] | None
"""Which of its keys; None: all."""


@dataclass(frozen=True)
class Reads:
    """at_start: what is read when a container starts and never again. mounted: what is mounted as a whole, and refreshed."""

    at_start: Mapping[Config, Keys] = field(default_factory=dict)
    mounted: frozenset[Config] = frozenset()

    def chosen(self, *, mounts: bool) -> Mapping[Config, Keys]:
        """What a restart is due for. mounts: also for what is refreshed, for programs that read their files once."""
        return {**self.at_start, **dict.fromkeys(self.mounted)} if mounts else self.at_start


def reads_of(workload: KubeObject) -> Reads:
    """Of all containers of the workload's pods; nothing of what runs nothing."""
    spec = _dict((pod_template(workload) or {}).get("spec"))
    containers = [item for kind in ("initContainers", "containers") for item in _dicts(spec.get(kind))]
    found: dict[Config, set[str] | None] = {}
    for config, key in (each for container in containers for each in _of_environment(container)):
        _add(found, config, key)
    mounts = [mount for container in containers for mount in _dicts(container.get("volumeMounts"))]
    whole: set[Config] = set()
    for volume in _dicts(spec.get("volumes")):
        sources = list(_of_volume(volume))
        mine = [mount for mount in mounts if mount.get("name") == volume.get("name")] if sources else []
        for config, items in sources:
            for mount in mine:
                if path := mount.get("subPath"):
                    _add(found, config, items.get(str(path), str(path)))
                else:
                    whole.add(config)
    return Reads({config: None if keys is None else frozenset(keys) for config, keys in found.items()}, frozenset(whole))


def values_of(config: KubeObject, *, ours: bool = False) -> dict[str, str]:
    """What a ConfigMap or Secret holds, as the server stores it. ours: of a live object, only the keys that were applied by us."""
    found = {**_dict(config.get("data")), **_dict(config.get("binaryData"))}
    for key, value in _dict(config.get("stringData")).items():
        found[key] = base64.b64encode(str(value).encode("utf-8", "surrogatepass")).decode()
    if not ours:
        return found
    fields = owned_fields(config)
    kept = {token[2:] for of in fields for part in ("f:data", "f:binaryData") for token in _dict(of.get(part)) if token.startswith("f:")}
    return {key: value for key, value in found.items() if key in kept} if fields else found


def picked(values: Mapping[str, str], keys: Keys) -> dict[str, str]:
    """The values of these keys."""
    return {key: value for key, value in values.items() if keys is None or key in keys}


def read_digest(values: Mapping[str, str], keys: Keys) -> str:
    """Digest of what is read."""
    return digest(picked(values, keys))


def _add(found: dict[Config, set[str] | None], config: Config, key: str | None) -> None:
    before = found.get(config, set())
    found[config] = None if key is None or before is None else {*before, key}


def _of_environment(container: Mapping[str, Any]) -> Iterator[tuple[Config, str | None]]:
    for kind, whole, one in (("ConfigMap", "configMapRef", "configMapKeyRef"), ("Secret", "secretRef", "secretKeyRef")):
        for source in _dicts(container.get("envFrom")):
            if name := _dict(source.get(whole)).get("name"):
                yield (kind, str(name)), None
        for variable in _dicts(container.get("env")):
            reference = _dict(_dict(variable.get("valueFrom")).get(one))
            if reference.get("name") and reference.get("key"):
                yield (kind, str(reference["name"])), str(reference["key"])


def _of_volume(volume: Mapping[str, Any]) -> Iterator[tuple[Config, dict[str, str]]]:
    """(config, path in the volume -> key, where the volume names its files)."""
    for source in (volume, *_dicts(_dict(volume.get("projected")).get("sources"))):
        for kind, part in (("ConfigMap", "configMap"), ("Secret", "secret")):
            of = _dict(source.get(part))
            name = of.get("name") or of.get("secretName")
            if name:
                yield (kind, str(name)), {str(item.get("path")): str(item.get("key")) for item in _dicts(of.get("items"))}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
