# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an instance failed, as people read it: one line, what stands behind it, what the program said last, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..._cluster import Cluster
from ..._errors import RoroError
from ..._objects import ObjectRef
from ..._secrets import Secrets
from ..data.desired import Desired
from ..data.steps import Step
from ..readiness import Cause, Verdict, tidy

LOG_LINES = 3
_LOG_LETTERS = 300


@dataclass(frozen=True)
class Failure:
    """One failure of an instance.

    reason: for machines. message: one line. details: what stands behind it, a line each. hint: what to do; "": the advice for `state`,
    or for `reason` where there is none. state: a timeout's last state. where: the file and line that it comes from.
    cause, namespace: whose log may tell more, and where it is. log: the last lines that it wrote, where they are known already.
    """

    reason: str
    message: str
    details: tuple[str, ...] = ()
    hint: str = ""
    state: str = ""
    where: str = ""
    cause: Cause | None = None
    namespace: str = ""
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Root:
    """The failure that others of the run suffer from. instance: "" for what belongs to the environment as a whole."""

    instance: str
    message: str

    @property
    def told(self) -> str:
        """`db failed: ...`, for who has not read of it."""
        return f"{self.instance} failed: {self.message}" if self.instance else self.message

    @property
    def waits(self) -> str:
        """`waits for db`: what an instance says that was not begun, as the failure itself is told where it happened."""
        return f"waits for {self.instance}" if self.instance else self.message


def failure_of(ref: ObjectRef, instance: str, verdict: Verdict) -> Failure:
    """The failure of an instance's object. Its kind and name lead the line where they are not what the instance is called."""
    cause = verdict.cause
    if cause is None:
        return Failure(verdict.reason, f"{ref}: {verdict.message or verdict.reason}")
    name = "" if ref.name == instance and ref.kind != "Job" else f"{ref.kind} {ref.name}: "
    return Failure(verdict.reason, name + cause.short, details_of(ref, cause), cause=cause, namespace=ref.namespace or "")


def details_of(ref: ObjectRef, cause: Cause) -> tuple[str, ...]:
    """Where it happened, and what the cluster says of it in full."""
    place = ", ".join(part for part in (str(ref), cause.place) if part)
    return (place, cause.detail) if cause.detail else (place,)


def last_lines(cluster: Cluster, namespace: str, cause: Cause | None, secrets: Secrets) -> list[str]:
    """The last lines that a crashed container wrote, without secrets; [] where it cannot or may not be known. One try for each log: a
    server that is away is not waited for. Belongs in a worker thread."""
    if cause is None or not cause.crashed or not cause.pod:
        return []
    with cluster.one_try():
        for previous in (True, False) if cause.restarts else (False,):
            try:
                written = cluster.logs(namespace, cause.pod, cause.container, tail=LOG_LINES * 4, previous=previous)
            except RoroError:
                continue
            if lines := shown_lines(telling_lines(written), secrets):
                return lines
    return []


def telling_lines(written: Sequence[str], most: int = LOG_LINES) -> list[str]:
    """The last lines of a log that say something, as they were written."""
    return [line for line in written if line.strip()][-most:]


def shown_lines(lines: Iterable[str], secrets: Secrets) -> list[str]:
    """Lines of a log as a terminal may show them. Secrets are taken out before anything is cut off or drawn together: of what is left
    of one afterwards nobody could tell."""
    return [shown for line in lines if (shown := tidy(secrets.hide(line), _LOG_LETTERS))]


def source_of(desired: Sequence[Desired], step: Step) -> str:
    """`apps/api/manifests/api.yaml:3`, where the step's object is written, or ""."""
    mine = next((item for item in desired if item.instance.id == step.instance), None)
    for manifest in mine.manifests if mine is not None and step.desired is not None else ():
        ref = manifest.ref
        if ref.identity[:2] == step.ref.identity[:2] and ref.name == step.ref.name and ref.namespace in (None, step.ref.namespace):
            return str(manifest.source)
    return ""
