# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Since when containers run that nothing but that calls ready, by our own clock.

Belongs to the scheduler's thread, except `learn`. The kubelet's `startedAt` has whole seconds and the clock of a node, so what counts is
when the run first saw it. Pods that ran before the run began have proved themselves.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from ..._cluster import Cluster
from ..._errors import ClusterError
from ..._objects import KubeObject
from ..readiness import FRESH_SECONDS, Start, tells_at_once, unproven_starts

_EARLIER = timedelta(seconds=3)
"""How much older than the run a pod must be to be one of before it: times of creation have whole seconds, and `Cluster.now` is up to two
seconds off."""
_LONG_AGO = float("-inf")


class FirstSeen:
    """clock: monotonic seconds."""

    def __init__(self, cluster: Cluster, clock: Callable[[], float] = time.monotonic) -> None:
        self._cluster, self._clock = cluster, clock
        self._began = cluster.now()
        self._pods: set[str] = set()
        self._since: dict[Start, float] = {}
        self._at_once = True

    def learn(self) -> None:
        """Ask for the server's version, which is kept with discovery; a server that does not say it counts as a new one. Thread-safe."""
        try:
            self._at_once = tells_at_once(self._cluster.version())
        except ClusterError:
            return

    def saw(self, pod: KubeObject) -> None:
        """The pod as it is now; called with each change of it."""
        uid = str(pod["metadata"].get("uid"))
        known = uid in self._pods
        self._pods.add(uid)
        for start in unproven_starts(pod):
            if start not in self._since:
                self._since[start] = self._clock() if known or not self._is_older(pod) else _LONG_AGO

    def proved(self, starts: Iterable[Start] | None, counted: float) -> float:
        """When all of these starts have lasted long enough, in monotonic seconds. counted: when the pods were counted as ready, where not
        all of them were seen (None)."""
        if not self._at_once:
            return _LONG_AGO
        if starts is None:
            return counted + FRESH_SECONDS
        return max((self._since.get(start, counted) for start in starts), default=_LONG_AGO) + FRESH_SECONDS

    def _is_older(self, pod: KubeObject) -> bool:
        try:
            return datetime.fromisoformat(pod["metadata"]["creationTimestamp"]) + _EARLIER <= self._began
        except (KeyError, ValueError, TypeError):
            return False
