# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a namespace, kept up to date by watches. One watch for each kind that somebody asks about, shared by all forwards there.

The watches are `_cluster`'s, each in a thread; what they tell is reduced to facts there and handed to the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import Any, Union

from .._cluster import Cluster, Resource
from .._errors import ApiError, ClusterError, RoroError
from .choose import PodFacts, Scene, ServiceFacts, SliceFacts, pod_facts, service_facts, slice_facts

PODS = Resource("", "v1", "Pod", "pods", namespaced=True)
SERVICES = Resource("", "v1", "Service", "services", namespaced=True)
SLICES = Resource("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", namespaced=True)
FIRST_PAUSE, LAST_PAUSE = 0.5, 30.0
log = logging.getLogger("roro.forward")

Facts = Union[PodFacts, ServiceFacts, SliceFacts]  # noqa: UP007 - ansible-test reads it as an older Python
_REDUCE: dict[str, Callable[[Mapping[str, Any]], Facts]] = {"Pod": pod_facts, "Service": service_facts, "EndpointSlice": slice_facts}


class KindWatch:
    """The facts of one kind in one namespace, by name. error: why they are not up to date, None when they are."""

    def __init__(self, cluster: Callable[[], Cluster], resource: Resource, namespace: str, changed: Callable[[], None]) -> None:
        self.facts: dict[str, Any] = {}
        self.synced = False
        self.error: RoroError | None = None
        self._cluster, self._resource, self._namespace, self._changed = cluster, resource, namespace, changed
        self._loop = asyncio.get_running_loop()
        self._stop = threading.Event()
        threading.Thread(target=self._run, name=f"roro-forward-{resource.plural}", daemon=True).start()

    def stop(self) -> None:
        """End the watch."""
        self._stop.set()

    def _run(self) -> None:
        reduce = _REDUCE[self._resource.kind]
        failures = 0
        while not self._stop.is_set():
            try:
                for event in self._cluster().watch(self._resource, self._namespace, stop=self._stop):
                    failures = 0
                    if event.type == "RESYNC":
                        self._tell(self._reset, {obj["metadata"]["name"]: reduce(obj) for obj in event.items})
                    elif event.type == "DELETED":
                        self._tell(self._put, event.object["metadata"]["name"], None)
                    elif event.type in ("ADDED", "MODIFIED"):
                        self._tell(self._put, event.object["metadata"]["name"], reduce(event.object))
            except RoroError as error:
                self._tell(self._fail, error)
            except Exception as error:  # a defect of ours must not end the watch in silence: all there would be believed for ever
                log.exception("watch of %s in %s", self._resource.plural, self._namespace)
                self._tell(self._fail, ClusterError(f"unexpected {type(error).__name__} while {self._resource.plural} were watched"))
            failures += 1
            self._stop.wait(min(LAST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures, 8)) * random.uniform(0.5, 1))  # noqa: S311 - jitter

    def _tell(self, call: Callable[..., None], *values: Any) -> None:
        if not self._stop.is_set():
            try:
                self._loop.call_soon_threadsafe(call, *values)
            except RuntimeError:  # the loop is closed
                self._stop.set()

    def _reset(self, facts: dict[str, Facts]) -> None:
        self.facts, self.synced, self.error = facts, True, None
        self._changed()

    def _put(self, name: str, fact: Facts | None) -> None:
        if fact is None:
            self.facts.pop(name, None)
        else:
            self.facts[name] = fact
        self._changed()

    def _fail(self, error: RoroError) -> None:
        self.error = error
        self._changed()


class NamespaceView:
    """The kinds that a namespace's forwards need. listeners: called when something there changed."""

    def __init__(self, cluster: Callable[[], Cluster], namespace: str) -> None:
        self._cluster, self._namespace = cluster, namespace
        self._watches: dict[str, KindWatch] = {}
        self.listeners: set[Callable[[], None]] = set()

    def need(self, *resources: Resource) -> None:
        """Watch these kinds too."""
        for resource in resources:
            if resource.kind not in self._watches:
                self._watches[resource.kind] = KindWatch(self._cluster, resource, self._namespace, self._changed)

    def synced(self, *resources: Resource) -> bool:
        """Whether the kinds were read at least once."""
        return all(resource.kind in self._watches and self._watches[resource.kind].synced for resource in resources)

    def error(self, *resources: Resource) -> RoroError | None:
        """Why one of the kinds is not up to date."""
        return next((watch.error for r in resources if (watch := self._watches.get(r.kind)) and watch.error), None)

    @property
    def scene(self) -> Scene:
        """Everything known now."""
        return Scene(*(self._watches[r.kind].facts if r.kind in self._watches else {} for r in (PODS, SERVICES, SLICES)))

    def close(self) -> None:
        """End all watches."""
        for watch in self._watches.values():
            watch.stop()

    def _changed(self) -> None:
        for listener in list(self.listeners):
            listener()


def is_final(error: RoroError) -> bool:
    """Whether somebody must change something first."""
    return isinstance(error, ApiError) and error.status in (401, 403, 404)
