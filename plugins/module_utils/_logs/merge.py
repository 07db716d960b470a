# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of many containers in the order of their times, with little memory.

Each container has a lane that its thread puts lines into, and waits where the lane is full. Lines leave together, many at once: all that
no lane can still bring something earlier than. That is known of a lane by its last line, as the lines of one container never change
places. What the log says of the past is merged exactly. Once a lane has reached the present a line is only held back for a moment, as a
container that says nothing would hold all others back for ever.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .types import Source

TICK = 0.05
"""Seconds between two rounds while lines flow: so many are merged at once."""
IDLE = 0.5
"""The longest sleep, so that signals are seen."""
OPENING = 0.5
"""Seconds that a container's first line is waited for at the start of a follow: the server says nothing of an empty log."""
TOP = b"\xff"
"""Later than every time."""
Piece = tuple[list[bytes], list[bytes]]
"""(keys, lines) of one block, or a part of it."""
TOTAL_BYTES = 32 << 20
LEAST_BYTES, MOST_BYTES = 64 << 10, 1 << 20
"""Of lines in all lanes, and in one."""


@dataclass
class _Batch:
    """Lines of one block. arrival: seconds of the monotonic clock. size: about how many bytes."""

    arrival: float
    keys: list[bytes]
    lines: list[bytes]
    size: int


class Lane:
    """The lines of one container that have not left yet. Made by `Merger.lane`."""

    def __init__(self, merger: Merger, source: Source) -> None:
        self.source = source
        self.frontier = b""
        """No line with an earlier key will come."""
        self.over = False
        self.until = TOP
        """The present: a frontier that is as far has no past left."""
        self.live = False
        self.heard = 0.0
        """When it was opened, or when something came last; monotonic."""
        self.patience = OPENING
        """Seconds of silence that end the past."""
        self.batches: deque[_Batch] = deque()
        self.size = 0
        self._merger = merger

    def opened(self, present: bytes, *, again: bool = False) -> None:
        """A connection begins. present: the time by the server's clock. again: it goes on where one broke."""
        with self._merger.lock:
            self.until, self.heard = present, time.monotonic()
            self.live = self.over = False
            if again:
                self.patience = self._merger.hold

    def put(self, frontier: bytes, keys: list[bytes], lines: list[bytes], size: int) -> None:
        """Add lines; waits while there are too many. frontier: key of the last line of the block, also where it was left out."""
        merger = self._merger
        with merger.lock:
            self.frontier = frontier
            self.heard = time.monotonic()
            if keys:
                self.batches.append(_Batch(self.heard, keys, lines, size))
                self.size += size
            full = self.size > merger.lane_bytes
            if full or merger.sleeping:
                merger.urgent.set()
            while full and not merger.stop.is_set():
                merger.room.wait(IDLE)
                full = self.size > merger.lane_bytes

    def end(self) -> None:
        """Nothing more comes, unless it is opened again."""
        with self._merger.lock:
            self.over = True
            self._merger.urgent.set()

    def take(self, mark: bytes) -> list[Piece]:
        """The lines up to this key, taken out. Called with the lock."""
        taken = []
        while self.batches and self.batches[0].keys[-1] <= mark:
            batch = self.batches.popleft()
            self.size -= batch.size
            taken.append((batch.keys, batch.lines))
        if self.batches:
            batch = self.batches[0]
            cut = bisect_right(batch.keys, mark)
            if cut:
                taken.append((batch.keys[:cut], batch.lines[:cut]))
                gone = batch.size * cut // len(batch.keys)
                self.batches[0] = _Batch(batch.arrival, batch.keys[cut:], batch.lines[cut:], batch.size - gone)
                self.size -= gone
        return taken


class Merger:
    """Runs in the caller's thread; others fill the lanes. hold: seconds, see LogQuery; None: nothing is followed, all is past."""

    def __init__(self, write: Callable[[bytes], None], stop: threading.Event, hold: float | None) -> None:
        self.lock = threading.Lock()
        self.room = threading.Condition(self.lock)
        self.urgent = threading.Event()
        self.stop = stop
        self.lane_bytes = MOST_BYTES
        self.sleeping = False
        self._write = write
        self.hold = hold or 0.0
        self._past_only = hold is None
        self._running = False
        self._lanes: list[Lane] = []
        self._finished = False
        self._failure: BaseException | None = None

    def lane(self, source: Source) -> Lane:
        """A lane that holds the others back until it is `opened` and read, or ended."""
        lane = Lane(self, source)
        lane.heard = time.monotonic()
        with self.lock:
            if self._running:
                lane.patience = self.hold
            self._lanes.append(lane)
            self.lane_bytes = min(MOST_BYTES, max(LEAST_BYTES, TOTAL_BYTES // len(self._lanes)))
        return lane

    def no_more_lanes(self) -> None:
        """`run` may return once all lanes have ended."""
        with self.lock:
            self._finished = True
            self.urgent.set()

    def fail(self, error: BaseException) -> None:
        """Let `run` raise this."""
        with self.lock:
            self._failure = self._failure or error
            self.urgent.set()

    def run(self, cancel: threading.Event | None = None) -> None:
        """Write lines until all lanes have ended or `cancel` or `stop` is set. Raises what `fail` was given, and what `write` raises."""
        waiting, self._running = False, True
        while not (self.stop.is_set() or (cancel is not None and cancel.is_set())):
            self.urgent.wait(TICK if waiting else IDLE)
            self.urgent.clear()
            with self.lock:
                if self._failure is not None:
                    raise self._failure
                taken = self._round(time.monotonic())
                waiting = bool(taken) or any(lane.batches for lane in self._lanes)
                self.sleeping = not waiting
                done = self._finished and not self._lanes
            if taken:
                self._write(_merged(taken))
            if done:
                return

    def _round(self, now: float) -> list[list[Piece]]:
        mark = self._mark(now)
        taken = [found for lane in self._lanes if (found := lane.take(mark))]
        self._lanes = [lane for lane in self._lanes if lane.batches or not lane.over]
        if taken:
            self.room.notify_all()
        return taken

    def _mark(self, now: float) -> bytes:
        """Up to which key lines may leave."""
        least = min((lane.frontier for lane in self._lanes if not lane.over), default=TOP)
        if self._past_only:
            return least
        past = min((lane.frontier for lane in self._lanes if self._has_past(lane, now)), default=TOP)
        aged = b""
        for lane in self._lanes:
            full = lane.size > self.lane_bytes
            for batch in lane.batches:
                if not full and now - batch.arrival < self.hold:
                    break
                aged = max(aged, batch.keys[-1])
        return min(past, max(least, aged))

    def _has_past(self, lane: Lane, now: float) -> bool:
        """Whether lines of before it was opened still come."""
        if not (lane.live or lane.over):
            lane.live = lane.frontier >= lane.until or (now - lane.heard > lane.patience and not lane.batches)
        return not (lane.live or lane.over)


def _merged(taken: list[list[Piece]]) -> bytes:
    """One text of all lines. Those of one lane keep their order, as sorting is stable and their keys rise."""
    keys: list[bytes] = []
    lines: list[bytes] = []
    for some_keys, some_lines in (piece for lane in taken for piece in lane):
        keys += some_keys
        lines += some_lines
    if len(taken) > 1:
        lines = list(map(lines.__getitem__, sorted(range(len(keys)), key=keys.__getitem__)))
    lines.append(b"")
    return b"\n".join(lines)
