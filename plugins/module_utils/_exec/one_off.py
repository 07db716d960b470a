# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod beside an instance: from the workload that the instance has, one container of it, with another command. Pure.

It has the workload's image, environment, volumes, service account and place, and none of its labels: no Service leads to it, and no
controller counts it. The workload owns it, so that it goes with the workload, also where nobody is left to remove it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .._errors import Problem
from .._model.words import listed, suggest
from .._objects import LABEL_APP, LABEL_ENVIRONMENT, LABEL_INSTANCE, LABEL_ONE_OFF, LABEL_WORKSPACE, KubeObject
from .choose import ANNOTATION_DEFAULT

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod")
"""Kinds that a pod may be made after, the likeliest first."""
_OURS = (LABEL_WORKSPACE, LABEL_ENVIRONMENT, LABEL_INSTANCE, LABEL_APP)
_NOT_FOR_ONE = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "ports")
_NOT_FOR_A_COPY = ("nodeName", "hostname", "subdomain", "ephemeralContainers", "schedulingGates")


@dataclass(frozen=True)
class OneOff:
    """What shall run. command: () for the image's own. environment: over that of the workload. container: "" for the usual one."""

    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    container: str = ""
    stdin: bool = False
    tty: bool = False


def choose_workload(instance: str, workloads: Iterable[tuple[str, str, str]], wanted: str = "") -> tuple[str, str, str] | Problem:
    """(kind, namespace, name) of the one that the pod is made after. wanted: its name, or kind/name; "" for the usual one."""
    found = [item for item in workloads if item[0] in WORKLOADS]
    if not found:
        return Problem(f"instance {instance} has no workload that a pod could be made after", hint="`roro ps` tells what it has.")
    kind, _, name = wanted.rpartition("/")
    named = [item for item in found if not wanted or (item[2] == name and item[0].lower().startswith(kind.lower()))]
    if not named:
        return Problem(f'instance {instance} has no workload "{wanted}"', hint=suggest(name, [item[2] for item in found], what="workloads"))
    return min(named, key=lambda item: (item[2] != instance, WORKLOADS.index(item[0]), item[2]))


def one_off_pod(workload: KubeObject, instance: str, wanted: OneOff) -> KubeObject | Problem:
    """The pod as it is created."""
    metadata, template = workload["metadata"], _template(workload)
    spec = copy.deepcopy(_dict(template.get("spec")))
    chosen = _container(spec, _dict(_dict(template.get("metadata")).get("annotations")), instance, wanted.container)
    if isinstance(chosen, Problem):
        return chosen
    for key in _NOT_FOR_ONE:
        chosen.pop(key, None)
    if wanted.command:
        chosen["command"] = list(wanted.command)
        chosen.pop("args", None)
    given = dict(wanted.environment)
    kept = [item for item in chosen.get("env") or [] if item.get("name") not in given]
    chosen["env"] = [*kept, *({"name": name, "value": value} for name, value in given.items())]
    chosen.update(stdin=wanted.stdin, stdinOnce=wanted.stdin, tty=wanted.tty)
    spec = {key: value for key, value in spec.items() if key not in _NOT_FOR_A_COPY}
    spec.update(restartPolicy="Never", containers=[chosen], volumes=_volumes(workload, spec))
    labels = {key: value for key, value in _dict(metadata.get("labels")).items() if key in _OURS}
    owner = {
        "apiVersion": workload["apiVersion"],
        "kind": workload["kind"],
        "name": metadata["name"],
        "uid": metadata["uid"],
        "controller": False,
        "blockOwnerDeletion": True,
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "generateName": f"{instance[:50]}-run-",
            "namespace": metadata["namespace"],
            "labels": {**labels, LABEL_INSTANCE: instance, LABEL_ONE_OFF: instance},
            "annotations": {**_dict(_dict(template.get("metadata")).get("annotations")), ANNOTATION_DEFAULT: chosen["name"]},
            "ownerReferences": [owner],
        },
        "spec": spec,
    }


def _template(workload: KubeObject) -> Mapping[str, Any]:
    if workload["kind"] == "Pod":
        return workload
    spec = _dict(workload.get("spec"))
    if workload["kind"] == "CronJob":
        spec = _dict(_dict(spec.get("jobTemplate")).get("spec"))
    return _dict(spec.get("template"))


def _container(spec: Mapping[str, Any], annotations: Mapping[str, Any], instance: str, name: str) -> dict[str, Any] | Problem:
    """The container that the command takes the place of; the others are left out, those of the start stay."""
    containers: Sequence[dict[str, Any]] = [item for item in spec.get("containers") or [] if isinstance(item, dict)]
    names = [str(item.get("name")) for item in containers]
    if name and name not in names:
        return Problem(f'instance {instance} has no container "{name}"', hint=suggest(name, names, what="containers"))
    if not containers:
        return Problem(f"instance {instance} has no containers: {listed(names)}")
    usual = str(annotations.get(ANNOTATION_DEFAULT) or "")
    wanted = name or (usual if usual in names else names[0])
    return containers[names.index(wanted)]


def _volumes(workload: KubeObject, spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of the template; of a StatefulSet the claims of its first pod."""
    found = [item for item in spec.get("volumes") or [] if isinstance(item, dict)]
    # What admission put into a live Pod is put in again.
    found = [item for item in found if not str(item.get("name")).startswith("kube-api-access-")]
    for claim in _dict(workload.get("spec")).get("volumeClaimTemplates") or []:
        name = str(_dict(claim.get("metadata")).get("name"))
        found.append({"name": name, "persistentVolumeClaim": {"claimName": f"{name}-{workload['metadata']['name']}-0"}})
    return found


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
