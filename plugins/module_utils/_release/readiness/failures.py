# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kubernetes says when something goes wrong, and how long we give it to heal. Data; docs/readiness.md shows the same table.

Sources of the words: kubelet `pkg/kubelet/images/types.go`, `pkg/kubelet/container/sync_result.go` and `pkg/kubelet/events/event.go`,
https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff, https://kubernetes.io/docs/concepts/policy/resource-quotas/,
https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Source = Literal["waiting", "crashed", "event", "create", "claim", "scheduling"]
"""Where a row looks: a waiting container, the last termination of a crashed one, the newest event of a pod, a controller that cannot create
pods, the newest event of a claim, the PodScheduled condition."""


@dataclass(frozen=True)
class Row:
    """said: reasons as Kubernetes spells them (empty: any). text: regular expression its message must contain ("": any).
    codes: exit codes (empty: any). reason: ours. grace: seconds the failure must persist. restarts: only counts after this many.
    why: for the reader of the table."""

    source: Source
    said: tuple[str, ...]
    text: str
    reason: str
    grace: float
    why: str
    restarts: int = 0
    codes: tuple[int, ...] = ()


_PULL = ("ErrImagePull", "ImagePullBackOff")
_CONFIG = ("CreateContainerConfigError",)
_VOLUME = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
_SANDBOX = ("FailedCreatePodSandBox", "FailedCreatePodContainer", "NetworkNotReady")
_POLICY = "violates PodSecurity|unable to validate against any security"
_ACCOUNT = "service ?account .* not found|error looking up service account"
_UNBOUND = "unbound .*PersistentVolumeClaim|persistentvolumeclaim .* not found"
_NO_SUCH_IMAGE = (
    r"not found|manifest unknown|does not exist|repository name not known|pull access denied|unauthorized|authentication required|"
    r"\b40[134]\b|forbidden|access denied|no basic auth|invalid reference|no match for platform|unsupported media type"
)

FAIL_FAST: tuple[Row, ...] = (
    Row("waiting", _PULL, r"\b429\b|[Tt]oo ?[Mm]any ?[Rr]equests|rate limit", "ImagePullBackOff", 120, "the registry limits the rate"),
    Row("waiting", _PULL, _NO_SUCH_IMAGE, "ImagePullBackOff", 0, "no such image, or no right to pull it"),
    Row("waiting", _PULL, "no such host", "ImagePullBackOff", 10, "no such registry, or its name is not resolved"),
    Row("waiting", _PULL, "", "ImagePullBackOff", 30, "the registry may come back"),
    Row("waiting", ("InvalidImageName",), "", "InvalidImageName", 0, "a name that no registry can have"),
    Row("waiting", ("ErrImageNeverPull",), "", "ErrImageNeverPull", 0, "imagePullPolicy Never and no image on the node"),
    Row("waiting", ("SignatureValidationFailed",), "", "SignatureValidationFailed", 0, "the node's policy refuses the image"),
    Row("waiting", ("RegistryUnavailable", "ImageInspectError"), "", "ImagePullBackOff", 30, "registry or node may come back"),
    Row("waiting", _CONFIG, "runAsNonRoot|non-root", "CreateContainerConfigError", 0, "the image's user is forbidden"),
    Row("waiting", _CONFIG, "", "CreateContainerConfigError", 30, "a ConfigMap, Secret or key may still be written"),
    Row("waiting", ("CreateContainerError",), "no command specified", "CreateContainerError", 0, "the image has no command"),
    Row("waiting", ("CreateContainerError",), "", "CreateContainerError", 30, "the runtime may recover"),
    Row("waiting", ("RunContainerError",), "", "RunContainerError", 15, "the command cannot be started"),
    Row("waiting", ("PreCreateHookError", "PreStartHookError", "PostStartHookError"), "", "HookError", 30, "a lifecycle hook fails"),
    Row("crashed", ("OOMKilled",), "", "OOMKilled", 0, "it needs more memory than its limit", restarts=1),
    Row("crashed", ("StartError", "ContainerCannotRun"), "", "RunContainerError", 0, "the command cannot be started", restarts=1),
    Row("crashed", (), "", "CrashLoopBackOff", 0, "the command is not there or not executable", restarts=1, codes=(126, 127)),
    Row("crashed", (), "", "CrashLoopBackOff", 0, "it may have waited for something at first", restarts=3),
    Row("event", _VOLUME, "not found", "FailedMount", 30, "the object may still be written"),
    Row("event", _VOLUME, "", "FailedMount", 90, "a volume may still be detached elsewhere"),
    Row("event", _SANDBOX, "", "FailedCreatePodSandBox", 90, "the node's network may recover"),
    Row("create", (), "exceeded quota", "QuotaExceeded", 60, "other pods may make room"),
    Row("create", (), "failed quota", "QuotaExceeded", 5, "the quota asks for requests or limits that the pod does not name"),
    Row("create", (), _POLICY, "PodForbidden", 5, "the namespace's policy refuses the pod"),
    Row("create", (), "failed calling webhook|no endpoints available|timeout|timed out", "FailedCreate", 90, "the webhook may come back"),
    Row("create", (), _ACCOUNT, "FailedCreate", 30, "the account may still be written"),
    Row("create", (), "forbidden|denied the request", "PodForbidden", 15, "admission refuses the pod"),
    Row("create", (), "is invalid|[Ii]nvalid value", "FailedCreate", 5, "the pod template is wrong"),
    Row("create", (), "", "FailedCreate", 60, "the cause may pass"),
    Row("claim", ("ProvisioningFailed",), "not found", "ProvisioningFailed", 15, "no such StorageClass"),
    Row("claim", ("ProvisioningFailed", "VolumeMismatch", "ClaimLost"), "", "ProvisioningFailed", 60, "the provisioner retries"),
    Row("claim", ("FailedBinding",), "", "UnboundVolume", 60, "a volume may still be made"),
    Row("scheduling", ("Unschedulable",), _UNBOUND, "UnboundVolume", 60, "a volume may still be made"),
    Row("scheduling", ("Unschedulable",), "", "Unschedulable", 60, "room may be made"),
    Row("scheduling", ("SchedulerError",), "", "Unschedulable", 120, "the scheduler retries"),
)
"""First match wins."""

SCALE_UP_GRACE = 300.0
"""Seconds for an unschedulable pod when the cluster autoscaler said that it adds a node (event TriggeredScaleUp)."""
BLOCKED_GRACE = 30.0
"""Seconds for a StatefulSet whose failing old pod blocks the new revision."""
DEADLINE_GRACE = 15.0
"""Seconds for an exceeded progress deadline: it stays written for a moment after the cause was mended."""
SETTLE_GRACE = 10.0
"""Seconds that a ready verdict must last where a container without a readiness probe has crashed before."""
HASTY_RESTARTS = 2
"""Restarts after which a container that ends with an error right after each start fails, where nothing else is on its way."""
HASTY_CALM = 10.0
"""Seconds that nothing else must have been on its way for that: about the pause before the start that the newest crash ended."""
LOAD_BALANCER_GRACE = 120.0
"""Seconds for a load balancer that its controller failed to make."""
NO_CONTROLLER_GRACE = 60.0
"""Seconds for a load balancer of which no controller has taken notice."""


def match(source: Source, said: str, message: str, code: int = 0) -> Row | None:
    """The row that fits, or None when this is no failure. code: the exit code, for `crashed`."""
    for row in FAIL_FAST:
        named = (not row.said or said in row.said) and (not row.codes or code in row.codes)
        if row.source == source and named and (not row.text or _pattern(row.text).search(message)):
            return row
    return None


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
