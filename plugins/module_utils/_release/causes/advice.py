# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person can do about an instance that failed, by its reason. Messages say what happened; this says what comes next. Pure."""

from __future__ import annotations

_IMAGE = "Check its name and tag, and that the nodes reach its registry; a local cluster takes archives: `roro cluster load IMAGE.tar`."
_OUTPUT = "See what it said: `roro logs {environment} {instance} --previous`."
_DESCRIBE = "See the events: `kubectl -n {namespace} describe pods`."

_ADVICE = {
    "ImagePullBackOff": _IMAGE,
    "InvalidImageName": "Correct the image in the manifest.",
    "ErrImageNeverPull": _IMAGE,
    "CrashLoopBackOff": _OUTPUT,
    "RunContainerError": "Check `command` and `args` against what the image holds.",
    "CreateContainerConfigError": "Check the ConfigMaps, Secrets and keys that the container names.",
    "CreateContainerError": _DESCRIBE,
    "OOMKilled": "Raise the container's memory limit, or make it need less.",
    "ContainerNotReady": "See its output (`roro logs {environment} {instance}`) and check the readiness probe.",
    "ProbeFailing": "See its output (`roro logs {environment} {instance}`) and check the readiness probe.",
    "FailedMount": "Check the volumes, ConfigMaps and Secrets that the pod mounts.",
    "Unschedulable": "Make room, or correct requests, nodeSelector and tolerations: `kubectl describe nodes` shows what is free.",
    "QuotaExceeded": "See what is used: `kubectl -n {namespace} describe resourcequota`.",
    "PodForbidden": "Make the pod meet the namespace's policy, or ask for another one.",
    "UnboundVolume": "See `kubectl get storageclass,pv`: a claim needs a class that makes volumes, or a volume that fits.",
    "ProvisioningFailed": "See `kubectl -n {namespace} describe pvc` and `kubectl get storageclass`.",
    "HealthCheckFailing": "See what it says (`roro logs {environment} {instance}`), and what the check in the app's `health` asks for.",
    "HookFailed": "Mend what the hook complains of and run this again; `--no-hooks` leaves hooks out.",
    "JobFailed": _OUTPUT.replace(" --previous", ""),
    "Failed": _OUTPUT.replace(" --previous", ""),
}


def advice(reason: str, namespace: str, environment: str, instance: str) -> str:
    """One sentence for a machine reason of an instance (`ImagePullBackOff`), or "" where its message says it all."""
    return _ADVICE.get(reason, "").format(namespace=namespace, environment=environment, instance=instance)
