# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of several processes leads, by a Lease that it renews; the others stand by and take over when it is not renewed any more.

The rules are client-go's (https://pkg.go.dev/k8s.io/client-go/tools/leaderelection), so that its tools read the Lease: a follower measures
with its own steady clock how long it has seen the Lease unchanged, so wrong clocks do no harm. Who cannot renew stops leading before a
follower may begin. A lease is no fence: what the old leader had sent may still arrive, which the locks of instances are for.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._cluster import Resource, rfc3339
from .._errors import ApiError, ClusterError, UsageError
from .._log import tell as log
from .._objects import KubeObject

if TYPE_CHECKING:
    from .._cluster import Cluster

_LEASES = Resource("coordination.k8s.io", "v1", "Lease", "leases", True)
_RELAY = 0.25
"""Seconds until a leader that is told to stop hears of it."""


@dataclass(frozen=True)
class Timing:
    """Seconds. duration: without renewal for so long, another may lead. deadline: the leader gives up when it could not renew for so long.
    retry: between two tries; a follower's are up to `jitter` times that longer. call: one request with all that it is tried again."""

    duration: float = 15.0
    deadline: float = 10.0
    retry: float = 2.0
    jitter: float = 1.2
    call: float = 5.0

    def __post_init__(self) -> None:
        """Raises UsageError where two could lead at once."""
        if not 0 < self.retry < self.deadline < self.duration:
            raise UsageError("a lease needs retry < deadline < duration", hint="Take 2, 10 and 15 seconds.")

    @property
    def written(self) -> int:
        """`leaseDurationSeconds`, whole and at least 1. A follower that reads it waits at least as long as we count on."""
        return max(1, -int(-self.duration // 1))


class _Taken(Exception):
    """Somebody else leads, or was faster."""


class Leader:
    """One candidate. holder: its identity, which no other candidate has. tell: gets words for a person, each state once.
    on_lead: told True and False as this one begins and ends to lead. Used by one thread at a time."""

    def __init__(
        self,
        cluster: Cluster,
        namespace: str,
        name: str,
        holder: str,
        *,
        tell: Callable[[str], None],
        on_lead: Callable[[bool], None] = lambda leads: None,
        timing: Timing | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster, self._namespace, self._name, self._holder = cluster, namespace, name, holder
        self._tell, self._on_lead, self._timing, self._clock = tell, on_lead, timing or Timing(), clock
        self._seen: KubeObject | None = None
        self._seen_at = 0.0
        self._renewed_at = 0.0
        self._told = ""

    @property
    def where(self) -> str:
        """The Lease, for messages."""
        return f"Lease {self._namespace}/{self._name}"

    def run(self, stop: threading.Event, lead: Callable[[threading.Event], None]) -> None:
        """Until `stop` is set: wait to lead, then call lead(lost) in this thread. It must return soon after `lost` is set: the lead was
        lost, or `stop` is set. The Lease is given back when it returns or raises; what it raises goes on."""
        while self._acquired(stop):
            self._lead(stop, lead)
            stop.wait(self._timing.retry)  # somebody else may have a turn

    # Standing by

    def _acquired(self, stop: threading.Event) -> bool:
        """Wait until we lead; False when `stop` came first."""
        while not stop.is_set():
            started = self._clock()
            try:
                with self._cluster.given_up(stop):
                    self._take()
            except _Taken:
                self._say(f"standing by: {_holder_of(self._seen) or 'another'} leads ({self.where})")
            except ClusterError as error:
                self._say(f"cannot lead, and tries again: {error}")
            else:
                self._renewed_at = started
                return True
            stop.wait(self._pause())
        return False

    def _pause(self) -> float:
        """Until the next look: a while that differs between candidates, or until the leader's time is over."""
        pause = self._timing.retry * (1 + random.random() * self._timing.jitter)  # noqa: S311 - spreads requests, protects nothing
        left = self._seen_at + _duration(self._seen) - self._clock() if self._seen else pause
        return max(0.05, min(pause, left)) if left > 0 else pause

    def _take(self) -> None:
        """Make the Lease ours. Raises _Taken and ClusterError."""
        found = self._read()
        if found is None:
            self._write("POST", self._lease(None))
            return
        holder = _holder_of(found)
        if holder not in ("", self._holder) and self._clock() < self._seen_at + _duration(found):
            raise _Taken
        self._write("PUT", self._lease(found))

    # Leading

    def _lead(self, stop: threading.Event, lead: Callable[[threading.Event], None]) -> None:
        lost, ended = threading.Event(), threading.Event()
        renewing = threading.Thread(target=self._renew_all, args=(stop, lost, ended), name="roro-leader", daemon=True)
        renewing.start()
        threading.Thread(target=self._relay, args=(stop, lost, ended), name="roro-leader-end", daemon=True).start()
        self._say(f"leads ({self.where})")
        self._on_lead(True)
        try:
            lead(lost)
        finally:
            ended.set()
            self._on_lead(False)
            renewing.join(self._timing.call)  # or what it sent would come after
            self._release()

    def _relay(self, stop: threading.Event, lost: threading.Event, ended: threading.Event) -> None:
        """The end of all is the end of the lead; and so is the deadline, also while a renewal waits for its answer."""
        while not ended.is_set():
            if stop.wait(_RELAY):
                lost.set()
                return
            if self._clock() > self._renewed_at + self._timing.deadline and not lost.is_set():
                self._say(f"leads no more: {self.where} could not be renewed for {self._timing.deadline:g} s")
                lost.set()

    def _renew_all(self, stop: threading.Event, lost: threading.Event, ended: threading.Event) -> None:
        while not ended.wait(self._timing.retry) and not lost.is_set() and not stop.is_set():
            started = self._clock()
            try:
                self._renew(started)
            except _Taken:
                self._say(f"leads no more: {_holder_of(self._seen) or 'another'} took {self.where}")
                lost.set()
            except ClusterError as error:
                log("warning", "engine", "lease not renewed", lease=self.where, error=str(error))

    def _renew(self, started: float) -> None:
        """Renew what was seen last; where that is not what is there, look whether it is still ours."""
        left = max(0.1, min(self._timing.call, self._renewed_at + self._timing.deadline - started))
        try:
            self._write("PUT", self._lease(self._seen), timeout=left)
        except _Taken:
            found = self._read(timeout=left)
            if found is None or _holder_of(found) != self._holder:
                raise
            self._write("PUT", self._lease(found), timeout=left)
        self._renewed_at = started

    def _release(self) -> None:
        """Give the Lease back, so that the next one need not wait. One that cannot be given back ends by itself."""
        try:
            found = self._read(timeout=1.0)
            if found is None or _holder_of(found) != self._holder:
                return
            given = self._lease(found)
            given["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
            self._write("PUT", given, timeout=1.0)
        except (_Taken, ClusterError) as error:
            log("info", "engine", "lease not given back", lease=self.where, error=str(error))

    # The Lease itself

    def _lease(self, found: KubeObject | None) -> KubeObject:
        """Ours, made of the one that was found, with its version."""
        now = rfc3339(self._cluster.now())
        before: dict[str, Any] = dict((found or {}).get("spec") or {})
        ours = before.get("holderIdentity") == self._holder
        spec = {
            **before,
            "holderIdentity": self._holder,
            "leaseDurationSeconds": self._timing.written,
            "acquireTime": before.get("acquireTime") if ours and before.get("acquireTime") else now,
            "renewTime": now,
            "leaseTransitions": int(before.get("leaseTransitions") or 0) + (0 if ours or found is None else 1),
        }
        metadata = dict(found["metadata"]) if found else {"name": self._name, "namespace": self._namespace}
        metadata.pop("managedFields", None)
        return {"apiVersion": _LEASES.api_version, "kind": _LEASES.kind, "metadata": metadata, "spec": spec}

    def _read(self, timeout: float | None = None) -> KubeObject | None:
        """The Lease; when it is another than before, its holder's time begins now."""
        path = _LEASES.path(self._namespace, self._name)
        try:
            found = self._cluster.request("GET", path, timeout=timeout or self._timing.call)
        except ApiError as error:
            if error.status == 404:
                return None
            raise
        if not isinstance(found, dict):
            raise ClusterError("the API server answered with no Lease", where=self.where)
        self._note(found)
        return found

    def _note(self, found: KubeObject) -> None:
        if self._seen is None or found.get("spec") != self._seen.get("spec"):
            self._seen_at = self._clock()
        self._seen = found

    def _write(self, method: str, lease: KubeObject, timeout: float | None = None) -> None:
        """Raises _Taken where another was faster, and ClusterError. A version in the Lease makes two writers one winner."""
        path = _LEASES.path(self._namespace, self._name if method == "PUT" else None)
        query = {"fieldManager": "roro"}
        try:
            answer = self._cluster.request(method, path, query=query, body=lease, timeout=timeout or self._timing.call, retry=False)
        except ApiError as error:
            if error.status == 409 or (error.status == 404 and method == "PUT"):
                raise _Taken from error
            raise
        self._note(answer if isinstance(answer, dict) else lease)

    def _say(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self._tell(words)


def _holder_of(lease: KubeObject | None) -> str:
    return str(((lease or {}).get("spec") or {}).get("holderIdentity") or "")


def _duration(lease: KubeObject | None) -> float:
    return float(((lease or {}).get("spec") or {}).get("leaseDurationSeconds") or Timing.duration)
