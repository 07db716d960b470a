# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workload of a service: Deployment, StatefulSet for what keeps data, DaemonSet, Job or CronJob, with its pod. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .app import App
from .container import containers
from .names import divided
from .network import pod_network
from .placing import placing
from .security import namespaces, pod_security

_SECOND = 10**9


def choose_kind(app: App, awaited: bool) -> str:
    """Its kind. awaited: whether others wait until it has completed."""
    mode = str((app.said.get("deploy") or {}).get("mode") or "")
    if app.path[0] == "jobs":
        return "CronJob" if (app.said.get("triggers") or {}).get("schedule") else "Job"
    if awaited or mode in ("replicated-job", "global-job"):
        return "Job"
    if mode == "global":
        return "DaemonSet"
    own = [
        volume["source"]
        for volume in app.said.get("volumes") or ()
        if volume.get("type") == "volume" and volume.get("source") and len(app.shared.volumes.get(volume["source"], ())) == 1
    ]
    volumes = app.project.model.get("volumes") or {}
    keeps = any(not (volumes.get(name) or {}).get("external") for name in own)
    return "StatefulSet" if keeps or _new_folder(app) else "Deployment"


def _new_folder(app: App) -> bool:
    """Whether it writes into a folder of the project that is not there yet, or empty: its data."""
    from pathlib import Path

    files = app.project.files
    return any(
        volume.get("type") == "bind"
        and not volume.get("read_only")
        and files.kind(Path(volume["source"])) in ("missing", "folder")
        and not files.names(Path(volume["source"]))
        for volume in app.said.get("volumes") or ()
    )


