"""This process's streams on what a pod runs already: what it wrote before is shown first, and nothing twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator

from ansible_collections.roro.kube.plugins.module_utils._errors import ReleaseError, RoroError
from ansible_collections.roro.kube.plugins.module_utils._exec import Wanted, converse
from ansible_collections.roro.kube.plugins.module_utils._workflow import OneOffPod

from .terminal import Streams, write_all

_HEAD = 64
"""Bytes by which the place is looked for where one text goes on in the other."""


def attach(pod: OneOffPod, *, stdin: bool, tty: bool) -> None:
    """Until the command has ended. Raises ClusterError."""
    place = pod.place
    wanted = Wanted(place.namespace, place.pod, place.container, (), stdin, tty)
    if pod.code is None:
        with _CatchingUp(pod, tty=tty) as ways:
            ending = converse(pod.there.cluster, wanted, ways, ways.size if wanted.tty else None)
        if ending.reason == "Broken":
            raise ReleaseError(ending.message, where=f"Pod {place.namespace}/{place.pod}")
        if ending.reason != "NotRun":
            return
    show_log(pod)


def show_log(pod: OneOffPod) -> None:
    """All that it writes, from the first byte on."""
    for block in log_of(pod, follow=True):
        write_all(1, block)


def log_of(pod: OneOffPod, *, follow: bool) -> Iterator[bytes]:
    """What its container wrote, without the times."""
    place = pod.place
    return without_times(pod.there.cluster.log_stream(place.namespace, place.pod, place.container, follow=follow, stop=threading.Event()))


def without_times(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that begin with a time and a blank, without these; a block may end anywhere, within a time too."""
    at_start = True
    for block in blocks:
        kept: list[bytes] = []
        for line in block.split(b"\n"):
            if kept:
                at_start = True
            if at_start:
                _, blank, line = line.partition(b" ")
                at_start = not blank
            kept.append(line)
        if text := b"\n".join(kept):
            yield text


def joined(earlier: bytes, now: bytes) -> bytes:
    """One text of two that overlap: `now` begins somewhere in `earlier`, or at its end. Both may be megabytes."""
    head, place = now[:_HEAD], max(0, len(earlier) - len(now))
    while (place := earlier.find(head, place)) >= 0:
        if memoryview(now)[: len(earlier) - place] == memoryview(earlier)[place:]:
            return earlier + now[len(earlier) - place :]
        place += 1
    for length in range(min(len(earlier), len(head)), 0, -1):
        if earlier.endswith(head[:length]):
            return earlier + now[length:]
    return earlier + now


class _CatchingUp(Streams):
    """What comes is held back until the log of before was read."""

    def __init__(self, pod: OneOffPod, *, tty: bool) -> None:
        super().__init__(tty=tty)
        self._pod = pod
        self._held = b""
        self._reading: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Read the log of before while what comes is held."""
        await super().begin()
        self._reading = asyncio.create_task(self._catch_up())

    async def write(self, data: bytes, *, error: bool) -> None:
        """After what was written before."""
        if self._reading is not None and not self._reading.done() and not error:
            self._held += data
            return
        await super().write(data, error=error)

    async def finish(self) -> None:
        """Nothing is held back any more."""
        if self._reading is not None:
            await self._reading

    async def _catch_up(self) -> None:
        earlier = await asyncio.to_thread(self._earlier)
        text, self._held = joined(earlier, self._held), b""
        while text:
            await super().write(text, error=False)
            text, self._held = self._held, b""

    def _earlier(self) -> bytes:
        try:
            return b"".join(log_of(self._pod, follow=False))
        except RoroError:
            return b""
