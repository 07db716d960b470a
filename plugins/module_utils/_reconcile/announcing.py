# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events of the cluster about what a reconciler does, for `kubectl get events` and `kubectl describe`. A thread writes them; nobody waits.

The same words about the same object within ten minutes are one Event whose series is counted up. How many are kept in mind, wait and are
written a minute is bounded. https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
"""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from .._cluster import Resource, rfc3339
from .._errors import ClusterError, RoroError
from .._forget import forget_oldest
from .._harmless import harmless
from .._log import tell as log

if TYPE_CHECKING:
    from .._cluster import Cluster

CONTROLLER = "roro.dev/reconcile"
"""`reportingController`, by which others find these events."""
_EVENTS = Resource("events.k8s.io", "v1", "Event", "events", True)
_NOWHERE = "default"
"""Where events about objects without a namespace are, as the API server wants it."""
_SERIES = 600.0
_KNOWN = 512
_WAITING = 256
_NOTE = 1000
_BURST, _PER_SECOND = 50.0, 1.0
_LINGER = 1.0
"""Seconds between two writes about the same series: what is said meanwhile is counted in the next."""
_CALL = 10.0


class About(Protocol):
    """The object that an event is about: a `Finding`, or anything with these. kind: `Kind` or `Kind.group`. namespace: "" for none."""

    @property
    def kind(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class _Key:
    """What makes two of them one series."""

    kind: str
    namespace: str
    name: str
    reason: str
    note: str
    warning: bool


@dataclass
class _Series:
    """An Event that was written. count: how often it was said. at: when it was written last."""

    event: str
    count: int
    at: float


class Announcer:
    """holder: who reports, such as the pod's name. hide: takes secrets out of words. tell: told once why events cannot be written.

    Thread-safe. Nothing of it raises or waits for the server, but `close`.
    """

    def __init__(
        self,
        cluster: Cluster,
        holder: str,
        *,
        hide: Callable[[str], str] = str,
        tell: Callable[[str], None] = lambda words: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cluster, self._holder, self._hide, self._tell, self._clock = cluster, holder, hide, tell, clock
        self._waiting: OrderedDict[_Key, int] = OrderedDict()
        self._series: dict[_Key, _Series] = {}
        self._rings = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._told = False
        self._left, self._filled = _BURST, clock()

    def announce(self, about: About, reason: str, note: str, *, warning: bool = False) -> None:
        """Write an Event soon. reason: a word such as `DriftCorrected`. note: a sentence without a secret, cut at 1,000 bytes."""
        key = _Key(about.kind, about.namespace, about.name, _word(reason), _sentence(self._hide(note)), warning)
        with self._rings:
            if self._closed or (key not in self._waiting and len(self._waiting) >= _WAITING):
                return
            self._waiting[key] = self._waiting.get(key, 0) + 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._write_all, name="roro-events", daemon=True)
                self._thread.start()
            self._rings.notify()

    def close(self, patience: float = 3.0) -> None:
        """Write what waits, for at most so many seconds, and end."""
        with self._rings:
            self._closed = True
            self._rings.notify()
            thread = self._thread
        if thread is not None:
            thread.join(patience)

    # In the thread

    def _write_all(self) -> None:
        while (found := self._next()) is not None:
            key, count = found
            try:
                self._write(key, count)
            except RoroError as error:
                self._failed(error)
            except Exception as error:  # an event is never worth the loop
                self._failed(ClusterError(f"{type(error).__name__} while an event was written"))

    def _next(self) -> tuple[_Key, int] | None:
        """What to write now, waiting for it; None at the end."""
        with self._rings:
            while True:
                now = self._clock()
                self._left = min(_BURST, self._left + (now - self._filled) * _PER_SECOND)
                self._filled = now
                pause: float | None = None
                for key, count in self._waiting.items():
                    series = self._series.get(key)
                    due = 0.0 if series is None or self._closed else max(0.0, series.at + _LINGER - now)
                    due = due if self._left >= 1.0 else max(due, (1.0 - self._left) / _PER_SECOND)
                    if due <= 0.0:
                        del self._waiting[key]
                        self._left -= 1.0
                        return key, count
                    pause = due if pause is None else min(pause, due)
                if self._closed:
                    return None
                self._rings.wait(pause)

    def _write(self, key: _Key, count: int) -> None:
        series = self._series.get(key)
        if series is not None and self._clock() < series.at + _SERIES and self._counted(key, series, count):
            return
        name = f"{_as_name(key.name)}.{secrets.token_hex(8)}"
        event = self._event(key, name, count)
        self._cluster.request("POST", _EVENTS.path(_place(key)), body=event, timeout=_CALL, retry=False)
        self._series.pop(key, None)
        self._series[key] = _Series(name, count, self._clock())
        forget_oldest(self._series, _KNOWN)

    def _counted(self, key: _Key, series: _Series, count: int) -> bool:
        """Whether the Event was there to be counted up; the server keeps them for an hour, and anybody may delete them."""
        series.count, series.at = series.count + count, self._clock()
        patch = {"series": {"count": series.count, "lastObservedTime": rfc3339(self._cluster.now())}}
        path = _EVENTS.path(_place(key), series.event)
        try:
            self._cluster.request("PATCH", path, body=patch, content_type="application/merge-patch+json", timeout=_CALL, retry=False)
        except ClusterError as error:
            if getattr(error, "status", 0) == 404:
                return False
            raise
        return True

    def _event(self, key: _Key, name: str, count: int) -> dict[str, Any]:
        now = rfc3339(self._cluster.now())
        event: dict[str, Any] = {
            "apiVersion": _EVENTS.api_version,
            "kind": "Event",
            "metadata": {"name": name, "namespace": _place(key)},
            "eventTime": now,
            "reportingController": CONTROLLER,
            "reportingInstance": self._holder[:128],
            "action": "Reconcile",
            "reason": key.reason,
            "regarding": self._regarding(key),
            "note": key.note,
            "type": "Warning" if key.warning else "Normal",
        }
        if count > 1:
            event["series"] = {"count": count, "lastObservedTime": now}
        return event

    def _regarding(self, key: _Key) -> dict[str, str]:
        """The object with its uid, by which `kubectl describe` finds the event; without what cannot be found out."""
        kind, _, group = key.kind.partition(".")
        found = {"kind": kind, "name": key.name} | ({"namespace": key.namespace} if key.namespace else {})
        try:
            resource = next(
                (one for one in self._cluster.resources() if one.kind == kind and (not group or one.group == group)),
                None,
            )
            if resource is None:
                return found
            found["apiVersion"] = resource.api_version
            obj = self._cluster.get(resource, key.namespace or None, key.name)
        except ClusterError:
            return found
        uid = str(((obj or {}).get("metadata") or {}).get("uid") or "")
        return found | ({"uid": uid} if uid else {})

    def _failed(self, error: RoroError) -> None:
        log("warning", "engine", "event not written", error=str(error))
        if not self._told:
            self._told = True
            self._tell(f"events of the cluster are not written: {error}")


def _place(key: _Key) -> str:
    return key.namespace or _NOWHERE


def _as_name(name: str) -> str:
    """The name as the beginning of another: roles may have signs in theirs that events may not."""
    return re.sub(r"[^a-z0-9-]+", "-", name.lower())[:200].strip("-") or "object"


def _word(reason: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", reason)[:128] or "Reconciled"


def _sentence(note: str) -> str:
    """One line of at most so many bytes of UTF-8."""
    line = " ".join(harmless(note).split())
    data = line.encode("utf-8", "replace")
    return line if len(data) <= _NOTE else data[: _NOTE - 3].decode("utf-8", "ignore") + "..."
