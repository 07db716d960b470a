# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One check at work in the daemon: asks again and again, keeps the verdict, restarts what is unhealthy where that is wished."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from .._forward.link import Link
from .asking import Asking, Round
from .healing import EventReason, Healing, Memory, heal, tell
from .limits import CALM
from .types import HealthSpec, HealthStatus, quiet_status
from .verdict import Answer, Tally, Thresholds, counted, worst

FIRST_SECONDS, SPREAD = 5.0, 0.1
"""Checks that begin together do not ask all at once: each within 0.1 seconds for each that runs already, at most within 5."""
EVENT_PAUSE = 60.0
"""Seconds between two rows of Events: a check that goes to and fro must not fill the cluster with them."""
AT_ONCE = 16
"""So many probes of all checks together are under way."""

log = logging.getLogger("roro.health")

Told = Callable[[HealthStatus], None]


class Check:
    """Begun by `start`, ended by `stop`. told: gets each change of the state."""

    def __init__(self, spec: HealthSpec, link: Link, told: Told, at_once: asyncio.Semaphore) -> None:
        self.spec, self.link, self._told = spec, link, told
        self._asking = Asking(spec, spec.namespace, link, at_once)
        self._rules = Thresholds(spec.failures, spec.successes, spec.start_period)
        self._tallies: dict[str, Tally] = {}
        self._names: dict[str, tuple[str, tuple[str, str]]] = {}
        self._clock = asyncio.get_running_loop()
        self._healthy_since: float | None = None
        self._healthy_last = 0.0
        self._calm = False
        self._restarts: dict[str, tuple[datetime, ...]] = {}
        self._complained = False
        self._complained_at = float("-inf")
        self._helpless: set[tuple[str, str]] = set()
        self._task: asyncio.Task[None] | None = None
        self.status = replace(quiet_status(spec, "Starting"), since=_now())

    def start(self, others: int = 0) -> None:
        """Begin; returns at once. others: how many checks run already."""
        self._task = asyncio.create_task(self._run(min(FIRST_SECONDS, SPREAD * others, self.spec.interval)))

    async def stop(self) -> None:
        """End it, and what it has open."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._asking.close()

    async def _run(self, spread: float) -> None:
        await asyncio.sleep(random.uniform(0.0, spread))  # noqa: S311 - jitter
        while True:
            began = self._clock.time()
            try:
                await self._round()
            except Exception as error:  # a defect of ours must neither end the watch nor pass for the workload's
                log.exception("health check %s", self.spec.origin)
                defect = Answer("unknown", "Unexpected", f"unexpected {type(error).__name__}: {error}")
                self._take(Round(defect))
            pace = self.spec.interval * random.uniform(0.95, 1.05)  # noqa: S311 - jitter
            await asyncio.sleep(max(0.0, began + pace - self._clock.time()))

    async def _round(self) -> None:
        self._take(await self._asking.round())
        await self._tell_the_cluster()
        if self.status.state == "Unhealthy" and self.spec.restart:
            await self._heal()

    def _take(self, found: Round) -> None:
        """Count what came, pod by pod, and let the worst decide."""
        now = self._clock.time()
        if found.nobody is not None:
            self._tallies.clear()
            self._become(Tally(now, "Unknown", last=found.nobody), 0)
            return
        self._tallies = {uid: tally for uid, tally in self._tallies.items() if uid in found.there}
        for uid, (asked, answer) in found.answers.items():
            self._names[uid] = asked.pod.name, asked.pod.owner
            self._tallies[uid] = counted(self._tallies.get(uid) or Tally(now), answer, self._rules, now)
        self._names = {uid: name for uid, name in self._names.items() if uid in self._tallies}
        tally = worst(self._tallies.values())
        if tally is not None:
            self._become(tally, len(self._tallies))

    def _become(self, tally: Tally, pods: int) -> None:
        """The new state; a calm time begins where health does, and lasts until it is over and something was restarted for it."""
        before, now = self.status, self._clock.time()
        if tally.state == "Healthy":
            self._healthy_since = now if self._healthy_since is None else self._healthy_since
            self._healthy_last = now
            self._calm |= now - self._healthy_since >= CALM.total_seconds()
            self._helpless.clear()
        else:
            self._healthy_since = None
        failed = tally.last.outcome != "passed"
        self.status = replace(
            before,
            state=tally.state,
            reason=tally.last.reason if failed else "",
            message=tally.last.message if failed else "",
            since=before.since if before.state == tally.state else _now(),
            checked=_now(),
            failures=tally.failures,
            pods=pods,
            restart="" if tally.state == "Healthy" else before.restart,
        )
        self._tell(before)

    def _tell(self, before: HealthStatus) -> None:
        quiet = {"checked": "", "failures": 0}
        if replace(self.status, **quiet) != replace(before, **quiet):  # type: ignore[arg-type]
            self._told(self.status)

    async def _heal(self) -> None:
        """Restart the workloads of the unhealthy pods, one pod of each asked about."""
        unhealthy = {self._names[uid][1]: self._names[uid][0] for uid, tally in self._tallies.items() if tally.state == "Unhealthy"}
        calm = timedelta(seconds=self._clock.time() - self._healthy_last) if self._calm else None
        for owner, pod in unhealthy.items():
            if owner not in self._helpless:
                memory = Memory(calm, dict(self._restarts))
                outcome = await asyncio.to_thread(heal, self.link.cluster, self.spec.namespace, pod, self.spec.origin, memory)
                if not outcome.again:
                    self._helpless.add(owner)
                await self._healed(outcome, pod)

    async def _healed(self, outcome: Healing, pod: str) -> None:
        before = self.status
        self.status = replace(before, restart=outcome.message)
        if outcome.done is not None:
            self._calm = False
            self._restarts[outcome.workload] = outcome.history
            moment = outcome.done.isoformat(timespec="seconds").replace("+00:00", "Z")
            self.status = replace(self.status, restarts=before.restarts + 1, restarted=moment)
            await self._event(pod, "HealthCheckRestarted", f"{outcome.message}, as it is unhealthy: {before.message}")
        self._tell(before)

    async def _tell_the_cluster(self) -> None:
        """An Event when it became unhealthy, and one when it is healthy again."""
        pod = next((self._names[uid][0] for uid, tally in self._tallies.items() if tally.state == self.status.state), None)
        if pod is None:
            return
        now = self._clock.time()
        if self.status.state == "Unhealthy" and not self._complained and now - self._complained_at >= EVENT_PAUSE:
            self._complained, self._complained_at = True, now
            await self._event(pod, "HealthCheckFailed", self.status.message)
        elif self.status.state == "Healthy" and self._complained:
            self._complained = False
            await self._event(pod, "HealthCheckPassed", "healthy again")

    async def _event(self, pod: str, reason: EventReason, message: str) -> None:
        words = f"health check {self.spec.origin}: {message}"
        await asyncio.to_thread(tell, self.link.cluster, self.spec.namespace, pod, reason, words)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
