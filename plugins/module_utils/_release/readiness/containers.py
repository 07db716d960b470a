# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a container does not do its work: from its status, with the words of the kubelet."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..._kube_events.reading import newest_text
from ..._objects import KubeObject
from .failures import Row, match
from .fields import at, count, entries, mapping, number, seconds_between, text, tidy
from .types import Cause, Verdict

_EXIT_CODES = {
    126: "its command is not executable",
    127: "its command was not found",
    134: "aborted",
    137: "killed",
    139: "segmentation fault",
    143: "terminated",
}
_PULL_NOISE = re.compile(
    r"^(Back-off pulling image \"[^\"]*\"(: )?|ErrImagePull: |rpc error: code = \w+ desc = |Failed to pull image \"[^\"]*\": |"
    r"failed to pull and unpack image \"[^\"]*\": |failed to resolve reference \"[^\"]*\": |failed to do request: )+"
)
_RUNTIME_END = re.compile(r"(: unknown)+$")
_RUNTIME_NOISE = re.compile(
    r"^(failed to create containerd task: |failed to create shim task: |OCI runtime create failed: |\w+ create failed: |"
    r"unable to start container process: |error during container init: )+"
)
_IMAGE_REASONS = frozenset({"ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "SignatureValidationFailed"})
_GIST_LETTERS = 100
_HASTE = 5.0
"""Seconds after its start within which a container that ends has done nothing."""
_QUIET = {"ContainerCreating": "is being created", "PodInitializing": "waits for the init containers"}


def container_verdicts(pod: KubeObject, events: Sequence[KubeObject]) -> list[Verdict]:
    """One verdict for every container that is not yet what it should be, init containers first; never `ready` or `gone`."""
    found = []
    for role, spec, status in each_container(pod):
        verdict = _of_container(pod, role, spec, status, events)
        if verdict is not None:
            found.append(replace(verdict, cause=_placed(verdict.cause, pod, role, spec)) if verdict.cause else verdict)
    return found


def _placed(cause: Cause, pod: KubeObject, role: str, spec: dict[str, Any]) -> Cause:
    return replace(cause, pod=text(pod, "metadata", "name"), role=role, container=text(spec, "name"))


def containers_started(pod: KubeObject) -> bool:
    """Whether every app container and sidecar runs or has run."""
    wanted = [(spec, status) for role, spec, status in each_container(pod) if role != "init container"]
    return bool(wanted) and all(_has_run(status) for _, status in wanted)


def crashed_before(pod: KubeObject) -> str:
    """What to tell of a pod that is ready although a container of it has crashed and no readiness probe vouches for it now, else "".

    Between two crashes such a container counts as ready to Kubernetes.
    """
    for role, spec, status in each_container(pod):
        ended, restarts = mapping(status, "lastState", "terminated"), number(status, "restartCount")
        if role != "init container" and restarts and number(ended, "exitCode") and not at(spec, "readinessProbe"):
            return f"{role} {text(spec, 'name') or '?'} {_ending(spec, ended)}, {count(restarts, 'restart')}"
    return ""


def _has_run(status: dict[str, Any]) -> bool:
    return any(at(status, *path) is not None for path in (("state", "running"), ("state", "terminated"), ("lastState", "terminated")))


def each_container(pod: KubeObject) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """(role, spec, status) of each container; the status is {} while the kubelet has not written one. role: `init container`, `sidecar`
    (one that is restarted) or `container`."""
    for field, statuses, role in (
        ("initContainers", "initContainerStatuses", "init container"),
        ("containers", "containerStatuses", "container"),
    ):
        known = {text(status, "name"): status for status in entries(pod, "status", statuses)}
        for spec in entries(pod, "spec", field):
            sidecar = role == "init container" and text(spec, "restartPolicy") == "Always"
            yield ("sidecar" if sidecar else role), spec, known.get(text(spec, "name"), {})


def _of_container(pod: KubeObject, role: str, spec: dict[str, Any], status: dict[str, Any], events: Sequence[KubeObject]) -> Verdict | None:
    who = f"{role} {text(spec, 'name') or '?'}"
    policy = text(spec, "restartPolicy") or text(pod, "spec", "restartPolicy") or "Always"
    if at(status, "state", "waiting") is not None:
        return _waiting(who, spec, status, events)
    ended = mapping(status, "state", "terminated")
    if ended:
        return _terminated(who, role, policy, spec, status, ended)
    if at(status, "state", "running") is None:
        return None
    if role == "init container":
        return Verdict("progressing", "Initializing", f"{who} is running")
    if at(status, "ready") is True:
        return None
    return _running(who, status, events)


def _waiting(who: str, spec: dict[str, Any], status: dict[str, Any], events: Sequence[KubeObject]) -> Verdict:
    said, message = text(status, "state", "waiting", "reason"), text(status, "state", "waiting", "message")
    if said == "CrashLoopBackOff":
        return _crashed(who, spec, status, mapping(status, "lastState", "terminated"))
    if said in ("ErrImagePull", "ImagePullBackOff") and not _PULL_NOISE.sub("", message):
        message = newest_text([event for event in events if "pull image" in text(event, "message")], ("Failed",))  # kubelets before 1.31
    row = match("waiting", said, message)
    if row is None:
        return Verdict(
            "progressing", said or "ContainerCreating", f"{who} {_QUIET.get(said, 'waits')}" + (f": {tidy(message)}" if message else "")
        )
    what, detail = _blocked(row, spec, status, said, message)
    between = ": " if row.reason in _IMAGE_REASONS else " "
    told = f"{who}{between}{what}" + (f": {detail}" if detail else "")
    return Verdict("failed", row.reason, told, row.grace, _cause(row, what, detail))


def _cause(row: Row, what: str, detail: str) -> Cause:
    """In short what a chain of errors ends with, where that is short: of what the runtime says all, as there is no chain to it."""
    if row.reason in _IMAGE_REASONS:
        end = detail.rpartition(": ")[2]
        return Cause(f"{what} ({end})" if end and len(end) <= _GIST_LETTERS else what, detail if end != detail else "")
    bare = what.partition(" (")[0]
    return Cause(f"{bare}: {detail}") if detail and len(detail) <= _GIST_LETTERS else Cause(what, detail)


def _blocked(row: Row, spec: dict[str, Any], status: dict[str, Any], said: str, message: str) -> tuple[str, str]:
    """(what is the matter, the words of the kubelet without what they all begin with)."""
    if row.reason in _IMAGE_REASONS:
        image = text(spec, "image") or text(status, "image") or "?"
        return f"image {image} cannot be pulled", tidy(_PULL_NOISE.sub("", message))
    return f"cannot be started ({said})", _of_runtime(message)


def _of_runtime(message: str, limit: int = 400) -> str:
    """What the runtime says, without what it always says."""
    return tidy(_RUNTIME_END.sub("", _RUNTIME_NOISE.sub("", message.strip())), limit)


def _terminated(who: str, role: str, policy: str, spec: dict[str, Any], status: dict[str, Any], ended: dict[str, Any]) -> Verdict | None:
    code = number(ended, "exitCode")
    if role == "init container" and code == 0:
        return None
    if policy == "Never" or (policy == "OnFailure" and code == 0):
        if code == 0:
            return None
        reason = "OOMKilled" if text(ended, "reason") == "OOMKilled" else "Error"
        return Verdict("failed", reason, f"{who} {_ending(spec, ended)}", cause=Cause(_ending(spec, ended), crashed=True))
    return _crashed(who, spec, status, ended)


def _crashed(who: str, spec: dict[str, Any], status: dict[str, Any], ended: dict[str, Any]) -> Verdict:
    """It ended and will be restarted: a failure once it has been restarted as often as the table allows."""
    restarts = number(status, "restartCount")
    row = match("crashed", text(ended, "reason"), text(ended, "message"), number(ended, "exitCode"))
    reason, limit, grace = (row.reason, row.restarts, row.grace) if row else ("CrashLoopBackOff", 0, 0.0)
    what = f"{_ending(spec, ended)}, {count(restarts, 'restart')}"
    note = _of_runtime(text(ended, "message"), 200)
    cause = Cause(what, note, crashed=True, restarts=restarts, hasty=_is_hasty(status, ended))
    if note and len(note) <= _GIST_LETTERS:
        cause = replace(cause, short=f"{what}: {note}", detail="")
    message = f"{who} {what}" + (f": {note}" if note else "")
    return Verdict("failed", reason, message, grace, cause) if restarts >= limit else Verdict("progressing", reason, message, cause=cause)


def _is_hasty(status: dict[str, Any], ended: dict[str, Any]) -> bool:
    """Whether it ended with an error right after its start, and the time before likewise, as far as that is still written."""
    before = mapping(status, "lastState", "terminated")
    return _is_quick(ended) and (not before or (_is_quick(before) and number(before, "exitCode") == number(ended, "exitCode")))


def _is_quick(ended: dict[str, Any]) -> bool:
    lasted = seconds_between(text(ended, "startedAt"), text(ended, "finishedAt"))
    return bool(number(ended, "exitCode")) and lasted is not None and 0 <= lasted <= _HASTE


def _ending(spec: dict[str, Any], ended: dict[str, Any]) -> str:
    if not ended:
        return "keeps crashing"
    code = number(ended, "exitCode")
    if text(ended, "reason") == "OOMKilled":
        limit = at(spec, "resources", "limits", "memory")
        return "was killed for using more memory than " + (f"its limit of {limit}" if isinstance(limit, (str, int)) else "allowed")
    if code == 0:
        return "ends at once with exit code 0 although it should keep running"
    meaning = _EXIT_CODES.get(code)
    return f"crashed with exit code {code}" + (f" ({meaning})" if meaning else "")


def _running(who: str, status: dict[str, Any], events: Sequence[KubeObject]) -> Verdict:
    probe = newest_text([event for event in events if text(event, "type") == "Warning"], ("Unhealthy",))
    if probe:
        return Verdict("progressing", "ProbeFailing", f"{who}: {tidy(probe)}")
    waits_for = "its startup probe" if at(status, "started") is False else "its readiness probe"
    restarts = number(status, "restartCount")
    return Verdict(
        "progressing",
        "ContainerNotReady",
        f"{who} runs and waits for {waits_for}" + (f", {count(restarts, 'restart')}" if restarts else ""),
    )