def workloads(app: App, open_ports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects that run it: one, or a CronJob for each schedule."""
    spec = _pod(app, open_ports)
    labels, annotations = _labels(app)
    pod: dict[str, Any] = {"metadata": {"labels": {**labels, **app.selector()}}, "spec": spec}
    if annotations:
        pod["metadata"]["annotations"] = annotations
    metadata: dict[str, Any] = {"name": app.instance, **_own_labels(app)}
    if app.kind == "Job":
        return [{"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": _job(app, pod)}]
    if app.kind == "CronJob":
        return _cron_jobs(app, metadata, pod)
    return [{"apiVersion": "apps/v1", "kind": app.kind, "metadata": metadata, "spec": _running(app, pod)}]


def _pod(app: App, open_ports: list[dict[str, Any]]) -> dict[str, Any]:
    own, before = containers(app, open_ports)
    said = app.said
    spec: dict[str, Any] = {}
    if app.kind in ("Job", "CronJob"):
        spec["restartPolicy"] = "OnFailure" if _restarts(app)[0] else "Never"
    spec["automountServiceAccountToken"] = False
    spec["enableServiceLinks"] = False
    grace = said.get("stop_grace_period")
    spec["terminationGracePeriodSeconds"] = 10 if grace is None else max(0, -(-grace // _SECOND))
    spec |= namespaces(app, said)
    spec |= pod_network(app)
    spec |= placing(app)
    allowed = pod_security(app, said, bool(app.claim_templates) or any("persistentVolumeClaim" in volume for volume in app.volumes))
    if allowed:
        spec["securityContext"] = allowed
    if before:
        spec["initContainers"] = before
    spec["containers"] = [own]
    if app.volumes:
        spec["volumes"] = app.volumes
    return spec


def _labels(app: App) -> tuple[dict[str, str], dict[str, str]]:
    """Labels and annotations of the pod."""
    labels, annotations, lost = divided(app.said.get("labels") or {})
    for name in lost:
        app.tell(("labels", name), f'the label "{name}" is left out: Kubernetes has no such names')
    for name in ("app.kubernetes.io/name", "app.kubernetes.io/instance"):
        if labels.pop(name, None) is not None:
            app.tell(("labels", name), f'the label "{name}" is left out: pods are found by it')
    more, notes, lost = divided(app.said.get("annotations") or {})
    for name in lost:
        app.tell(("annotations", name), f'the annotation "{name}" is left out: Kubernetes has no such names')
    return labels, {**annotations, **more, **notes}


def _own_labels(app: App) -> dict[str, Any]:
    labels, annotations, lost = divided((app.said.get("deploy") or {}).get("labels") or {})
    for name in lost:
        app.tell(("deploy", "labels", name), f'the label "{name}" is left out: Kubernetes has no such names')
    found: dict[str, Any] = {}
    if labels:
        found["labels"] = labels
    if annotations:
        found["annotations"] = annotations
    return found


def replicas(app: App) -> int:
    """How many."""
    scale = app.said.get("scale")
    found = scale if scale is not None else (app.said.get("deploy") or {}).get("replicas")
    return 1 if found is None else int(found)


def _running(app: App, pod: dict[str, Any]) -> dict[str, Any]:
    spec: dict[str, Any] = {}
    if app.kind != "DaemonSet":
        app.variables["replicas"] = replicas(app)
        spec["replicas"] = app.template.value("replicas")
    if app.kind == "StatefulSet":
        spec["serviceName"] = app.instance
        if replicas(app) > 1:
            app.tell("volumes", "each replica has a volume of its own, where Compose gives all the same")
    spec["selector"] = {"matchLabels": app.selector()}
    spec |= _strategy(app)
    spec["template"] = pod
    if app.claim_templates:
        spec["volumeClaimTemplates"] = app.claim_templates
    condition = ((app.said.get("deploy") or {}).get("restart_policy") or {}).get("condition")
    if (
        app.said.get("restart") == "no"
        or str(app.said.get("restart") or "").startswith("on-failure")
        or condition in ("none", "on-failure")
    ):
        key: Any = "restart" if app.said.get("restart") else ("deploy", "restart_policy")
        app.tell(
            key,
            f"a {app.kind} starts its containers again whenever they end",
            "deploy.mode: replicated-job, or a service that waits with service_completed_successfully, makes it a Job",
            lost=False,
        )
    return spec


def _strategy(app: App) -> dict[str, Any]:
    """How an update goes on: Compose stops the old first."""
    config = (app.said.get("deploy") or {}).get("update_config") or {}
    found: dict[str, Any] = {}
    if config.get("delay"):
        found["minReadySeconds"] = max(1, config["delay"] // _SECOND)
    if app.kind == "Deployment" and any("persistentVolumeClaim" in volume for volume in app.volumes):
        found["strategy"] = {"type": "Recreate"}
    elif app.kind == "Deployment" and config:
        at_once: Any = config.get("parallelism", 1) or "100%"
        first = config.get("order") == "start-first"
        found["strategy"] = {"rollingUpdate": {"maxSurge": at_once if first else 0, "maxUnavailable": 0 if first else at_once}}
    return found


def _restarts(app: App) -> tuple[bool, int | None]:
    """(whether a Job tries again, how often)."""
    restart = str(app.said.get("restart") or "")
    policy: Mapping[str, Any] = (app.said.get("deploy") or {}).get("restart_policy") or {}
    condition = str(policy.get("condition") or ("any" if policy else ""))
    if restart.startswith("on-failure") or condition in ("on-failure", "any"):
        times = restart.partition(":")[2]
        return True, int(times) if times.isdigit() else policy.get("max_attempts")
    return restart in ("always", "unless-stopped"), None


def _job(app: App, pod: dict[str, Any]) -> dict[str, Any]:
    again, times = _restarts(app)
    spec: dict[str, Any] = {"backoffLimit": (6 if times is None else times) if again else 0}
    if replicas(app) > 1:
        spec |= {"completions": replicas(app), "parallelism": replicas(app)}
    return {**spec, "template": pod}


def _cron_jobs(app: App, metadata: dict[str, Any], pod: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for number, schedule in enumerate(app.said["triggers"]["schedule"]):
        spec: dict[str, Any] = {"schedule": schedule["cron"]}
        if schedule.get("timezone"):
            spec["timeZone"] = schedule["timezone"]
        if schedule.get("concurrency") == "forbid":
            spec["concurrencyPolicy"] = "Forbid"
        elif schedule.get("concurrency"):
            app.tell(("triggers", "schedule", number), f"concurrency: {schedule['concurrency']} has no equivalent")
        if schedule.get("missed_fires") == "skip":
            spec["startingDeadlineSeconds"] = 60
        spec["jobTemplate"] = {"spec": _job(app, pod)}
        name = metadata["name"] if number == 0 else f"{metadata['name']}-{number + 1}"
        found.append({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {**metadata, "name": name}, "spec": spec})
    return found
