# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time on an instance: the Lease `roro.<instance>` beside its record, taken before the first write and deleted at the end.

A Lease is broken when its holder has not renewed it for its duration, by the API server's clock alone (the times that it puts on writes),
or at once when its process was on this machine and ended. https://kubernetes.io/docs/concepts/architecture/leases/
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..._cluster import Cluster, Resource, rfc3339
from ..._errors import ApiError, ClusterError, Locked
from ..._events import Notice, Sink
from ..._objects import LABEL_ENVIRONMENT, LABEL_INSTANCE, LABEL_RECORD, LABEL_WORKSPACE, KubeObject, lock_name
from ..server_answers.being_deleted import NamespaceLeaving, refuse_leaving
from .holder import Holder, is_gone

LEASES = Resource("coordination.k8s.io", "v1", "Lease", "leases", True)
DURATION = 15
"""Seconds without renewal after which a lock is stale."""
ANNOTATION_PROCESS = "roro.dev/process"
_PATIENCE = 10.0
"""Seconds in which a lock that is given back whenever one looks is tried for."""
_RECHECK = 1.0
"""Seconds between looks where leases may not be watched."""


@dataclass(frozen=True)
class _Held:
    namespace: str
    uid: str


class Locks:
    """The locks of one run. wait: seconds to wait for another run. lost: told when another run took a lock over. duration: seconds that a
    lock lasts without renewal, which happens three times as often. Thread-safe."""

    def __init__(
        self, cluster: Cluster, workspace: str, environment: str, holder: Holder, wait: float, sink: Sink, *, duration: int = DURATION
    ) -> None:
        self._cluster, self._workspace, self._environment = cluster, workspace, environment
        self.holder, self._wait, self._sink, self._duration = holder, wait, sink, duration
        self.lost: Callable[[str, str], None] = lambda instance, words: None
        self._held: dict[str, _Held] = {}
        self._lost: set[str] = set()
        self._guard = threading.Lock()
        self._stopped = threading.Event()
        self._waiting: set[threading.Event] = set()
        self._renewing: threading.Event | None = None
        self._told_forbidden = False

    def acquire(self, instance: str, namespace: str, *, going: bool = False) -> None:
        """Take the instance's lock, waiting at most the time that was asked for. Without the right to use Leases: a notice, and no lock.
        going: the instance is removed, so that in a namespace that is being deleted it needs none.

        Raises Locked naming the holder, NamespaceLeaving, ClusterError.
        """
        deadline = time.monotonic() + self._wait
        told = False
        while not self._stopped.is_set():
            try:
                lease = self._create(instance, namespace)
            except ApiError as error:
                try:
                    refuse_leaving(error, namespace, f"the lock of instance {instance}")
                except NamespaceLeaving:
                    if going:
                        return None
                    raise
                if error.status in (403, 404):
                    return self._forbidden(namespace, error)
                raise
            if lease is not None:
                return self._keep(instance, namespace, str(lease["metadata"]["uid"]))
            other = self._cluster.get(LEASES, namespace, lock_name(instance))
            if other is None and time.monotonic() <= deadline + _PATIENCE:
                continue
            if other is None:
                raise Locked(f"the lock of instance {instance} is taken and given back all the time", hint="Run this again.")
            age = self._age(namespace, other)
            if age >= _duration(other) or is_gone(_process(other)):
                self._break(namespace, other)
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                raise _refusal(instance, namespace, other, age)
            if not told:
                told = True
                self._sink(Notice(instance, "info", f"waiting for another run: {_held_by(other)}"))
            self._await_change(namespace, lock_name(instance), min(left, max(0.2, _duration(other) - age)))
        raise Locked(f"instance {instance} was not begun: the run was stopped", where=f"Lease {namespace}/{lock_name(instance)}")

    def release(self, instance: str) -> None:
        """Give the lock back. One that somebody else took over, or that cannot be deleted now, is left: it breaks by itself."""
        with self._guard:
            held = self._held.pop(instance, None)
            if not self._held and self._renewing is not None:
                self._renewing.set()
                self._renewing = None
        if held is not None:
            try:
                self._cluster.delete(LEASES, held.namespace, lock_name(instance), uid=held.uid)
            except ClusterError as error:
                if not (isinstance(error, ApiError) and error.status == 409):
                    self._sink(
                        Notice(instance, "warning", f"the lock of instance {instance} is left and breaks in {self._duration} s: {error}")
                    )

    def is_lost(self, instance: str) -> bool:
        """Whether another run took this one's lock over: the instance and its record are that one's."""
        with self._guard:
            return instance in self._lost

    def stop(self) -> None:
        """Nothing is waited for, taken or renewed any more."""
        self._stopped.set()
        with self._guard:
            if self._renewing is not None:
                self._renewing.set()
            for rings in self._waiting:
                rings.set()

    def _create(self, instance: str, namespace: str) -> KubeObject | None:
        """The Lease, None when another holds it. A create whose answer was lost is recognised by its holder."""
        try:
            return self._cluster.create(LEASES, self._lease(lock_name(instance), instance, namespace), again=True)
        except ApiError as error:
            if error.status != 409 or error.reason != "AlreadyExists":
                raise
        found = self._cluster.get(LEASES, namespace, lock_name(instance))
        return found if found is not None and (found.get("spec") or {}).get("holderIdentity") == str(self.holder) else None

    def _lease(self, name: str, instance: str, namespace: str) -> KubeObject:
        labels = {LABEL_WORKSPACE: self._workspace, LABEL_ENVIRONMENT: self._environment, LABEL_INSTANCE: instance, LABEL_RECORD: "lock"}
        metadata = {"name": name, "namespace": namespace, "labels": labels, "annotations": {ANNOTATION_PROCESS: self.holder.process}}
        now = self._now()
        spec = {"holderIdentity": str(self.holder), "leaseDurationSeconds": self._duration, "acquireTime": now, "renewTime": now}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}

    def _now(self) -> str:
        """For people, and for other tools that look at Leases: nothing here is decided by it."""
        return rfc3339(self._cluster.now())

    def _forbidden(self, namespace: str, error: ApiError) -> None:
        with self._guard:
            told, self._told_forbidden = self._told_forbidden, True
        if not told:
            words = f"no lock in namespace {namespace}, you may not create leases there: a second run is noticed by the records only"
            self._sink(Notice("", "warning", words if error.status == 403 else f"no lock in namespace {namespace}: {error}"))

    def _keep(self, instance: str, namespace: str, uid: str) -> None:
        with self._guard:
            self._held[instance] = _Held(namespace, uid)
            if self._renewing is None:
                self._renewing = threading.Event()
                threading.Thread(target=self._renew_all, args=(self._renewing,), name="roro-locks", daemon=True).start()
        if self._stopped.is_set():
            self.release(instance)
            raise Locked(f"instance {instance} was not begun: the run was stopped")

    def _renew_all(self, ended: threading.Event) -> None:
        while not ended.wait(self._duration / 3):
            with self._guard:
                held = list(self._held.items())
            for instance, lock in held:
                self._renew(instance, lock)

    def _renew(self, instance: str, lock: _Held) -> None:
        """A lock that is gone or another's is lost; a server that does not answer is asked again in a moment."""
        patch = {"metadata": {"uid": lock.uid}, "spec": {"renewTime": self._now()}}
        try:
            self._cluster.merge_patch(LEASES, lock.namespace, lock_name(instance), patch)
        except ApiError as error:
            with self._guard:
                ours = self._held.get(instance) == lock
                if ours and error.status in (404, 409, 422):
                    del self._held[instance]
                    self._lost.add(instance)
            if ours and error.status in (404, 409, 422):
                self.lost(
                    instance, f"another run took instance {instance} over, as this one had not renewed its lock for {self._duration} s"
                )
        except ClusterError:
            return

    def _age(self, namespace: str, lease: KubeObject) -> float:
        """Seconds since the Lease was written, by the server's clock: asked for by a create that is a dry run."""
        probe = self._lease(f"{lease['metadata']['name']}.clock", "clock", namespace)
        now = self._cluster.create(LEASES, probe, dry_run=True)["metadata"]["creationTimestamp"]
        return (_time(now) - max(_time(text) for text in _written(lease))).total_seconds()

    def _break(self, namespace: str, lease: KubeObject) -> None:
        """Only that very Lease: when two runs break it, the second finds the first one's."""
        instance = (lease["metadata"].get("labels") or {}).get(LABEL_INSTANCE, "")
        self._sink(Notice(instance, "info", f"a stale lock was broken: {_held_by(lease)}"))
        try:
            self._cluster.delete(LEASES, namespace, lease["metadata"]["name"], uid=lease["metadata"]["uid"])
        except ApiError as error:
            if error.status != 409:
                raise

    def _await_change(self, namespace: str, name: str, seconds: float) -> None:
        """Until the Lease is gone, or so many seconds."""
        rings = threading.Event()
        clock = threading.Timer(seconds, rings.set)
        clock.daemon = True
        clock.start()
        with self._guard:
            self._waiting.add(rings)
        try:
            for event in self._cluster.watch(LEASES, namespace, field_selector=f"metadata.name={name}", stop=rings):
                if event.type == "DELETED" or (event.type == "RESYNC" and not event.items):
                    return
        except ApiError:
            rings.wait(min(seconds, _RECHECK))
        finally:
            clock.cancel()
            with self._guard:
                self._waiting.discard(rings)


def _refusal(instance: str, namespace: str, lease: KubeObject, age: float) -> Locked:
    left = max(1, round(_duration(lease) - age))
    return Locked(
        f"another run is at work on instance {instance}: {_held_by(lease)}",
        where=f"Lease {namespace}/{lock_name(instance)}",
        hint=f"Run this again when it has ended, or let it wait with --wait-lock 5m. If that run is gone, its lock breaks in {left} s.",
    )


def _held_by(lease: KubeObject) -> str:
    spec = lease.get("spec") or {}
    return f"{spec.get('holderIdentity') or 'unknown'}, since {str(spec.get('acquireTime') or '?').partition('.')[0]} UTC"


def _process(lease: KubeObject) -> str:
    return str((lease["metadata"].get("annotations") or {}).get(ANNOTATION_PROCESS) or "")


def _duration(lease: KubeObject) -> float:
    return float((lease.get("spec") or {}).get("leaseDurationSeconds") or DURATION)


def _written(lease: KubeObject) -> list[str]:
    """The times that the server put on the Lease: its creation and its managers' last writes."""
    metadata = lease["metadata"]
    times = [entry.get("time") for entry in metadata.get("managedFields") or ()]
    return [str(text) for text in (metadata["creationTimestamp"], *times) if text]


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
