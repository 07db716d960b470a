# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One check's way to its pods: what is there, by watches that checks and forwards of a namespace share, and one answer from each."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from .._errors import RoroError
from .._forward.link import Link
from .._forward.types import read_target
from .._forward.watching import PODS, SERVICES, SLICES, is_final
from .pods import Asked, Nobody, in_turn, pods_of
from .probe import Prober, Question
from .verdict import Answer

SYNC_SECONDS = 20.0
"""How long the first look at a namespace may take."""


@dataclass(frozen=True)
class Round:
    """What came of asking once. nobody: why no pod could be asked. answers: by the pod's uid, without those of pods that went meanwhile.
    there: uids of all the pods there are, also of those whose turn it was not."""

    nobody: Answer | None = None
    answers: dict[str, tuple[Asked, Answer]] = field(default_factory=dict)
    there: frozenset[str] = frozenset()


class Asking:
    """Asks the pods of one target. at_once: how many probes may be under way, together with others. Belongs to one event loop."""

    def __init__(self, question: Question, namespace: str, link: Link, at_once: asyncio.Semaphore) -> None:
        self._question, self._namespace, self._link, self._at_once = question, namespace, link, at_once
        self._target = str(question.probe["target"])
        self._port: int | str | None = None if question.kind == "exec" else question.probe["port"]
        self._kinds = (PODS, SERVICES, SLICES) if read_target(self._target).kind == "Service" else (PODS,)
        self._prober = Prober(namespace)
        self._turn = 0
        self.news = asyncio.Event()

    async def round(self) -> Round:
        """Ask every pod once."""
        try:
            self._link.open()
        except RoroError as error:
            return Round(Answer("unknown", "NoCredentials", error.problems[0].message, final=True))
        failure = await self._synced()
        if failure is not None:
            await self._look_anew()
            return Round(failure)
        found = self._pods()
        if isinstance(found, Nobody):
            return Round(Answer("unknown", found.reason, found.message, found.final))
        self._turn += 1
        chosen = in_turn(found, self._turn)
        answers = await asyncio.gather(*(self._ask(asked) for asked in chosen))
        if all(answer.outcome == "unknown" for answer in answers):
            await self._look_anew()
        left = self._pods()
        there = frozenset() if isinstance(left, Nobody) else frozenset(asked.pod.uid for asked in left)
        told = {asked.pod.uid: (asked, answer) for asked, answer in zip(chosen, answers, strict=True) if answer.reason != "PodGone"}
        return Round(None, {uid: pair for uid, pair in told.items() if uid in there}, there)

    async def close(self) -> None:
        """Leave the watches to others, and wait until all is closed."""
        view = self._link.view(self._namespace)
        view.listeners.discard(self.news.set)
        self._link.leave(self._namespace)
        await self._prober.close()

    def _pods(self) -> list[Asked] | Nobody:
        return pods_of(self._target, self._port, self._link.view(self._namespace).scene)

    async def _ask(self, asked: Asked) -> Answer:
        async with self._at_once:
            return await self._prober.ask(self._link.dialer, asked, self._question)

    async def _synced(self) -> Answer | None:
        """Wait for the first look; why there was none."""
        view = self._link.view(self._namespace)
        view.need(*self._kinds)
        view.listeners.add(self.news.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SYNC_SECONDS):
                while not view.synced(*self._kinds) and view.error(*self._kinds) is None:
                    self.news.clear()
                    await self.news.wait()
        if view.synced(*self._kinds):
            return None
        failure = view.error(*self._kinds)
        if failure is None:
            return Answer("unknown", "Unreachable", f"the API server did not answer in {SYNC_SECONDS:.0f} s")
        return Answer("unknown", "Forbidden" if is_final(failure) else "Unreachable", failure.problems[0].message, is_final(failure))

    async def _look_anew(self) -> None:
        """A kubeconfig that changed meanwhile is read again."""
        with contextlib.suppress(RoroError):
            await self._link.reload()
