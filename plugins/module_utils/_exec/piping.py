# Copyright: (c) 2026, roro.kube contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a container between two functions: what gives its stdin, what takes its stdout. For whoever copies, without a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from .._cluster import Cluster
from .protocol import Ending
from .session import Wanted, converse

MAX_SAID = 4096
"""Bytes of stderr that are kept, the last ones."""


class _Piped:
    """The `Ways`. Both functions are called in threads, one call at a time."""

    def __init__(self, source: Iterator[bytes], sink: Callable[[bytes], None]) -> None:
        self._source, self._sink = source, sink
        self.said = b""

    async def begin(self) -> None:
        """Nothing to prepare."""

    async def read(self) -> bytes:
        """The next part that is not empty."""
        while (data := await asyncio.to_thread(next, self._source, None)) is not None:
            if data:
                return data
        return b""

    async def write(self, data: bytes, *, error: bool) -> None:
        """stderr is kept for a message."""
        if error:
            self.said = (self.said + data)[-MAX_SAID:]
        else:
            await asyncio.to_thread(self._sink, data)

    async def finish(self) -> None:
        """Nothing is held back."""

    def deaf(self) -> None:
        """Commands that are given input here are told how much it is."""


def pipe(
    cluster: Cluster, wanted: Wanted, *, source: Iterator[bytes] | None = None, sink: Callable[[bytes], None] | None = None
) -> tuple[Ending, str]:
    """Run the command between the two; (how it ended, the end of its stderr). Raises ClusterError and what the functions raise."""
    ways = _Piped(source or iter(()), sink or (lambda _: None))
    ending = converse(cluster, wanted, ways)
    return ending, ways.said.decode("utf-8", "replace").strip()


def ask(cluster: Cluster, wanted: Wanted) -> tuple[Ending, str]:
    """(how it ended, its stdout), for commands that say little."""
    said: list[bytes] = []
    ending, _ = pipe(cluster, wanted, sink=said.append)
    return ending, b"".join(said).decode("utf-8", "replace")
