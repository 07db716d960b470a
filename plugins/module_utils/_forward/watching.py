# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a namespace, kept up to date. Each kind that somebody asks about is followed once for all forwards there.

Followers run in threads of their own and keep facts only; what they tell is taken in the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Union

from .._cluster import Resource
from .._cluster.follow import Followers, Scope, State
from .._errors import ApiError, RoroError
from .choose import PodFacts, Scene, ServiceFacts, SliceFacts, pod_facts, service_facts, slice_facts

PODS = Resource("", "v1", "Pod", "pods", namespaced=True)
SERVICES = Resource("", "v1", "Service", "services", namespaced=True)
SLICES = Resource("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", namespaced=True)

Facts = Union[PodFacts, ServiceFacts, SliceFacts]  # noqa: UP007 - ansible-test reads it as an older Python
_REDUCE: dict[str, Callable[[Mapping[str, Any]], Facts]] = {"Pod": pod_facts, "Service": service_facts, "EndpointSlice": slice_facts}


class NamespaceView:
    """The kinds that a namespace's forwards need. listeners: called when something there changed. Belongs to one event loop."""

    def __init__(self, followers: Followers, namespace: str) -> None:
        self._namespace, self._loop = namespace, asyncio.get_running_loop()
        self._feed = followers.feed(self._wake)
        self._facts: dict[str, dict[str, Any]] = {}
        self._states: dict[str, State] = {}
        self.listeners: set[Callable[[], None]] = set()

    def need(self, *resources: Resource) -> None:
        """Follow these kinds too."""
        for resource in resources:
            if resource.kind not in self._facts:
                self._facts[resource.kind] = {}
                self._feed.follow(Scope(resource, self._namespace), _REDUCE[resource.kind])

    def synced(self, *resources: Resource) -> bool:
        """Whether the kinds were read at least once."""
        return all(resource.kind in self._states and self._states[resource.kind].synced for resource in resources)

    def error(self, *resources: Resource) -> RoroError | None:
        """Why one of the kinds is not up to date."""
        return next((state.error for r in resources if (state := self._states.get(r.kind)) and state.error), None)

    @property
    def scene(self) -> Scene:
        """Everything known now."""
        return Scene(*(self._facts.get(resource.kind, {}) for resource in (PODS, SERVICES, SLICES)))

    def close(self) -> None:
        """Follow no more."""
        self._feed.close()

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._take)

    def _take(self) -> None:
        for item in self._feed.take():
            kind = item.scope.resource.kind
            if isinstance(item, State):
                self._states[kind] = item
            elif item.type == "DELETED":
                self._facts[kind].pop(item.key[1], None)
            else:
                self._facts[kind][item.key[1]] = item.object
        for listener in list(self.listeners):
            listener()


def is_final(error: RoroError) -> bool:
    """Whether somebody must change something first."""
    return isinstance(error, ApiError) and error.status in (401, 403, 404)
