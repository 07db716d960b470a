# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a pod of its own, made after an instance's workload: `roro run`."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from .._cluster import Resource
from .._errors import ApiError, ClusterError, ReleaseError
from .._exec.choose import Place
from .._exec.one_off import OneOff, choose_workload, one_off_pod
from .._objects import KubeObject
from .._release.readiness import verdict
from .commands_inside import PODS, Deployed

_API = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "CronJob": "batch/v1", "Job": "batch/v1", "Pod": "v1"}


@dataclass
class OneOffPod:
    """A pod that was made for one command. started: its container runs, or has run already. code: its exit code when it has ended."""

    there: Deployed
    pod: KubeObject
    container: str

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.pod["metadata"]["name"])

    @property
    def place(self) -> Place:
        """Where the command runs."""
        return Place(str(self.pod["metadata"]["namespace"]), self.name, self.container)

    @property
    def code(self) -> int | None:
        """The exit code of the command, None while it has not ended."""
        ended = self._state().get("terminated")
        return int(ended["exitCode"]) if isinstance(ended, dict) else None

    def wait_started(self, timeout: float) -> None:
        """Until the command runs or has run. Raises ReleaseError when that cannot be, or not in time."""
        for pod in self._changes(timeout):
            self.pod = pod
            if self._state().keys() & {"running", "terminated"}:
                return
            found = verdict(pod)
            if found.state == "failed" and not found.grace:
                raise ReleaseError(f"it cannot start: {found.message}", where=self._where)
        found = verdict(self.pod)
        raise ReleaseError(f"it did not start in {timeout:g} s: {found.message}", where=self._where)

    def wait_ended(self) -> int:
        """The exit code. Raises ReleaseError when the pod is gone before."""
        for pod in self._changes(None):
            self.pod = pod
            code = self.code
            if code is not None:
                return code
        raise ReleaseError("the pod went before its command had ended", where=self._where)

    def remove(self) -> None:
        """Delete it; what is gone already is well."""
        with contextlib.suppress(ApiError):
            self.there.cluster.delete(PODS, self.place.namespace, self.name, uid=self.pod["metadata"]["uid"])

    @property
    def _where(self) -> str:
        return f"Pod {self.place.namespace}/{self.name}"

    def _state(self) -> dict[str, object]:
        statuses = (self.pod.get("status") or {}).get("containerStatuses") or []
        return next((item.get("state") or {} for item in statuses if item.get("name") == self.container), {})

    def _changes(self, seconds: float | None) -> Iterator[KubeObject]:
        """The pod as it is and becomes, until it is gone or the time is over."""
        yield self.pod
        stop = threading.Event()
        timer = threading.Timer(seconds, stop.set) if seconds is not None else None
        if timer:
            timer.daemon = True
            timer.start()
        try:
            selector, version = f"metadata.name={self.name}", str(self.pod["metadata"]["resourceVersion"])
            watch = self.there.cluster.watch(PODS, self.place.namespace, field_selector=selector, resource_version=version, stop=stop)
            for event in watch:
                if event.type == "DELETED" or (event.type == "RESYNC" and not event.items):
                    return
                if event.type in ("ADDED", "MODIFIED"):
                    yield event.object
                elif event.type == "RESYNC":
                    yield event.items[0]
        finally:
            stop.set()
            if timer:
                timer.cancel()


def make_one_off(there: Deployed, wanted: OneOff, workload: str = "") -> OneOffPod:
    """Create the pod. workload: a name, or kind/name, where the instance has several. Raises ClusterError, ReleaseError."""
    mine = [place for place, instance in there.roots.places.items() if instance == there.instance]
    chosen = choose_workload(there.instance, mine, workload)
    if not isinstance(chosen, tuple):
        raise ReleaseError.of([chosen])
    kind, namespace, name = chosen
    resource = there.cluster.resource(_API[kind], kind)
    live = there.cluster.get(resource, namespace, name)
    if live is None:
        raise ReleaseError(f"{kind} {namespace}/{name} is not there any more", hint="`roro up` makes it again.")
    pod = one_off_pod({**live, "apiVersion": _API[kind], "kind": kind}, there.instance, wanted)
    if not isinstance(pod, dict):
        raise ReleaseError.of([pod])
    try:
        made = there.cluster.create(Resource("", "v1", "Pod", "pods", True), pod)
    except ApiError as error:
        if error.status != 403:
            raise
        raise ClusterError(f"you may not make this pod in namespace {namespace}: {error.problems[0].message}") from error
    return OneOffPod(there, made, str(pod["spec"]["containers"][0]["name"]))
